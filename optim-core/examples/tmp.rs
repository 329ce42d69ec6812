#![allow(missing_docs, dead_code, unused)]
#[path = "../tests/tiled/factor.rs"]
mod factor;
#[path = "../tests/tiled/lamb.rs"]
mod lamb;
#[path = "../tests/tiled/naive.rs"]
mod naive;
#[path = "../tests/tiled/sam.rs"]
mod sam;
use ndarray::*;
use optim_core::kernel::*;
use optim_core::prelude::*;
use std::time::Instant;
const SHAPES: &[&[usize]] = &[];
trait Plain<A: Real> {
    fn new(weights: &[Vec<A>]) -> Self;
    fn step(&mut self, t: f64, weights: &mut [Vec<A>], noise: &[Vec<A>]);
    fn caches(&self) -> Vec<(&'static str, Vec<Option<Vec<f64>>>)>;
}
fn gradient<A: Real>(noise: A, w: A) -> A {
    noise + A::from_f64(1.5) * w
}
fn bench<R: Rule + optim_core::rule::GradientAtWeights>(
    name: &str,
    shapes: &[Vec<usize>],
    rounds: usize,
    inner: usize,
) {
    let mut s = 1u64;
    let mut rnd = move || {
        s = s.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (s >> 40) as f32 / (1u64 << 24) as f32 - 0.5
    };
    let mut w: Vec<ArrayD<f32>> = shapes.iter().map(|s| ArrayD::from_shape_simple_fn(&s[..], &mut rnd)).collect();
    let g: Vec<ArrayD<f32>> = shapes.iter().map(|s| ArrayD::from_shape_simple_fn(&s[..], &mut rnd)).collect();
    let n: usize = w.iter().map(|x| x.len()).sum();
    for threads in if std::env::args().nth(2).is_some() { vec![1] } else { vec![1, 2] } {
        let mut opt = R::default().init(&w).unwrap();
        opt.set_execution(Execution::default().threads(threads)).unwrap();
        let mut times = vec![];
        for _ in 0..rounds {
            let t = Instant::now();
            for _ in 0..inner {
                opt.step(&mut w, &g).unwrap();
            }
            times.push(t.elapsed().as_secs_f64() / inner as f64);
        }
        times.sort_by(f64::total_cmp);
        println!(
            "{name:20} {:8} threads {threads}: {:10.1} us  {:.3} ns/weight",
            R::NAME,
            times[0] * 1e6,
            times[0] * 1e9 / n as f64
        );
    }
}
fn main() {
    let which = std::env::args().nth(1).unwrap_or_default();
    macro_rules! b {
        ($name:expr, $rule:ty, $shapes:expr, $r:expr, $i:expr) => {
            if which.is_empty() || which == $name {
                bench::<$rule>($name, &$shapes, $r, $i);
            }
        };
    }
    let big = vec![vec![32 << 20]];
    b!("big", Adam, big, 7, 1);
    b!("big", lamb::Lamb, big, 7, 1);
    let mats = vec![vec![4096, 4096], vec![4096, 4096]];
    b!("mats", Adam, mats, 7, 1);
    b!("mats", factor::Factor, mats, 7, 1);
    let l2 = vec![vec![256, 256]];
    b!("l2", Adam, l2, 30, 100);
    b!("l2", lamb::Lamb, l2, 30, 100);
    b!("l2", factor::Factor, l2, 30, 100);
    let small = vec![vec![64]; 1000];
    b!("small", Adam, small, 30, 50);
    b!("small", lamb::Lamb, small, 30, 50);
    b!("small", factor::Factor, small, 30, 50);
    let conv = vec![vec![256, 256, 3, 3]];
    b!("conv", Adam, conv, 15, 3);
    b!("conv", factor::Factor, conv, 15, 3);
}
