//! Schedules: hyper-parameters that follow the step, as values.
//!
//! A [`Schedule`] is a pure function from the number of a step to a number. It knows neither optimizer nor
//! hyper-parameter, and keeps no count of its own: step 1000 has the same value whether or not the 999 before it were
//! asked for, so a training run that is resumed needs nothing but its step count.
//!
//! ```
//! use optim_core::schedule::{Cosine, Schedule};
//!
//! let lr = Cosine { from: 0.1, to: 0.001, steps: 900 }.warmup(100, 0.01);
//! lr.check()?;
//! assert_eq!((lr.at(1), lr.at(101), lr.at(1001), lr.at(5000)), (0.001, 0.1, 0.001, 0.001));
//! # Ok::<(), optim_core::Error>(())
//! ```
//!
//! # What there is
//! | kind | for |
//! |---|---|
//! | [`Constant`], [`Linear`], [`Polynomial`], [`Exponential`] | one curve from one value to another |
//! | [`Step`], [`MultiStep`] | a factor, every so many steps or at given ones |
//! | [`Cosine`], [`CosineRestarts`] | half a cosine, once or again and again (SGDR) |
//! | [`OneCycle`], [`Cyclic`] | up and down, once or again and again |
//! | [`WarmupStableDecay`], [`InverseSqrt`] | training of transformers, of known and of unknown length |
//! | [`Piecewise`] | any values at any steps, with a [`Curve`] in between |
//! | [`ReduceOnPlateau`] | a factor whenever a metric gets no better |
//! | [`Lambda`] | your own function of the step |
//! | [`Boxed`] | one type for all of them, where the kind is chosen at run time |
//!
//! Each is made into others by the methods of [`Schedule`]: [`warmup`](Schedule::warmup), [`then`](Schedule::then),
//! [`times`](Schedule::times), [`scale`](Schedule::scale), [`offset`](Schedule::offset), [`at_least`](Schedule::at_least),
//! [`at_most`](Schedule::at_most), [`repeat`](Schedule::repeat), [`skip`](Schedule::skip), [`stretch`](Schedule::stretch).
//!
//! # Counting
//! Steps are 1, 2, 3, …: `at(step)` is the value *for* that step, and step 1 has the first value. The formulas are
//! written with `i = step − 1`, the number of steps already taken, which is PyTorch's epoch index (0, 1, 2, …). All
//! lengths and places count steps taken: `steps: 100` means that the last value is reached after 100 steps, with step 101.
//! A step 0 does not exist and has the value of step 1. After its end a schedule keeps its last value. One that counts
//! epochs becomes one that counts steps by [`stretch`](Schedule::stretch).
//!
//! # Checking
//! Schedules are plain structs, as rules are. [`Schedule::check`] says which number is out of its range; who attaches a
//! schedule to a hyper-parameter asks it first. [`Schedule::at`] never panics, whatever the numbers are.
//! `exp`, `cos` and the like come from a pure Rust library: the same values on every machine.
//!
//! # Pictures
//! All of them over 100 steps (in the repository: `optim-core/docs/schedules.svg`):
//!
//! <div>
#![doc = include_str!("../../docs/schedules.svg")]
//! </div>

mod affine;
mod bounded;
mod boxed;
mod check;
mod constant;
mod cosine;
mod curve;
mod cyclic;
mod exponential;
mod inverse_sqrt;
mod lambda;
mod linear;
mod one_cycle;
mod piecewise;
mod polynomial;
mod product;
mod reduce_on_plateau;
mod repeat;
mod skip;
mod state;
mod step;
mod stretch;
mod then;
mod warmup;
mod warmup_stable_decay;

use std::fmt::Debug;

