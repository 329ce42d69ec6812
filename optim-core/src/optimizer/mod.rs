//! [`Optimizer`]: a rule and its state for one model.

mod beside;
mod caches;
mod change;
mod constrain;
mod declared;
mod freeze;
mod fused;
mod group;
mod groups;
pub(crate) mod init;
mod masks;
mod names;
mod parameters;
mod persist;
mod persist_groups;
mod restore;
pub(crate) mod schedule;
mod tiled;

use std::fmt;

use crate::error::Error;
use crate::kernel::{Execution, Work};
use crate::optimizable::{Optimizable, RealOf};
use crate::precision::Precision;
use crate::rule::{GradientAtWeights, Rule};
use crate::tiled::Tiled;
use beside::Given;
pub(crate) use beside::factor;
pub use beside::{Beside, Carries};
pub use fused::Fused;
use groups::Groups;
use parameters::{Parameters, Part};
pub(crate) use parameters::{Precisions, end};
use restore::Restore;

/// A rule and its state for one model; made by [`Rule::init`].
///
/// ```
/// use optim_core::prelude::*;
///
/// // The minimum of (w − 3)², from 0.
/// let mut w = 0.0_f64;
/// let mut opt = Nag::default().with_lr(0.1).init(&w)?;
/// for _ in 0..100 {
///     opt.step_with(&mut w, |w, gradient| *gradient = 2.0 * (*w - 3.0))?;
/// }
/// assert!((w - 3.0).abs() < 0.1);
/// # Ok::<(), optim_core::Error>(())
/// ```
///
/// # Which gradient
/// Rules that take their gradient at the weights have [`step`](Self::step), which gets one. Every rule has
/// [`step_with`](Self::step_with), which gets a closure and calls it where the rule wants the gradient.
///
/// # What a step guarantees
/// Hyper-parameters, model and gradient are checked before anything moves. A step allocates nothing after the first.
/// Its result does not depend in any bit on threads, instruction set ([`set_execution`](Self::set_execution)) or
/// memory layout. Parameters that are frozen do not move and have no caches.
///
/// # Parts of a model
/// Parameters may have other hyper-parameters than the rest: `#[optim(group = "…")]` or
/// [`define_group`](Self::define_group) says which, and [`group`](Self::group) what they are. [`freeze`](Self::freeze)
/// stops parameters for a while, [`mask`](Self::mask) single elements; [`constrain`](Self::constrain) keeps them to a set.
/// [`Rule::init_where`] makes an optimizer for some parameters, and leaves the others alone.
///
/// # Tied weights
/// A weight that is used in two places stands in the model once, and its gradient is the sum over all of its uses: each
/// of them adds to it. So it has one path, one set of caches and one step.
///
/// ```
/// use optim_core::ndarray::{Array2, array};
/// use optim_core::prelude::*;
///
/// // h = E x and y = Eᵀ h: the same matrix there and back. The loss is the sum of y.
/// let mut e: Array2<f64> = array![[1.0, 2.0]];
/// let x = array![[3.0], [1.0]];
/// let mut opt = Sgd::default().with_lr(0.5).init(&e)?;
/// opt.step_with(&mut e, |e, gradient| {
///     let (h, dy) = (e.dot(&x), array![[1.0], [1.0]]);
///     *gradient += &h.dot(&dy.t()); // On the way back,
///     *gradient += &e.dot(&dy).dot(&x.t()); // and on the way there.
/// })?;
/// assert_eq!(e, array![[1.0 - 0.5 * (5.0 + 9.0), 2.0 - 0.5 * (5.0 + 3.0)]]);
/// # Ok::<(), optim_core::Error>(())
/// ```
pub struct Optimizer<R: Rule, M: Optimizable> {
    groups: Groups<R, RealOf<M>>,
    parameters: Parameters<RealOf<M>>,
    steps: u64,
    /// The gradient that closures are given, and whether it is zeros.
    gradient: Option<M>,
    gradient_is_zero: bool,
}

/// The memory of a list for tensors of another life. Empties it; collecting in place keeps the allocation.
pub(crate) fn recycle<T, U>(mut list: Vec<T>) -> Vec<U> {
    list.clear();
    list.into_iter().map(|_| unreachable!("the list was emptied")).collect()
}

impl<R: Rule, M: Optimizable> Optimizer<R, M> {
    /// The rule: that of all parameters which are in no group.
    pub fn rule(&self) -> &R {
        self.groups.first()
    }

