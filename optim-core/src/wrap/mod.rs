//! Wrappers: each is an optimizer over any optimizer, composed by type, and costs nothing where it is not.
//!
//! ```
//! use optim_core::prelude::*;
//!
//! let mut w = vec![3.0_f32, -4.0];
//! let mut opt = Adam::default().with_lr(0.1).init(&w)?.clip_norm(1.0)?.accumulate(2)?.ema(0.9)?;
//! for _ in 0..200 {
//!     opt.step_with(&mut w, |w, gradient| gradient.clone_from(w))?;
//! }
//! assert_eq!(opt.steps(), 100, "two gradients a step");
//! assert!(opt.evaluate_with(&mut w, |average| average.norm())? < 0.1);
//! # Ok::<(), optim_core::Error>(())
//! ```
//!
//! # Order
//! The gradient goes from the outermost wrapper to the innermost, and then to the rule: **what was added last acts
//! first.** `opt.clip_norm(1.0)?.accumulate(4)?` clips the mean of four gradients, `opt.accumulate(4)?.clip_norm(1.0)?`
//! each of the four.
//!
//! | wrapper | before the step | with each gradient | after the inner step |
//! |---|---|---|---|
//! | [`clip_value`](Wrap::clip_value), [`clip_tensor_norm`](Wrap::clip_tensor_norm), [`clip_norm`](Wrap::clip_norm) | | clips it | |
//! | [`centralise`](Wrap::centralise) | | takes means from it | |
//! | [`noise`](Wrap::noise) | | adds to it | |
//! | [`skip_nonfinite`](Wrap::skip_nonfinite) | | ends the step if it is not finite | |
//! | [`accumulate`](Wrap::accumulate) | | keeps it and ends the step, or makes the mean of it | |
//! | [`schedule`](Wrap::schedule) | sets the hyper-parameter | | |
//! | [`cautious`](Wrap::cautious) | keeps the weights | keeps it | takes back what moved against it |
//! | [`lookahead`](Wrap::lookahead) | | | every `k` steps, moves slow weights, and the weights to them |
//! | [`ema`](Wrap::ema), [`swa`](Wrap::swa) | | | adds the weights to the average |
//!
//! What happens after the inner step goes from the innermost wrapper to the outermost: `opt.lookahead(5, 0.5)?.ema(0.9)?`
//! averages what Lookahead leaves. A usual order, from the rule outwards: `cautious`, `centralise`, `clip_norm`,
//! `accumulate`, `skip_nonfinite`, `lookahead`, `ema`. Evaluation is at the point of the outermost wrapper that has one.
//!
//! # What holds for all
//! A step that a wrapper ends (kept, skipped) leaves weights, caches and the rule's step count as they are, and is no step
//! for the wrappers around it either. On an error or a panic of a closure, wrappers and everything inside of them are as
//! before. A wrapper looks at the parameters of the optimizer inside alone, and at what of them moves: what is frozen, by
//! attribute or [for a while](crate::Optimizer::freeze), what is [masked](crate::Optimizer::mask), buffers, and what another
//! optimizer of a [pair](crate::Both) moves is not changed and not counted in a norm. Constraints are applied again behind
//! `cautious` and `lookahead`. Results do not depend on memory layout or threads in any bit. A step allocates nothing after
//! the first. Hyper-parameters are reached through all wrappers ([`Optimize::hyper`], [`Optimize::set_hyper`]); the state
//! of each is saved beside what is inside of it ([`Persist`](crate::Persist)). Numbers of weights that were loaded are
//! compared with the model where one is seen first: `evaluate_with(&mut model, |_| ())` has that done.

mod accumulate;
pub(crate) mod assign;
mod cautious;
mod centralise;
mod check;
mod clip_norm;
mod clip_tensor_norm;
mod clip_value;
mod ema;
mod flat;
mod frame;
mod kept;
mod lookahead;
mod noise;
mod scheduled;
mod skip_nonfinite;
mod stop;
mod swa;

pub use accumulate::Accumulate;
pub use cautious::Cautious;
pub use centralise::Centralise;
pub use clip_norm::ClipNorm;
pub use clip_tensor_norm::ClipTensorNorm;
pub use clip_value::ClipValue;
pub use ema::Ema;
pub use lookahead::Lookahead;
pub use noise::Noise;
pub use scheduled::Scheduled;
pub use skip_nonfinite::SkipNonfinite;
pub use swa::Swa;

use crate::error::Error;
use crate::optimizable::Optimizable;
use crate::optimize::Optimize;
use crate::schedule::Schedule;

