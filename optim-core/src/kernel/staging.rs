//! A block of a pass: what the loop gets is brought into the nearest cache, and what it leaves is taken from there.
//!
//! In: saved weights are taken back or weights gathered, weights saved, gradients gathered, caches decoded. Then the loop
//! of the rule. Out: weights rounded, what a mask holds put back, caches encoded, weights scattered. What is done with a
//! number beside the rule belongs in here, where it costs no pass over memory.

use core::mem::MaybeUninit;

use super::loops::{MAX_CACHES, Pointers, nowhere};
use super::mask::Mask;
use super::pass::{Shared, Slot, Work};
use super::store::Cuts;
use super::strided;
use crate::real::Real;

/// What is not worked on where it stands goes through blocks of this size: whole blocks of codes.
pub(super) const BLOCK: usize = 512;
const _: () = assert!(BLOCK.is_multiple_of(super::dither::LANES));

/// Memory for one thread's blocks.
pub(super) struct Blocks<A> {
    weights: MaybeUninit<[A; BLOCK]>,
    gradients: MaybeUninit<[A; BLOCK]>,
    /// Weights as they were before the rule, where some of them do not move.
    old: MaybeUninit<[A; BLOCK]>,
    /// What caches that do not exist read and write; one each, since no two streams of a loop may overlap. Of
    /// those that are kept exactly, the numbers before the rule, where some do not move; of the others, the numbers.
    caches: [MaybeUninit<[A; BLOCK]>; MAX_CACHES],
}

/// A part of a tensor, and what is done with it.
pub(super) struct Stretch<'p> {
    pub(super) work: Work,
    pub(super) slot: &'p Slot,
    /// Of its caches that are not kept exactly.
    pub(super) cuts: Cuts,
    pub(super) in_place: bool,
    pub(super) mask: Option<&'p Mask>,
}

impl<A: Real> Blocks<A> {
    pub(super) const fn new() -> Self {
        let (weights, gradients, old) = (MaybeUninit::uninit(), MaybeUninit::uninit(), MaybeUninit::uninit());
        Blocks { weights, gradients, old, caches: [const { MaybeUninit::uninit() }; MAX_CACHES] }
    }
}

impl<A: Real> Shared<'_, '_, A> {
    /// Caches that do not exist are zeros, for loops that look at them; those that are decoded are numbers before.
    pub(super) fn clear_absent(&self, blocks: &mut Blocks<A>) {
        for (k, block) in blocks.caches.iter_mut().enumerate().take(self.count) {
            if self.caches[k].is_null() && (self.coded[k].is_some() || !self.bare) {
                block.write([A::zero(); BLOCK]);
            }
        }
    }

    pub(super) fn block(&self, stretch: &Stretch<'_>, from: usize, n: usize, blocks: &mut Blocks<A>) {
        let &Stretch { work, slot, in_place, mask, .. } = stretch;
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
        if work.calls() {
            self.decode(stretch, from, n, blocks);
        }
        match (work, &self.rule) {
            (Work::Save, _) => return,
            (Work::Restore, _) | (_, None) => {}
            (Work::Update | Work::RestoreAndUpdate, _) => self.update(slot, from, n, in_place, block, blocks),
            (Work::SaveAndLookAhead, Some((loops, steps))) => {
                let mut caches = nowhere();
                self.point(&mut caches, place, blocks);
                // SAFETY: as in `update`, without the gradient.
                unsafe { (loops.look_ahead)(steps.group(slot.group), block, &caches, n) };
            }
            (Work::SaveAndEvaluate, Some((loops, steps))) => {
                let mut caches = nowhere();
                self.point(&mut caches, place, blocks);
                // SAFETY: as in `update`, without the gradient.
                unsafe { (loops.evaluate)(steps.group(slot.group), block, &caches, n) };
            }
        }
        if self.rounds_weights && work.updates() {
            // SAFETY: `n` numbers stand in the block, which is this thread's alone.
            let weights = unsafe { core::slice::from_raw_parts_mut(block, n) };
            self.coding.round(weights, self.rounding.dither(MAX_CACHES), place);
        }
        if let Some(mask) = mask {
            self.put_back(mask, stretch, from, block, n, blocks);
        }
        if work.updates() {
            self.encode(stretch, from, n, blocks);
            // SAFETY: `n` weights stand in the block, and their places are this thread's alone.
            unsafe { self.riding.follow(place, block.cast_const(), n) };
            let zeros = blocks.gradients.as_mut_ptr().cast();
            // SAFETY: the gradient has the weights' shape, and these elements are this thread's alone.
            unsafe { self.riding.clear(self.gradients, slot.tensor, (from, n), zeros) };
        }
        if !in_place {
            // SAFETY: the tensor is live, borrowed exclusively and has `from + n` elements; the block holds `n`.
            unsafe { strided::scatter(&weights.layout(), block.cast_const(), from, n, weights.pointer()) };
        }
    }

    /// The rule, for `n` weights of a tensor that stand in `block`. Caches that are not kept exactly are in their blocks.
    #[inline]
    pub(super) fn update(
        &self,
        slot: &Slot,
        from: usize,
        n: usize,
        in_place: bool,
        block: *mut A,
        blocks: &mut Blocks<A>,
    ) {
        let Some((loops, steps)) = &self.rule else { return };
        let mut caches = nowhere();
        self.point(&mut caches, slot.offset + from, blocks);
        let gradient = self.gradient(slot.tensor, from, n, in_place, blocks);
        let update = if self.bare { loops.update_bare } else { loops.update };
        // SAFETY: `n` numbers stand behind each pointer: a tensor's or a block's, the gradient's, and the arenas' (or the
        // block for absent ones, `n` being at most `BLOCK` then, or the loop does not look). All are different memory,
        // and this thread's alone, but for the gradient, which nobody writes now.
        unsafe { update.run(steps.group(slot.group), block, gradient, &caches, n) };
    }

