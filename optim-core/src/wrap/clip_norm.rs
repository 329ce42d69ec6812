//! [`ClipNorm`]: the whole gradient no longer than a limit.

use super::assign::Given;
use super::check;
use super::flat::{Flat, Place};
use super::frame::{forward, state_inside, wrapper};
use crate::compiled::sum_of_squares;
use crate::error::Error;
use crate::optimizable::{Optimizable, RealOf};
use crate::optimize::Optimize;
use crate::optimizer::{Beside, Carries, factor};
use crate::real::Real;
use crate::record::{Persist, Record, Value};

/// Clips the gradient by its length over the whole model: `g = min(1, max_norm / (‖g‖ + 10⁻⁶)) · g`. Made by
/// [`Wrap::clip_norm`](super::Wrap::clip_norm).
///
/// The length before clipping can be read: [`last_norm`](Self::last_norm). Frozen parameters have no part in it. Squares
/// are summed in `f64`, in an order that depends on the parameters alone; the factor is rounded once to the model's number
/// type. Of a rule with two gradients a step both are clipped, and the length is that of the second, which moves the weights.
///
/// Right around an optimizer (or around a schedule, an average) the gradient is multiplied where the step reads it, in the
/// same pass over memory: clipping costs reading it once more.
///
/// As `torch.nn.utils.clip_grad_norm_`, 10⁻⁶ included; there the length of `f32` gradients is summed in `f32`. A gradient
/// with a NaN becomes NaN, one with an infinite number zeros and NaN: [`SkipNonfinite`](super::SkipNonfinite) belongs
/// outside of it.
///
/// Pascanu et al., *On the difficulty of training recurrent neural networks*, 2013, <https://arxiv.org/abs/1211.5063>.
pub struct ClipNorm<O, M: Optimizable> {
    inner: O,
    max_norm: f64,
    last_norm: Option<f64>,
    flat: Flat<M>,
    given: Given<M>,
}

wrapper!(ClipNorm { max_norm, last_norm } with { flat, given });

impl<O, M: Optimizable> ClipNorm<O, M> {
    pub(super) fn new(inner: O, max_norm: f64) -> Result<Self, Error> {
        check(max_norm)?;
        Ok(ClipNorm { inner, max_norm, last_norm: None, flat: Flat::new(), given: Given::new() })
    }

    /// The largest length that stays.
    pub fn max_norm(&self) -> f64 {
        self.max_norm
    }

    /// The length of the last gradient, before it was clipped; none before the first step.
    pub fn last_norm(&self) -> Option<f64> {
        self.last_norm
    }
}

fn check(max_norm: f64) -> Result<(), Error> {
    check::number("clip_norm", "max_norm", max_norm, max_norm >= 0.0, "0..")
}

/// Multiplies all; whether that changes anything.
pub(super) fn scale<A: Real>(numbers: &mut [A], factor: f64) -> bool {
    if factor == 1.0 {
        return false;
    }
    let factor = A::from_f64(factor);
    for g in numbers {
        *g *= factor;
    }
    true
}

impl<M: Optimizable, O: Optimize<M>> Optimize<M> for ClipNorm<O, M> {
    forward!();

    fn try_step_with<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        self.try_step_beside(model, &mut Beside::default(), f)
    }

    /// It clips itself; a second limit is another's business.
    fn carries(&self) -> Carries {
        Carries { clipping: false, ..self.inner.carries() }
    }

    fn try_step_beside<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        beside: &mut Beside<'_, RealOf<M>>,
        mut f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        let ClipNorm { inner, max_norm, flat, .. } = self;
        if inner.carries().clipping {
            beside.max_norm = Some(*max_norm);
            let value = inner.try_step_beside(model, beside, f)?;
            self.last_norm = beside.norm.or(self.last_norm);
            return Ok(value);
        }
        let mut norm = self.last_norm;
        flat.prepare(model, inner);
        let value = inner.try_step_beside::<T, E>(model, beside, |model, gradient| {
            flat.confirm();
            let value = f(model, gradient)?;
            flat.change_gradient(gradient, |places, numbers| {
                let range = |index: usize| places.get(index).map(|place: &Place| place.range.clone());
                let length = sum_of_squares(numbers, &range).sqrt();
                norm = Some(length);
                scale(numbers, factor(*max_norm, length))
            })?;
            Ok(value)
        })?;
        self.last_norm = norm;
        Ok(value)
    }
}

impl<O: Persist, M: Optimizable> Persist for ClipNorm<O, M> {
    fn save(&self) -> Record {
        let mut record = check::record("clip_norm", &self.inner);
        record.put("max_norm", Value::Number(self.max_norm));
        if let Some(norm) = self.last_norm {
            record.put("last_norm", Value::Number(norm));
        }
        record
    }

    fn load(&mut self, record: &Record) -> Result<(), Error> {
        check::is_of("clip_norm", record, &["max_norm", "last_norm"])?;
        let max_norm = record.number("max_norm")?;
        check(max_norm)?;
        let last_norm = record.get("last_norm").is_ok().then(|| record.number("last_norm")).transpose()?;
        self.inner.load(&record.part("inner"))?;
        (self.max_norm, self.last_norm) = (max_norm, last_norm);
        Ok(())
    }

    state_inside!();
}