/// Puts wrappers around an optimizer; every optimizer has these methods. The [module's page](self) says who acts when.
pub trait Wrap<M: Optimizable>: Optimize<M> + Sized {
    /// Clips every number of the gradient to `−limit..=limit`: [`ClipValue`].
    ///
    /// ```
    /// use optim_core::prelude::*;
    ///
    /// let mut w = vec![0.0_f64, 0.0];
    /// let mut opt = Sgd::default().with_lr(1.0).init(&w)?.clip_value(0.5)?;
    /// opt.step(&mut w, &vec![3.0, -0.25])?;
    /// assert_eq!(w, [-0.5, 0.25]);
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the limit is negative or NaN.
    fn clip_value(self, limit: f64) -> Result<ClipValue<Self, M>, Error> {
        ClipValue::new(self, limit)
    }

    /// Clips every tensor of the gradient to the length `max_norm`: [`ClipTensorNorm`].
    ///
    /// ```
    /// use optim_core::prelude::*;
    ///
    /// let mut w = (vec![0.0_f64, 0.0], 0.0);
    /// let mut opt = Sgd::default().with_lr(1.0).init(&w)?.clip_tensor_norm(1.0)?;
    /// opt.step(&mut w, &(vec![3.0, -4.0], 0.5))?;
    /// assert!((w.0[0] + 0.6).abs() < 1e-6 && (w.0[1] - 0.8).abs() < 1e-6);
    /// assert_eq!(w.1, -0.5);
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the length is negative or NaN.
    fn clip_tensor_norm(self, max_norm: f64) -> Result<ClipTensorNorm<Self, M>, Error> {
        ClipTensorNorm::new(self, max_norm)
    }

    /// Clips the gradient to the length `max_norm` over the whole model: [`ClipNorm`]. With `f64::INFINITY` it only
    /// measures.
    ///
    /// ```
    /// use optim_core::prelude::*;
    ///
    /// let mut w = vec![0.0_f64, 0.0];
    /// let mut opt = Sgd::default().with_lr(1.0).init(&w)?.clip_norm(1.0)?;
    /// opt.step(&mut w, &vec![3.0, -4.0])?;
    /// assert_eq!(opt.last_norm(), Some(5.0));
    /// assert!((w[0] + 0.6).abs() < 1e-6 && (w[1] - 0.8).abs() < 1e-6);
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the length is negative or NaN.
    fn clip_norm(self, max_norm: f64) -> Result<ClipNorm<Self, M>, Error> {
        ClipNorm::new(self, max_norm)
    }

    /// One step with the mean of every `k` gradients: [`Accumulate`].
    ///
    /// ```
    /// use optim_core::prelude::*;
    ///
    /// let mut w = 0.0_f64;
    /// let mut opt = Sgd::default().with_lr(1.0).init(&w)?.accumulate(2)?;
    /// opt.step(&mut w, &1.0)?;
    /// assert_eq!((w, opt.steps()), (0.0, 0));
    /// opt.step(&mut w, &3.0)?;
    /// assert_eq!((w, opt.steps()), (-2.0, 1));
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// When `k` is 0, or the rule takes two gradients a step.
    fn accumulate(self, k: u64) -> Result<Accumulate<Self, M>, Error> {
        Accumulate::new(self, k)
    }

    /// Slow weights that go `alpha` of the way to the weights every `k` steps, and the weights back to them:
    /// [`Lookahead`].
    ///
    /// ```
    /// use optim_core::prelude::*;
    ///
    /// let mut w = 0.0_f64;
    /// let mut opt = Sgd::default().with_lr(1.0).init(&w)?.lookahead(2, 0.5)?;
    /// opt.step(&mut w, &-1.0)?;
    /// assert_eq!((w, opt.evaluate_with(&mut w, |w| *w)?), (1.0, 0.0));
    /// opt.step(&mut w, &-1.0)?;
    /// assert_eq!((w, opt.evaluate_with(&mut w, |w| *w)?), (1.0, 1.0));
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// When `k` is 0, or `alpha` is not in `0<..=1`.
    fn lookahead(self, k: u64, alpha: f64) -> Result<Lookahead<Self, M>, Error> {
        Lookahead::new(self, k, alpha)
    }

    /// Evaluates at an exponential moving average of the weights: [`Ema`].
    ///
    /// ```
    /// use optim_core::prelude::*;
    ///
    /// let mut w = 0.0_f64;
    /// let mut opt = Sgd::default().with_lr(1.0).init(&w)?.ema(0.75)?;
    /// opt.step(&mut w, &-1.0)?;
    /// opt.step(&mut w, &-4.0)?;
    /// assert_eq!((w, opt.evaluate_with(&mut w, |w| *w)?), (5.0, 0.75 * 1.0 + 0.25 * 5.0));
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// When `decay` is not in `0..1`.
    fn ema(self, decay: f64) -> Result<Ema<Self, M>, Error> {
        Ema::new(self, decay)
    }

