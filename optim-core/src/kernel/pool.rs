//! Threads that wait for parts of a step.
//!
//! Own, and not `rayon`'s, for two reasons that a step depends on: handing work to `rayon` from outside its pool
//! allocates now and then (its queue grows by blocks), and a step allocates nothing; and waking a sleeping pool costs
//! more than a small step takes, so these threads look out for the next step for a moment before they sleep.
//!
//! A job is a closure over part numbers. Each thread has a share of them, the same in every job of as many parts: what it
//! has looked at in the last step is in its own caches. Whoever is done with its share helps the others; the caller takes
//! part. When another thread has the pool, the caller does all parts itself: the result is the same.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};

/// A share of a job, for the thread of this number.
type Task<'t> = dyn Fn(usize) + Sync + 't;

/// How many shares there are at most; more threads help with these.
const SHARES: usize = 64;

/// How often a thread looks for work before it sleeps: some tens of microseconds.
const LOOKS: usize = 4_000;

static POOL: Pool = Pool {
    owner: Mutex::new(()),
    ticket: AtomicU64::new(0),
    task: Slot(UnsafeCell::new(None)),
    finished: AtomicU32::new(0),
    workers: AtomicUsize::new(0),
    ready: AtomicUsize::new(0),
    sleepers: Mutex::new(0),
    wake: Condvar::new(),
};

struct Pool {
    /// Held by the thread whose job runs.
    owner: Mutex<()>,
    /// Which job, for how many workers, how many parts, and the next part: taken in one exchange, so that a part is
    /// only ever taken of the job that runs.
    ticket: AtomicU64,
    task: Slot,
    finished: AtomicU32,
    workers: AtomicUsize,
    /// The workers that have begun to look for work.
    ready: AtomicUsize,
    sleepers: Mutex<usize>,
    wake: Condvar,
}

struct Slot(UnsafeCell<Option<*const Task<'static>>>);

// SAFETY: written by the owner of the pool while no part is open, read by those who hold an open part.
unsafe impl Sync for Slot {}

/// 16 bits each, from the top: job, workers, parts, next part.
#[derive(Clone, Copy)]
struct Ticket(u64);

#[expect(clippy::cast_possible_truncation, reason = "the parts of a ticket have 16 bits")]
impl Ticket {
    const LIMIT: usize = u16::MAX as usize;

    fn new(job: u64, workers: usize, parts: usize) -> Self {
        Ticket(((job & 0xffff) << 48) | ((workers as u64) << 32) | ((parts as u64) << 16))
    }
    fn job(self) -> u64 {
        self.0 >> 48
    }
    fn workers(self) -> usize {
        usize::from((self.0 >> 32) as u16)
    }
    fn parts(self) -> usize {
        usize::from((self.0 >> 16) as u16)
    }
    fn next(self) -> usize {
        usize::from(self.0 as u16)
    }
}

/// Calls `task` with every number below `parts`, on up to `threads` threads, and returns when all have returned.
///
/// # Panics
/// When a part panics; all other parts have returned then.
pub(crate) fn run(threads: usize, parts: usize, task: &(dyn Fn(usize) + Sync)) {
    if threads <= 1 || parts <= 1 || threads > Ticket::LIMIT {
        return (0..parts).for_each(task);
    }
    let shares = threads.min(parts).min(SHARES);
    let first = |share: usize| share * parts / shares;
    let next: [AtomicUsize; SHARES] = std::array::from_fn(|share| AtomicUsize::new(first(share)));
    let panicked = Mutex::new(None);
    share(threads, shares, &|thread| {
        for share in (0..shares).map(|ahead| (thread + ahead) % shares) {
            // Looked at first, so that who comes late does not write to what others write to.
            while next[share].load(Ordering::Relaxed) < first(share + 1) {
                let part = next[share].fetch_add(1, Ordering::Relaxed);
                if part >= first(share + 1) {
                    break;
                }
                // Parts behind one that panics are done all the same.
                if let Err(panic) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| task(part))) {
                    panicked.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(panic);
                }
            }
        }
    });
    if let Some(panic) = panicked.into_inner().unwrap_or_else(PoisonError::into_inner) {
        std::panic::resume_unwind(panic);
    }
}

