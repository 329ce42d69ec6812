//! [`Minimizer`]: a method and its state for one model.

use std::fmt;

use num_traits::{Float, Zero};

use super::flat::{dot, max_abs, norm, set_scaled};
use super::line::{Line, evaluate};
use super::method::{LastStep, Method, Moved};
use super::report::{Ending, Progress};
use super::search::Conditions;
use super::weights::{Restore, Weights};
use crate::error::Error;
use crate::optimizable::{Optimizable, RealOf};

/// A method and its state for one model; made by [`Method::init`].
///
/// # What a step guarantees
/// Settings, model and gradient are checked before anything moves. Only parameters that are not frozen move. Sums run in
/// walking order and in `f64`: the result does not depend in any bit on the memory layout. A step allocates nothing after
/// the first.
///
/// # What the closure is
/// It gets the model and a zeroed gradient to fill, and returns the loss: both at the same parameters, and both the same
/// whenever the parameters are the same. The loss and the gradient at the end of a step are not asked for again at the
/// start of the next. So after the data has changed, or a buffer that the loss depends on, call
/// [`forget`](Self::forget); parameters (frozen ones too) that were changed between two steps are noticed.
pub struct Minimizer<D: Method, M: Optimizable> {
    pub(super) method: D,
    pub(super) weights: Weights<RealOf<M>>,
    pub(super) state: D::State<RealOf<M>>,
    pub(super) known: Option<Known>,
    /// At the weights, where they are known.
    pub(super) gradient: Vec<RealOf<M>>,
    /// The next one, where one was learned.
    pub(super) direction: Vec<RealOf<M>>,
    /// The gradients at the best trial of a search and at the last.
    best: Vec<RealOf<M>>,
    trial: Vec<RealOf<M>>,
    /// The gradient that closures are given.
    buffer: Option<M>,
    pub(super) steps: u64,
    pub(super) evaluations: u64,
}

/// What is known where the weights are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Known {
    pub(super) loss: f64,
    /// Of the parameters it is known of.
    pub(super) print: u64,
    /// The step that led here, if a direction was learned from it.
    pub(super) last: Option<LastStep>,
}

impl<D: Method, M: Optimizable> Minimizer<D, M> {
    pub(super) fn new(method: D, model: &M) -> Result<Self, Error> {
        method.check()?;
        let weights = Weights::new(model);
        let n = weights.moved.len();
        let vector = || vec![RealOf::<M>::zero(); n];
        Ok(Minimizer {
            state: method.state(n),
            method,
            weights,
            known: None,
            gradient: vector(),
            direction: vector(),
            best: vector(),
            trial: vector(),
            buffer: None,
            steps: 0,
            evaluations: 0,
        })
    }

    /// The method.
    pub fn method(&self) -> &D {
        &self.method
    }

    /// The method, to change its settings between steps; the next step checks them.
    pub fn method_mut(&mut self) -> &mut D {
        &mut self.method
    }

    /// How many steps were taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// How often the closure was called, by steps that succeeded.
    pub fn evaluations(&self) -> u64 {
        self.evaluations
    }

    /// Forgets what was learned: the next step asks for loss and gradient anew and goes along the negative gradient.
    pub fn forget(&mut self) {
        self.known = None;
        D::forget(&mut self.state);
    }

    /// Moves the weights by one step: to the result of a line search. The closure gets the model and a zeroed gradient to
    /// fill, and returns the loss.
    ///
    /// It is called once for each step size that is tried, and once before if loss and gradient at the weights are not
    /// known. What it does to parameters is discarded; buffers and skipped fields keep what it did.
    ///
    /// Where the weights have not moved, [`Progress::ending`] says why; that is not an error.
    ///
    /// ```
    /// use optim_core::prelude::*;
    ///
    /// let mut w = 5.0_f64;
    /// let mut lbfgs = Lbfgs::default().init(&w)?;
    /// let progress = lbfgs.step_with(&mut w, |w, gradient| {
    ///     *gradient = 2.0 * (*w - 3.0);
    ///     (*w - 3.0) * (*w - 3.0)
    /// })?;
    /// assert!(progress.loss < progress.loss_before && progress.ending.moved());
    /// assert!(progress.evaluations >= 2);
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// When a setting is not in its range, or model or gradient do not have the structure and shapes of the model given to
    /// `init`, or the loss or the gradient at the weights is not finite. Weights and state are as before then (but a loss that
    /// was asked for at the weights is not asked for again).
    ///
    /// # Panics
    /// When the closure does; weights and state are as before then.
    pub fn step_with(&mut self, model: &mut M, mut f: impl FnMut(&mut M, &mut M) -> f64) -> Result<Progress, Error> {
        self.try_step_with(model, |model, gradient| Ok(f(model, gradient)))
    }

