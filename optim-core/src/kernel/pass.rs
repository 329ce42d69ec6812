//! A pass over all weights of a model: which parts of which tensors, on which threads; what is done with one is in
//! `staging.rs`.

use super::coding::Coding;
use super::dither::{LANES, Rounding};
use super::gradients::Gradients;
use super::kernels::Steps;
use super::loops::{Loops, MAX_CACHES, Pointers, nowhere};
use super::mask::Mask;
use super::pipeline::Channels;
use super::riders::{Riders, Riding};
use super::staging::{BLOCK, Blocks, Stretch};
use super::store::{Coded, Cuts, Store};
use super::tensor::TensorMut;
use super::{Execution, pool};
use crate::real::Real;

/// Where the numbers of one tensor stand in the arenas, and who moves it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slot {
    /// Which tensor of the model, in walking order.
    pub(crate) tensor: usize,
    /// Its first number's place in each arena.
    pub(crate) offset: usize,
    pub(crate) len: usize,
    /// Whose scalars the rule's functions get for it.
    pub(crate) group: usize,
    /// It does not move for now, and none of its caches do.
    pub(crate) frozen: bool,
}

/// What a pass does with each weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// The rule.
    Update,
    /// Takes the saved weights back, then the rule.
    RestoreAndUpdate,
    /// Saves the weights.
    Save,
    /// Saves the weights and moves them to the look-ahead point.
    SaveAndLookAhead,
    /// Saves the weights and moves them to the evaluation point.
    SaveAndEvaluate,
    /// Takes the saved weights back.
    Restore,
}

impl Work {
    pub(crate) fn saves(self) -> bool {
        matches!(self, Work::Save | Work::SaveAndLookAhead | Work::SaveAndEvaluate)
    }
    pub(crate) fn restores(self) -> bool {
        matches!(self, Work::RestoreAndUpdate | Work::Restore)
    }
    pub(crate) fn updates(self) -> bool {
        matches!(self, Work::Update | Work::RestoreAndUpdate)
    }
    /// Whether a function of the rule is called.
    pub(super) fn calls(self) -> bool {
        !matches!(self, Work::Save | Work::Restore)
    }
    /// What is left of the work for a tensor that does not move.
    fn without_rule(self) -> Option<Self> {
        match self {
            Work::Update => None,
            Work::RestoreAndUpdate | Work::Restore => Some(Work::Restore),
            Work::Save | Work::SaveAndLookAhead | Work::SaveAndEvaluate => Some(Work::Save),
        }
    }
}

/// Everything a pass needs. The lists hold every tensor of the model, the slots say which of them take part.
pub(crate) struct Pass<'p, 'a, A: Real> {
    pub(crate) work: Work,
    /// The rule, with the scalars of each group; not looked at where the work only saves or restores.
    pub(crate) steps: Option<Steps<'p, A>>,
    /// In ascending order of their offsets, without gaps.
    pub(crate) slots: &'p [Slot],
    /// For each slot, which elements move, if not all; empty where all move.
    pub(crate) masks: &'p [Option<Mask>],
    pub(crate) weights: &'p mut [TensorMut<'a, A>],
    /// None unless the work is the rule.
    pub(crate) gradients: &'p Gradients<'p, 'a, A>,
    /// What is done beside the rule.
    pub(crate) riders: Riders<'p, A>,
    /// One for each cache, as long as the slots together; empty where a cache does not exist. Not looked at where the
    /// work only saves or restores.
    pub(crate) caches: &'p mut [Store<A>],
    /// What numbers are rounded with that are not kept exactly.
    pub(crate) rounding: Rounding,
    /// Reaches to the end of the slots where the work saves or restores.
    pub(crate) saved: &'p mut [A],
    pub(crate) execution: Execution,
}

