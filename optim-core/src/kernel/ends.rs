//! [`Ends`]: what is left of a tensor behind the last whole stride of a loop.

use core::mem::MaybeUninit;

use super::ahead::STRIDE;
use super::loops::{MAX_CACHES, Pointers, Update, nowhere};
use crate::real::Real;

/// The numbers behind the last whole stride: a loop takes them in memory of their own, filled up with the last of them, so
/// that nothing but whole strides is compiled for a rule.
pub(super) struct Ends {
    /// Where they begin.
    pub(super) from: usize,
    /// Where they end.
    pub(super) n: usize,
    /// Of a stride.
    pub(super) size: usize,
    /// Which caches the loop uses, a bit each.
    pub(super) used: u64,
}

/// A stride of each stream.
type Filled<A> = [MaybeUninit<[A; STRIDE / size_of::<f32>()]>; MAX_CACHES + 2];

impl Ends {
    /// # Safety
    /// As for [`Update`].
    #[inline(never)]
    pub(super) unsafe fn update<A: Real>(
        &self,
        update: Update<A>,
        step: *const (),
        weights: &mut [A],
        gradients: &[A],
        caches: &Pointers<A>,
    ) {
        let mut memory: Filled<A> = [const { MaybeUninit::uninit() }; MAX_CACHES + 2];
        let [w, g, rest @ ..] = &mut memory;
        let mut filled = nowhere();
        for k in (0..MAX_CACHES).filter(|k| self.used >> k & 1 == 1) {
            filled[k] = rest[k].as_mut_ptr().cast();
            // SAFETY: the caller keeps the contract; the memory takes a stride.
            unsafe { self.fill(caches[k].cast_const(), filled[k]) };
        }
        let (w, g) = (w.as_mut_ptr().cast::<A>(), g.as_mut_ptr().cast::<A>());
        // SAFETY: as above.
        unsafe { self.fill(weights.as_ptr(), w) };
        // SAFETY: as above.
        unsafe { self.fill(gradients.as_ptr(), g) };
        // SAFETY: a stride has been filled.
        let moved = unsafe { core::slice::from_raw_parts_mut(w, self.size) };
        // SAFETY: a stride has been filled.
        let g = unsafe { core::slice::from_raw_parts(g, self.size) };
        // SAFETY: the caller keeps the contract, for a stride.
        unsafe { update(step, moved, g, &filled) };
        weights[self.from..self.n].copy_from_slice(&moved[..self.n - self.from]);
        for k in (0..MAX_CACHES).filter(|k| self.used >> k & 1 == 1) {
            // SAFETY: the caller keeps the contract: there are as many numbers as weights.
            let ends = unsafe { caches[k].add(self.from) };
            // SAFETY: as above; the memory is another.
            unsafe { ends.copy_from_nonoverlapping(filled[k].cast_const(), self.n - self.from) };
        }
    }

    /// Copies the numbers, and fills the stride up.
    ///
    /// # Safety
    /// `n` numbers are readable behind the stream, and a stride is writable behind the memory, which is another.
    unsafe fn fill<A: Real>(&self, stream: *const A, memory: *mut A) {
        for i in 0..self.size {
            // SAFETY: the caller keeps the contract.
            let place = unsafe { stream.add((self.from + i).min(self.n - 1)) };
            // SAFETY: the caller keeps the contract.
            let number = unsafe { place.read() };
            // SAFETY: the caller keeps the contract.
            let filled = unsafe { memory.add(i) };
            // SAFETY: the caller keeps the contract.
            unsafe { filled.write(number) };
        }
    }
}
