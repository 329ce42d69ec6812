//! Reading ahead: loops that compute more than a few operations a weight leave gaps in the stream of memory, which asking
//! for lines in good time closes. It costs nothing where the numbers are in a cache already.

use core::ops::Range;

/// A cache line.
const LINE: usize = 64;

/// How many bytes of each stream a loop goes through between two looks ahead: four cache lines.
pub(super) const STRIDE: usize = 256;

/// How far ahead, in bytes: with less the lines come too late, with more they push out others.
pub(super) const AHEAD: usize = 2048;

/// The numbers of type `A` below `n`, in stretches between which a loop reads ahead, and whether it is to.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
pub(super) fn strides<A>(n: usize) -> (impl Iterator<Item = Range<usize>>, bool) {
    let size = STRIDE / size_of::<A>();
    let strides = (0..n).step_by(size).map(move |from| from..(from + size).min(n));
    (strides, n * size_of::<A>() >= AHEAD)
}

/// Asks for the lines of a stream that a loop will need soon, where it is at number `i`.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
pub(super) fn read_ahead<A>(stream: *const A, i: usize) {
    let place = stream.wrapping_add(i).cast::<u8>().wrapping_add(AHEAD);
    for line in 0..STRIDE / LINE {
        ask_for(place.wrapping_add(line * LINE));
    }
}

/// How far ahead sums read that nothing else goes beside, in bytes: with two caches asked, their lines come a seventh earlier
/// than with the nearest alone. Beside loops that write they come later.
const SOON: usize = 1024;
const LATER: usize = 4096;

/// Asks for the lines of a stream that a sum reads, which is at this place: those that it needs soon into the nearest cache,
/// those that it needs later into the next.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
pub(super) fn read_far_ahead<A>(place: *const A) {
    let place = place.cast::<u8>();
    for line in 0..STRIDE / LINE {
        ask_for(place.wrapping_add(SOON + line * LINE));
        ask_for_later(place.wrapping_add(LATER + line * LINE));
    }
}

/// What stands behind a stream of a loop, where that is not what the loop works on: codes that come in blocks.
#[derive(Clone, Copy)]
pub(super) struct Behind {
    place: *const u8,
    /// Bytes for each number of the loop.
    bytes: usize,
}

// SAFETY: nothing is read or written behind the pointer.
unsafe impl Sync for Behind {}

impl Behind {
    /// Nothing.
    pub(super) const NOTHING: Behind = Behind { place: core::ptr::null(), bytes: 0 };

    /// What the loop will need next stands from here on.
    pub(super) fn next<T>(place: *const T) -> Self {
        Behind { place: place.cast(), bytes: size_of::<T>() }
    }

    /// Asks for its part of what comes next, where the loop is at number `i`, of type `A`.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a part of the loops")]
    pub(super) fn read_ahead<A>(self, i: usize) {
        let place = self.place.wrapping_add(i.wrapping_mul(self.bytes));
        for line in 0..STRIDE / LINE {
            if line * LINE < (STRIDE / size_of::<A>()).wrapping_mul(self.bytes) {
                ask_for(place.wrapping_add(line * LINE));
            }
        }
    }
}

/// Asks for a line, to be in the nearest cache. It need not be there: it is a hint.
#[inline]
pub(super) fn ask_for(place: *const u8) {
    #[cfg(target_arch = "x86_64")]
    {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: nothing is read: a place that is no memory of ours is passed over.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(place.cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}

/// The same, to be in the cache behind the nearest.
#[inline]
fn ask_for_later(place: *const u8) {
    #[cfg(target_arch = "x86_64")]
    {
        use core::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        // SAFETY: as in `ask_for`.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(place.cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = place;
}