/// The pointers of a pass, for threads that each work on a range of their own.
#[expect(clippy::struct_excessive_bools, reason = "each is known once a pass and looked at for every block")]
pub(super) struct Shared<'p, 'a, A: Real> {
    work: Work,
    /// The rule, where the work calls it.
    pub(super) rule: Option<(Loops<A>, Steps<'p, A>)>,
    slots: &'p [Slot],
    masks: &'p [Option<Mask>],
    pub(super) weights: &'p [TensorMut<'a, A>],
    pub(super) gradients: &'p Gradients<'p, 'a, A>,
    pub(super) riding: Riding<A>,
    /// Those that are kept exactly.
    pub(super) caches: Pointers<A>,
    /// Those that are not.
    pub(super) coded: [Coded; MAX_CACHES],
    pub(super) channels: Channels,
    pub(super) coding: Coding<A>,
    pub(super) rounding: Rounding,
    pub(super) rounds_weights: bool,
    /// How many caches the rule has.
    pub(super) count: usize,
    /// The caches that do not exist are those that need a condition: the loop of the rule that passes over them is used.
    pub(super) bare: bool,
    /// Whether the rule's loop works on blocks: there is something to do before or behind it, or it looks at a cache that
    /// does not exist.
    staged: bool,
    /// Whether numbers are rounded, by thresholds of 64 places, and codes of as many share words: no two threads may have a
    /// part.
    pub(super) rounded: bool,
    pub(super) saved: *mut A,
}

// SAFETY: threads work on disjoint ranges of the slots' numbers, hence of every tensor and arena.
unsafe impl<A: Real> Sync for Shared<'_, '_, A> {}

impl<A: Real> Pass<'_, '_, A> {
    /// Does the work for every weight.
    pub(crate) fn run(self) {
        let base = self.slots.first().map_or(0, |slot| slot.offset);
        let end = self.slots.last().map_or(0, |slot| slot.offset + slot.len);
        if base == end {
            return;
        }
        // What the `unsafe` blocks below rely on, once a pass.
        let steps = self.steps.filter(|_| self.work.calls());
        assert!(steps.is_some() || !self.work.calls());
        let count = steps.map_or(0, |steps| steps.kernels.plan.caches);
        assert!(steps.is_none() || self.caches.len() == count);
        assert!(!self.work.updates() || self.gradients.len() == self.weights.len());
        assert!(!(self.work.saves() || self.work.restores()) || self.saved.len() >= end);
        let fits = |(slot, mask): (&Slot, &Option<Mask>)| mask.as_ref().is_none_or(|mask| mask.len() == slot.len);
        assert!(self.slots.iter().zip(self.masks).all(fits));
        let (mut caches, mut coded) = (nowhere(), [Coded::No; MAX_CACHES]);
        for (k, cache) in self.caches.iter_mut().enumerate().filter(|(_, cache)| cache.len() > 0) {
            assert!(cache.len() >= end);
            coded[k] = cache.coded();
            if matches!(coded[k], Coded::Block8(..)) {
                let mut slots = self.slots.iter().enumerate();
                assert!(slots.all(|(index, slot)| cache.holds(slot.offset, slot.len, &Cuts::of_slot(slot, index))));
            }
            caches[k] = cache.pointer().unwrap_or(caches[k]);
        }
        let rounds_weights = self.rounding.weights && self.work.updates();
        let optional = steps.map_or(0, |steps| steps.kernels.optional);
        let exists = |k: usize| !caches[k].is_null() || coded[k].is_some();
        // Where only those are missing that need a condition, there is a loop that passes over them; not for other points.
        let bare = self.work.updates() && (0..count).all(|k| (optional >> k & 1 == 1) != exists(k));
        let in_place = |k: usize| !caches[k].is_null() || bare && !exists(k);
        let isa = self.execution.chosen_isa();
        let riding = Riding::of(if self.work.updates() { self.riders } else { Riders::NONE }, isa, end);
        let staged = rounds_weights || riding.are_some() || !(0..count).all(in_place);
        let rounded = rounds_weights || coded.iter().any(|coded| coded.is_some());
        let shared = Shared {
            work: self.work,
            rule: steps.map(|steps| (steps.kernels.loops(isa), steps)),
            bare,
            slots: self.slots,
            masks: self.masks,
            weights: self.weights,
            gradients: self.gradients,
            riding,
            caches,
            coded,
            channels: Channels::of(&coded, self.rounding),
            coding: Coding::of(isa),
            rounding: self.rounding,
            rounds_weights,
            count,
            staged,
            rounded,
            saved: self.saved.as_mut_ptr(),
        };
        let threads = self.execution.threads_for(end - base);
        // More parts than threads: one that is held up leaves its share to the others.
        let parts = if threads == 1 { 1 } else { (threads * 4).min((end - base).div_ceil(64)) };
        // Borders at cache lines of the arenas, so that no two threads write to one.
        let share = (end - base).div_ceil(parts).next_multiple_of(64);
        pool::run(threads.min(parts), parts, &|part| {
            shared.range((base + part * share).min(end), (base + (part + 1) * share).min(end));
        });
    }
}