    /// As [`step_with`](Self::step_with), for a closure that may fail.
    ///
    /// # Errors
    /// The closure's error, or as [`step_with`](Self::step_with); weights and state are as before then.
    ///
    /// # Panics
    /// When the closure does; weights and state are as before then.
    pub fn try_step_with<E: From<Error>>(
        &mut self,
        model: &mut M,
        mut f: impl FnMut(&mut M, &mut M) -> Result<f64, E>,
    ) -> Result<Progress, E> {
        let asked = self.look(model, &mut f)?;
        let mut progress = self.advance(model, u64::MAX, &mut f)?;
        progress.evaluations += asked;
        Ok(progress)
    }

    /// Calls the closure with the model at the weights, which is where it is to be evaluated.
    ///
    /// Afterwards the parameters are as before, whatever the closure did; buffers and skipped fields keep what it did.
    ///
    /// # Errors
    /// When the model does not have the structure and shapes of the one given to `init`, before or after the closure.
    ///
    /// # Panics
    /// When the closure does; the weights are as before then.
    pub fn evaluate_with<T>(&mut self, model: &mut M, f: impl FnOnce(&mut M) -> T) -> Result<T, Error> {
        self.weights.save(model)?;
        let mut guard = Restore { weights: &mut self.weights, model, armed: true };
        let value = f(guard.model);
        guard.armed = false;
        guard.take_back().map(|()| value)
    }

    /// Sees to it that loss and gradient at the weights are known; returns how often the closure was called.
    pub(super) fn look<E: From<Error>>(
        &mut self,
        model: &mut M,
        f: &mut impl FnMut(&mut M, &mut M) -> Result<f64, E>,
    ) -> Result<u64, E> {
        self.method.check()?;
        self.method.check_state(&self.state)?;
        self.weights.save(model)?;
        self.weights.go_back();
        let print = self.weights.print();
        if self.known.is_some_and(|known| known.print == print) {
            return Ok(0);
        }
        let mut buffer = self.buffer.take().unwrap_or_else(|| model.zeros_like());
        let loss = {
            let mut guard = Restore { weights: &mut self.weights, model, armed: true };
            let loss = evaluate(&mut guard, &mut buffer, &mut self.trial, f)?;
            guard.armed = false;
            guard.take_back()?;
            loss
        };
        self.buffer = Some(buffer);
        self.check_finite(loss)?;
        self.forget();
        self.known = Some(Known { loss, print, last: None });
        std::mem::swap(&mut self.gradient, &mut self.trial);
        self.evaluations += 1;
        Ok(1)
    }

    /// Refuses a loss or a gradient (in `trial`) that no search can start from.
    fn check_finite(&self, loss: f64) -> Result<(), Error> {
        let found = self.trial.iter().enumerate().find(|(_, g)| !g.is_finite());
        if loss.is_finite() && found.is_none() {
            return Ok(());
        }
        let name = |(path, index): (&str, usize)| match path {
            "" => format!("element {index} of the whole model"),
            path => format!("element {index} of `{path}`"),
        };
        let loss = if loss.is_finite() { String::new() } else { format!("the loss is {loss}, ") };
        let text = if let Some((index, w)) = self.weights.not_finite() {
            format!("{} is {w}", name(self.weights.place(index)))
        } else if let Some((index, g)) = found {
            format!("the gradient of {} is {g}", name(self.weights.place(index)))
        } else {
            "though every parameter and the gradient are finite".to_owned()
        };
        Err(Error::data(format!("`{}` cannot start here: {loss}{text}", D::NAME)))
    }

    /// By how much a loss near this one, at the weights, may be off.
    pub(super) fn noise(&self, loss: f64) -> f64 {
        self.method.limits().noise(loss, &self.gradient, self.weights.start())
    }

