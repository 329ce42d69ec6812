//! What caches in fewer bits save: steps of Adam, and of Lamb, which goes pass by pass, at 1 Mi and 32 Mi weights in `f32`,
//! one and two threads, each precision against `Exact` in the same run.
//! `cargo bench -p optim-core --bench precision [-- 1|32] [Adam|Lamb]` measures a size in Mi weights, or a rule, alone.
//!
//! Pairs are interleaved: a step of every precision, then again, and what is printed is the median of the ratios, so that
//! what else the machine does meets all of them; the fastest of the rounds is printed too, which says more where it does
//! much. Gradients and weights are random normal numbers, of several batches.
//!
//! Beside each step of Adam with 32 Mi weights, in the same rounds, a simple loop over streams of as many bytes with an
//! addition each, its arrays in memory as an optimizer has them: about what memory allows.

use std::time::Instant;

use optim_core::Precision;
use optim_core::kernel::Execution;
use optim_core::ndarray::Array1;
use optim_core::prelude::*;
use optim_core::private::{GradientAtWeights, ask_for_large_pages};

type Model = Array1<f32>;

struct Contender<R: Rule> {
    name: &'static str,
    optimizer: Optimizer<R, Model>,
    weights: Model,
    bytes: f64,
    /// Of each round, in seconds.
    times: Vec<f64>,
    /// Streams of as many bytes.
    streams: Option<Streams>,
    stream_times: Vec<f64>,
}

/// Arrays of whole numbers: two as long as the model, two as long as what is kept in its caches. These are in large pages, and
/// begin at another place of a page each, as an optimizer's do.
struct Streams {
    weights: Vec<u32>,
    gradients: Vec<u32>,
    caches: [Vec<u32>; 2],
    /// Of each cache, from its place on.
    words: usize,
}

/// How many words a cache begins behind the one before.
const APART: usize = 272;

/// Weights of a turn of the loop.
const TURN: usize = 64;

impl Streams {
    /// `words` of each cache for [`TURN`] weights; scales are left out.
    fn new(n: usize, words: usize) -> Self {
        let cache = n / TURN * words;
        let words = |n: usize| (0..u32::MAX).take(n).map(|i| i.wrapping_mul(0x9E37_79B9)).collect();
        let caches: [Vec<u32>; 2] = [words(cache + APART), words(cache + 2 * APART)];
        for cache in &caches {
            ask_for_large_pages(cache);
        }
        Streams { weights: words(n), gradients: words(n), caches, words: cache }
    }

    fn run(&mut self, threads: usize) {
        let n = self.weights.len().div_ceil(threads).next_multiple_of(TURN);
        let m = n * self.words / self.weights.len();
        let [first, second] = &mut self.caches;
        let (first, second) = (&mut first[APART..], &mut second[2 * APART..]);
        std::thread::scope(|scope| {
            let caches = first.chunks_mut(m).zip(second.chunks_mut(m));
            for ((weights, gradients), caches) in self.weights.chunks_mut(n).zip(self.gradients.chunks(n)).zip(caches) {
                if threads == 1 {
                    add(weights, gradients, caches);
                } else {
                    scope.spawn(|| add(weights, gradients, caches));
                }
            }
        });
    }
}

fn add(weights: &mut [u32], gradients: &[u32], caches: (&mut [u32], &mut [u32])) {
    match TURN * caches.0.len() / weights.len() {
        64 => turns::<64>(weights, gradients, caches),
        32 => turns::<32>(weights, gradients, caches),
        _ => turns::<16>(weights, gradients, caches),
    }
}

/// `C` words of each cache a turn.
fn turns<const C: usize>(weights: &mut [u32], gradients: &[u32], (first, second): (&mut [u32], &mut [u32])) {
    let caches = first.as_chunks_mut::<C>().0.iter_mut().zip(second.as_chunks_mut::<C>().0);
    let turns = weights.as_chunks_mut::<TURN>().0.iter_mut().zip(gradients.as_chunks::<TURN>().0);
    for ((weights, gradients), (first, second)) in turns.zip(caches) {
        for i in 0..TURN {
            weights[i] = weights[i].wrapping_add(gradients[i]);
        }
        for i in 0..C {
            first[i] = first[i].wrapping_add(gradients[i]);
            second[i] = second[i].wrapping_add(gradients[i]);
        }
    }
}

