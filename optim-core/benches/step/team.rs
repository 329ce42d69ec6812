//! Threads that take steps together, for the loops that rules are compared with.
//!
//! The threads live for one measurement and wait for each other by looking, never by sleeping: starting or waking one
//! takes longer than a small step, and is no part of a floor. Each has a processor of its own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use crate::measure::Count;
use crate::pin;

/// Seconds of each of `count` steps, of which every thread does its part: `f(thread, part)` for all parts in order, and
/// all threads have done a part before one begins the next. The steps before them are not timed.
pub(crate) fn time(threads: usize, parts: usize, count: Count, f: impl Fn(usize, usize) + Sync) -> f64 {
    let arrived = AtomicUsize::new(0);
    // How often everybody has waited: the barrier is open when all have.
    let wait = |round: &mut usize| {
        if threads == 1 {
            return;
        }
        *round += 1;
        arrived.fetch_add(1, Ordering::AcqRel);
        let mut looks = 0_u32;
        while arrived.load(Ordering::Acquire) < *round * threads {
            looks += 1;
            // On a machine with other work the other thread may not run at all.
            if looks < 20_000 { std::hint::spin_loop() } else { std::thread::yield_now() }
        }
    };
    let steps = |thread: usize| {
        let mut round = 0;
        let step = |round: &mut usize| {
            for part in 0..parts {
                f(thread, part);
                wait(round);
            }
        };
        (0..count.warm).for_each(|_| step(&mut round));
        // Everybody is there before anything is timed.
        wait(&mut round);
        let start = Instant::now();
        (0..count.steps).for_each(|_| step(&mut round));
        start.elapsed().as_secs_f64() / count.steps as f64
    };
    pin::place(0, 0);
    std::thread::scope(|scope| {
        for thread in 1..threads {
            scope.spawn(move || {
                pin::place(0, thread);
                steps(thread)
            });
        }
        steps(0)
    })
}

/// The share of a thread: from which number to which, cut at cache lines.
pub(crate) fn share(len: usize, thread: usize, threads: usize) -> std::ops::Range<usize> {
    let each = len.div_ceil(threads).next_multiple_of(64);
    (thread * each).min(len)..((thread + 1) * each).min(len)
}
