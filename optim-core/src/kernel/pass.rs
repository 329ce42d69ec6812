//! A pass over all weights of a model: which blocks, in which memory, on which threads.

use core::mem::MaybeUninit;

use super::kernels::Steps;
use super::loops::{Loops, MAX_CACHES, Pointers, nowhere};
use super::mask::Mask;
use super::tensor::{Tensor, TensorMut};
use super::{Execution, pool, strided};
use crate::real::Real;
use crate::state::Arena;

/// Weights that are gathered, or computed with a cache that does not exist, go through blocks of this size.
const BLOCK: usize = 512;

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
    fn updates(self) -> bool {
        matches!(self, Work::Update | Work::RestoreAndUpdate)
    }
    /// Whether a function of the rule is called.
    fn calls(self) -> bool {
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
    /// Empty unless the work is the rule.
    pub(crate) gradients: &'p [Tensor<'a, A>],
    /// One for each cache, as long as the slots together; empty where a cache does not exist. Not looked at where the
    /// work only saves or restores.
    pub(crate) caches: &'p mut [Arena<A>],
    /// Reaches to the end of the slots where the work saves or restores.
    pub(crate) saved: &'p mut [A],
    pub(crate) execution: Execution,
}

/// The pointers of a pass, for threads that each work on a range of their own.
struct Shared<'p, 'a, A: Real> {
    work: Work,
    /// The rule, where the work calls it.
    rule: Option<(Loops<A>, Steps<'p, A>)>,
    slots: &'p [Slot],
    masks: &'p [Option<Mask>],
    weights: &'p [TensorMut<'a, A>],
    gradients: &'p [Tensor<'a, A>],
    caches: Pointers<A>,
    /// How many caches the rule has.
    count: usize,
    absent: bool,
    /// The caches that do not exist are those that need a condition: the loop that passes over them is used.
    bare: bool,
    saved: *mut A,
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
        let mut caches = nowhere();
        for (pointer, cache) in caches.iter_mut().zip(self.caches.iter_mut()) {
            if cache.len() > 0 {
                assert_eq!(cache.len(), end);
                *pointer = cache.as_mut_ptr();
            }
        }
        let exists = |k: usize| !caches[k].is_null();
        // Where only those are missing that need a condition, there is a loop that passes over them.
        let bare = steps.is_some_and(|steps| (0..count).all(|k| (steps.kernels.optional >> k & 1 == 1) != exists(k)));
        let absent = !bare && !(0..count).all(exists);
        let isa = self.execution.chosen_isa();
        let shared = Shared {
            work: self.work,
            rule: steps.map(|steps| (steps.kernels.loops(isa), steps)),
            bare,
            slots: self.slots,
            masks: self.masks,
            weights: self.weights,
            gradients: self.gradients,
            caches,
            count,
            absent,
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

/// Memory for one thread's blocks.
struct Blocks<A> {
    weights: MaybeUninit<[A; BLOCK]>,
    gradients: MaybeUninit<[A; BLOCK]>,
    /// Weights as they were before the rule, where some of them do not move.
    old: MaybeUninit<[A; BLOCK]>,
    /// What caches that do not exist read and write; one each, since the loops are fast where no two pointers meet. Of
    /// those that exist, the numbers before the rule, where some do not move.
    absent: [MaybeUninit<[A; BLOCK]>; MAX_CACHES],
}

/// A part of a tensor, and what is done with it.
struct Stretch<'p> {
    work: Work,
    slot: &'p Slot,
    in_place: bool,
    mask: Option<&'p Mask>,
}