impl<A: Real> Shared<'_, '_, A> {
    /// The numbers `start..end` of the arenas.
    fn range(&self, start: usize, end: usize) {
        if start >= end {
            return;
        }
        let mut blocks = Blocks::new();
        self.clear_absent(&mut blocks);
        let first = self.slots.partition_point(|slot| slot.offset + slot.len <= start);
        // Where nothing is to be done but the rule, on numbers that stand where they are, tensors take little more than it.
        let plain = !self.staged && !self.rounded && self.work == Work::Update && self.masks.is_empty();
        let mut caches = nowhere();
        for (index, slot) in self.slots.iter().enumerate().skip(first) {
            if slot.offset >= end {
                break;
            }
            let (mut from, mut to) =
                (start.max(slot.offset) - slot.offset, end.min(slot.offset + slot.len) - slot.offset);
            if self.rounded {
                from = from.next_multiple_of(LANES).min(slot.len);
                to = to.next_multiple_of(LANES).min(slot.len);
            }
            if from < to && !(plain && self.move_in_place(slot, from, to - from, &mut caches)) {
                self.stretch(index, from, to, &mut blocks);
            }
        }
    }

    /// The rule for `n` elements of a tensor, from one on, where nothing else is to be done; whether it lies as that takes.
    /// The pointers are reused from tensor to tensor; those that are null stay so.
    #[inline]
    fn move_in_place(&self, slot: &Slot, from: usize, n: usize, caches: &mut Pointers<A>) -> bool {
        let (weights, gradient) = (&self.weights[slot.tensor], self.gradients.get(slot.tensor));
        let (Some((loops, steps)), Some((layout, gradients))) = (&self.rule, gradient) else { return false };
        if slot.frozen || !weights.layout().is_standard() || !layout.is_standard() {
            return false;
        }
        for (cache, first) in caches.iter_mut().zip(&self.caches).take(self.count) {
            *cache = if first.is_null() { *first } else { first.wrapping_add(slot.offset + from) };
        }
        let (weights, gradients) = (weights.pointer().wrapping_add(from), gradients.wrapping_add(from));
        let update = if self.bare { loops.update_bare } else { loops.update };
        // SAFETY: `n` numbers stand behind each pointer: the tensor's and the gradient's, whose elements lie side by side, and
        // the arenas', which are as long as the slots together; the loop passes over caches that do not exist. All are
        // different memory, and this thread's alone, but for the gradient, which nobody writes now.
        unsafe { update.run(steps.group(slot.group), weights, gradients, caches, n) };
        true
    }

    /// The elements `from..to` of the tensor of a slot.
    fn stretch(&self, index: usize, from: usize, to: usize, blocks: &mut Blocks<A>) {
        let slot = &self.slots[index];
        let work = if slot.frozen { self.work.without_rule() } else { Some(self.work) };
        let Some(work) = work else { return };
        let mask = self.masks.get(index).and_then(Option::as_ref).filter(|_| work.calls());
        let weights = &self.weights[slot.tensor];
        let gradient = self.gradients.get(slot.tensor).filter(|_| work.updates());
        let in_place = weights.layout().is_standard() && gradient.is_none_or(|(layout, _)| layout.is_standard());
        // Saving and restoring go block by block, so that the second look at a weight finds it in the cache.
        if in_place && !self.staged && mask.is_none() && work == Work::Update {
            // SAFETY: `from` is an element of the tensor, whose elements lie side by side.
            let weights = unsafe { weights.pointer().add(from) };
            return self.update(slot, from, to - from, in_place, weights, blocks);
        }
        let stretch = Stretch { work, slot, cuts: Cuts::of_slot(slot, index), in_place, mask };
        let mut position = self.pipeline(&stretch, from, to, blocks);
        while position < to {
            let n = BLOCK.min(to - position);
            position += n;
            self.block(&stretch, position - n, n, blocks);
        }
    }
}
