//! Each thread on a processor of its own, while something is measured.
//!
//! Where a thread runs is up to the system: two may share a processor for some milliseconds, longer than a step,
//! before one of them is moved. Both sides of a comparison are spread in the same way, so that neither has the luck.
//! It also means that other work on a processor holds up the thread that is kept there. Does nothing but on Linux.
#![cfg_attr(target_os = "linux", expect(unsafe_code, reason = "a call of the C library, which `std` links"))]

/// Puts every thread of this process on a processor of its own, the first thread on the first.
#[cfg(target_os = "linux")]
pub(crate) fn spread() {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let mut threads: Vec<i32> = tasks.filter_map(|task| task.file_name().to_str()?.parse().ok()).collect();
    threads.sort_unstable();
    for (index, thread) in threads.into_iter().enumerate() {
        place(thread, index);
    }
}

/// Puts a thread, by its number or 0 for the one that calls, on the processor of this index.
#[cfg(target_os = "linux")]
pub(crate) fn place(thread: i32, index: usize) {
    /// As many processors as the C library's set of them has bits.
    const WORDS: usize = 16;
    unsafe extern "C" {
        fn sched_setaffinity(thread: i32, bytes: usize, mask: *const u64) -> i32;
    }
    let cpus = cpus();
    let Some(&cpu) = cpus.get(index % cpus.len().max(1)) else { return };
    let mut mask = [0_u64; WORDS];
    if let Some(word) = mask.get_mut(cpu / 64) {
        *word = 1 << (cpu % 64);
        // Refused where the thread has ended, or the system does not allow it: then it stays where it is.
        // SAFETY: the mask is as long as is said, and only read.
        unsafe { sched_setaffinity(thread, size_of_val(&mask), mask.as_ptr()) };
    }
}

/// The processors that this process had when it began.
#[cfg(target_os = "linux")]
fn cpus() -> &'static [usize] {
    static CPUS: std::sync::OnceLock<Vec<usize>> = std::sync::OnceLock::new();
    CPUS.get_or_init(|| {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap_or_default();
        let ranges = list.trim().split(',').filter_map(|range| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            Some(first.parse::<usize>().ok()?..=last.parse::<usize>().ok()?)
        });
        ranges.flatten().collect()
    })
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn spread() {
    place(0, 0);
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn place(_: i32, _: usize) {}