    /// Copies the numbers of a block, at most `BLOCK`, before the rule moves them.
    #[cold]
    fn keep(&self, place: usize, block: *const A, n: usize, blocks: &mut Blocks<A>) {
        // SAFETY: both hold `n` numbers, in different memory.
        unsafe { core::ptr::copy_nonoverlapping(block, blocks.old.as_mut_ptr().cast(), n) };
        for (cache, old) in self.caches.iter().zip(&mut blocks.caches).filter(|(cache, _)| !cache.is_null()) {
            // SAFETY: each arena is as long as the slots together.
            let cache = unsafe { cache.add(place) };
            // SAFETY: both hold `n` numbers, in different memory.
            unsafe { core::ptr::copy_nonoverlapping(cache.cast_const(), old.as_mut_ptr().cast(), n) };
        }
    }

    /// Takes the kept numbers back where the mask says.
    #[cold]
    fn put_back(
        &self,
        mask: &Mask,
        stretch: &Stretch<'_>,
        from: usize,
        block: *mut A,
        n: usize,
        blocks: &mut Blocks<A>,
    ) {
        let place = stretch.slot.offset + from;
        // SAFETY: both hold `n` numbers.
        unsafe { mask.put_back(from, n, blocks.old.as_ptr().cast(), block) };
        for (cache, old) in self.caches.iter().zip(&blocks.caches).filter(|(cache, _)| !cache.is_null()) {
            // SAFETY: each arena is as long as the slots together.
            let cache = unsafe { cache.add(place) };
            // SAFETY: both hold `n` numbers.
            unsafe { mask.put_back(from, n, old.as_ptr().cast(), cache) };
        }
        // The codes are those before the rule still.
        let (old, scale): (*mut A, _) = (blocks.old.as_mut_ptr().cast(), stretch.cuts.scale(from));
        for (coded, cache) in self.coded.iter().zip(&mut blocks.caches).filter(|(coded, _)| coded.is_some()) {
            // SAFETY: as in `decode`.
            unsafe { coded.read(&self.coding, place, scale, n, old) };
            // SAFETY: both hold `n` numbers.
            unsafe { mask.put_back(from, n, old, cache.as_mut_ptr().cast()) };
        }
    }

    /// Brings the caches that are not kept exactly into their blocks.
    #[inline]
    fn decode(&self, stretch: &Stretch<'_>, from: usize, n: usize, blocks: &mut Blocks<A>) {
        let (place, scale) = (stretch.slot.offset + from, stretch.cuts.scale(from));
        for (k, _) in self.channels.dithers() {
            let block = blocks.caches[k].as_mut_ptr().cast();
            // SAFETY: each store is as long as the slots together, and so are its scales; these codes are this thread's
            // alone. The block takes up to `BLOCK` numbers, and has some.
            unsafe { self.coded[k].read(&self.coding, place, scale, n, block) };
        }
    }

    /// Keeps the caches that are not kept exactly.
    #[inline]
    fn encode(&self, stretch: &Stretch<'_>, from: usize, n: usize, blocks: &mut Blocks<A>) {
        let places = (stretch.slot.offset + from, stretch.cuts.scale(from));
        for (k, dither) in self.channels.dithers() {
            let block = blocks.caches[k].as_ptr().cast();
            // SAFETY: as in `decode`: `n` numbers are in the block.
            unsafe { self.coded[k].write(&self.coding, places, n, block, dither) };
        }
    }

    fn gradient(&self, tensor: usize, from: usize, n: usize, in_place: bool, blocks: &mut Blocks<A>) -> *const A {
        let block: *mut A = blocks.gradients.as_mut_ptr().cast();
        let Some((layout, pointer)) = self.gradients.get(tensor) else { return block };
        let gradient = if in_place {
            // SAFETY: `from` is an element of the tensor, whose elements lie side by side.
            unsafe { pointer.add(from) }
        } else {
            // SAFETY: the gradient is live and has the weights' shape; the block takes up to `BLOCK`.
            unsafe { strided::gather(&layout, pointer, from, n, block) };
            block.cast_const()
        };
        // SAFETY: `n` gradients stand there. Where they are scaled, `n` is at most `BLOCK`, which the block takes.
        unsafe { self.riding.scale(gradient, block, n) }
    }

    /// Points to the caches from this place of the arenas on, and to the block for those that are not kept exactly, or do
    /// not exist and are looked at. They are written where the loop reads them: a vector that is copied from what was just
    /// written number by number waits until all that was written before is in the memory, which is the tensor before.
    #[inline]
    pub(super) fn point(&self, caches: &mut Pointers<A>, place: usize, blocks: &mut Blocks<A>) {
        for (k, block) in blocks.caches.iter_mut().enumerate().take(self.count) {
            if !self.caches[k].is_null() {
                // SAFETY: each arena is as long as the slots together.
                caches[k] = unsafe { self.caches[k].add(place) };
            } else if !self.bare || self.coded[k].is_some() {
                caches[k] = block.as_mut_ptr().cast();
            }
        }
    }
}
