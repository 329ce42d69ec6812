//! Large pages: a step over large arrays looks up an address for every 4 KiB of each, and waits for it.

/// From this size on it matters in which pages an array stands.
pub(crate) const LARGE: usize = 1 << 20;

/// What the small pages of every processor divide.
#[cfg(target_os = "linux")]
const GRAIN: usize = 64 * 1024;

/// What is asked of the system.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    /// Large pages for what has not been written yet.
    Begin,
    /// Large pages also in place of those that are there.
    Move,
}

/// Asks for large pages, where the system gives them to those who ask. Whether it does makes no difference but in time:
/// what stands there stays, and an address that is no memory of ours is passed over.
#[cfg(target_os = "linux")]
pub(crate) fn ask(memory: *const u8, bytes: usize, wish: Wish) {
    // Of the C library, which the standard library is linked with.
    unsafe extern "C" {
        fn madvise(start: *mut u8, length: usize, advice: core::ffi::c_int) -> core::ffi::c_int;
    }
    const MADV_HUGEPAGE: core::ffi::c_int = 14;
    const MADV_COLLAPSE: core::ffi::c_int = 25;
    // A large page begins at a multiple of its size, so that nothing is lost.
    let skipped = (memory as usize).next_multiple_of(GRAIN) - memory as usize;
    let length = bytes.saturating_sub(skipped) / GRAIN * GRAIN;
    if length == 0 {
        return;
    }
    let start = memory.wrapping_add(skipped).cast_mut();
    // SAFETY: the advice changes nothing of what stands in the pages.
    let _ = unsafe { madvise(start, length, MADV_HUGEPAGE) };
    if wish == Wish::Move {
        // SAFETY: as above. Older systems do not know it, and do the same in their own time.
        let _ = unsafe { madvise(start, length, MADV_COLLAPSE) };
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn ask(_: *const u8, _: usize, _: Wish) {}

/// For what nobody has written yet, or only the system: the allocator mostly gives large arrays zeros that are such.
pub(crate) fn begin<T>(memory: &[T]) {
    let bytes = size_of_val(memory);
    if bytes >= LARGE {
        ask(memory.as_ptr().cast(), bytes, Wish::Begin);
    }
}

#[cfg(test)]
mod tests {
    use super::{LARGE, Wish, ask};

    #[test]
    fn what_stands_there_stays() {
        // 8 MiB: whole large pages, wherever it begins.
        let numbers: Vec<u32> = (0..).take(2 * LARGE).collect();
        for (first, end) in [(0, numbers.len()), (3, numbers.len() - 5), (5, 6), (7, 7)] {
            let part = &numbers[first..end];
            ask(part.as_ptr().cast(), size_of_val(part), Wish::Begin);
            ask(part.as_ptr().cast(), size_of_val(part), Wish::Move);
        }
        assert!((0..).zip(&numbers).all(|(k, number)| k == *number));
    }
}