    /// Evaluates at the mean of the weights after the steps `start`, `start + every`, …: [`Swa`].
    ///
    /// ```
    /// use optim_core::prelude::*;
    ///
    /// let mut w = 0.0_f64;
    /// let mut opt = Sgd::default().with_lr(1.0).init(&w)?.swa(2, 2)?;
    /// for _ in 0..4 {
    ///     opt.step(&mut w, &-1.0)?;
    /// }
    /// assert_eq!((w, opt.evaluate_with(&mut w, |w| *w)?), (4.0, 3.0));
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// When `start` or `every` is 0.
    fn swa(self, start: u64, every: u64) -> Result<Swa<Self, M>, Error> {
        Swa::new(self, start, every)
    }

    /// Skips steps with gradients that are not finite, up to `at_most_in_a_row` one after the other: [`SkipNonfinite`].
    ///
    /// ```
    /// use optim_core::prelude::*;
    ///
    /// let mut w = vec![0.0_f64];
    /// let mut opt = Sgd::default().with_lr(1.0).init(&w)?.skip_nonfinite(1);
    /// opt.step(&mut w, &vec![f64::NAN])?;
    /// assert_eq!((w[0], opt.skipped()), (0.0, 1));
    /// let error = opt.step(&mut w, &vec![f64::INFINITY]).unwrap_err();
    /// assert_eq!(error.to_string(), "the gradient: the whole model has a NaN or an infinite number; that is number 2 in a row");
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    fn skip_nonfinite(self, at_most_in_a_row: u64) -> SkipNonfinite<Self, M> {
        SkipNonfinite::new(self, at_most_in_a_row)
    }

    /// Leaves out of each step what moves against the gradient: [`Cautious`].
    ///
    /// ```
    /// use optim_core::prelude::*;
    ///
    /// let mut w = vec![0.0_f64, 0.0];
    /// let mut opt = Momentum::default().with_lr(1.0).with_momentum(0.5).init(&w)?.cautious();
    /// opt.step(&mut w, &vec![-8.0, -8.0])?;
    /// // The velocity is 4 − g. The second weight would go on against its gradient; the first has the step of both.
    /// opt.step(&mut w, &vec![-1.0, 1.0])?;
    /// assert_eq!(w, [8.0 + 2.0 * 5.0, 8.0]);
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    fn cautious(self) -> Cautious<Self, M> {
        Cautious::new(self)
    }

    /// Takes from the gradient of every output's weights their mean: [`Centralise`].
    ///
    /// ```
    /// use optim_core::ndarray::{Array2, array};
    /// use optim_core::prelude::*;
    ///
    /// let mut w = Array2::<f64>::zeros((2, 2));
    /// let mut opt = Sgd::default().with_lr(1.0).init(&w)?.centralise();
    /// opt.step(&mut w, &array![[1.0, 10.0], [3.0, 50.0]])?;
    /// assert_eq!(w, array![[1.0, 20.0], [-1.0, -20.0]]);
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    fn centralise(self) -> Centralise<Self, M> {
        Centralise::new(self)
    }

    /// Adds normal noise of the variance `eta / (1 + t)^gamma` to the gradient: [`Noise`].
    ///
    /// ```
    /// use optim_core::prelude::*;
    ///
    /// let mut w = 0.0_f64;
    /// let mut opt = Sgd::default().with_lr(1.0).init(&w)?.noise(0.25, 0.55, 7)?;
    /// opt.step(&mut w, &3.0)?;
    /// assert_eq!(w, -(3.0 + 0.5 * Rng::new(7).normal()));
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// When `eta` or `gamma` is negative or not finite.
    fn noise(self, eta: f64, gamma: f64, seed: u64) -> Result<Noise<Self, M>, Error> {
        Noise::new(self, eta, gamma, seed)
    }

    /// Lets the hyper-parameter `name` follow a schedule: [`Scheduled`].
    ///
    /// ```
    /// use optim_core::prelude::*;
    /// use optim_core::schedule::Exponential;
    ///
    /// let mut w = 0.0_f64;
    /// let mut opt = Sgd::default().init(&w)?.schedule("lr", Exponential { from: 1.0, gamma: 0.5 })?;
    /// opt.step(&mut w, &-1.0)?;
    /// opt.step(&mut w, &-1.0)?;
    /// assert_eq!((w, opt.hyper("lr")?), (1.5, 0.5));
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the rule has no hyper-parameter of this name, or a number of the schedule is out of its range.
    fn schedule<S: Schedule>(self, name: &str, schedule: S) -> Result<Scheduled<Self, S, M>, Error> {
        Scheduled::new(self, name, schedule)
    }
}

impl<M: Optimizable, O: Optimize<M>> Wrap<M> for O {}
