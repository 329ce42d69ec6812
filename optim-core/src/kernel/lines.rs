//! Work on lists of numbers, one place after the other, on threads: those of rows and columns may be long.

use super::{Execution, pool};

/// So many places are worth a thread.
const WORTH_A_THREAD: usize = 8 * 1024;

/// A list that threads take stretches of.
struct Shared<T>(*mut T);

// SAFETY: threads take disjoint stretches.
unsafe impl<T: Send> Sync for Shared<T> {}

impl<T> Shared<T> {
    /// Where the list begins; by a method, so that closures hold the whole.
    fn start(&self) -> *mut T {
        self.0
    }
}

/// Calls `f` with stretches of a list that has `size` numbers a place: which place is the first, and the numbers.
pub(crate) fn stretches<T: Send>(
    list: &mut [T],
    size: usize,
    execution: Execution,
    f: impl Fn(usize, &mut [T]) + Sync,
) {
    if size == 0 || list.is_empty() {
        return;
    }
    let threads = execution.threads_for_work(list.len() / size, WORTH_A_THREAD);
    shared(list, size, threads, f);
}

/// The same on so many threads.
pub(super) fn shared<T: Send>(list: &mut [T], size: usize, threads: usize, f: impl Fn(usize, &mut [T]) + Sync) {
    let places = list.len() / size;
    let threads = threads.min(places);
    if threads <= 1 {
        return f(0, list);
    }
    let share = places.div_ceil(threads);
    let shared = Shared(list.as_mut_ptr());
    pool::run(threads, places.div_ceil(share), &|part| {
        let (first, end) = (part * share, ((part + 1) * share).min(places));
        // SAFETY: parts begin within the list.
        let start = unsafe { shared.start().add(first * size) };
        // SAFETY: the places from `first` to `end` are part of the list, and of no other part.
        let stretch = unsafe { core::slice::from_raw_parts_mut(start, (end - first) * size) };
        f(first, stretch);
    });
}

#[cfg(test)]
mod tests {
    use super::stretches;
    use crate::kernel::Execution;

    #[test]
    fn every_place_is_visited_once() {
        for threads in [1, 2, 3, 7] {
            for places in [0, 1, 2, 10, 100] {
                let mut list = vec![0.0; places * 3];
                stretches(&mut list, 3, Execution::default().threads(threads), |first, stretch| {
                    for (i, numbers) in stretch.chunks_exact_mut(3).enumerate() {
                        numbers[1] += (first + i) as f64;
                        numbers[2] += 1.0;
                    }
                });
                let expected: Vec<f64> = (0..places).flat_map(|i| [0.0, i as f64, 1.0]).collect();
                assert_eq!(list, expected);
            }
        }
        stretches(&mut [0.0; 0], 0, Execution::default(), |_, _| unreachable!());
    }
}
