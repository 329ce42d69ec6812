//! [`Parameters`]: a model's parameters as an optimizer keeps them. Nothing in it depends on the rule's type or the model's.

use std::sync::atomic::{AtomicU64, Ordering};

use super::beside::{Beside, Given};
use super::constrain::Constraints;
use super::names::Names;
use super::recycle;
use super::schedule::Schedule;
use crate::compiled;
use crate::error::Error;
use crate::kernel::{
    Arithmetic, Execution, Gradients, Mask, Pass, Riders, Rounding, Slot, Steps, Store, Tensor, TensorMut, Work,
};
use crate::optimizable::Optimizable;
use crate::outline::{Outline, Place};
use crate::path::Role;
use crate::precision::Precision;
use crate::real::{Real, Scalar};
use crate::rule::Cache;
use crate::selection::{Parameter, nothing_selected};
use crate::state::Arena;
use crate::tiled::Section;

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
    pub(super) caches: Vec<Store<A>>,
    /// What caches are kept in, but those that are kept exactly anyhow, and what weights are rounded to.
    pub(super) precision: Precisions,
    /// Of the step that is being taken.
    pub(super) rounding: Rounding,
    /// Which of all caches there are, a bit each, where shapes make no difference.
    pub(super) exist: u64,
    /// What only a rule has that is computed pass by pass.
    pub(super) schedule: Option<Schedule<A>>,
    pub(super) saved: Saved<A>,
    /// Memory for the pieces of a gradient's length.
    pub(super) pieces: Vec<f64>,
    pub(super) lists: Lists<A>,
    pub(super) execution: Execution,
    /// Another number whenever what moves is changed: [`Optimize::version`](crate::Optimize::version).
    pub(super) version: u64,
}

/// What numbers are kept in.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Precisions {
    pub(crate) caches: Precision,
    pub(crate) weights: Precision,
    pub(crate) seed: u64,
}

impl Precisions {
    /// What a step is rounded with.
    pub(super) fn rounding(&self, step: u64) -> Rounding {
        Rounding { seed: self.seed, step, weights: self.weights == Precision::Bf16 }
    }
}

/// A part of a step.
pub(super) enum Part<'p, A: Real> {
    /// A pass over one weight at a time.
    Pass(Work, Option<Steps<'p, A>>),
    /// The passes of a section of a rule that has a schedule.
    Passes(&'p dyn Arithmetic<A>, Section),
    Constraints,
}

impl<A: Real> Part<'_, A> {
    /// Whether a gradient that is given is looked at.
    fn looks_at_gradients(&self) -> bool {
        match self {
            Part::Pass(work, _) => work.updates(),
            Part::Passes(rule, section) => rule.kernels().plan.looks_at_gradients(*section),
            Part::Constraints => false,
        }
    }

    /// Whether it moves weights to where the step leaves them.
    fn takes_the_step(&self) -> bool {
        match self {
            Part::Pass(work, _) => work.updates(),
            Part::Passes(rule, section) => *section == Section::Update && rule.kernels().plan.moves(*section),
            Part::Constraints => false,
        }
    }
}

/// Memory for weights that are saved during a step. A copy has memory of its own when it needs it.
pub(super) struct Saved<A>(pub(super) Arena<A>);

/// Memory for the lists of tensors, kept from step to step.
pub(super) struct Lists<A: 'static> {
    pub(super) weights: Vec<TensorMut<'static, A>>,
    pub(super) gradients: Vec<Tensor<'static, A>>,
    /// Of a gradient that is used up.
    pub(super) used_up: Vec<TensorMut<'static, A>>,
}

impl<A: Real> Clone for Saved<A> {
    fn clone(&self) -> Self {
        Saved(Arena::empty())
    }
}

impl<A> Clone for Lists<A> {
    fn clone(&self) -> Self {
        Lists::new()
    }
}