    /// One step from where loss and gradient are known, with at most so many calls of the closure.
    pub(super) fn advance<E: From<Error>>(
        &mut self,
        model: &mut M,
        budget: u64,
        f: &mut impl FnMut(&mut M, &mut M) -> Result<f64, E>,
    ) -> Result<Progress, E> {
        let Some(known) = self.known else { return Err(Error::other("the loss at the weights is not known").into()) };
        let (limits, loss) = (self.method.limits(), known.loss);
        let noise = self.noise(loss);
        let conditions = |budget: u64| Conditions {
            c1: limits.c1,
            c2: limits.c2,
            noise,
            max_trials: limits.max_trials.min(budget).max(1),
        };
        let mut progress = Progress {
            ending: Ending::Stationary,
            loss_before: loss,
            loss,
            gradient: max_abs(&self.gradient),
            slope_before: 0.0,
            slope: 0.0,
            step_size: 0.0,
            steepest: true,
            evaluations: 0,
        };
        if progress.gradient == 0.0 {
            return Ok(progress);
        }
        let mut buffer = self.buffer.take().unwrap_or_else(|| model.zeros_like());
        let mut guard = Restore { weights: &mut self.weights, model, armed: true };
        if let Some(last) = known.last {
            let slope = dot(&self.gradient, &self.direction);
            if slope < 0.0 && slope.is_finite() {
                let first = self.method.first_trial(last, slope);
                progress.steepest = false;
                let mut line =
                    Line { along: &self.direction, factor: 1.0, slope, best: &mut self.best, trial: &mut self.trial };
                line.search(&mut guard, &mut buffer, (conditions(budget), first), &mut progress, f)?;
            }
        }
        if progress.steepest || (progress.ending == Ending::NoDecrease && progress.evaluations < budget) {
            progress.steepest = true;
            let length = norm(&self.gradient);
            let (slope, first) = (-length * length, self.method.first_trial_along_gradient(length));
            let mut line =
                Line { along: &self.gradient, factor: -1.0, slope, best: &mut self.best, trial: &mut self.trial };
            let budget = budget - progress.evaluations;
            line.search(&mut guard, &mut buffer, (conditions(budget), first), &mut progress, f)?;
        }
        if progress.ending.moved() {
            guard.weights.write(guard.model)?;
            guard.armed = false;
        } else {
            guard.armed = false;
            guard.take_back()?;
        }
        drop(guard);
        self.buffer = Some(buffer);
        self.evaluations += progress.evaluations;
        if progress.ending.moved() {
            self.commit(&mut progress);
        }
        Ok(progress)
    }

    /// The step has been taken: learns from it.
    fn commit(&mut self, progress: &mut Progress) {
        if progress.steepest {
            D::forget(&mut self.state);
            set_scaled(&mut self.direction, -1.0, &self.gradient);
        }
        let moved = Moved {
            weights_before: self.weights.start(),
            weights: &self.weights.moved,
            gradient_before: &self.gradient,
            gradient: &self.best,
        };
        self.method.learn(&mut self.state, moved, &mut self.direction);
        std::mem::swap(&mut self.gradient, &mut self.best);
        progress.gradient = max_abs(&self.gradient);
        let last = LastStep { fell: progress.loss_before - progress.loss };
        self.known = Some(Known { loss: progress.loss, print: self.weights.print(), last: Some(last) });
        self.steps += 1;
    }
}

impl<D: Method, M: Optimizable> Clone for Minimizer<D, M> {
    /// A second minimizer in the same state; the memory for closures' gradients is made anew when it is needed.
    fn clone(&self) -> Self {
        Minimizer {
            method: self.method.clone(),
            weights: self.weights.clone(),
            state: self.state.clone(),
            known: self.known,
            gradient: self.gradient.clone(),
            direction: self.direction.clone(),
            best: self.best.clone(),
            trial: self.trial.clone(),
            buffer: None,
            steps: self.steps,
            evaluations: self.evaluations,
        }
    }
}

impl<D: Method, M: Optimizable> fmt::Debug for Minimizer<D, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Minimizer")
            .field("method", &self.method)
            .field("steps", &self.steps)
            .field("evaluations", &self.evaluations)
            .field("weights", &self.gradient.len())
            .finish_non_exhaustive()
    }
}
