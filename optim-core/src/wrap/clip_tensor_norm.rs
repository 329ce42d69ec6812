//! [`ClipTensorNorm`]: no tensor of the gradient longer than a limit.

use super::assign::Given;
use super::check;
use super::clip_norm::scale;
use super::flat::Flat;
use super::frame::{forward, state_inside, wrapper};
use crate::compiled::sum_of_squares;
use crate::error::Error;
use crate::optimizable::Optimizable;
use crate::optimize::Optimize;
use crate::optimizer::factor;
use crate::record::{Persist, Record, Value};

/// Clips every tensor of the gradient by its own length: `g = min(1, max_norm / (‖g‖ + 10⁻⁶)) · g`. Made by
/// [`Wrap::clip_tensor_norm`](super::Wrap::clip_tensor_norm).
///
/// As [`ClipNorm`](super::ClipNorm), with the length of each tensor in place of that of the whole gradient; so the
/// direction of the gradient changes.
pub struct ClipTensorNorm<O, M: Optimizable> {
    inner: O,
    max_norm: f64,
    flat: Flat<M>,
    given: Given<M>,
}

wrapper!(ClipTensorNorm { max_norm } with { flat, given });

impl<O, M: Optimizable> ClipTensorNorm<O, M> {
    pub(super) fn new(inner: O, max_norm: f64) -> Result<Self, Error> {
        check(max_norm)?;
        Ok(ClipTensorNorm { inner, max_norm, flat: Flat::new(), given: Given::new() })
    }

    /// The largest length that stays.
    pub fn max_norm(&self) -> f64 {
        self.max_norm
    }
}

fn check(max_norm: f64) -> Result<(), Error> {
    check::number("clip_tensor_norm", "max_norm", max_norm, max_norm >= 0.0, "0..")
}

impl<M: Optimizable, O: Optimize<M>> Optimize<M> for ClipTensorNorm<O, M> {
    forward!();

    fn try_step_with<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        mut f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        let ClipTensorNorm { inner, max_norm, flat, .. } = self;
        flat.prepare(model, inner);
        inner.try_step_with(model, |model, gradient| {
            flat.confirm();
            let value = f(model, gradient)?;
            flat.change_gradient(gradient, |places, numbers| {
                let mut changed = false;
                for place in places {
                    let tensor = &mut numbers[place.range.clone()];
                    let norm = sum_of_squares(tensor, &|index| (index == 0).then_some(0..tensor.len())).sqrt();
                    changed |= scale(tensor, factor(*max_norm, norm));
                }
                changed
            })?;
            Ok(value)
        })
    }
}

impl<O: Persist, M: Optimizable> Persist for ClipTensorNorm<O, M> {
    fn save(&self) -> Record {
        let mut record = check::record("clip_tensor_norm", &self.inner);
        record.put("max_norm", Value::Number(self.max_norm));
        record
    }

    fn load(&mut self, record: &Record) -> Result<(), Error> {
        check::is_of("clip_tensor_norm", record, &["max_norm"])?;
        let max_norm = record.number("max_norm")?;
        check(max_norm)?;
        self.inner.load(&record.part("inner"))?;
        self.max_norm = max_norm;
        Ok(())
    }

    state_inside!();
}
