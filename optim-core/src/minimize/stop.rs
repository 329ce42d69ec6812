//! [`Minimizer::minimize`]: steps until there is a reason to stop.

use super::Minimizer;
use super::flat::max_abs;
use super::method::Method;
use super::report::{Ending, Reason, Report};
use crate::error::Error;
use crate::optimizable::Optimizable;

/// Steps that bring neither loss nor gradient down, after which both are said to be at their rounding.
const IDLE: u32 = 10;

impl<D: Method, M: Optimizable> Minimizer<D, M> {
    /// Takes steps until there is a reason to stop, at most `max_steps`. The closure is that of
    /// [`step_with`](Self::step_with).
    ///
    /// The reasons, in this order, looked at before the first step and after each:
    /// - the gradient: `max |gᵢ| ≤ gradient_tolerance`,
    /// - the decrease: `Δloss ≤ decrease_tolerance · max(|loss|, |loss before|, 1)`, where that is not 0,
    /// - rounding: the loss is not told from its neighbours, and in ten steps in a row the gradient became no smaller,
    /// - no decrease: the gradient promises one, and there is none,
    /// - calls of the closure, `max_evaluations`, and steps.
    ///
    /// It can be called again, to go on.
    ///
    /// # Errors
    /// As [`step_with`](Self::step_with); the weights are those of the last step that succeeded.
    ///
    /// # Panics
    /// When the closure does; the weights are those of the last step that succeeded.
    pub fn minimize(
        &mut self,
        model: &mut M,
        max_steps: u64,
        mut f: impl FnMut(&mut M, &mut M) -> f64,
    ) -> Result<Report, Error> {
        self.try_minimize(model, max_steps, |model, gradient| Ok(f(model, gradient)))
    }

    /// As [`minimize`](Self::minimize), for a closure that may fail.
    ///
    /// # Errors
    /// The closure's error, or as [`step_with`](Self::step_with); the weights are those of the last step that succeeded.
    ///
    /// # Panics
    /// When the closure does; the weights are those of the last step that succeeded.
    pub fn try_minimize<E: From<Error>>(
        &mut self,
        model: &mut M,
        max_steps: u64,
        mut f: impl FnMut(&mut M, &mut M) -> Result<f64, E>,
    ) -> Result<Report, E> {
        let (mut steps, mut evaluations, mut idle) = (0, 0, 0);
        let (mut fell, mut ending, mut lowest) = (None, Ending::Wolfe, f64::INFINITY);
        loop {
            evaluations += self.look(model, &mut f)?;
            let loss = self.known.map_or(f64::NAN, |known| known.loss);
            let gradient = max_abs(&self.gradient);
            let limits = self.method.limits();
            idle = match fell {
                Some(fell) if fell <= self.noise(loss) && gradient >= lowest => idle + 1,
                _ => 0,
            };
            lowest = lowest.min(gradient);
            let small = |fell: f64| fell <= limits.decrease_tolerance * loss.abs().max((loss + fell).abs()).max(1.0);
            let reason = if gradient <= limits.gradient_tolerance || ending == Ending::Stationary {
                Some(Reason::Gradient)
            } else if ending == Ending::Rounding || idle >= IDLE {
                Some(Reason::Rounding)
            } else if ending == Ending::NoDecrease {
                // A search that was cut short has not shown that there is none.
                let cut = evaluations >= limits.max_evaluations;
                Some(if cut { Reason::Evaluations } else { Reason::NoDecrease })
            } else if limits.decrease_tolerance > 0.0 && fell.is_some_and(small) {
                Some(Reason::Decrease)
            } else if evaluations >= limits.max_evaluations {
                Some(Reason::Evaluations)
            } else {
                (steps >= max_steps).then_some(Reason::Steps)
            };
            if let Some(reason) = reason {
                return Ok(Report { reason, loss, gradient, steps, evaluations });
            }
            let progress = self.advance(model, limits.max_evaluations - evaluations, &mut f)?;
            evaluations += progress.evaluations;
            steps += u64::from(progress.ending.moved());
            (fell, ending) = (Some(progress.loss_before - progress.loss), progress.ending);
        }
    }
}
