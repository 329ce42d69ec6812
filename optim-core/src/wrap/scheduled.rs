//! [`Scheduled`]: a hyper-parameter that follows a schedule.

use std::fmt;
use std::marker::PhantomData;

use super::check;
use super::frame::{forward, state_inside};
use crate::error::Error;
use crate::optimizable::{Optimizable, RealOf};
use crate::optimize::{Optimize, Step};
use crate::optimizer::{Beside, Carries};
use crate::record::{Persist, Record, Value};
use crate::schedule::Schedule;

/// Sets a hyper-parameter of the rule before every step: step `t` (1, 2, 3, …) has `schedule.at(t)`. Made by
/// [`Wrap::schedule`](super::Wrap::schedule).
///
/// `t` is one more than the [`steps`](Optimize::steps) of the inner optimizer, so that nothing moves on in a step that is
/// not taken. A value out of the hyper-parameter's range is an error of that step; then, and when a closure fails, the
/// hyper-parameter is as before. Several hyper-parameters have a schedule each, one wrapper around the other.
///
/// A schedule that takes notice of a metric is told it by [`observe`](Self::observe).
pub struct Scheduled<O, S, M> {
    inner: O,
    name: String,
    schedule: S,
    model: PhantomData<fn() -> M>,
}

impl<O, S: Schedule, M: Optimizable> Scheduled<O, S, M> {
    pub(super) fn new(mut inner: O, name: &str, schedule: S) -> Result<Self, Error>
    where
        O: Optimize<M>,
    {
        let now = inner.hyper(name)?;
        schedule.check()?;
        // A group has a value of its own from now on, and not from the first step on alone.
        inner.set_hyper(name, now)?;
        Ok(Scheduled { inner, name: name.to_owned(), schedule, model: PhantomData })
    }

    /// The optimizer inside.
    pub fn inner(&self) -> &O {
        &self.inner
    }

    /// The optimizer inside, to be changed.
    pub fn inner_mut(&mut self) -> &mut O {
        &mut self.inner
    }

    /// The optimizer inside, without the wrapper; the hyper-parameter keeps the value of the last step.
    pub fn into_inner(self) -> O {
        self.inner
    }

    /// The hyper-parameter that follows.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The schedule that it follows.
    pub fn follows(&self) -> &S {
        &self.schedule
    }

    /// The schedule that it follows, to be changed.
    pub fn follows_mut(&mut self) -> &mut S {
        &mut self.schedule
    }

    /// Tells the schedule a metric, such as the loss of an epoch: [`Schedule::observe`].
    pub fn observe(&mut self, metric: f64) {
        self.schedule.observe(metric);
    }
}

impl<O: Clone, S: Clone, M> Clone for Scheduled<O, S, M> {
    fn clone(&self) -> Self {
        let (inner, name, schedule) = (self.inner.clone(), self.name.clone(), self.schedule.clone());
        Scheduled { inner, name, schedule, model: PhantomData }
    }
}

impl<O: fmt::Debug, S: fmt::Debug, M> fmt::Debug for Scheduled<O, S, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Scheduled");
        shown.field("name", &self.name).field("schedule", &self.schedule).field("inner", &self.inner);
        shown.finish_non_exhaustive()
    }
}

/// Puts the hyper-parameter back when it is dropped: after an error or a panic.
struct Guard<'o, O: Optimize<M>, M: Optimizable> {
    inner: &'o mut O,
    name: &'o str,
    before: Option<f64>,
    model: PhantomData<fn() -> M>,
}

impl<'o, O: Optimize<M>, M: Optimizable> Guard<'o, O, M> {
    fn set(inner: &'o mut O, name: &'o str, value: f64) -> Result<Self, Error> {
        let before = Some(inner.hyper(name)?);
        inner.set_hyper(name, value)?;
        Ok(Guard { inner, name, before, model: PhantomData })
    }
}

impl<O: Optimize<M>, M: Optimizable> Drop for Guard<'_, O, M> {
    fn drop(&mut self) {
        if let Some(before) = self.before {
            // It was there before. A value out of its range that was written to the field cannot be put back; the next
            // step sets it anyway.
            let _ = self.inner.set_hyper(self.name, before);
        }
    }
}

impl<M: Optimizable, O: Optimize<M>, S: Schedule> Optimize<M> for Scheduled<O, S, M> {
    forward!();

    fn try_step_with<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        self.try_step_beside(model, &mut Beside::default(), f)
    }

    fn carries(&self) -> Carries {
        self.inner.carries()
    }

    fn try_step_beside<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        beside: &mut Beside<'_, RealOf<M>>,
        f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        let value = self.schedule.at(self.inner.steps() + 1);
        let mut guard = Guard::set(&mut self.inner, &self.name, value)?;
        let done = guard.inner.try_step_beside(model, beside, f);
        if done.is_ok() {
            guard.before = None;
        }
        done
    }
}

impl<M: Optimizable, O: Step<M>, S: Schedule> Step<M> for Scheduled<O, S, M> {
    fn step(&mut self, model: &mut M, gradient: &M) -> Result<(), Error> {
        Scheduled::step(self, model, gradient)
    }
}

impl<M: Optimizable, O: Optimize<M>, S: Schedule> Scheduled<O, S, M> {
    /// Moves the weights by one step, with the gradient at the weights.
    ///
    /// # Errors
    /// As [`Optimizer::step`](crate::Optimizer::step), and when the schedule's value is not in the range.
    pub fn step(&mut self, model: &mut M, gradient: &M) -> Result<(), Error>
    where
        O: Step<M>,
    {
        let value = self.schedule.at(self.inner.steps() + 1);
        let mut guard = Guard::set(&mut self.inner, &self.name, value)?;
        let done = guard.inner.step(model, gradient);
        if done.is_ok() {
            guard.before = None;
        }
        done
    }
}

/// The schedule's numbers are the program's, as the rule's type is; what it has made of metrics is saved.
impl<O: Persist, S: Schedule, M> Persist for Scheduled<O, S, M> {
    fn save(&self) -> Record {
        let mut record = check::record("schedule", &self.inner);
        record.put("name", Value::Text(self.name.clone()));
        for (index, number) in self.schedule.state().into_iter().enumerate() {
            record.put(&format!("state/{index}"), Value::Number(number));
        }
        record
    }

    fn load(&mut self, record: &Record) -> Result<(), Error> {
        check::is_of("schedule", record, &["name", "state/"])?;
        let name = record.text("name")?;
        if name != self.name {
            return Err(Error::data(format!("`name` is `{name}`, and the schedule is of `{}`", self.name)));
        }
        let mut schedule = self.schedule.clone();
        let count = record.iter().filter(|(name, _)| name.starts_with("state/")).count();
        let state: Result<Vec<f64>, Error> = (0..count).map(|index| record.number(&format!("state/{index}"))).collect();
        schedule.set_state(&state?)?;
        self.inner.load(&record.part("inner"))?;
        self.schedule = schedule;
        Ok(())
    }

    state_inside!();
}