    /// The rule, to change its hyper-parameters between steps; the next step checks them. What caches start at was said
    /// to `init`, and is not changed. Groups follow in all that they have no value of their own for.
    pub fn rule_mut(&mut self) -> &mut R {
        self.groups.first_mut()
    }

    /// How many steps were taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// What its caches are kept in, where they need not be kept exactly; see [`Precision`].
    pub fn precision(&self) -> Precision {
        self.parameters.precision.caches
    }

    /// What weights are rounded to by a step.
    pub fn weight_precision(&self) -> Precision {
        self.parameters.precision.weights
    }

    pub(crate) fn version(&self) -> u64 {
        self.parameters.version
    }

    /// Chooses threads and instructions; see [`Execution`].
    ///
    /// # Errors
    /// When the machine does not have the instructions.
    pub fn set_execution(&mut self, execution: Execution) -> Result<(), Error> {
        execution.check()?;
        self.parameters.execution = execution;
        Ok(())
    }

    /// Moves the weights by one step, with the gradient at the weights.
    ///
    /// # Errors
    /// When a hyper-parameter is out of its range, a change would make a cache appear or vanish, or model or gradient
    /// do not have the structure and shapes of the model given to `init`. Nothing has moved then.
    pub fn step(&mut self, model: &mut M, gradient: &M) -> Result<(), Error>
    where
        R: GradientAtWeights,
    {
        self.step_beside(model, Given::Read(gradient), &mut Beside::default())
    }

    /// A step with the gradient at the weights, and what is done beside it.
    fn step_beside(
        &mut self,
        model: &mut M,
        gradient: Given<'_, M>,
        beside: &mut Beside<'_, RealOf<M>>,
    ) -> Result<(), Error> {
        if R::Tiled::TILED {
            return self.tiled_step(model, gradient, beside);
        }
        self.prepare()?;
        self.update(model, gradient, Work::Update, beside)?;
        self.finish();
        self.apply_constraints(model)
    }

    /// Moves the weights by one step. The closure gets the model at the point where the rule wants the gradient, and a
    /// zeroed gradient to fill; what it returns is returned.
    ///
    /// What the closure does to parameters is discarded: after the step they are exactly what the rule makes of the
    /// weights before it. Buffers and skipped fields keep what it did. For that the weights are saved first, which costs
    /// a second pass over them, and memory for them once; [`step`](Self::step) needs neither.
    ///
    /// # Errors
    /// As [`step`](Self::step); weights, caches and step count are as before then. A closure that changes the structure
    /// or a shape of the model has lost what it took away: that is an error, and what is left is as before.
    ///
    /// # Panics
    /// When the closure does; weights, caches and step count are as before then.
    pub fn step_with<T>(&mut self, model: &mut M, mut f: impl FnMut(&mut M, &mut M) -> T) -> Result<T, Error> {
        self.try_step_with(model, |model, gradient| Ok(f(model, gradient)))
    }

