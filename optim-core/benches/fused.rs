//! What rides along with a step, against the same done for itself: Adam at 1 Mi and 32 Mi weights in `f32`, one and two
//! threads. `cargo bench -p optim-core --bench fused [-- 1|32]` (Mi weights).
//!
//! The two sides of a pair take their steps in turn, each from the same gradient, and what is printed are medians, of
//! times and of the ratios of pairs. Weights and gradients are random normal numbers. Loops by hand are as fast as plain
//! Rust makes them: on as many threads as the step, the length in lanes (`Optimizable::norm` adds one number after the
//! other, and waits for each addition). Bringing a new gradient is not counted, on either side.

use std::time::Instant;

use optim_core::Fused;
use optim_core::kernel::Execution;
use optim_core::optimize::Moving;
use optim_core::prelude::*;

#[path = "step/median.rs"]
mod median;

use median::median;

type Model = Vec<f32>;

/// Shorter than the gradients, so that they are clipped.
const LIMIT: f64 = 1.0;
const DECAY: f64 = 0.99;

/// Normal numbers: a stretch of them is drawn, and repeated in other sizes, since drawing all takes longer than all steps.
fn normal(n: usize, seed: u64) -> Model {
    let mut rng = Rng::new(seed);
    let numbers: Vec<f32> = (0..65_537).map(|_| Real::from_f64(rng.normal())).collect();
    (0..n).map(|i| numbers[i % 65_537] * (1.0 + (i % 251) as f32 / 251.0)).collect()
}

/// Loops by hand, a stretch of the numbers for each thread.
#[derive(Clone, Copy)]
struct ByHand(usize);

impl ByHand {
    fn on_threads<T: Send, X: Send>(parts: impl Iterator<Item = X>, f: impl Fn(X) -> T + Sync) -> Vec<T> {
        std::thread::scope(|scope| {
            let mut parts = parts;
            let (first, f) = (parts.next(), &f);
            let others: Vec<_> = parts.map(|part| scope.spawn(move || f(part))).collect();
            let first = first.map(f);
            first.into_iter().chain(others.into_iter().filter_map(|other| other.join().ok())).collect()
        })
    }

    fn share(self, numbers: &[f32]) -> usize {
        numbers.len().div_ceil(self.0)
    }

    fn norm(self, gradient: &[f32]) -> f64 {
        let parts = Self::on_threads(gradient.chunks(self.share(gradient)), |part| {
            let mut lanes = [0.0_f64; 16];
            for numbers in part.as_chunks::<16>().0 {
                lanes.iter_mut().zip(numbers).for_each(|(sum, &g)| *sum += f64::from(g) * f64::from(g));
            }
            lanes.iter().sum::<f64>()
        });
        parts.iter().sum::<f64>().sqrt()
    }

    fn scale(self, gradient: &mut [f32], factor: f64) {
        let factor: f32 = Real::from_f64(factor);
        Self::on_threads(gradient.chunks_mut(self.share(gradient)), |part| part.iter_mut().for_each(|g| *g *= factor));
    }

    fn clip(self, gradient: &mut [f32], scale: f64) {
        let norm = scale.abs() * self.norm(gradient);
        self.scale(gradient, scale * (LIMIT / (norm + 1e-6)).min(1.0));
    }

    fn zero(self, gradient: &mut [f32]) {
        Self::on_threads(gradient.chunks_mut(self.share(gradient)), |part| part.fill(0.0));
    }

    fn average(self, average: &mut [f32], weights: &[f32]) {
        let [stays, enters]: [f32; 2] = [DECAY, 1.0 - DECAY].map(Real::from_f64);
        let share = self.share(weights);
        Self::on_threads(average.chunks_mut(share).zip(weights.chunks(share)), |(average, weights)| {
            average.iter_mut().zip(weights).for_each(|(a, w)| *a = stays * *a + enters * *w);
        });
    }
}

/// An optimizer that hands nothing on that rides along, so that a wrapper around it does its part for itself.
struct Apart<O>(O);

impl<M: Optimizable, O: Optimize<M>> Optimize<M> for Apart<O> {
    const GRADIENTS: usize = O::GRADIENTS;

