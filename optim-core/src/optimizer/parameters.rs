//! [`Parameters`]: a model's parameters as an optimizer keeps them. Nothing in it depends on the rule's type or the model's.

use std::sync::atomic::{AtomicU64, Ordering};

use super::constrain::Constraints;
use super::names::Names;
use super::schedule::Schedule;
use super::recycle;
use crate::error::Error;
use crate::kernel::{Execution, Mask, Pass, Slot, Steps, Tensor, TensorMut, Work};
use crate::optimizable::Optimizable;
use crate::outline::{Outline, Place};
use crate::path::Role;
use crate::real::Real;
use crate::rule::Cache;
use crate::selection::{Parameter, nothing_selected};
use crate::state::Arena;

/// A selection of parameters, by path, shape and group.
pub(super) type Selection<'s> = &'s dyn Fn(&Parameter<'_>) -> bool;

/// Which parameters there are, who moves them, what keeps them, and their caches.
#[derive(Clone)]
pub(super) struct Parameters<A: Real> {
    /// The rule's caches, as it declares them.
    pub(super) declared: &'static [Cache],
    pub(super) outline: Outline,
    /// The parameters that are updated.
    pub(super) slots: Vec<Slot>,
    /// For each of them, which elements move, if not all; empty where all of all do.
    pub(super) masks: Vec<Option<Mask>>,
    pub(super) constraints: Constraints<A>,
    /// Those that are frozen by attribute, with their places among the saved numbers, behind the others.
    pub(super) frozen: Vec<Slot>,
    /// The names of the groups.
    pub(super) names: Names,
    /// One for each cache that is a number per weight; empty where it does not exist. Tensors stand in them one after
    /// the other: all of them, or, with a schedule, those that have the cache.
    pub(super) caches: Vec<Arena<A>>,
    /// Which of all caches there are, a bit each, where shapes make no difference.
    pub(super) exist: u64,
    /// What only a rule has that is computed pass by pass.
    pub(super) schedule: Option<Schedule<A>>,
    pub(super) saved: Saved<A>,
    pub(super) lists: Lists<A>,
    pub(super) execution: Execution,
    /// Another number whenever what moves is changed: [`Optimize::version`](crate::Optimize::version).
    pub(super) version: u64,
}

/// Memory for weights that are saved during a step. A copy has memory of its own when it needs it.
pub(super) struct Saved<A>(pub(super) Arena<A>);

/// Memory for the lists of tensors, kept from step to step.
pub(super) struct Lists<A: 'static> {
    pub(super) weights: Vec<TensorMut<'static, A>>,
    pub(super) gradients: Vec<Tensor<'static, A>>,
}

impl<A: Real> Clone for Saved<A> {
    fn clone(&self) -> Self {
        Saved(Arena::empty())
    }
}

impl<A> Clone for Lists<A> {
    fn clone(&self) -> Self {
        Lists { weights: Vec::new(), gradients: Vec::new() }
    }
}

impl<A: Real> Parameters<A> {
    /// What is known of the parameter of a slot.
    pub(super) fn place(&self, slot: usize) -> &Place {
        &self.outline.places[self.slots[slot].tensor]
    }

    /// The slot of a parameter that is updated.
    pub(super) fn slot(&self, path: &str) -> Option<usize> {
        (0..self.slots.len()).find(|&slot| self.place(slot).path == path)
    }

    /// The slots that a selection selects.
    pub(super) fn select(&self, selection: Selection<'_>) -> Vec<usize> {
        let group = |slot: usize| self.names.of(self.slots[slot].group);
        (0..self.slots.len()).filter(|&slot| selection(&self.place(slot).parameter(group(slot)))).collect()
    }

    /// The slots that a selection selects; an error, which names what was to be done, where it selects none.
    pub(super) fn select_some(&self, what: &str, selection: Selection<'_>) -> Result<Vec<usize>, Error> {
        let selected = self.select(selection);
        if selected.is_empty() {
            return Err(nothing_selected(what, &self.outline, Role::Parameter));
        }
        Ok(selected)
    }

    /// Tells everybody who has copies of the slots.
    pub(super) fn slots_changed(&mut self) {
        if let Some(schedule) = &mut self.schedule {
            schedule.tiling.set_slots(&self.slots);
        }
    }

