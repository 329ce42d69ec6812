//! Memory of an optimizer: aligned arenas, a number per weight, in walking order.
#![expect(unsafe_code, reason = "aligned, zeroed memory; see ARCHITECTURE.md")]

use std::alloc::{Layout, alloc_zeroed, dealloc, handle_alloc_error};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::kernel::{LARGE, Wish, ask};
use crate::real::Real;

/// A cache line: kernels load whole ones.
const ALIGNMENT: usize = 64;

/// What an arena holds: all bits zero is a number, and a copy is all there is to one.
pub(crate) trait Element: Copy + Send + Sync + 'static {}

impl<A: Real> Element for A {}
/// Codes of [`Precision::Bf16`](crate::Precision::Bf16).
impl Element for [u8; 2] {}
/// Scales of blocks.
impl Element for u16 {}
/// Codes of [`Precision::Block8`](crate::Precision::Block8).
impl Element for u8 {}

const PAGE: usize = 4096;

/// Large arenas begin at different places of a page, so far from one another: where several streams are at the same
/// place of their pages, their lines meet in one set of the nearest cache, and loads wait for stores to other streams.
const APART: usize = 17 * ALIGNMENT;

/// Numbers side by side, aligned to a cache line. Starts as zeros, which large arenas get from the system for free.
pub(crate) struct Arena<A> {
    pointer: NonNull<A>,
    len: usize,
    /// What was allocated, and its size.
    memory: NonNull<u8>,
    bytes: usize,
}

// SAFETY: an arena owns its numbers, as a `Vec` does.
unsafe impl<A: Element> Send for Arena<A> {}
// SAFETY: a shared arena is only read.
unsafe impl<A: Element> Sync for Arena<A> {}

impl<A: Element> Arena<A> {
    /// Without memory.
    pub(crate) const fn empty() -> Self {
        Arena { pointer: NonNull::dangling(), len: 0, memory: NonNull::dangling(), bytes: 0 }
    }

    pub(crate) fn zeros(len: usize) -> Self {
        if len == 0 {
            return Arena::empty();
        }
        let numbers = Layout::array::<A>(len).map_or(usize::MAX, |layout| layout.size());
        // Aligned here: what the allocator aligns it zeroes by hand, and a large arena would be written once more.
        let large = numbers >= LARGE;
        let bytes = numbers.saturating_add(if large { 2 * PAGE } else { ALIGNMENT });
        let layout = layout(bytes);
        // SAFETY: the layout has a size, since `len` is not zero and numbers have one.
        let Some(memory) = NonNull::new(unsafe { alloc_zeroed(layout) }) else { handle_alloc_error(layout) };
        if large {
            ask(memory.as_ptr(), bytes, Wish::Begin);
        }
        let place = memory.as_ptr() as usize;
        let offset = if large { place.next_multiple_of(PAGE) + apart() } else { place.next_multiple_of(ALIGNMENT) };
        // SAFETY: `bytes` leaves room for the largest offset before the numbers.
        let pointer = unsafe { memory.add(offset - place) }.cast::<A>();
        Arena { pointer, len, memory, bytes }
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

fn layout(bytes: usize) -> Layout {
    // As `Vec` does: no model that fits in memory has a cache that does not fit in the address space.
    Layout::array::<u64>(bytes.div_ceil(8)).unwrap_or_else(|error| panic!("an arena of {bytes} bytes: {error}"))
}

/// Another place in a page than for the last arenas, a cache line each.
fn apart() -> usize {
    static LAST: AtomicUsize = AtomicUsize::new(0);
    LAST.fetch_add(APART, Ordering::Relaxed).wrapping_add(APART) % PAGE
}

impl<A> Drop for Arena<A> {
    fn drop(&mut self) {
        if self.len > 0 {
            // SAFETY: allocated by `zeros` with the same layout.
            unsafe { dealloc(self.memory.as_ptr(), layout(self.bytes)) };
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
        for len in [1, 7, 1000, 300_000] {
            let mut arena = Arena::<f32>::zeros(len);
            assert_eq!(arena.as_slice(), vec![0.0; len]);
            assert_eq!(arena.as_mut_ptr() as usize % super::ALIGNMENT, 0);
            arena.as_mut_slice()[len - 1] = 2.0;
            assert_eq!(arena.clone().as_slice(), arena.as_slice());
        }
        assert_eq!(Arena::<f64>::zeros(0).len(), 0);
    }

    #[test]
    fn large_ones_begin_at_different_places_of_a_page() {
        let arenas: [Arena<f32>; 8] = std::array::from_fn(|_| Arena::zeros(300_000));
        let mut places = arenas.map(|mut arena| arena.as_mut_ptr() as usize % super::PAGE);
        places.sort_unstable();
        assert!(places.windows(2).all(|pair| pair[1] - pair[0] >= super::ALIGNMENT), "{places:?}");
    }
}