impl<A> Lists<A> {
    pub(super) const fn new() -> Self {
        Lists { weights: Vec::new(), gradients: Vec::new(), used_up: Vec::new() }
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
    fn make_saved(&mut self) {
        if self.saved.0.len() == 0 {
            self.saved.0 = Arena::zeros(end(&self.slots).max(end(&self.frozen)));
        }
    }

    /// Checks the gradient, if there is one, and the model, and does a part of a step with their tensors.
    pub(super) fn work<M: Optimizable>(
        &mut self,
        model: &mut M,
        gradient: Given<'_, M>,
        part: Part<'_, A>,
        beside: &mut Beside<'_, A>,
    ) -> Result<(), Error>
    where
        M::Scalar: Scalar<Real = A>,
    {
        let mut read = recycle(std::mem::take(&mut self.lists.gradients));
        let mut used_up = recycle(std::mem::take(&mut self.lists.used_up));
        let mut weights = recycle(std::mem::take(&mut self.lists.weights));
        let given = !matches!(gradient, Given::Nothing);
        let checked = match gradient {
            Given::Read(gradient) => self.outline.check(gradient, "the gradient", &mut read),
            Given::UseUp(gradient) => self.outline.check_mut(gradient, "the gradient", &mut used_up),
            Given::Nothing => Ok(()),
        };
        let checked = checked.and_then(|()| self.outline.check_mut(model, "the model", &mut weights));
        if checked.is_ok() {
            let gradients = if used_up.is_empty() { Gradients::Read(&read) } else { Gradients::UseUp(&mut used_up) };
            let cleared = part.looks_at_gradients();
            let moves = part.takes_the_step();
            let riders = if given { self.riders(beside, &gradients, moves) } else { Riders::NONE };
            match part {
                Part::Pass(work, steps) => self.pass(work, steps, &mut weights, &gradients, riders),
                Part::Passes(rule, section) => self.passes(rule, section, &mut weights, &gradients, riders),
                Part::Constraints => self.apply_constraints(&mut weights),
            }
            self.clear_rest(&mut used_up, cleared);
        }
        self.lists.gradients = recycle(read);
        self.lists.used_up = recycle(used_up);
        self.lists.weights = recycle(weights);
        checked
    }

    /// Whether a model has the structure and shapes of the one given to `init`.
    pub(super) fn fits<M: Optimizable>(&mut self, model: &M) -> bool
    where
        M::Scalar: Scalar<Real = A>,
    {
        let mut list = recycle(std::mem::take(&mut self.lists.gradients));
        let fits = self.outline.check(model, "the model", &mut list).is_ok();
        self.lists.gradients = recycle(list);
        fits
    }

    /// Takes the saved weights back.
    pub(super) fn take_back<M: Optimizable>(&mut self, model: &mut M) -> Result<(), Error>
    where
        M::Scalar: Scalar<Real = A>,
    {
        let restored = self.work(model, Given::Nothing, Part::Pass(Work::Restore, None), &mut Beside::default());
        if restored.is_err() {
            self.restore_by_path(model);
        }
        restored
    }

    /// Takes back what can be of a model whose structure a closure has changed: the parameters that still have their
    /// path and shape.
    #[cold]
    fn restore_by_path<M: Optimizable>(&self, model: &mut M)
    where
        M::Scalar: Scalar<Real = A>,
    {
        model.for_each_param_mut(|path, mut value| {
            if let Some(saved) = self.saved_at(path, value.shape()) {
                value.iter_mut().zip(saved).for_each(|(w, &saved)| *w = saved);
            }
        });
    }

    /// One pass over the parameters; frozen ones are saved and taken back, and take no other part. With a schedule,
    /// caches are none of this pass's, which only saves and takes back.
    fn pass<'a>(
        &mut self,
        work: Work,
        steps: Option<Steps<'_, A>>,
        weights: &mut [TensorMut<'a, A>],
        gradients: &Gradients<'_, 'a, A>,
        riders: Riders<'_, A>,
    ) {
        if work.saves() {
            self.make_saved();
        }
        let (saves, restores) = (work.saves(), work.restores());
        let saved = self.saved.0.as_mut_slice();
        let caches = if self.schedule.is_some() { &mut [][..] } else { &mut self.caches[..] };
        let (slots, masks, execution) = (&self.slots[..], &self.masks[..], self.execution);
        let rounding = self.rounding;
        let pass = Pass { work, steps, slots, masks, weights, gradients, riders, caches, rounding, saved, execution };
        compiled::pass(pass);
        if saves || restores {
            let work = if saves { Work::Save } else { Work::Restore };
            let (slots, caches) = (&self.frozen[..], &mut [][..]);
            let (steps, masks) = (None, &[][..]);
            let (gradients, riders) = (&Gradients::NONE, Riders::NONE);
            let pass =
                Pass { work, steps, slots, masks, weights, gradients, riders, caches, rounding, saved, execution };
            compiled::pass(pass);
        }
    }

    /// The saved numbers of the parameter that had this path and shape.
    fn saved_at(&self, path: &str, shape: &[usize]) -> Option<&[A]> {
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