    /// Tells everybody who looks at what moves.
    pub(super) fn moving_changed(&mut self) {
        self.slots_changed();
        self.version = next_version();
    }

    /// Whether a group has a parameter.
    pub(super) fn has_members(&self, group: usize) -> bool {
        self.slots.iter().any(|slot| slot.group == group)
    }

    /// The names of the groups that have a parameter, each once, in the order in which they came to be known.
    pub(super) fn groups(&self) -> impl Iterator<Item = &str> {
        self.names.iter().filter(|(group, _)| self.has_members(*group)).map(|(_, name)| name)
    }

    /// The group of this name, which has a parameter.
    pub(super) fn find_group(&self, name: &str) -> Result<usize, Error> {
        let found = self.names.find(name).filter(|&group| self.has_members(group));
        found.ok_or_else(|| Error::unknown_name("the group", name, self.groups()))
    }

    /// Makes memory for the weights that are saved, once.
    pub(super) fn make_saved(&mut self) {
        if self.saved.0.len() == 0 {
            self.saved.0 = Arena::zeros(end(&self.slots).max(end(&self.frozen)));
        }
    }

    /// Checks the model and calls `f` with its tensors.
    pub(super) fn with_weights<'a, M: Optimizable>(
        &mut self,
        model: &'a mut M,
        f: impl FnOnce(&mut Self, &mut [TensorMut<'a, A>]),
    ) -> Result<(), Error>
    where
        M::Scalar: crate::real::Scalar<Real = A>,
    {
        let mut weights = recycle(std::mem::take(&mut self.lists.weights));
        let checked = self.outline.check_mut(model, "the model", &mut weights);
        if checked.is_ok() {
            f(self, &mut weights);
        }
        self.lists.weights = recycle(weights);
        checked
    }

    /// Checks the gradient and the model, and calls `f` with their tensors.
    pub(super) fn with_both<'a, M: Optimizable>(
        &mut self,
        model: &'a mut M,
        gradient: &'a M,
        f: impl FnOnce(&mut Self, &mut [TensorMut<'a, A>], &[Tensor<'a, A>]),
    ) -> Result<(), Error>
    where
        M::Scalar: crate::real::Scalar<Real = A>,
    {
        let mut gradients = recycle(std::mem::take(&mut self.lists.gradients));
        let checked = self.outline.check(gradient, "the gradient", &mut gradients);
        let done = checked.and_then(|()| {
            self.with_weights(model, |parameters, weights| f(parameters, weights, &gradients))
        });
        self.lists.gradients = recycle(gradients);
        done
    }

    /// One pass over the parameters; frozen ones are saved and taken back, and take no other part. With a schedule,
    /// caches are none of this pass's, which only saves and takes back.
    pub(super) fn pass<'a>(
        &mut self,
        work: Work,
        steps: Option<Steps<'_, A>>,
        weights: &mut [TensorMut<'a, A>],
        gradients: &[Tensor<'a, A>],
    ) {
        let (saves, restores) = (work.saves(), work.restores());
        let saved = self.saved.0.as_mut_slice();
        let caches = if self.schedule.is_some() { &mut [][..] } else { &mut self.caches[..] };
        let (slots, masks, execution) = (&self.slots[..], &self.masks[..], self.execution);
        Pass { work, steps, slots, masks, weights, gradients, caches, saved, execution }.run();
        if saves || restores {
            let work = if saves { Work::Save } else { Work::Restore };
            let (slots, caches) = (&self.frozen[..], &mut [][..]);
            let (steps, masks) = (None, &[][..]);
            Pass { work, steps, slots, masks, weights, gradients, caches, saved, execution }.run();
        }
    }

    /// The saved numbers of the parameter that had this path and shape.
    pub(super) fn saved_at(&self, path: &str, shape: &[usize]) -> Option<&[A]> {
        let found = self.slots.iter().chain(&self.frozen).find(|slot| {
            let place = &self.outline.places[slot.tensor];
            place.path == path && *place.shape == *shape
        });
        found.map(|slot| &self.saved.0.as_slice()[slot.offset..slot.offset + slot.len])
    }
}

/// A number that no other optimizer has had.
pub(super) fn next_version() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// How many numbers an arena holds for these slots.
pub(crate) fn end(slots: &[Slot]) -> usize {
    slots.last().map_or(0, |slot| slot.offset + slot.len)
}