    fn try_step_with<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        self.0.try_step_with(model, f)
    }
    fn evaluate_with<T>(&mut self, model: &mut M, f: impl FnOnce(&mut M) -> T) -> Result<T, Error> {
        self.0.evaluate_with(model, f)
    }
    fn steps(&self) -> u64 {
        self.0.steps()
    }
    fn hyper(&self, name: &str) -> Result<f64, Error> {
        self.0.hyper(name)
    }
    fn set_hyper(&mut self, name: &str, value: f64) -> Result<(), Error> {
        self.0.set_hyper(name, value)
    }
    fn owns(&self, path: &str) -> bool {
        self.0.owns(path)
    }
    fn moving(&self, path: &str) -> Moving {
        self.0.moving(path)
    }
    fn version(&self) -> u64 {
        self.0.version()
    }
    fn constrain_again(&mut self, model: &mut M) -> Result<(), Error> {
        self.0.constrain_again(model)
    }
}

/// One side of a pair: a step with a gradient, and its seconds.
type Side<'s> = Box<dyn FnMut(&Model) -> Result<f64, Error> + 's>;

struct Setting {
    start: Model,
    gradients: [Model; 2],
    execution: Execution,
    by_hand: ByHand,
    pairs: usize,
}

impl Setting {
    fn adam(&self) -> Result<Optimizer<Adam, Model>, Error> {
        let mut adam = Adam::default().init(&self.start)?;
        adam.set_execution(self.execution)?;
        Ok(adam)
    }