fn normal(n: usize, seed: u64) -> Model {
    // Drawn once and repeated with another sign and size: drawing 32 Mi numbers takes longer than all steps.
    let mut rng = Rng::new(seed);
    let numbers: Vec<f32> = (0..65_537).map(|_| Real::from_f64(rng.normal())).collect();
    (0..n).map(|i| numbers[i % 65_537] * (1.0 + (i % 251) as f32 / 251.0)).collect()
}

fn contenders<R: Rule + Default>(start: &Model, has_streams: bool) -> Result<Vec<Contender<R>>, Error> {
    let caches = |precision| R::default().caches(precision);
    let all = [
        ("Exact", caches(Precision::Exact), TURN),
        ("Bf16", caches(Precision::Bf16), TURN / 2),
        ("Block8", caches(Precision::Block8), TURN / 4),
        ("Exact, weights Bf16", caches(Precision::Exact).weights(Precision::Bf16), TURN),
    ];
    let contender = |(name, storage, words): (_, optim_core::Storage<R>, _)| {
        let bytes = storage.bytes_per_weight();
        let optimizer = storage.init(start)?;
        let streams = has_streams.then(|| Streams::new(start.len(), words));
        let (times, stream_times) = (Vec::new(), Vec::new());
        Ok(Contender { name, optimizer, weights: start.clone(), bytes, times, streams, stream_times })
    };
    all.into_iter().map(contender).collect()
}

fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers[numbers.len() / 2]
}

fn measure<R: Rule + GradientAtWeights + Default>(mi: usize, threads: usize) -> Result<(), Error> {
    let n = mi << 20;
    let start = normal(n, 1);
    let gradients: Vec<Model> = (2..4).map(|seed| normal(n, seed)).collect();
    let has_streams = mi > 4 && R::NAME == Adam::NAME;
    let mut contenders = contenders::<R>(&start, has_streams)?;
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
        for contender in &mut contenders {
            let begin = Instant::now();
            if let Some(streams) = &mut contender.streams {
                streams.run(threads);
                contender.stream_times.push(begin.elapsed().as_secs_f64());
            }
        }
    }
    println!("\n{}, {mi} Mi weights in f32, {threads} thread(s), {rounds} rounds", R::NAME);
    print!("{:<22} {:>14} {:>12} {:>12} {:>12}", "caches", "bytes a weight", "ns a weight", "fastest", "Exact / this");
    println!("{}", if has_streams { format!(" {:>12} {:>12}", "streams, ns", "Exact / this") } else { String::new() });
    let [exact, exact_streams] = [&contenders[0].times, &contenders[0].stream_times].map(Clone::clone);
    let ratio =
        |exact: &[f64], times: &[f64]| median(exact.iter().zip(times).map(|(exact, time)| exact / time).collect());
    let ns = |seconds: f64| seconds * 1e9 / n as f64;
    for Contender { name, times, bytes, stream_times, .. } in contenders {
        let fastest = ns(times.iter().copied().fold(f64::INFINITY, f64::min));
        let gain = ratio(&exact, &times);
        print!("{name:<22} {bytes:>14.3} {:>12.3} {fastest:>12.3} {gain:>12.2}", ns(median(times)));
        if !stream_times.is_empty() {
            let allowed = ratio(&exact_streams, &stream_times);
            print!(" {:>12.3} {allowed:>12.2}", ns(median(stream_times)));
        }
        println!();
    }
    Ok(())
}

fn main() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let named = |name: &str| arguments.iter().any(|argument| argument == name);
    let sizes = ["1", "32"].map(named);
    let rules = [Adam::NAME, Lamb::NAME].map(named);
    for (mi, asked) in [1, 32].into_iter().zip(sizes) {
        if !asked && sizes.contains(&true) {
            continue;
        }
        for threads in [1, 2] {
            if rules[0] || !rules[1] {
                measure::<Adam>(mi, threads)?;
            }
            if rules[1] || !rules[0] {
                measure::<Lamb>(mi, threads)?;
            }
        }
    }
    Ok(())
}
