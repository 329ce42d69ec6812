//! [`Ema`]: the model is evaluated at a running average of its weights.

use super::assign::Given;
use super::check;
use super::flat::Flat;
use super::frame::{forward, state_inside, wrapper};
use super::kept::{Kept, Kind};
use crate::error::Error;
use crate::optimizable::{Optimizable, RealOf};
use crate::optimize::Optimize;
use crate::optimizer::{Beside, Carries};
use crate::real::Real;
use crate::record::{Persist, Record, Start, Value};

/// An exponential moving average of the weights, at which the model is evaluated: `a = decay · a + (1 − decay) · w` after
/// every step. Made by [`Wrap::ema`](super::Wrap::ema).
///
/// Training does not see it. It starts at the weights after the first step; before that, the model is evaluated where the
/// inner optimizer says. A step that the inner optimizer does not take (accumulated, skipped) does not count. Frozen
/// parameters and buffers are those of the model.
///
/// Right around an optimizer (or around a schedule, a clipping by length) the average follows in the pass that moves the
/// weights, and costs its own bytes alone, unless something is frozen, masked or constrained.
///
/// As `torch.optim.swa_utils.AveragedModel` with `get_ema_avg_fn`, without deviation.
pub struct Ema<O, M: Optimizable> {
    inner: O,
    decay: f64,
    averaged: u64,
    average: Kept<M>,
    flat: Flat<M>,
    given: Given<M>,
}

const KEPT: Kind = Kind { name: "average", counted: "averaged", start: Start::Weight };

wrapper!(Ema { decay, averaged } with { average, flat, given });

impl<O, M: Optimizable> Ema<O, M> {
    pub(super) fn new(inner: O, decay: f64) -> Result<Self, Error> {
        check(decay)?;
        Ok(Ema { inner, decay, averaged: 0, average: Kept::new(KEPT), flat: Flat::new(), given: Given::new() })
    }

    /// Which part of the average stays from step to step.
    pub fn decay(&self) -> f64 {
        self.decay
    }

    /// After how many steps the weights have entered the average.
    pub fn averaged(&self) -> u64 {
        self.averaged
    }
}

fn check(decay: f64) -> Result<(), Error> {
    check::number("ema", "decay", decay, (0.0..1.0).contains(&decay), "0..1")
}

impl<M: Optimizable, O: Optimize<M>> Optimize<M> for Ema<O, M> {
    forward!(except evaluate_with);

    fn try_step_with<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        self.try_step_beside(model, &mut Beside::default(), f)
    }

    /// Its average is the one that follows the weights.
    fn carries(&self) -> Carries {
        Carries { average: false, ..self.inner.carries() }
    }

    fn try_step_beside<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        beside: &mut Beside<'_, RealOf<M>>,
        f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        let Ema { inner, decay, averaged, average, flat, .. } = self;
        let parts = (RealOf::<M>::from_f64(*decay), RealOf::<M>::from_f64(1.0 - *decay));
        let (value, taken) = average.follow(flat, (inner, model), beside, parts, f)?;
        *averaged += u64::from(taken);
        Ok(value)
    }

    fn evaluate_with<T>(&mut self, model: &mut M, f: impl FnOnce(&mut M) -> T) -> Result<T, Error> {
        self.average.evaluate(&mut self.flat, &mut self.inner, model, f)
    }
}

impl<O: Persist + Optimize<M>, M: Optimizable> Persist for Ema<O, M> {
    fn save(&self) -> Record {
        let mut record = check::record("ema", &self.inner);
        record.put("decay", Value::Number(self.decay));
        record.put("averaged", Value::Count(self.averaged));
        self.average.save(&self.flat, &mut record);
        record
    }

    fn load(&mut self, record: &Record) -> Result<(), Error> {
        check::is_of("ema", record, &["decay", "averaged", "average/"])?;
        let (decay, averaged) = (record.number("decay")?, record.count("averaged")?);
        check(decay)?;
        let mut average = self.average.clone();
        average.load(record, &self.flat)?;
        self.inner.load(&record.part("inner"))?;
        (self.decay, self.averaged, self.average) = (decay, averaged, average);
        Ok(())
    }

    state_inside!(average);
}
