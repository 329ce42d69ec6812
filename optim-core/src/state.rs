//! Memory of an optimizer: aligned arenas, a number per weight, in walking order.
#![expect(unsafe_code, reason = "aligned, zeroed memory; see ARCHITECTURE.md")]

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr::NonNull;

use crate::real::Real;

/// A cache line: kernels load whole ones.
const ALIGNMENT: usize = 64;

/// What an arena holds: all bits zero is a number, and a copy is all there is to one.
pub(crate) trait Element: Copy + Send + Sync + 'static {}

impl<A: Real> Element for A {}
/// Codes of [`Precision::Bf16`](crate::Precision::Bf16), and scales of blocks.
impl Element for u16 {}
/// Codes of [`Precision::Block8`](crate::Precision::Block8).
impl Element for u8 {}

/// Numbers side by side, aligned to a cache line. Starts as zeros, which large arenas get from the system for free.
pub(crate) struct Arena<A> {
    pointer: NonNull<A>,
    len: usize,
}

// SAFETY: an arena owns its numbers, as a `Vec` does.
unsafe impl<A: Element> Send for Arena<A> {}
// SAFETY: a shared arena is only read.
unsafe impl<A: Element> Sync for Arena<A> {}

impl<A: Element> Arena<A> {
    /// Without memory.
    pub(crate) const fn empty() -> Self {
        Arena { pointer: NonNull::dangling(), len: 0 }
    }

    pub(crate) fn zeros(len: usize) -> Self {
        if len == 0 {
            return Arena::empty();
        }
        let layout = layout::<A>(len);
        // SAFETY: the layout has a size, since `len` is not zero and numbers have one.
        let pointer = unsafe { alloc_zeroed(layout) };
        let Some(pointer) = NonNull::new(pointer.cast::<A>()) else { handle_alloc_error(layout) };
        Arena { pointer, len }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn as_mut_ptr(&mut self) -> *mut A {
        self.pointer.as_ptr()
    }

    pub(crate) fn as_slice(&self) -> &[A] {
        // SAFETY: `len` numbers stand at `pointer`; all bits zero is a number, and only numbers are written.
        unsafe { std::slice::from_raw_parts(self.pointer.as_ptr(), self.len) }
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [A] {
        // SAFETY: as above, and the arena is borrowed exclusively.
        unsafe { std::slice::from_raw_parts_mut(self.pointer.as_ptr(), self.len) }
    }
}

fn layout<A>(len: usize) -> Layout {
    // As `Vec` does: no model that fits in memory has a cache that does not fit in the address space.
    let layout = Layout::array::<A>(len).and_then(|layout| layout.align_to(ALIGNMENT));
    layout.unwrap_or_else(|error| panic!("a cache of {len} numbers: {error}"))
}

impl<A> Drop for Arena<A> {
    fn drop(&mut self) {
        if self.len > 0 {
            // SAFETY: allocated by `zeros` with the same layout.
            unsafe { dealloc(self.pointer.as_ptr().cast(), layout::<A>(self.len)) };
        }
    }
}

impl<A: Element> Clone for Arena<A> {
    fn clone(&self) -> Self {
        let mut arena = Arena::zeros(self.len);
        arena.as_mut_slice().copy_from_slice(self.as_slice());
        arena
    }
}

#[cfg(test)]
mod tests {
    use super::Arena;

    #[test]
    fn starts_at_zero_and_aligned() {
        for len in [1, 7, 1000] {
            let mut arena = Arena::<f32>::zeros(len);
            assert_eq!(arena.as_slice(), vec![0.0; len]);
            assert_eq!(arena.as_mut_ptr() as usize % super::ALIGNMENT, 0);
            arena.as_mut_slice()[len - 1] = 2.0;
            assert_eq!(arena.clone().as_slice(), arena.as_slice());
        }
        assert_eq!(Arena::<f64>::zeros(0).len(), 0);
    }
}