    /// As [`step_with`](Self::step_with), for a closure that may fail.
    ///
    /// # Errors
    /// The closure's error, or as [`step`](Self::step); weights, caches and step count are as before then.
    ///
    /// # Panics
    /// When the closure does; weights, caches and step count are as before then.
    pub fn try_step_with<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        self.try_step_beside(model, &mut Beside::default(), f)
    }

    /// [`try_step_with`](Self::try_step_with), and what is done beside it.
    pub(crate) fn try_step_beside<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        beside: &mut Beside<'_, RealOf<M>>,
        mut f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        if R::Tiled::TILED {
            return self.try_tiled_step_with(model, beside, f);
        }
        self.prepare()?;
        let work = if R::LOOKS_AHEAD { Work::SaveAndLookAhead } else { Work::Save };
        let mut gradient = self.take_gradient(model);
        self.save(model, work)?;
        let mut guard = Restore { optimizer: self, model, armed: true };
        let result = f(guard.model, &mut gradient).and_then(|value| {
            let given = Given::UseUp(&mut gradient);
            guard.optimizer.update(guard.model, given, Work::RestoreAndUpdate, beside)?;
            guard.armed = false;
            Ok(value)
        });
        drop(guard);
        if result.is_ok() {
            self.finish();
        }
        self.keep_gradient(gradient, result.is_ok());
        let value = result?;
        self.apply_constraints(model)?;
        Ok(value)
    }

    /// What it can do beside its rule in a step that a wrapper asks for.
    pub(crate) fn carries(&self) -> Carries {
        Carries { clipping: true, average: self.parameters.carries_average() }
    }

    /// A zeroed gradient for a closure: taken before the weights move, since a skipped field is cloned, and that is the
    /// user's code.
    fn take_gradient(&mut self, model: &M) -> M {
        match self.gradient.take() {
            Some(mut gradient) => {
                if !self.gradient_is_zero {
                    gradient.fill_zero();
                }
                gradient
            }
            None => model.zeros_like(),
        }
    }

    /// Keeps the gradient for the next step, unless it may be what was wrong with this one.
    ///
    /// A step that was taken has used it up: it is zeros.
    fn keep_gradient(&mut self, gradient: M, taken: bool) {
        let fits = taken || self.parameters.fits(&gradient);
        self.gradient = fits.then_some(gradient);
        self.gradient_is_zero = taken;
    }

    /// Calls the closure with the model where the rule says to evaluate it (an average, a slow weight); at the weights
    /// where the rule says nothing, and before the first step.
    ///
    /// Afterwards the parameters are as before, whatever the closure did; buffers and skipped fields keep what it did.
    ///
    /// # Errors
    /// When the model does not have the structure and shapes of the one given to `init`, before or after the closure.
    ///
    /// # Panics
    /// When the closure does; the weights are as before then.
    pub fn evaluate_with<T>(&mut self, model: &mut M, f: impl FnOnce(&mut M) -> T) -> Result<T, Error> {
        let evaluates = R::EVALUATES && !R::Tiled::TILED && !self.groups.last.steps.is_empty();
        let work = if evaluates { Work::SaveAndEvaluate } else { Work::Save };
        self.save(model, work)?;
        let mut guard = Restore { optimizer: self, model, armed: true };
        if R::Tiled::TILED && R::EVALUATES {
            guard.optimizer.tiled_evaluate(guard.model)?;
        }
        let value = f(guard.model);
        guard.armed = false;
        guard.take_back().map(|()| value)
    }

    /// Checks the rules of all groups, and computes what the next step needs once.
    fn prepare(&mut self) -> Result<(), Error> {
        for group in 0..self.groups.count() {
            self.parameters.check_rule(&self.groups.rule(group), &mut self.parameters.members(group))?;
        }
        self.groups.begin((self.steps + 1) as f64);
        self.parameters.rounding = self.parameters.precision.rounding(self.steps + 1);
        Ok(())
    }

    /// The step has been taken.
    fn finish(&mut self) {
        self.steps += 1;
        self.groups.finish();
    }

    /// Checks the model and saves its parameters, moving them on where the work says so.
    fn save(&mut self, model: &mut M, work: Work) -> Result<(), Error> {
        let part = Part::Pass(work, Some(self.groups.steps(work)));
        self.parameters.work(model, Given::Nothing, part, &mut Beside::default())
    }

    /// The rule, from the weights or the saved ones, with a gradient that is checked first.
    fn update(
        &mut self,
        model: &mut M,
        gradient: Given<'_, M>,
        work: Work,
        beside: &mut Beside<'_, RealOf<M>>,
    ) -> Result<(), Error> {
        self.parameters.work(model, gradient, Part::Pass(work, Some(self.groups.steps(work))), beside)
    }
}

impl<R: Rule, M: Optimizable> Clone for Optimizer<R, M> {
    /// A second optimizer in the same state; the memory for closures' gradients is made anew when it is needed.
    fn clone(&self) -> Self {
        let Optimizer { groups, parameters, steps, .. } = self;
        Optimizer {
            groups: groups.clone(),
            parameters: parameters.clone(),
            steps: *steps,
            gradient: None,
            gradient_is_zero: false,
        }
    }
}

impl<R: Rule, M: Optimizable> fmt::Debug for Optimizer<R, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parameters { slots, frozen, execution, .. } = &self.parameters;
        f.debug_struct("Optimizer")
            .field("rule", self.rule())
            .field("groups", &self.groups().collect::<Vec<_>>())
            .field("steps", &self.steps)
            .field("parameters", &slots.len())
            .field("frozen", &(frozen.len() + slots.iter().filter(|slot| slot.frozen).count()))
            .field("weights", &end(slots))
            .field("execution", execution)
            .finish_non_exhaustive()
    }
}
