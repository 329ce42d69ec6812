//! [`Swa`]: the model is evaluated at the mean of its weights from some step on.

use super::assign::Given;
use super::check;
use super::flat::Flat;
use super::frame::{forward, state_inside, wrapper};
use super::kept::{Kept, Kind};
use crate::error::Error;
use crate::optimizable::{Optimizable, RealOf};
use crate::optimize::Optimize;
use crate::real::Real;
use crate::record::{Persist, Record, Start, Value};

/// Stochastic weight averaging: the mean of the weights after the steps `start`, `start + every`, `start + 2 · every`, …,
/// at which the model is evaluated: `a += (w − a) / (n + 1)`, with `n` weights in it so far. Made by
/// [`Wrap::swa`](super::Wrap::swa).
///
/// Training does not see it. Before step `start` the model is evaluated where the inner optimizer says. Steps are those of
/// the rule ([`steps`](Optimize::steps), from 1). Frozen parameters and buffers are those of the model: running statistics
/// have to be taken anew for the averaged weights.
///
/// As `torch.optim.swa_utils.AveragedModel` with `get_swa_avg_fn`, without deviation. Izmailov et al., *Averaging Weights
/// Leads to Wider Optima and Better Generalization*, 2018, <https://arxiv.org/abs/1803.05407>.
pub struct Swa<O, M: Optimizable> {
    inner: O,
    start: u64,
    every: u64,
    averaged: u64,
    average: Kept<M>,
    flat: Flat<M>,
    given: Given<M>,
}

const KEPT: Kind = Kind { name: "average", counted: "averaged", start: Start::Weight };

wrapper!(Swa { start, every, averaged } with { average, flat, given });

impl<O, M: Optimizable> Swa<O, M> {
    pub(super) fn new(inner: O, start: u64, every: u64) -> Result<Self, Error> {
        check::at_least_one("swa", "start", start)?;
        check::at_least_one("swa", "every", every)?;
        let (average, flat, given) = (Kept::new(KEPT), Flat::new(), Given::new());
        Ok(Swa { inner, start, every, averaged: 0, average, flat, given })
    }

    /// The first step whose weights are in the mean.
    pub fn start(&self) -> u64 {
        self.start
    }

    /// How many steps lie between two that are in the mean.
    pub fn every(&self) -> u64 {
        self.every
    }

    /// Of how many steps the weights are in the mean.
    pub fn averaged(&self) -> u64 {
        self.averaged
    }
}

impl<M: Optimizable, O: Optimize<M>> Optimize<M> for Swa<O, M> {
    forward!(except evaluate_with);

    fn try_step_with<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        let Swa { inner, start, every, averaged, average, flat, .. } = self;
        let (value, taken) = average.step(flat, inner, model, f)?;
        let step = inner.steps();
        if taken && step >= *start && (step - *start).is_multiple_of(*every) {
            let n = RealOf::<M>::from_f64((*averaged + 1) as f64);
            average.enter(flat, model, |a, w| a + (w - a) / n)?;
            *averaged += 1;
        }
        Ok(value)
    }

    fn evaluate_with<T>(&mut self, model: &mut M, f: impl FnOnce(&mut M) -> T) -> Result<T, Error> {
        self.average.evaluate(&mut self.flat, &mut self.inner, model, f)
    }
}

impl<O: Persist + Optimize<M>, M: Optimizable> Persist for Swa<O, M> {
    fn save(&self) -> Record {
        let mut record = check::record("swa", &self.inner);
        record.put("start", Value::Count(self.start));
        record.put("every", Value::Count(self.every));
        record.put("averaged", Value::Count(self.averaged));
        self.average.save(&self.flat, &mut record);
        record
    }

    fn load(&mut self, record: &Record) -> Result<(), Error> {
        check::is_of("swa", record, &["start", "every", "averaged", "average/"])?;
        let (start, every) = (record.count("start")?, record.count("every")?);
        check::at_least_one("swa", "start", start)?;
        check::at_least_one("swa", "every", every)?;
        let (averaged, mut average) = (record.count("averaged")?, self.average.clone());
        average.load(record, &self.flat)?;
        self.inner.load(&record.part("inner"))?;
        (self.start, self.every, self.averaged, self.average) = (start, every, averaged, average);
        Ok(())
    }

    state_inside!(average);
}