pub use affine::Affine;
pub use bounded::Bounded;
pub use boxed::Boxed;
pub use constant::Constant;
pub use cosine::{Cosine, CosineRestarts};
pub use curve::Curve;
pub use cyclic::{Cyclic, CyclicKind};
pub use exponential::Exponential;
pub use inverse_sqrt::InverseSqrt;
pub use lambda::Lambda;
pub use linear::Linear;
pub use one_cycle::OneCycle;
pub use piecewise::Piecewise;
pub use polynomial::Polynomial;
pub use product::Product;
pub use reduce_on_plateau::{ReduceOnPlateau, Threshold};
pub use repeat::Repeat;
pub use skip::Skip;
pub use step::{MultiStep, Step};
pub use stretch::Stretch;
pub use then::Then;
pub use warmup::Warmup;
pub use warmup_stable_decay::WarmupStableDecay;

use crate::error::Error;
pub use crate::mode::Mode;

/// A number that follows the step: a pure function of it.
///
/// One of your own needs [`at`](Self::at) alone; [`Lambda`] makes one from a closure.
///
/// ```
/// use optim_core::schedule::{Constant, Schedule};
///
/// /// 1, 1/2, 1/3, …
/// #[derive(Clone, Debug)]
/// struct Harmonic;
///
/// impl Schedule for Harmonic {
///     fn at(&self, step: u64) -> f64 {
///         1.0 / step.max(1) as f64
///     }
/// }
///
/// let schedule = Constant(5.0).then(10, Harmonic.scale(5.0).at_least(1.0));
/// assert_eq!([1, 10, 11, 12, 100].map(|step| schedule.at(step)), [5.0, 5.0, 5.0, 2.5, 1.0]);
/// ```
pub trait Schedule: Clone + Debug + Send + Sync + 'static {
    /// The value for this step: 1 is the first. It depends on the step, the schedule's numbers and, where it observes,
    /// on what was observed; on nothing else.
    fn at(&self, step: u64) -> f64;

    /// Whether all numbers are in their ranges.
    ///
    /// # Errors
    /// When one is not: the error names the schedule and the number.
    fn check(&self) -> Result<(), Error> {
        Ok(())
    }

    /// Tells the schedule a metric, such as the loss of an epoch. Most take no notice; [`ReduceOnPlateau`] does,
    /// wherever in a schedule it stands: parts of a schedule are all told, also those whose steps are over or not yet
    /// come.
    fn observe(&mut self, metric: f64) {
        let _ = metric;
    }

    /// What was made of observed metrics, as numbers to be saved bit for bit; empty for a schedule that does not observe.
    fn state(&self) -> Vec<f64> {
        Vec::new()
    }

    /// Puts back what [`state`](Self::state) returned.
    ///
    /// # Errors
    /// When a schedule of this kind has no such state; it is as before.
    fn set_state(&mut self, state: &[f64]) -> Result<(), Error> {
        state::expect(state, 0)
    }

    /// A warm-up of `steps` steps, then this from its first step on: the first value times a factor that rises linearly
    /// from `factor` to 1.
    ///
    /// `at = first · (factor + (1 − factor) · i / steps)` for `i < steps`. It comes before this schedule and makes the
    /// whole longer by `steps`; a ramp that this schedule runs under is a [product](Self::times):
    /// `Linear { from: factor, to: 1.0, steps }.times(schedule)`.
    ///
    /// ```
    /// use optim_core::schedule::{Exponential, Schedule};
    ///
    /// let lr = Exponential { from: 1.0, gamma: 0.5 }.warmup(4, 0.25);
    /// assert_eq!([1, 2, 3, 4, 5, 6].map(|step| lr.at(step)), [0.25, 0.4375, 0.625, 0.8125, 1.0, 0.5]);
    /// ```
    fn warmup(self, steps: u64, factor: f64) -> Warmup<Self> {
        Warmup { schedule: self, steps, factor }
    }

    /// The first `steps` steps of this, then `next` from its first step on.
    ///
    /// ```
    /// use optim_core::schedule::{Constant, Linear, Schedule};
    ///
    /// let lr = Constant(1.0).then(2, Linear { from: 1.0, to: 0.0, steps: 2 }).then(5, Constant(7.0));
    /// assert_eq!([1, 2, 3, 4, 5, 6].map(|step| lr.at(step)), [1.0, 1.0, 1.0, 0.5, 0.0, 7.0]);
    /// ```
    fn then<S: Schedule>(self, steps: u64, next: S) -> Then<Self, S> {
        Then { first: self, steps, next }
    }

    /// The product of two schedules, step by step.
    ///
    /// ```
    /// use optim_core::schedule::{Exponential, Linear, Schedule};
    ///
    /// let lr = Exponential { from: 0.8, gamma: 0.5 }.times(Linear { from: 0.5, to: 1.0, steps: 1 });
    /// assert_eq!([1, 2, 3].map(|step| lr.at(step)), [0.4, 0.4, 0.2]);
    /// ```
    fn times<S: Schedule>(self, other: S) -> Product<Self, S> {
        Product(self, other)
    }

    /// This times a factor.
    ///
    /// ```
    /// use optim_core::schedule::{Linear, Schedule};
    ///
    /// let lr = Linear { from: 1.0, to: 0.0, steps: 2 }.scale(0.5).offset(0.25);
    /// assert_eq!([1, 2, 3].map(|step| lr.at(step)), [0.75, 0.5, 0.25]);
    /// ```
    fn scale(self, factor: f64) -> Affine<Self> {
        Affine { schedule: self, factor, offset: 0.0 }
    }

    /// This plus a number; [`scale`](Self::scale) has an example.
    fn offset(self, offset: f64) -> Affine<Self> {
        Affine { schedule: self, factor: 1.0, offset }
    }

    /// This where it is above `floor`, `floor` elsewhere.
    ///
    /// ```
    /// use optim_core::schedule::{Exponential, Schedule};
    ///
    /// let lr = Exponential { from: 1.0, gamma: 0.5 }.at_least(0.2).at_most(0.9);
    /// assert_eq!([1, 2, 3, 4, 5].map(|step| lr.at(step)), [0.9, 0.5, 0.25, 0.2, 0.2]);
    /// ```
    fn at_least(self, floor: f64) -> Bounded<Self> {
        Bounded { schedule: self, low: floor, high: f64::INFINITY }
    }

    /// This where it is below `ceiling`, `ceiling` elsewhere; [`at_least`](Self::at_least) has an example.
    fn at_most(self, ceiling: f64) -> Bounded<Self> {
        Bounded { schedule: self, low: f64::NEG_INFINITY, high: ceiling }
    }

    /// The first `steps` steps of this, again and again.
    ///
    /// ```
    /// use optim_core::schedule::{Linear, Schedule};
    ///
    /// let saw = Linear { from: 3.0, to: 0.0, steps: 3 }.repeat(3);
    /// assert_eq!([1, 2, 3, 4, 5, 6, 7].map(|step| saw.at(step)), [3.0, 2.0, 1.0, 3.0, 2.0, 1.0, 3.0]);
    /// ```
    fn repeat(self, steps: u64) -> Repeat<Self> {
        Repeat { schedule: self, steps }
    }

    /// This from its step `steps + 1` on: the first `steps` are left out.
    ///
    /// ```
    /// use optim_core::schedule::{Linear, Schedule};
    ///
    /// assert_eq!(Linear { from: 4.0, to: 0.0, steps: 4 }.skip(3).at(1), 1.0);
    /// ```
    fn skip(self, steps: u64) -> Skip<Self> {
        Skip { schedule: self, steps }
    }

    /// Each value of this for `steps` steps: a schedule over epochs, where an epoch has so many.
    ///
    /// ```
    /// use optim_core::schedule::{Exponential, Schedule};
    ///
    /// let by_epoch = Exponential { from: 1.0, gamma: 0.5 };
    /// assert_eq!([1, 2, 3, 4, 5].map(|step| by_epoch.stretch(2).at(step)), [1.0, 1.0, 0.5, 0.5, 0.25]);
    /// ```
    fn stretch(self, steps: u64) -> Stretch<Self> {
        Stretch { schedule: self, steps }
    }

    /// This as a [`Boxed`] schedule, whose type does not say of which kind it is.
    fn boxed(self) -> Boxed {
        Boxed::new(self)
    }
}

/// How many steps have been taken before this one: `i` in the formulas.
fn taken(step: u64) -> u64 {
    step.saturating_sub(1)
}
