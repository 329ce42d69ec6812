//! [`Lookahead`]: slow weights that follow the fast ones every few steps.

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

/// Every `k` steps, moves slow weights towards the weights, and the weights back to them: `s += α · (w − s); w = s`. Made
/// by [`Wrap::lookahead`](super::Wrap::lookahead).
///
/// The slow weights start at the weights before the first step. The model holds the fast ones; it is evaluated at the
/// slow ones, as in the article. Caches of the rule go on as they are. A step that the inner optimizer does not take
/// (accumulated, skipped) does not count. Of a rule with two gradients a step nothing is different.
///
/// Zhang et al., *Lookahead Optimizer: k steps forward, 1 step back*, 2019, <https://arxiv.org/abs/1907.08610>.
pub struct Lookahead<O, M: Optimizable> {
    inner: O,
    every: u64,
    alpha: f64,
    count: u64,
    slow: Kept<M>,
    flat: Flat<M>,
    given: Given<M>,
}

const KEPT: Kind = Kind { name: "slow", counted: "started", start: Start::Weight };

wrapper!(Lookahead { every, alpha, count } with { slow, flat, given });

impl<O, M: Optimizable> Lookahead<O, M> {
    pub(super) fn new(inner: O, every: u64, alpha: f64) -> Result<Self, Error> {
        check(every, alpha)?;
        Ok(Lookahead { inner, every, alpha, count: 0, slow: Kept::new(KEPT), flat: Flat::new(), given: Given::new() })
    }

    /// After how many steps the slow weights follow.
    pub fn every(&self) -> u64 {
        self.every
    }

    /// Which part of the way they go.
    pub fn alpha(&self) -> f64 {
        self.alpha
    }
}

fn check(every: u64, alpha: f64) -> Result<(), Error> {
    check::at_least_one("lookahead", "k", every)?;
    check::number("lookahead", "alpha", alpha, alpha > 0.0 && alpha <= 1.0, "0<..=1")
}

impl<M: Optimizable, O: Optimize<M>> Optimize<M> for Lookahead<O, M> {
    forward!(except evaluate_with);

    fn try_step_with<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        let Lookahead { inner, every, alpha, count, slow, flat, .. } = self;
        if !slow.is_there() {
            flat.prepare(model, inner);
            flat.read(model, "the model", slow.numbers())?;
        }
        let (value, taken) = slow.step(flat, inner, model, f)?;
        if !taken {
            return Ok(value);
        }
        slow.keep();
        *count += 1;
        if *count >= *every {
            *count = 0;
            let alpha = RealOf::<M>::from_f64(*alpha);
            flat.change(model, "the model", |places, numbers| {
                for place in places {
                    let pairs = slow.numbers()[place.range.clone()].iter_mut().zip(&mut numbers[place.range.clone()]);
                    for (_, (slow, w)) in pairs.enumerate().filter(|(index, _)| place.moves(*index)) {
                        *slow += alpha * (*w - *slow);
                        *w = *slow;
                    }
                }
                true
            })?;
            // The way to the slow weights may lead out of a set that is not convex.
            inner.constrain_again(model)?;
            flat.read(model, "the model", slow.numbers())?;
        }
        Ok(value)
    }

    fn evaluate_with<T>(&mut self, model: &mut M, f: impl FnOnce(&mut M) -> T) -> Result<T, Error> {
        self.slow.evaluate(&mut self.flat, &mut self.inner, model, f)
    }
}

impl<O: Persist + Optimize<M>, M: Optimizable> Persist for Lookahead<O, M> {
    fn save(&self) -> Record {
        let mut record = check::record("lookahead", &self.inner);
        record.put("k", Value::Count(self.every));
        record.put("alpha", Value::Number(self.alpha));
        record.put("count", Value::Count(self.count));
        record.put("started", Value::Count(self.slow.is_there().into()));
        self.slow.save(&self.flat, &mut record);
        record
    }

    fn load(&mut self, record: &Record) -> Result<(), Error> {
        check::is_of("lookahead", record, &["k", "alpha", "count", "started", "slow/"])?;
        let (every, alpha, count) = (record.count("k")?, record.number("alpha")?, record.count("count")?);
        check(every, alpha)?;
        let mut slow = self.slow.clone();
        slow.load(record, &self.flat)?;
        self.inner.load(&record.part("inner"))?;
        (self.every, self.alpha, self.count, self.slow) = (every, alpha, count, slow);
        Ok(())
    }

    state_inside!(slow);
}
