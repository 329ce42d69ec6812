#![allow(missing_docs, dead_code, unused)]
#[path = "../tests/tiled/naive.rs"] mod naive;
#[path = "../tests/tiled/lamb.rs"] mod lamb;
#[path = "../tests/tiled/factor.rs"] mod factor;
#[path = "../tests/tiled/sam.rs"] mod sam;
use optim_core::prelude::*;
use optim_core::kernel::*;
use ndarray::*;
use std::time::Instant;
const SHAPES: &[&[usize]] = &[];
trait Plain<A: Real> {
    fn new(weights: &[Vec<A>]) -> Self;
    fn step(&mut self, t: f64, weights: &mut [Vec<A>], noise: &[Vec<A>]);
    fn caches(&self) -> Vec<(&'static str, Vec<Option<Vec<f64>>>)>;
}
fn gradient<A: Real>(noise: A, w: A) -> A { noise + A::from_f64(1.5) * w }
fn bench<R: Rule + optim_core::rule::GradientAtWeights>(name: &str, shapes: &[Vec<usize>], rounds: usize, inner: usize) {
    let mut s = 1u64;
    let mut rnd = move || { s = s.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407); (s >> 40) as f32 / (1u64<<24) as f32 - 0.5 };
    let mut w: Vec<ArrayD<f32>> = shapes.iter().map(|s| ArrayD::from_shape_simple_fn(&s[..], &mut rnd)).collect();
    let g: Vec<ArrayD<f32>> = shapes.iter().map(|s| ArrayD::from_shape_simple_fn(&s[..], &mut rnd)).collect();
    let n: usize = w.iter().map(|x| x.len()).sum();
    for threads in [1, 2] {
        let mut opt = R::default().init(&w).unwrap();
        opt.set_execution(Execution::default().threads(threads)).unwrap();
        let mut times = vec![];
        for _ in 0..rounds {
            let t = Instant::now();
            for _ in 0..inner { opt.step(&mut w, &g).unwrap(); }
            times.push(t.elapsed().as_secs_f64() / inner as f64);
        }
        times.sort_by(f64::total_cmp);
        println!("{name:20} {:8} threads {threads}: {:10.1} us  {:.3} ns/weight", R::NAME, times[rounds/2]*1e6, times[rounds/2]*1e9/n as f64);
    }
}
fn main() {
    let big = vec![vec![32 << 20]];
    bench::<Adam>("big", &big, 7, 1);
    bench::<lamb::Lamb>("big", &big, 7, 1);
    let mats = vec![vec![4096, 4096], vec![4096, 4096]];
    bench::<Adam>("4096^2 x2", &mats, 7, 1);
    bench::<factor::Factor>("4096^2 x2", &mats, 7, 1);
    let l2 = vec![vec![256, 256]];
    bench::<Adam>("256^2", &l2, 15, 100);
    bench::<lamb::Lamb>("256^2", &l2, 15, 100);
    bench::<factor::Factor>("256^2", &l2, 15, 100);
    let m = vec![vec![512, 512]; 4];
    bench::<factor::Factor>("512^2 x4", &m, 15, 10);
    let narrow = vec![vec![4096, 64]];
    bench::<factor::Factor>("4096x64", &narrow, 15, 10);
    let small = vec![vec![64]; 1000];
    bench::<Adam>("1000x64", &small, 15, 100);
    bench::<lamb::Lamb>("1000x64", &small, 15, 100);
    bench::<factor::Factor>("1000x64", &small, 15, 100);
    let conv = vec![vec![256, 256, 3, 3]];
    bench::<Adam>("conv 256^2 3^2", &conv, 15, 3);
    bench::<factor::Factor>("conv 256^2 3^2", &conv, 15, 3);
}
