//! Reading ahead: loops that compute more than a few operations a weight leave gaps in the stream of memory, which asking
//! for lines in good time closes. It costs nothing where the numbers are in a cache already.

use core::ops::Range;

/// How many bytes of each stream a loop goes through between two looks ahead: four cache lines.
pub(super) const STRIDE: usize = 256;

/// How far ahead, in bytes: with less the lines come too late, with more they push out others.
const AHEAD: usize = 2048;

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
    #[cfg(target_arch = "x86_64")]
    for line in 0..STRIDE / 64 {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let place = stream.cast::<i8>().wrapping_add(i * size_of::<A>() + AHEAD + line * 64);
        // SAFETY: nothing is read: a place that is no memory of ours is passed over.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(place) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (stream, i);
}
