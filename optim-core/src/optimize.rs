//! [`Optimize`]: what every optimizer does, so that wrappers and training loops work with any of them.

use ndarray::ArrayD;

use crate::error::Error;
use crate::optimizable::{Optimizable, RealOf};
use crate::optimizer::{Beside, Carries, Optimizer};
use crate::rule::{GradientAtWeights, Rule};
use crate::tiled::Tiled;

/// What of a parameter an optimizer moves.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Moving {
    /// All of it.
    Whole,
    /// Nothing: it is frozen for now, or none of the optimizer's business.
    Nothing,
    /// The elements that are `true`, in the parameter's shape.
    Elements(ArrayD<bool>),
}

/// An optimizer of models of type `M`: [`Optimizer`], and what is wrapped around one.
///
/// A wrapper is an optimizer over an optimizer, and does its part before, in or behind the closure of the inner one. The
/// gradient goes from the outermost wrapper to the innermost, and then to the rule: what was added last acts first.
pub trait Optimize<M: Optimizable> {
    /// How many gradients one step takes: 1, or 2 for a rule that looks ahead along a gradient.
    const GRADIENTS: usize;
    /// Whether it may end a step without an error before the weights move: one that is skipped or accumulated.
    const ENDS_STEPS: bool = false;

    /// Moves the weights by one step, as [`Optimizer::try_step_with`] does.
    ///
    /// # Errors
    /// The closure's error, or what [`Optimizer::step`] reports; weights and state are as before then.
    fn try_step_with<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E>;

    /// Moves the weights by one step, as [`Optimizer::step_with`] does.
    ///
    /// # Errors
    /// As [`Optimizer::step_with`].
    fn step_with<T>(&mut self, model: &mut M, mut f: impl FnMut(&mut M, &mut M) -> T) -> Result<T, Error> {
        self.try_step_with(model, |model, gradient| Ok(f(model, gradient)))
    }

    /// Calls the closure with the model where it is to be evaluated, as [`Optimizer::evaluate_with`] does.
    ///
    /// # Errors
    /// As [`Optimizer::evaluate_with`].
    fn evaluate_with<T>(&mut self, model: &mut M, f: impl FnOnce(&mut M) -> T) -> Result<T, Error>;

    /// How many steps the rule has taken.
    fn steps(&self) -> u64;

    /// A hyper-parameter of the rule, by its name: `lr`, or `no_decay.lr` for that of a group.
    ///
    /// # Errors
    /// When there is none of this name; the error lists the names.
    fn hyper(&self, name: &str) -> Result<f64, Error>;

    /// Sets a hyper-parameter of the rule, by its name: `lr`, or `no_decay.lr` for that of a group.
    ///
    /// # Errors
    /// When there is none of this name, or the value is not in its range; nothing has changed then.
    fn set_hyper(&mut self, name: &str, value: f64) -> Result<(), Error>;

    /// Whether the parameter at this path is its own, to move now or when it is no longer frozen.
    fn owns(&self, path: &str) -> bool;

    /// What of the parameter at this path moves.
    fn moving(&self, path: &str) -> Moving;

    /// A number that is another one whenever [`moving`](Self::moving) may answer otherwise than before.
    fn version(&self) -> u64;

    /// Applies its constraints to the weights again, for who moves them behind it.
    ///
    /// # Errors
    /// When the model does not have the structure and shapes of the one given to `init`; nothing has changed then.
    fn constrain_again(&mut self, model: &mut M) -> Result<(), Error>;

    /// What [`try_step_beside`](Self::try_step_beside) does beside the rule at its next step.
    #[doc(hidden)]
    fn carries(&self) -> Carries {
        Carries::default()
    }

    /// [`try_step_with`](Self::try_step_with), and beside it what it [carries](Self::carries), in the same pass.
    ///
    /// # Errors
    /// As [`try_step_with`](Self::try_step_with).
    #[doc(hidden)]
    fn try_step_beside<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        beside: &mut Beside<'_, RealOf<M>>,
        f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        let _ = beside;
        self.try_step_with(model, f)
    }
}

/// An optimizer that takes its gradient at the weights, so that one can be handed to it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no `step`: its rule takes the gradient elsewhere than at the weights",
    label = "use `step_with`, which calls a closure where the rule wants the gradient"
)]
pub trait Step<M: Optimizable>: Optimize<M> {
    /// Moves the weights by one step, with the gradient at the weights.
    ///
    /// # Errors
    /// As [`Optimizer::step`].
    fn step(&mut self, model: &mut M, gradient: &M) -> Result<(), Error> {
        self.try_step_with(model, |_, buffer| copy_parameters(buffer, gradient))
    }
}

impl<R: Rule, M: Optimizable> Optimize<M> for Optimizer<R, M> {
    const GRADIENTS: usize = if R::Tiled::LOOK_AHEAD_GRADIENT { 2 } else { 1 };

    fn try_step_with<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        Optimizer::try_step_with(self, model, f)
    }

    fn evaluate_with<T>(&mut self, model: &mut M, f: impl FnOnce(&mut M) -> T) -> Result<T, Error> {
        Optimizer::evaluate_with(self, model, f)
    }

    fn steps(&self) -> u64 {
        Optimizer::steps(self)
    }

    fn hyper(&self, name: &str) -> Result<f64, Error> {
        match name.rsplit_once('.') {
            Some((group, name)) => self.get_in(group, name),
            None => self.get(name),
        }
    }

    fn set_hyper(&mut self, name: &str, value: f64) -> Result<(), Error> {
        match name.rsplit_once('.') {
            Some((group, name)) => self.set_in(group, name, value),
            None => self.set(name, value),
        }
    }

    fn owns(&self, path: &str) -> bool {
        Optimizer::owns(self, path)
    }

    fn moving(&self, path: &str) -> Moving {
        if !self.moves(path) {
            return Moving::Nothing;
        }
        self.mask_of(path).map_or(Moving::Whole, Moving::Elements)
    }

    fn version(&self) -> u64 {
        self.version()
    }

    fn constrain_again(&mut self, model: &mut M) -> Result<(), Error> {
        self.apply_constraints(model)
    }

    fn carries(&self) -> Carries {
        Optimizer::carries(self)
    }

    fn try_step_beside<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        beside: &mut Beside<'_, RealOf<M>>,
        f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        Optimizer::try_step_beside(self, model, beside, f)
    }
}

impl<R: GradientAtWeights, M: Optimizable> Step<M> for Optimizer<R, M> {
    fn step(&mut self, model: &mut M, gradient: &M) -> Result<(), Error> {
        Optimizer::step(self, model, gradient)
    }
}

/// Copies the parameters (frozen ones too) of one model to another.
///
/// # Errors
/// When they differ in structure or in a shape; nothing has been copied then.
pub(crate) fn copy_parameters<M: Optimizable>(to: &mut M, from: &M) -> Result<(), Error> {
    to.for_each_pair_mut(from, |_, mut to, from| to.assign(&from))
}