/// Calls `task`, which does not panic, as often as there are shares, with the numbers of the threads that call it.
fn share(threads: usize, shares: usize, task: &Task<'_>) {
    let serial = || (0..shares).for_each(|_| task(0));
    let Ok(owner) = POOL.owner.try_lock() else { return serial() };
    POOL.provide(threads - 1);

    // SAFETY: the pointer is used by holders of open parts only, and this function does not return, nor unwind, before
    // every part has been finished.
    let task = unsafe { std::mem::transmute::<&Task<'_>, &Task<'static>>(task) };
    let task: *const Task<'static> = task;
    // SAFETY: no part is open, so nobody reads the slot.
    unsafe { *POOL.task.0.get() = Some(task) };
    POOL.finished.store(0, Ordering::Relaxed);
    let job = Ticket(POOL.ticket.load(Ordering::Relaxed)).job().wrapping_add(1);
    POOL.ticket.store(Ticket::new(job, threads - 1, shares).0, Ordering::SeqCst);
    POOL.wake_sleepers();

    while POOL.take_part(None) {}
    let mut looks = 0;
    while (POOL.finished.load(Ordering::Acquire) as usize) < shares {
        looks += 1;
        if looks < LOOKS { std::hint::spin_loop() } else { std::thread::yield_now() }
    }
    drop(owner);
}

impl Pool {
    /// Starts workers until there are this many.
    fn provide(&'static self, wanted: usize) {
        while self.workers.load(Ordering::Relaxed) < wanted {
            let index = self.workers.fetch_add(1, Ordering::Relaxed);
            let builder = std::thread::Builder::new().name(format!("optim-{index}"));
            if builder.spawn(move || self.work(index)).is_err() {
                // Without the thread, the others do its parts.
                self.ready.fetch_add(1, Ordering::Relaxed);
            }
        }
        // A thread that begins allocates: it does so in the step that starts it, not in a later one.
        while self.ready.load(Ordering::Relaxed) < wanted {
            std::thread::yield_now();
        }
    }

    fn wake_sleepers(&self) {
        let sleepers = self.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
        if *sleepers > 0 {
            self.wake.notify_all();
        }
    }

    fn work(&self, index: usize) {
        self.ready.fetch_add(1, Ordering::Relaxed);
        loop {
            let mut looks = 0;
            while looks < LOOKS {
                if self.take_part(Some(index)) {
                    looks = 0;
                } else {
                    looks += 1;
                    std::hint::spin_loop();
                }
            }
            let mut sleepers = self.sleepers.lock().unwrap_or_else(PoisonError::into_inner);
            // A job that came after the last look would find nobody asleep: look once more, with the lock.
            if self.is_open(index) {
                continue;
            }
            *sleepers += 1;
            sleepers = self.wake.wait(sleepers).unwrap_or_else(PoisonError::into_inner);
            *sleepers -= 1;
        }
    }

    fn is_open(&self, index: usize) -> bool {
        let ticket = Ticket(self.ticket.load(Ordering::SeqCst));
        ticket.next() < ticket.parts() && index < ticket.workers()
    }

    /// Takes and does the next part, if there is one; the owner is no worker.
    fn take_part(&self, worker: Option<usize>) -> bool {
        let mut ticket = Ticket(self.ticket.load(Ordering::Acquire));
        loop {
            let closed = ticket.next() >= ticket.parts() || worker.is_some_and(|index| index >= ticket.workers());
            if closed {
                return false;
            }
            match self.ticket.compare_exchange_weak(ticket.0, ticket.0 + 1, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => break,
                Err(now) => ticket = Ticket(now),
            }
        }
        // SAFETY: a part of this job is open, so the owner has written the slot and does not write it again before the
        // part is finished.
        let task = unsafe { *self.task.0.get() };
        if let Some(task) = task {
            // SAFETY: the closure lives until every part is finished, and this one is not.
            let task = unsafe { &*task };
            task(worker.map_or(0, |index| index + 1));
        }
        self.finished.fetch_add(1, Ordering::Release);
        true
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::run;

    #[test]
    fn every_part_is_done_once() {
        for threads in [1, 2, 3, 8] {
            for parts in [0, 1, 2, 7, 100] {
                let counts: Vec<AtomicUsize> = (0..parts).map(|_| AtomicUsize::new(0)).collect();
                for _ in 0..50 {
                    run(threads, parts, &|part| {
                        counts[part].fetch_add(1, Ordering::Relaxed);
                    });
                }
                assert!(counts.iter().all(|count| count.load(Ordering::Relaxed) == 50));
            }
        }
    }

    #[test]
    fn several_callers_at_once_and_jobs_within_jobs() {
        let total = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        run(2, 4, &|_| {
                            run(2, 2, &|_| {
                                total.fetch_add(1, Ordering::Relaxed);
                            });
                        });
                    }
                });
            }
        });
        assert_eq!(total.load(Ordering::Relaxed), 4 * 100 * 4 * 2);
    }

    #[test]
    fn a_panic_reaches_the_caller_and_the_pool_lives_on() {
        for part in 0..4 {
            let result = std::panic::catch_unwind(|| {
                run(2, 4, &|this| assert_ne!(this, part, "on purpose"));
            });
            assert!(result.is_err());
        }
        let total = AtomicUsize::new(0);
        run(2, 10, &|_| {
            total.fetch_add(1, Ordering::Relaxed);
        });
        assert_eq!(total.load(Ordering::Relaxed), 10);
    }
}
