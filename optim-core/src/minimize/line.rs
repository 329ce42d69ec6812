//! [`Line`]: the search along a direction, with the closure called at each trial.

use super::flat::dot;
use super::report::{Ending, Progress};
use super::search::{Conditions, End, Search};
use super::weights::Restore;
use crate::error::Error;
use crate::optimizable::{Optimizable, RealOf};
use crate::real::{Real, Scalar};

/// A direction, `factor · along`, and where gradients go.
pub(super) struct Line<'s, A> {
    pub(super) along: &'s [A],
    pub(super) factor: f64,
    pub(super) slope: f64,
    pub(super) best: &'s mut Vec<A>,
    pub(super) trial: &'s mut Vec<A>,
}

impl<A: Real> Line<'_, A> {
    /// Searches, and leaves the weights (not yet the model's) at the result, its gradient in `best`.
    pub(super) fn search<M: Optimizable<Scalar: Scalar<Real = A>>, E: From<Error>>(
        &mut self,
        guard: &mut Restore<'_, M>,
        buffer: &mut M,
        (conditions, first): (Conditions, f64),
        progress: &mut Progress,
        f: &mut impl FnMut(&mut M, &mut M) -> Result<f64, E>,
    ) -> Result<(), E> {
        let mut search = Search::new(progress.loss_before, self.slope, first, conditions);
        let end = loop {
            guard.weights.go(search.next() * self.factor, self.along);
            let loss = evaluate(guard, buffer, self.trial, f)?;
            progress.evaluations += 1;
            let verdict = search.observe(loss, self.factor * dot(self.along, self.trial));
            if verdict.better {
                std::mem::swap(self.best, self.trial);
            }
            if let Some(end) = verdict.end {
                break end;
            }
        };
        let best = search.best();
        guard.weights.go(best.at * self.factor, self.along);
        progress.ending = match end {
            End::Wolfe => Ending::Wolfe,
            End::Approximate => Ending::ApproximateWolfe,
            End::Decrease => Ending::Decrease,
            End::Nothing if search.is_below_rounding() => Ending::Rounding,
            End::Nothing => Ending::NoDecrease,
        };
        (progress.loss, progress.step_size) = (best.loss, best.at);
        (progress.slope_before, progress.slope) = (self.slope, best.slope);
        Ok(())
    }
}

/// Calls the closure where the weights are, and reads the gradient.
pub(super) fn evaluate<M: Optimizable, E: From<Error>>(
    guard: &mut Restore<'_, M>,
    buffer: &mut M,
    gradient: &mut [RealOf<M>],
    f: &mut impl FnMut(&mut M, &mut M) -> Result<f64, E>,
) -> Result<f64, E> {
    guard.weights.write(guard.model)?;
    buffer.fill_zero();
    let loss = f(guard.model, buffer)?;
    guard.weights.read(buffer, gradient)?;
    Ok(loss)
}
