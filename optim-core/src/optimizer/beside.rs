//! [`Beside`]: what a step does beside the rule, in the pass that moves the weights.

use super::parameters::{Parameters, end};
use crate::compiled;
use crate::kernel::{Average, Gradients, Riders, Squares, TensorMut};
use crate::real::Real;

/// What a step does beside the rule. Each costs a pass over memory where it is done for itself.
#[doc(hidden)]
pub struct Beside<'p, A> {
    /// What the gradient is multiplied by.
    pub(crate) scale: f64,
    /// The largest length of the gradient that stays.
    pub(crate) max_norm: Option<f64>,
    /// The length before clipping, where there is a largest one, of the last gradient that was looked at.
    pub(crate) norm: Option<f64>,
    /// What follows the weights; taken when it has.
    pub(crate) average: Option<Average<'p, A>>,
}

/// What an optimizer can do beside its rule.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Carries {
    /// Clip the gradient by its length.
    pub clipping: bool,
    /// Let an average follow the weights.
    pub average: bool,
}

/// A gradient for a part of a step.
pub(super) enum Given<'g, M> {
    Nothing,
    Read(&'g M),
    /// It is zeros afterwards: parameters, frozen ones and buffers.
    UseUp(&'g mut M),
}

impl<A> Default for Beside<'_, A> {
    fn default() -> Self {
        Beside { scale: 1.0, max_norm: None, norm: None, average: None }
    }
}

/// What a gradient of this length is multiplied by, so that it is no longer than the largest.
pub(crate) fn factor(max_norm: f64, norm: f64) -> f64 {
    crate::math::min(1.0, max_norm / (norm + 1e-6))
}

impl<A: Real> Parameters<A> {
    /// What rides along with the passes that these gradients are given to; an average only where they move weights to rest.
    pub(super) fn riders<'p>(
        &mut self,
        beside: &mut Beside<'p, A>,
        gradients: &Gradients<'_, '_, A>,
        moves: bool,
    ) -> Riders<'p, A> {
        let mut scale = beside.scale;
        if let Some(max_norm) = beside.max_norm {
            let Parameters { slots, masks, execution, pieces, .. } = self;
            let squares = Squares { slots, masks, gradients, execution: *execution };
            let norm = compiled::squares(&squares, pieces).sqrt() * scale.abs();
            beside.norm = Some(norm);
            scale *= factor(max_norm, norm);
        }
        Riders {
            factor: (scale != 1.0).then(|| A::from_f64(scale)),
            clears: matches!(gradients, Gradients::UseUp(_)),
            average: beside.average.take_if(|average| moves && average.numbers.len() == end(&self.slots)),
        }
    }

    /// Whether an average can follow the weights within a step: all of them move, and come to rest where the rule leaves
    /// them.
    pub(super) fn carries_average(&self) -> bool {
        let all_move = self.masks.iter().all(Option::is_none) && self.slots.iter().all(|slot| !slot.frozen);
        all_move && !self.has_constraints()
    }

    /// Makes zeros of what of a gradient no pass has used up.
    pub(super) fn clear_rest(&self, gradients: &mut [TensorMut<'_, A>], cleared: bool) {
        let mut slots = self.slots.iter().peekable();
        for (tensor, gradient) in gradients.iter_mut().enumerate() {
            let slot = slots.next_if(|slot| slot.tensor == tensor);
            if !cleared || slot.is_none_or(|slot| slot.frozen) {
                gradient.fill(A::zero());
            }
        }
    }
}
