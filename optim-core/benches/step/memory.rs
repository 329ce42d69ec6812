//! Memory for the loops that rules are compared with, in the same kinds of allocation as theirs: weights and gradients
//! are one allocation a tensor, caches one for all tensors together.

use std::ops::Range;

use optim_core::private::ask_for_large_pages;

use crate::streams::Place;

/// The distance from where another array would begin within its page: arrays that begin at the same place within a
/// page of 4 KiB look like the same memory to a processor's store buffer. A multiple of a cache line, and no divisor
/// of 4096.
const SHIFT: usize = 1088;
const PAGE: usize = 4096;

/// From here on an allocation has pages of its own; smaller ones stand where the allocator puts them.
const LARGE: usize = 64 * 1024;

/// Numbers that begin at a chosen place within a page.
pub(crate) struct Placed<T> {
    numbers: Vec<T>,
    range: Range<usize>,
}

impl<T: Copy> Placed<T> {
    fn new(len: usize, nth: usize, mut number: impl FnMut() -> T) -> Self {
        let bytes = len * size_of::<T>();
        if bytes < LARGE {
            return Placed { numbers: (0..len).map(|_| number()).collect(), range: 0..len };
        }
        // Room for the rest of a page, and for the shift.
        let room = 2 * PAGE / size_of::<T>();
        let mut numbers = Vec::with_capacity(len + room);
        numbers.extend((0..len + room).map(|_| number()));
        let within = numbers.as_ptr() as usize % PAGE;
        let first = (PAGE - within + nth * SHIFT % PAGE) / size_of::<T>();
        Placed { numbers, range: first..first + len }
    }

    /// Where a number stands. Pointers to others stay good: no slice is made.
    fn pointer(&mut self, nth: usize) -> *mut T {
        self.numbers.as_mut_ptr().wrapping_add(self.range.start + nth)
    }

    pub(crate) fn as_mut_slice(&mut self) -> &mut [T] {
        &mut self.numbers[self.range.clone()]
    }
}

/// How many caches a rule of the catalogue has at most, scratch included.
const CACHES: usize = 6;

/// Weights, gradients, saved weights and caches of a set.
pub(crate) struct Memory<T> {
    /// Where the numbers of each tensor stand in an arena.
    pub(crate) ranges: Vec<Range<usize>>,
    pub(crate) weights: Vec<Placed<T>>,
    pub(crate) gradients: Vec<Placed<T>>,
    /// Saved weights first, then caches.
    pub(crate) arenas: Vec<Placed<T>>,
}

impl<T: Copy> Memory<T> {
    /// With so many caches, and numbers from a function.
    pub(crate) fn new(shapes: &[Vec<usize>], caches: usize, mut number: impl FnMut() -> T) -> Self {
        let lengths: Vec<usize> = shapes.iter().map(|shape| shape.iter().product()).collect();
        let mut end = 0;
        let ranges: Vec<_> = lengths.iter().map(|len| (end..end + len, end += len).0).collect();
        let mut tensors = |nth| lengths.iter().map(|&len| Placed::new(len, nth, &mut number)).collect();
        let (weights, gradients) = (tensors(0), tensors(1));
        let arenas: Vec<Placed<T>> = (0..=caches).map(|k| Placed::new(end, 2 + k, &mut number)).collect();
        for arena in arenas.iter().filter(|arena| size_of_val(&arena.numbers[..]) >= 1 << 20) {
            ask_for_large_pages(&arena.numbers);
        }
        Memory { ranges, weights, gradients, arenas }
    }

    /// As many caches as any rule of the catalogue needs.
    pub(crate) fn for_all_rules(shapes: &[Vec<usize>], number: impl FnMut() -> T) -> Self {
        Self::new(shapes, CACHES, number)
    }

    /// Where a number of a tensor stands in an array.
    pub(crate) fn pointer(&mut self, tensor: usize, place: Place, nth: usize) -> *mut T {
        let first = self.ranges[tensor].start;
        match place {
            Place::Weights => self.weights[tensor].pointer(nth),
            Place::Gradient => self.gradients[tensor].pointer(nth),
            Place::Saved => self.arenas[0].pointer(first + nth),
            Place::Cache(k) => self.arenas[1 + k].pointer(first + nth),
        }
    }
}
