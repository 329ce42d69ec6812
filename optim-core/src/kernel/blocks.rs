//! Memory of one thread for a pass over tiles.

use core::mem::MaybeUninit;
use core::ptr;

use super::ahead::Behind;
use super::loops::{MAX_CACHES, nowhere};
use super::sums::Lanes;
use super::tile_loops::{MAX_STREAMS, Streams};
use crate::real::Real;
use crate::tiled::LANES;

/// Weights that bring terms, or are looked at more than once, or gathered, or computed with a cache that does not exist, go
/// through blocks of this size: a multiple of the lanes.
pub(super) const BLOCK: usize = 512;

/// How many blocks a thread has: three for weights, gradients and old weights, the others for the streams of the rule together. They
/// stand on the stack, which is why there are not more.
pub(super) const MAX_BLOCKS: usize = 35;

/// How many sums over the tensor and the model a pass may have, and how many over rows.
pub(super) const MAX_SUMS: usize = 32;

/// How many streams of each kind a rule has that may need blocks.
#[derive(Clone, Copy)]
pub(super) struct Needs {
    pub(super) caches: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) terms: usize,
    /// Whether caches are read into blocks: these are numbers from the beginning.
    pub(super) coded: bool,
}

/// Memory for one thread's blocks.
pub(super) struct Memory<A>([MaybeUninit<[A; BLOCK]>; MAX_BLOCKS]);

/// One thread's blocks, as pointers, and its sums of a tile and a row.
pub(super) struct Blocks<A> {
    pub(super) weights: *mut A,
    pub(super) gradients: *mut A,
    /// Weights as they were before the rule, where some of them do not move.
    pub(super) old: *mut A,
    /// What caches that do not exist read and write. Of those that are kept exactly, the numbers before the rule, where
    /// some do not move; of the others, the numbers.
    pub(super) absent: [*mut A; MAX_CACHES],
    pub(super) rows: [*mut A; MAX_STREAMS],
    pub(super) columns: [*mut A; MAX_STREAMS],
    /// What a loop gets; the terms, what the weights of a block bring to the sums, are always these blocks.
    pub(super) streams: Streams<A>,
    pub(super) tile_lanes: [Lanes; MAX_SUMS],
    pub(super) row_lanes: [Lanes; MAX_SUMS],
}

impl<A: Real> Memory<A> {
    pub(super) fn new() -> Self {
        Memory([const { MaybeUninit::uninit() }; MAX_BLOCKS])
    }

    /// As pointers, for as long as the memory stays where it is and nobody else touches it. Terms and weights begin as
    /// zeros, since loops get slices of them, and so do gradients: they stay zeros where none are given.
    ///
    /// # Panics
    /// When there are not so many blocks.
    pub(super) fn blocks(&mut self, needs: Needs) -> Blocks<A> {
        let mut blocks = self.0.iter_mut();
        let mut next = |zeros: bool| {
            let block = blocks.next().expect("as many blocks as a rule may need");
            if zeros {
                block.write([A::zero(); BLOCK]);
            }
            block.as_mut_ptr().cast::<A>()
        };
        let (weights, gradients, old) = (next(true), next(true), next(needs.coded));
        let mut absent = nowhere();
        absent.iter_mut().take(needs.caches).for_each(|block| *block = next(needs.coded));
        let [mut rows, mut columns, mut terms] = [[ptr::null_mut(); MAX_STREAMS]; 3];
        rows.iter_mut().take(needs.rows).for_each(|block| *block = next(false));
        columns.iter_mut().take(needs.columns).for_each(|block| *block = next(false));
        terms.iter_mut().take(needs.terms).for_each(|block| *block = next(true));
        let streams = Streams {
            weights: ptr::null_mut(),
            gradients: ptr::null(),
            caches: nowhere(),
            backing: [Behind::NOTHING; MAX_CACHES],
            rows,
            columns: [ptr::null_mut(); MAX_STREAMS],
            terms,
        };
        let lanes = [[0.0; LANES]; MAX_SUMS];
        Blocks { weights, gradients, old, absent, rows, columns, streams, tile_lanes: lanes, row_lanes: lanes }
    }
}
