//! One step of a rule, against a hand-written loop over the same memory in the same run.
//!
//! `cargo bench -p optim-core --bench step` prints, for each set of weights and each rule, the median time of a step,
//! and of two loops of this file that are run in turn with it: the *floor* adds one number to each of the same streams,
//! and *by hand* is Adam, written out. Weights and gradients are random. Arguments choose sets: `-- big tiny`;
//! `-- threads` compares one thread with two.

use std::time::{Duration, Instant};

use ndarray::{Array, Array1};
use optim_core::kernel::Execution;
use optim_core::prelude::*;

/// Weights, gradient and two caches as plain vectors: what a hand-written loop would work on.
struct Plain {
    streams: Vec<[Vec<f32>; 4]>,
}

fn random(state: &mut u64) -> f32 {
    // A linear congruential generator: fast enough to fill gigabytes, and not zeros.
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*state >> 40) as f32 / (1_u64 << 24) as f32 - 0.5
}

fn model(lengths: &[usize], scale: f32, seed: u64) -> Vec<Array1<f32>> {
    let mut state = seed;
    lengths.iter().map(|&n| Array::from_shape_fn(n, |_| random(&mut state) * scale)).collect()
}

impl Plain {
    fn new(lengths: &[usize]) -> Self {
        let mut state = 7;
        let streams = lengths
            .iter()
            .map(|&n| std::array::from_fn(|_| (0..n).map(|_| random(&mut state).abs() * 0.01).collect()))
            .collect();
        Plain { streams }
    }

    /// Calls `f` with every quadruple of slices, cut in two for large tensors, on two threads.
    fn each(&mut self, threads: usize, f: impl Fn(&mut [f32], &[f32], &mut [f32], &mut [f32]) + Sync) {
        for [w, g, m, v] in &mut self.streams {
            if threads == 1 || w.len() < 200_000 {
                f(w, g, m, v);
                continue;
            }
            let half = w.len() / 2;
            let ((w0, w1), (m0, m1), (v0, v1)) = (w.split_at_mut(half), m.split_at_mut(half), v.split_at_mut(half));
            let (g0, g1) = g.split_at(half);
            std::thread::scope(|scope| {
                scope.spawn(|| f(w0, g0, m0, v0));
                f(w1, g1, m1, v1);
            });
        }
    }
}

/// One addition for each stream that a step of a rule with `caches` caches reads and writes.
fn floor(w: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32], caches: usize) {
    match caches {
        0 => w.iter_mut().zip(g).for_each(|(w, g)| *w += g),
        1 => w.iter_mut().zip(g).zip(m).for_each(|((w, g), m)| {
            *w += g;
            *m += g;
        }),
        _ => w.iter_mut().zip(g).zip(m).zip(v).for_each(|(((w, g), m), v)| {
            *w += g;
            *m += g;
            *v += g;
        }),
    }
}

fn adam_by_hand(w: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32], a: f32, c: f32) {
    let (beta1, beta2, eps) = (0.9, 0.999, 1e-8);
    for (((w, g), m), v) in w.iter_mut().zip(g).zip(m).zip(v) {
        *m = beta1 * *m + (1.0 - beta1) * g;
        *v = beta2 * *v + (1.0 - beta2) * g * g;
        *w -= a * *m / (c * v.sqrt() + eps);
    }
}

