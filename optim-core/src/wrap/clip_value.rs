//! [`ClipValue`]: no number of the gradient beyond a limit.

use super::assign::Given;
use super::check;
use super::flat::Flat;
use super::frame::{forward, state_inside, wrapper};
use crate::error::Error;
use crate::math::clamp;
use crate::optimizable::{Optimizable, RealOf};
use crate::optimize::Optimize;
use crate::real::Real;
use crate::record::{Persist, Record, Value};

/// Clips every number of the gradient: `g = clamp(g, −limit, limit)`. Made by [`Wrap::clip_value`](super::Wrap::clip_value).
///
/// NaN stays NaN, and an infinite number becomes the limit: [`SkipNonfinite`](super::SkipNonfinite) belongs outside of
/// it. Of a rule with two gradients a step both are clipped.
///
/// As `torch.nn.utils.clip_grad_value_`.
pub struct ClipValue<O, M: Optimizable> {
    inner: O,
    limit: f64,
    flat: Flat<M>,
    given: Given<M>,
}

wrapper!(ClipValue { limit } with { flat, given });

impl<O, M: Optimizable> ClipValue<O, M> {
    pub(super) fn new(inner: O, limit: f64) -> Result<Self, Error> {
        check(limit)?;
        Ok(ClipValue { inner, limit, flat: Flat::new(), given: Given::new() })
    }

    /// The largest magnitude that stays.
    pub fn limit(&self) -> f64 {
        self.limit
    }
}

fn check(limit: f64) -> Result<(), Error> {
    check::number("clip_value", "limit", limit, limit >= 0.0, "0..")
}

impl<M: Optimizable, O: Optimize<M>> Optimize<M> for ClipValue<O, M> {
    forward!();

    fn try_step_with<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        mut f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        let ClipValue { inner, flat, .. } = self;
        let limit = RealOf::<M>::from_f64(self.limit);
        flat.prepare(model, inner);
        inner.try_step_with(model, |model, gradient| {
            flat.confirm();
            let value = f(model, gradient)?;
            flat.change_gradient(gradient, |_, numbers| {
                for g in numbers {
                    *g = clamp(*g, -limit, limit);
                }
                true
            })?;
            Ok(value)
        })
    }
}

impl<O: Persist, M: Optimizable> Persist for ClipValue<O, M> {
    fn save(&self) -> Record {
        let mut record = check::record("clip_value", &self.inner);
        record.put("limit", Value::Number(self.limit));
        record
    }

    fn load(&mut self, record: &Record) -> Result<(), Error> {
        check::is_of("clip_value", record, &["limit"])?;
        let limit = record.number("limit")?;
        check(limit)?;
        self.inner.load(&record.part("inner"))?;
        self.limit = limit;
        Ok(())
    }

    state_inside!();
}
