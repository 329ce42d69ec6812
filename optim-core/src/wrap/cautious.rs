//! [`Cautious`]: no weight moves against its gradient.

use super::assign::Given;
use super::check;
use super::flat::{Flat, Place};
use super::frame::{forward, state_inside, wrapper};
use crate::error::Error;
use crate::optimizable::{Optimizable, RealOf};
use crate::optimize::Optimize;
use crate::real::Real;
use crate::record::{Persist, Record};

/// Leaves out what moves against the gradient, and scales the rest: with `d` the way a weight has moved in the inner step
/// and `m = 1` where `d · g < 0`, else 0, `w = w₀ + m · d / max(mean(m), 10⁻³)`, the mean over each tensor. Made by
/// [`Wrap::cautious`](super::Wrap::cautious).
///
/// Where all of a tensor agrees, it moves exactly as without. What counts is the whole move, weight decay included, and
/// the gradient as this wrapper hands it on; of two gradients a step, the second. It is the rule's caches that it looks
/// through, so it belongs close to the rule: an [`Accumulate`](super::Accumulate) inside of it shows it the last gradient
/// only. Rules that are evaluated elsewhere than at the weights keep points that would no longer fit together. A NaN stays.
///
/// Liang et al., *Cautious Optimizers: Improving Training with One Line of Code*, 2024,
/// <https://arxiv.org/abs/2411.16085>, with the scale of its authors' code, `1 / max(mean(m), 10⁻³)`, where the article
/// prints `numel / (sum(m) + 1)`; and with the signs in place of the product of the two, which may underflow.
pub struct Cautious<O, M: Optimizable> {
    inner: O,
    before: Vec<RealOf<M>>,
    gradient: Vec<RealOf<M>>,
    flat: Flat<M>,
    given: Given<M>,
}

wrapper!(Cautious {} with { before, gradient, flat, given });

impl<O, M: Optimizable> Cautious<O, M> {
    pub(super) fn new(inner: O) -> Self {
        Cautious { inner, before: Vec::new(), gradient: Vec::new(), flat: Flat::new(), given: Given::new() }
    }
}

impl<M: Optimizable, O: Optimize<M>> Optimize<M> for Cautious<O, M> {
    forward!();

    fn try_step_with<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        mut f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        let Cautious { inner, before, gradient: last, flat, .. } = self;
        let steps = inner.steps();
        flat.prepare(model, inner);
        flat.read(model, "the model", before)?;
        let value = inner.try_step_with::<T, E>(model, |model, gradient| {
            flat.confirm();
            let value = f(model, gradient)?;
            flat.read_gradient(gradient, last)?;
            Ok(value)
        })?;
        if inner.steps() != steps {
            flat.change(model, "the model", |places, weights| {
                let mut changed = false;
                for place in places {
                    let range = place.range.clone();
                    changed |= restrain(place, &mut weights[range.clone()], &before[range.clone()], &last[range]);
                }
                changed
            })?;
            // What is left of a move is longer than it was: it may lead out of a set.
            inner.constrain_again(model)?;
        }
        Ok(value)
    }
}

/// Whether a weight that has moved this far has moved downhill.
fn agrees<A: Real>(moved: A, g: A) -> bool {
    (moved < A::zero() && g > A::zero()) || (moved > A::zero() && g < A::zero())
}

/// One tensor, as far as it moves; whether any of it is changed.
fn restrain<A: Real>(place: &Place, weights: &mut [A], before: &[A], gradient: &[A]) -> bool {
    let old = before.iter().zip(gradient);
    let agree = weights.iter().zip(old.clone()).filter(|&(&w, (&before, &g))| agrees(w - before, g)).count();
    let all = (0..weights.len()).filter(|&index| place.moves(index)).count();
    if agree == all {
        return false;
    }
    let scale = A::from_f64(1.0 / (agree as f64 / all as f64).max(1e-3));
    for (w, (&before, &g)) in weights.iter_mut().zip(old) {
        let moved = *w - before;
        if agrees(moved, g) {
            *w = before + scale * moved;
        } else if !moved.is_nan() {
            *w = before;
        }
    }
    true
}

impl<O: Persist, M: Optimizable> Persist for Cautious<O, M> {
    fn save(&self) -> Record {
        check::record("cautious", &self.inner)
    }

    fn load(&mut self, record: &Record) -> Result<(), Error> {
        check::is_of("cautious", record, &[])?;
        self.inner.load(&record.part("inner"))
    }

    state_inside!();
}