fn time(repeat: usize, mut f: impl FnMut()) -> Duration {
    let start = Instant::now();
    (0..repeat).for_each(|_| f());
    start.elapsed() / u32::try_from(repeat).unwrap_or(u32::MAX)
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Runs the three in turn and prints a row.
fn compare<R: Rule + optim_core::rule::GradientAtWeights>(set: &str, rule: R, lengths: &[usize], repeat: usize) {
    let mut weights = model(lengths, 0.1, 1);
    let gradient = model(lengths, 0.01, 2);
    let caches = R::declared_caches().iter().enumerate().filter(|(index, _)| cache_exists(&rule, *index)).count();
    let mut opt = rule.init(&weights).expect("defaults are in range");
    let mut plain = Plain::new(lengths);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (mut ours, mut floors, mut hands) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..15 {
        let step = time(repeat, || opt.step(&mut weights, &gradient).expect("the shapes fit"));
        let least = time(repeat, || plain.each(threads, |w, g, m, v| floor(w, g, m, v, caches)));
        let hand = time(repeat, || plain.each(threads, |w, g, m, v| adam_by_hand(w, g, m, v, 1e-3, 1.0)));
        if round > 2 {
            ours.push(step.as_secs_f64());
            floors.push(least.as_secs_f64());
            hands.push(hand.as_secs_f64());
        }
    }
    let ratios = |others: &[f64]| median(others.iter().zip(&ours).map(|(other, ours)| other / ours).collect());
    let by_hand = if R::NAME == "Adam" { format!("{:8.2}", ratios(&hands)) } else { "       –".into() };
    let (of_floor, ours) = (ratios(&floors), median(ours.clone()));
    let count: usize = lengths.iter().sum();
    println!(
        "{set:5} {:9} {:11.1} {:10.2} {:9.1} {of_floor:8.2} {by_hand}",
        R::NAME,
        ours * 1e6,
        count as f64 / ours / 1e9,
        count as f64 * 4.0 * (3 + 2 * caches) as f64 / ours / 1e9,
    );
}

fn cache_exists<R: Rule>(rule: &R, index: usize) -> bool {
    let probe = rule.clone().init(&0.0_f32).expect("defaults are in range");
    probe.cache(R::declared_caches()[index].name, "").is_some()
}

/// From how many weights on two threads are faster than one: what `WORTH_A_THREAD` in `kernel/isa.rs` is from. Steps
/// that follow one another find the second thread awake; after a pause, as between the batches of a training, it sleeps.
fn compare_threads() {
    println!("us a step of Adam       one after another            after a pause");
    println!("weights           one thread  two threads    one thread  two threads");
    for n in (13..19).flat_map(|power| [1_usize << power, 3 << (power - 1)]) {
        let (mut weights, gradient) = (model(&[n], 0.1, 1), model(&[n], 0.01, 2));
        let mut opt = Adam::default().init(&weights).expect("defaults are in range");
        let mut times = [const { Vec::new() }; 4];
        for _ in 0..25 {
            for threads in [1, 2] {
                opt.set_execution(Execution::default().threads(threads)).expect("the machine has its instructions");
                let mut step = || opt.step(&mut weights, &gradient).expect("the shapes fit");
                times[threads - 1].push(time(20, &mut step).as_secs_f64() * 1e6);
                std::thread::sleep(Duration::from_millis(2));
                times[threads + 1].push(time(1, &mut step).as_secs_f64() * 1e6);
            }
        }
        let [one, two, paused_one, paused_two] = times.map(median);
        println!("{n:7} {one:20.1} {two:12.1} {paused_one:13.1} {paused_two:12.1}");
    }
}

fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    if chosen.iter().any(|name| name == "threads") {
        return compare_threads();
    }
    let sets: [(&str, Vec<usize>, usize); 4] = [
        ("tiny", vec![64; 1000], 50),
        ("mlp", vec![784 * 512, 512, 512 * 256, 256, 2560, 10], 20),
        ("mid", vec![1 << 20], 20),
        ("big", vec![32 << 20], 1),
    ];
    println!("set   rule       us a step  Gweight/s    GB/s  of floor  by hand");
    println!("                                                (1 = as fast as the loop beside it)");
    for (set, lengths, repeat) in sets {
        if !chosen.is_empty() && !chosen.iter().any(|name| name == set) {
            continue;
        }
        compare(set, Sgd::default(), &lengths, repeat);
        compare(set, Momentum::default(), &lengths, repeat);
        compare(set, Adagrad::default(), &lengths, repeat);
        compare(set, RmsProp::default(), &lengths, repeat);
        compare(set, Adam::default(), &lengths, repeat);
        compare(set, AdamW::default(), &lengths, repeat);
    }
}
