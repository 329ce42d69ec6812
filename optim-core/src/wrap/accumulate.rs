//! [`Accumulate`]: the mean of several gradients for one step.

use super::assign::Given;
use super::check;
use super::flat::Flat;
use super::frame::{forward, state_inside, wrapper};
use super::kept::{Kept, Kind};
use super::stop::Stop;
use crate::error::Error;
use crate::optimizable::{Optimizable, RealOf};
use crate::optimize::Optimize;
use crate::pair::check_alike;
use crate::real::Real;
use crate::record::{Persist, Record, Start, Value};

/// Gives the inner optimizer the mean of `k` gradients: `(g₁ + g₂ + … + g_k) / k`. Made by
/// [`Wrap::accumulate`](super::Wrap::accumulate).
///
/// Of `k` calls of `step` or `step_with` the first `k − 1` keep the gradient and move nothing; the last one takes the
/// inner step. [`steps`](Optimize::steps) counts inner steps. Every gradient is taken where the rule wants it, also by a
/// rule that looks ahead. The sum is in the model's number type, in the order of the calls.
///
/// A rule with two gradients a step needs the first for where it takes the second, so there is no mean to be had: that is
/// an error when the wrapper is made. When the inner optimizer skips the step
/// ([`SkipNonfinite`](super::SkipNonfinite)), the gradients of that step are gone.
pub struct Accumulate<O, M: Optimizable> {
    inner: O,
    every: u64,
    count: u64,
    sum: Kept<M>,
    flat: Flat<M>,
    given: Given<M>,
}

const KEPT: Kind = Kind { name: "sum", counted: "count", start: Start::Zero };

wrapper!(Accumulate { every, count } with { sum, flat, given });

impl<O, M: Optimizable> Accumulate<O, M> {
    pub(super) fn new(inner: O, every: u64) -> Result<Self, Error>
    where
        O: Optimize<M>,
    {
        check::at_least_one("accumulate", "k", every)?;
        if O::GRADIENTS != 1 {
            let text =
                "the rule takes two gradients a step, the second where the first one says: there is no mean of several";
            return Err(Error::require("accumulate", text));
        }
        Ok(Accumulate { inner, every, count: 0, sum: Kept::new(KEPT), flat: Flat::new(), given: Given::new() })
    }

    /// How many gradients one inner step takes.
    pub fn every(&self) -> u64 {
        self.every
    }

    /// How many gradients are kept since the last inner step: 0 to `k − 1`.
    pub fn count(&self) -> u64 {
        self.count
    }
}

impl<M: Optimizable, O: Optimize<M>> Optimize<M> for Accumulate<O, M> {
    forward!(ends_steps);

    fn try_step_with<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        mut f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        let Accumulate { inner, every, count, sum, flat, .. } = self;
        let (first, last) = (*count == 0, *count + 1 >= *every);
        let mut value = None;
        flat.prepare(model, inner);
        let done = inner.try_step_with(model, |model, gradient| {
            flat.confirm();
            sum.settle(flat)?;
            let given = f(model, gradient).map_err(Stop::Failed)?;
            if last {
                if !first {
                    let k = RealOf::<M>::from_f64(*every as f64);
                    flat.change_gradient(gradient, |_, numbers| {
                        numbers.iter_mut().zip(sum.numbers()).for_each(|(g, &mut sum)| *g = (sum + *g) / k);
                        true
                    })?;
                }
                value = Some(given);
                return Ok(());
            }
            // No step will check them.
            flat.check(model, "the model")?;
            check_alike(model, gradient, "the gradient")?;
            if first {
                flat.read_gradient(gradient, sum.numbers())?;
            } else {
                flat.change_gradient(gradient, |_, numbers| {
                    sum.numbers().iter_mut().zip(numbers).for_each(|(sum, &mut g)| *sum += g);
                    false
                })?;
            }
            value = Some(given);
            Err(Stop::Stopped)
        });
        match done {
            Ok(()) => {
                *count = 0;
                sum.forget();
            }
            Err(Stop::Stopped) => {
                *count += 1;
                sum.keep();
            }
            Err(Stop::Failed(error)) => return Err(error),
        }
        value.ok_or_else(|| Error::other("the inner optimizer has asked for no gradient").into())
    }
}

impl<O: Persist + Optimize<M>, M: Optimizable> Persist for Accumulate<O, M> {
    fn save(&self) -> Record {
        let mut record = check::record("accumulate", &self.inner);
        record.put("k", Value::Count(self.every));
        record.put("count", Value::Count(self.count));
        self.sum.save(&self.flat, &mut record);
        record
    }

    fn load(&mut self, record: &Record) -> Result<(), Error> {
        check::is_of("accumulate", record, &["k", "count", "sum/"])?;
        let (every, count) = (record.count("k")?, record.count("count")?);
        check::at_least_one("accumulate", "k", every)?;
        if count >= every {
            return Err(Error::data(format!("`count` is {count}, and `k` only {every}")));
        }
        let mut sum = self.sum.clone();
        sum.load(record, &self.flat)?;
        self.inner.load(&record.part("inner"))?;
        (self.every, self.count, self.sum) = (every, count, sum);
        Ok(())
    }

    state_inside!(sum);
}
