//! An allocator that counts: of the calling thread, and of all.
#![allow(unsafe_code, dead_code, reason = "a counting allocator is one; each test asks one of the two")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicUsize, Ordering};

struct Counting;

static OF_ALL: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static OF_THIS: Cell<usize> = const { Cell::new(0) };
}

fn count() {
    OF_ALL.fetch_add(1, Ordering::Relaxed);
    OF_THIS.with(|count| count.set(count.get() + 1));
}

// SAFETY: every call goes to the system's allocator as it is.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps to the contract, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps to the contract, which is the same.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller keeps to the contract, which is the same.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller keeps to the contract, which is the same.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// How often `f` allocates on this thread.
pub(crate) fn of_this_thread(f: impl FnOnce()) -> usize {
    let before = OF_THIS.get();
    f();
    OF_THIS.get() - before
}

/// How often anything allocates while `f` runs; for programs of one test, whose runner has no threads.
pub(crate) fn of_all_threads(f: impl FnOnce()) -> usize {
    let before = OF_ALL.load(Ordering::Relaxed);
    f();
    OF_ALL.load(Ordering::Relaxed) - before
}
