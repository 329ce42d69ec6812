//! Asking for memory before it is needed: a pass in blocks computes for longer than the processor looks ahead by itself.

/// A cache line.
const LINE: usize = 64;

/// Asks for `n` numbers from `pointer` on. They need not be there: it is a hint.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(super) fn prefetch<T>(pointer: *const T, n: usize) {
    use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
    for line in 0..(n * size_of::<T>()).div_ceil(LINE) {
        let place = pointer.cast::<i8>().wrapping_add(line * LINE);
        // SAFETY: a hint reads nothing, wherever it points.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(place) };
    }
}

#[cfg(not(target_arch = "x86_64"))]
#[inline]
pub(super) fn prefetch<T>(_: *const T, _: usize) {}