impl<A: Real> Shared<'_, '_, A> {
    /// The numbers `start..end` of the arenas.
    fn range(&self, start: usize, end: usize) {
        if start >= end {
            return;
        }
        let mut blocks: Blocks<A> = Blocks {
            weights: MaybeUninit::uninit(),
            gradients: MaybeUninit::uninit(),
            old: MaybeUninit::uninit(),
            absent: [const { MaybeUninit::uninit() }; MAX_CACHES],
        };
        for (cache, block) in self.caches.iter().zip(&mut blocks.absent).take(self.count) {
            if cache.is_null() {
                block.write([A::zero(); BLOCK]);
            }
        }
        let first = self.slots.partition_point(|slot| slot.offset + slot.len <= start);
        for (index, slot) in self.slots.iter().enumerate().skip(first) {
            if slot.offset >= end {
                break;
            }
            let (from, to) = (start.max(slot.offset) - slot.offset, end.min(slot.offset + slot.len) - slot.offset);
            if from < to {
                self.stretch(index, from, to, &mut blocks);
            }
        }
    }

    /// The elements `from..to` of the tensor of a slot.
    fn stretch(&self, index: usize, from: usize, to: usize, blocks: &mut Blocks<A>) {
        let slot = &self.slots[index];
        let work = if slot.frozen { self.work.without_rule() } else { Some(self.work) };
        let Some(work) = work else { return };
        let mask = self.masks.get(index).and_then(Option::as_ref).filter(|_| work.calls());
        let weights = &self.weights[slot.tensor];
        let in_place =
            weights.layout().is_standard() && (!work.updates() || self.gradients[slot.tensor].layout().is_standard());
        // Saving and restoring go block by block, so that the second look at a weight finds it in the cache.
        if in_place && !self.absent && mask.is_none() && work == Work::Update {
            // SAFETY: `from` is an element of the tensor, whose elements lie side by side.
            let weights = unsafe { weights.pointer().add(from) };
            return self.update(slot, from, to - from, in_place, weights, blocks);
        }
        let stretch = Stretch { work, slot, in_place, mask };
        let mut position = from;
        while position < to {
            let n = BLOCK.min(to - position);
            self.block(&stretch, position, n, blocks);
            position += n;
        }
    }

    fn block(&self, stretch: &Stretch<'_>, from: usize, n: usize, blocks: &mut Blocks<A>) {
        let &Stretch { work, slot, in_place, mask } = stretch;
        let weights = &self.weights[slot.tensor];
        let place = slot.offset + from;
        let block = if in_place {
            // SAFETY: `from` is an element of the tensor, whose elements lie side by side.
            unsafe { weights.pointer().add(from) }
        } else {
            blocks.weights.as_mut_ptr().cast()
        };
        if work.restores() {
            // SAFETY: the arena of saved weights is as long as the slots together.
            let saved = unsafe { self.saved.add(place) };
            // SAFETY: both hold `n` numbers, in different memory.
            unsafe { core::ptr::copy_nonoverlapping(saved.cast_const(), block, n) };
        } else if !in_place {
            // SAFETY: the tensor is live and has `from + n` elements; the block takes up to `BLOCK`.
            unsafe { strided::gather(&weights.layout(), weights.pointer().cast_const(), from, n, block) };
        }
        if work.saves() {
            // SAFETY: the arena of saved weights is as long as the slots together.
            let saved = unsafe { self.saved.add(place) };
            // SAFETY: both hold `n` numbers, in different memory.
            unsafe { core::ptr::copy_nonoverlapping(block.cast_const(), saved, n) };
        }
        if mask.is_some() {
            self.keep(place, block, n, blocks);
        }
        match (work, &self.rule) {
            (Work::Save, _) => return,
            (Work::Restore, _) | (_, None) => {}
            (Work::Update | Work::RestoreAndUpdate, _) => self.update(slot, from, n, in_place, block, blocks),
            (Work::SaveAndLookAhead, Some((loops, steps))) => {
                let caches = self.caches_at(place, blocks);
                // SAFETY: as in `update`, without the gradient.
                unsafe { (loops.look_ahead)(steps.group(slot.group), block, &caches, n) };
            }
            (Work::SaveAndEvaluate, Some((loops, steps))) => {
                let caches = self.caches_at(place, blocks);
                // SAFETY: as in `update`, without the gradient.
                unsafe { (loops.evaluate)(steps.group(slot.group), block, &caches, n) };
            }
        }
        if let Some(mask) = mask {
            self.put_back(mask, (from, place), block, n, blocks);
        }
        if !in_place {
            // SAFETY: the tensor is live, borrowed exclusively and has `from + n` elements; the block holds `n`.
            unsafe { strided::scatter(&weights.layout(), block.cast_const(), from, n, weights.pointer()) };
        }
    }