    /// `step`, with something done for itself before and behind it.
    fn apart(
        &self,
        mut before: impl FnMut(ByHand, &mut Model) + 'static,
        mut behind: impl FnMut(ByHand, &mut Model) + 'static,
    ) -> Result<Side<'static>, Error> {
        let (mut adam, mut weights, by_hand) = (self.adam()?, self.start.clone(), self.by_hand);
        let mut gradient = weights.clone();
        Ok(Box::new(move |new| {
            gradient.copy_from_slice(new);
            let begin = Instant::now();
            before(by_hand, &mut gradient);
            adam.step(&mut weights, &gradient)?;
            behind(by_hand, &mut gradient);
            Ok(begin.elapsed().as_secs_f64())
        }))
    }

    fn fused(&self, fused: Fused) -> Result<Side<'static>, Error> {
        let (mut adam, mut weights) = (self.adam()?, self.start.clone());
        let mut gradient = weights.clone();
        Ok(Box::new(move |new| {
            gradient.copy_from_slice(new);
            let begin = Instant::now();
            adam.step_fused(&mut weights, &mut gradient, fused)?;
            Ok(begin.elapsed().as_secs_f64())
        }))
    }

    /// `step_with`, and what is done by hand in the closure and behind the step.
    fn with<O: Optimize<Model> + 'static>(
        &self,
        mut opt: O,
        mut within: impl FnMut(ByHand, &mut Model) + 'static,
        mut behind: impl FnMut(ByHand, &Model) + 'static,
    ) -> Side<'static> {
        let (mut weights, by_hand) = (self.start.clone(), self.by_hand);
        Box::new(move |new| {
            let begin = Instant::now();
            let bringing = opt.step_with(&mut weights, |_, gradient| {
                let begin = Instant::now();
                gradient.copy_from_slice(new);
                let bringing = begin.elapsed().as_secs_f64();
                within(by_hand, gradient);
                bringing
            })?;
            behind(by_hand, &weights);
            Ok(begin.elapsed().as_secs_f64() - bringing)
        })
    }

    /// Measures a pair: what it is, and the bytes a weight of both sides.
    fn pair(&self, what: &str, bytes: [u32; 2], mut sides: [Side<'_>; 2]) -> Result<(), Error> {
        let mut times = [Vec::new(), Vec::new()];
        for round in 0..self.pairs + 3 {
            for (side, times) in sides.iter_mut().zip(&mut times) {
                let time = side(&self.gradients[round % 2])?;
                if round > 2 {
                    times.push(time * 1e6);
                }
            }
        }
        let [apart, fused] = times;
        let ratio = median(apart.iter().zip(&fused).map(|(apart, fused)| apart / fused).collect());
        let ([of_apart, of_fused], apart, fused) = (bytes, median(apart), median(fused));
        println!("| {what} | {of_apart} | {of_fused} | {apart:.0} | {fused:.0} | {ratio:.2} |");
        Ok(())
    }

    /// With a gradient that is given.
    fn steps(&self) -> Result<(), Error> {
        println!(
            "\n| `step`, for itself / `step_fused` | B/weight | fused | us | fused | ratio |\n|---|---|---|---|---|---|"
        );
        let nothing = |_: ByHand, _: &mut Model| ();
        let zero = |by_hand: ByHand, g: &mut Model| by_hand.zero(g);
        let clip = |by_hand: ByHand, g: &mut Model| by_hand.clip(g, 1.0);
        let fused = Fused::default;
        self.pair("nothing", [28, 28], [self.apart(nothing, nothing)?, self.fused(fused())?])?;
        let scale = |by_hand: ByHand, g: &mut Model| by_hand.scale(g, 0.5);
        self.pair("scaling", [36, 28], [self.apart(scale, nothing)?, self.fused(fused().scale(0.5))?])?;
        self.pair("clipping", [40, 32], [self.apart(clip, nothing)?, self.fused(fused().clip_norm(LIMIT))?])?;
        let by_method = |_: ByHand, g: &mut Model| {
            let norm = g.norm();
            g.scale((LIMIT / (norm + 1e-6)).min(1.0));
        };
        let sides = [self.apart(by_method, nothing)?, self.fused(fused().clip_norm(LIMIT))?];
        self.pair("clipping, by `norm` and `scale`", [40, 32], sides)?;
        self.pair("zeroing", [36, 32], [self.apart(nothing, zero)?, self.fused(fused().zero_gradient())?])?;
        let both = |by_hand: ByHand, g: &mut Model| by_hand.clip(g, 0.5);
        let all = fused().scale(0.5).clip_norm(LIMIT).zero_gradient();
        self.pair("all three", [48, 36], [self.apart(both, zero)?, self.fused(all)?])
    }

    /// With a closure, which saves the weights and restores them: 24 bytes, and 4 for the gradient, which is zeros behind it.
    fn wrappers(&self) -> Result<(), Error> {
        println!(
            "\n| `step_with`, for itself / right around | B/weight | fused | us | fused | ratio |\n|---|---|---|---|---|---|"
        );
        let nothing = |_: ByHand, _: &mut Model| ();
        let still = |_: ByHand, _: &Model| ();
        let clip = |by_hand: ByHand, g: &mut Model| by_hand.clip(g, 1.0);
        let average = |mut average: Model| move |by_hand: ByHand, w: &Model| by_hand.average(&mut average, w);
        let adam = || self.adam();
        let around = || adam()?.clip_norm(LIMIT)?.ema(DECAY);
        let by_hand = self.with(adam()?, nothing, average(self.start.clone()));
        self.pair("an average by hand", [60, 56], [by_hand, self.with(adam()?.ema(DECAY)?, nothing, still)])?;
        let by_hand = self.with(adam()?, clip, average(self.start.clone()));
        self.pair("both by hand", [72, 60], [by_hand, self.with(around()?, nothing, still)])?;
        let ema = Apart(adam()?).ema(DECAY)?;
        self.pair(
            "`ema` apart",
            [72, 56],
            [self.with(ema, nothing, still), self.with(adam()?.ema(DECAY)?, nothing, still)],
        )?;
        let apart = Apart(Apart(adam()?).clip_norm(LIMIT)?).ema(DECAY)?;
        let sides = [self.with(apart, nothing, still), self.with(around()?, nothing, still)];
        self.pair("`clip_norm` and `ema` apart", [108, 60], sides)
    }
}

fn main() -> Result<(), Error> {
    let asked: Vec<usize> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    for mi in [1, 32].into_iter().filter(|mi| asked.is_empty() || asked.contains(mi)) {
        let (n, pairs) = (mi << 20, if mi > 4 { 15 } else { 101 });
        for threads in [1, 2] {
            println!("\nAdam, {mi} Mi weights in f32, {threads} thread(s), {pairs} pairs");
            let (start, gradients) = (normal(n, 1), [normal(n, 2), normal(n, 3)]);
            let execution = Execution::default().threads(threads);
            let setting = Setting { start, gradients, execution, by_hand: ByHand(threads), pairs };
            setting.steps()?;
            setting.wrappers()?;
        }
    }
    Ok(())
}
