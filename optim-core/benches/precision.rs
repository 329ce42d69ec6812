//! What caches in fewer bits save: Adam's step at 1 Mi and 32 Mi weights in `f32`, one and two threads, each precision
//! against `Exact` in the same run. `cargo bench -p optim-core --bench precision [-- 1|32]` (Mi weights).
//!
//! Pairs are interleaved: a step of every precision, then again, and what is printed is the median of the ratios, so that
//! what else the machine does meets all of them; the fastest of the rounds is printed too, which says more where it does
//! much. Gradients and weights are random normal numbers, of several batches.

use std::time::Instant;

use optim_core::Precision;
use optim_core::kernel::Execution;
use optim_core::ndarray::Array1;
use optim_core::prelude::*;

type Model = Array1<f32>;

struct Contender {
    name: &'static str,
    optimizer: Optimizer<Adam, Model>,
    weights: Model,
    bytes: f64,
    /// Of each round, in seconds.
    times: Vec<f64>,
}

fn normal(n: usize, seed: u64) -> Model {
    // Drawn once and repeated with another sign and size: drawing 32 Mi numbers takes longer than all steps.
    let mut rng = Rng::new(seed);
    let numbers: Vec<f32> = (0..65_537).map(|_| Real::from_f64(rng.normal())).collect();
    (0..n).map(|i| numbers[i % 65_537] * (1.0 + (i % 251) as f32 / 251.0)).collect()
}

fn contenders(start: &Model) -> Result<Vec<Contender>, Error> {
    let caches = |precision| Adam::default().caches(precision);
    let all = [
        ("Exact", caches(Precision::Exact)),
        ("Bf16", caches(Precision::Bf16)),
        ("Block8", caches(Precision::Block8)),
        ("Exact, weights Bf16", caches(Precision::Exact).weights(Precision::Bf16)),
    ];
    let contender = |(name, storage): (_, optim_core::Storage<Adam>)| {
        let bytes = storage.bytes_per_weight();
        let optimizer = storage.init(start)?;
        Ok(Contender { name, optimizer, weights: start.clone(), bytes, times: Vec::new() })
    };
    all.into_iter().map(contender).collect()
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

fn measure(mi: usize, threads: usize) -> Result<(), Error> {
    let n = mi << 20;
    let start = normal(n, 1);
    let gradients: Vec<Model> = (2..4).map(|seed| normal(n, seed)).collect();
    let mut contenders = contenders(&start)?;
    let (rounds, repeats) = if mi > 4 { (25, 1) } else { (61, 4) };
    for contender in &mut contenders {
        contender.optimizer.set_execution(Execution::default().threads(threads))?;
        (0..5).try_for_each(|t| contender.optimizer.step(&mut contender.weights, &gradients[t % 2]))?;
    }
    for round in 0..rounds {
        for contender in &mut contenders {
            let begin = Instant::now();
            for _ in 0..repeats {
                contender.optimizer.step(&mut contender.weights, &gradients[round % 2])?;
            }
            contender.times.push(begin.elapsed().as_secs_f64() / f64::from(repeats));
        }
    }
    println!("\nAdam, {mi} Mi weights in f32, {threads} thread(s), {rounds} rounds");
    println!(
        "{:<22} {:>14} {:>12} {:>12} {:>12}",
        "caches", "bytes a weight", "ns a weight", "fastest", "Exact / this"
    );
    let exact = contenders[0].times.clone();
    for Contender { name, times, bytes, .. } in contenders {
        let ratios = exact.iter().zip(&times).map(|(exact, time)| exact / time).collect();
        let fastest = times.iter().copied().fold(f64::INFINITY, f64::min) * 1e9 / n as f64;
        let typical = median(times) * 1e9 / n as f64;
        println!("{name:<22} {bytes:>14.3} {typical:>12.3} {fastest:>12.3} {:>12.2}", median(ratios));
    }
    Ok(())
}

fn main() -> Result<(), Error> {
    let asked: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    for mi in [1, 32].into_iter().filter(|mi| asked.is_empty() || asked.contains(mi)) {
        for threads in [1, 2] {
            measure(mi, threads)?;
        }
    }
    Ok(())
}