    /// The rule, for `n` weights of a tensor that stand in `block`.
    #[inline]
    fn update(&self, slot: &Slot, from: usize, n: usize, in_place: bool, block: *mut A, blocks: &mut Blocks<A>) {
        let Some((loops, steps)) = &self.rule else { return };
        let caches = self.caches_at(slot.offset + from, blocks);
        let gradient = self.gradient(slot.tensor, from, n, in_place, blocks);
        let update = if self.bare { loops.update_bare } else { loops.update };
        // SAFETY: `n` numbers stand behind each pointer: a tensor's or a block's, the gradient's, and the arenas' (or the
        // block for absent ones, `n` being at most `BLOCK` then, or the loop does not look). All are different memory,
        // and this thread's alone.
        unsafe { update(steps.group(slot.group), block, gradient, &caches, n) };
    }

    /// Copies the numbers of a block, at most `BLOCK`, before the rule moves them.
    #[cold]
    fn keep(&self, place: usize, block: *const A, n: usize, blocks: &mut Blocks<A>) {
        // SAFETY: both hold `n` numbers, in different memory.
        unsafe { core::ptr::copy_nonoverlapping(block, blocks.old.as_mut_ptr().cast(), n) };
        for (cache, old) in self.caches.iter().zip(&mut blocks.absent).filter(|(cache, _)| !cache.is_null()) {
            // SAFETY: each arena is as long as the slots together.
            let cache = unsafe { cache.add(place) };
            // SAFETY: both hold `n` numbers, in different memory.
            unsafe { core::ptr::copy_nonoverlapping(cache.cast_const(), old.as_mut_ptr().cast(), n) };
        }
    }

    /// Takes the kept numbers back where the mask says.
    #[cold]
    fn put_back(&self, mask: &Mask, (from, place): (usize, usize), block: *mut A, n: usize, blocks: &mut Blocks<A>) {
        // SAFETY: both hold `n` numbers.
        unsafe { mask.put_back(from, n, blocks.old.as_ptr().cast(), block) };
        for (cache, old) in self.caches.iter().zip(&blocks.absent).filter(|(cache, _)| !cache.is_null()) {
            // SAFETY: each arena is as long as the slots together.
            let cache = unsafe { cache.add(place) };
            // SAFETY: both hold `n` numbers.
            unsafe { mask.put_back(from, n, old.as_ptr().cast(), cache) };
        }
    }

    fn gradient(&self, tensor: usize, from: usize, n: usize, in_place: bool, blocks: &mut Blocks<A>) -> *const A {
        let gradient = &self.gradients[tensor];
        if in_place {
            // SAFETY: `from` is an element of the tensor, whose elements lie side by side.
            return unsafe { gradient.pointer().add(from) };
        }
        let block: *mut A = blocks.gradients.as_mut_ptr().cast();
        // SAFETY: the gradient is live and has the weights' shape; the block takes up to `BLOCK`.
        unsafe { strided::gather(&gradient.layout(), gradient.pointer(), from, n, block) };
        block
    }

    /// The caches from this place of the arenas on; the block of zeros for those that do not exist.
    #[inline]
    fn caches_at(&self, place: usize, blocks: &mut Blocks<A>) -> Pointers<A> {
        let mut caches = self.caches;
        for (cache, absent) in caches.iter_mut().zip(&mut blocks.absent).take(self.count) {
            *cache = if cache.is_null() {
                absent.as_mut_ptr().cast()
            } else {
                // SAFETY: each arena is as long as the slots together.
                unsafe { cache.add(place) }
            };
        }
        caches
    }
}
