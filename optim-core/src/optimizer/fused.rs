//! [`Fused`]: what a step does with the gradient beside the rule, in the same pass over memory.

use super::Optimizer;
use super::beside::{Beside, Given};
use crate::error::Error;
use crate::optimizable::Optimizable;
use crate::rule::{GradientAtWeights, Rule};

/// What [`Optimizer::step_fused`] does with the gradient, where it is in the nearest cache anyway: scaling it, clipping it
/// by its length, and making it zeros for the next one.
///
/// The rule sees `factor · g` with `factor = scale · min(1, max_norm / (|scale| · ‖g‖ + 10⁻⁶))`, rounded once to the model's
/// number type; without `max_norm` it is `scale`. `‖g‖` is the length over all parameters that move, its squares summed in
/// `f64`. It has to be known before the first weight moves, and costs reading the gradient once more.
///
/// What each costs in memory traffic, in bytes a weight of an `f32` model that is larger than the caches: an array that a
/// loop reads is 4, one that it changes 8, and one that it only writes 8 too, as its lines are read before they are written.
///
/// | | done for itself | fused |
/// |---|---|---|
/// | scaling | 8 | 0 |
/// | clipping | 4 for the length, 8 where it is clipped | 4 for the length |
/// | zeroing | 8 | 4: the gradient has been read anyway, and is written back |
/// | an average of the weights ([`Wrap::ema`](crate::wrap::Wrap::ema)) | 12 | 8 for the average; the weights are there anyway |
///
/// Adam's step itself is 28. A rule with more passes reads its gradient in several of them, and scales it in each.
/// `cargo bench -p optim-core --bench fused` measures all of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fused {
    scale: f64,
    max_norm: Option<f64>,
    zeroes: bool,
}

impl Default for Fused {
    /// Nothing beside the rule.
    fn default() -> Self {
        Fused { scale: 1.0, max_norm: None, zeroes: false }
    }
}

impl Fused {
    /// Multiplies the gradient: by one through how many batches it is the sum of, or one through the scale of the loss.
    #[must_use]
    pub fn scale(self, scale: f64) -> Self {
        Fused { scale, ..self }
    }

    /// Clips the gradient, after scaling, to this length, as [`Wrap::clip_norm`](crate::wrap::Wrap::clip_norm) does.
    #[must_use]
    pub fn clip_norm(self, max_norm: f64) -> Self {
        Fused { max_norm: Some(max_norm), ..self }
    }

    /// Leaves zeros in the whole gradient: also where parameters are frozen, in buffers, and in what another optimizer
    /// moves. Of several that share a gradient, the last one does it.
    #[must_use]
    pub fn zero_gradient(self) -> Self {
        Fused { zeroes: true, ..self }
    }

    fn check(&self) -> Result<(), Error> {
        let Fused { scale, max_norm, .. } = *self;
        if !scale.is_finite() {
            return Err(Error::range("step_fused", "scale", scale.to_string(), "the finite numbers"));
        }
        match max_norm {
            Some(max_norm) if max_norm.is_nan() || max_norm < 0.0 => {
                Err(Error::range("step_fused", "max_norm", max_norm.to_string(), "0.."))
            }
            _ => Ok(()),
        }
    }
}

impl<R: Rule, M: Optimizable> Optimizer<R, M> {
    /// As [`step`](Self::step), with what [`Fused`] says done to the gradient in the same pass. Returns the gradient's
    /// length before clipping (after scaling), where it is clipped.
    ///
    /// ```
    /// use optim_core::prelude::*;
    /// use optim_core::Fused;
    ///
    /// let mut weights = vec![1.0_f32, 2.0];
    /// // The sum over two batches, one behind the other.
    /// let mut gradient = vec![6.0_f32, 8.0];
    /// let mut opt = Sgd::default().with_lr(1.0).init(&weights)?;
    /// let mean = Fused::default().scale(0.5).clip_norm(10.0).zero_gradient();
    /// assert_eq!(opt.step_fused(&mut weights, &mut gradient, mean)?, Some(5.0));
    /// assert_eq!((weights, gradient), (vec![-2.0, -2.0], vec![0.0, 0.0]));
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`step`](Self::step), and when the scale is not finite or the length to clip to is negative or NaN. Nothing has
    /// changed then, the gradient included.
    pub fn step_fused(&mut self, model: &mut M, gradient: &mut M, fused: Fused) -> Result<Option<f64>, Error>
    where
        R: GradientAtWeights,
    {
        fused.check()?;
        let Fused { scale, max_norm, zeroes } = fused;
        let mut beside = Beside { scale, max_norm, ..Beside::default() };
        let given = if zeroes { Given::UseUp(gradient) } else { Given::Read(gradient) };
        self.step_beside(model, given, &mut beside)?;
        Ok(beside.norm)
    }
}
