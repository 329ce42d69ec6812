//! Memory of one thread for a pass over tiles.

use core::mem::MaybeUninit;
use core::ptr;

use super::loops::{MAX_CACHES, nowhere};
use super::sums::Lanes;
use super::tile_loops::{MAX_STREAMS, Streams};
use crate::real::Real;
use crate::tiled::LANES;

/// Weights that bring terms, or are gathered, or computed with a cache that does not exist, go through blocks of this
/// size: a multiple of the lanes.
pub(super) const BLOCK: usize = 512;

/// How many sums over the tensor and the model a pass may have, and how many over rows.
pub(super) const MAX_SUMS: usize = 32;

/// Memory for one thread's blocks.
pub(super) struct Memory<A> {
    weights: MaybeUninit<[A; BLOCK]>,
    gradients: MaybeUninit<[A; BLOCK]>,
    /// What caches that do not exist read and write.
    absent: [MaybeUninit<[A; BLOCK]>; MAX_CACHES],
    rows: [MaybeUninit<[A; BLOCK]>; MAX_STREAMS],
    columns: [MaybeUninit<[A; BLOCK]>; MAX_STREAMS],
    /// What the weights of a block bring to the sums.
    terms: [MaybeUninit<[A; BLOCK]>; MAX_STREAMS],
}

/// One thread's blocks, as pointers, and its sums of a tile and a row.
pub(super) struct Blocks<A> {
    pub(super) weights: *mut A,
    pub(super) gradients: *mut A,
    pub(super) absent: [*mut A; MAX_CACHES],
    pub(super) rows: [*mut A; MAX_STREAMS],
    pub(super) columns: [*mut A; MAX_STREAMS],
    pub(super) streams: Streams<A>,
    pub(super) tile_lanes: [Lanes; MAX_SUMS],
    pub(super) row_lanes: [Lanes; MAX_SUMS],
}

impl<A: Real> Memory<A> {
    /// Without gradients, those that are read are zeros.
    pub(super) fn new(gradients: bool, terms: usize) -> Self {
        let mut memory = Memory {
            weights: MaybeUninit::uninit(),
            gradients: MaybeUninit::uninit(),
            absent: [const { MaybeUninit::uninit() }; MAX_CACHES],
            rows: [const { MaybeUninit::uninit() }; MAX_STREAMS],
            columns: [const { MaybeUninit::uninit() }; MAX_STREAMS],
            terms: [const { MaybeUninit::uninit() }; MAX_STREAMS],
        };
        if !gradients {
            memory.gradients.write([A::zero(); BLOCK]);
        }
        for block in memory.terms.iter_mut().take(terms) {
            block.write([A::zero(); BLOCK]);
        }
        memory
    }

    /// As pointers, for as long as the memory stays where it is and nobody else touches it.
    pub(super) fn blocks(&mut self) -> Blocks<A> {
        let rows = self.rows.each_mut().map(|block| block.as_mut_ptr().cast::<A>());
        Blocks {
            weights: self.weights.as_mut_ptr().cast::<A>(),
            gradients: self.gradients.as_mut_ptr().cast::<A>(),
            absent: self.absent.each_mut().map(|block| block.as_mut_ptr().cast::<A>()),
            rows,
            columns: self.columns.each_mut().map(|block| block.as_mut_ptr().cast::<A>()),
            streams: Streams {
                weights: ptr::null_mut(),
                gradients: ptr::null(),
                caches: nowhere(),
                rows: rows.map(<*mut A>::cast_const),
                columns: [ptr::null(); MAX_STREAMS],
                terms: self.terms.each_mut().map(|block| block.as_mut_ptr().cast::<A>()),
            },
            tile_lanes: [[0.0; LANES]; MAX_SUMS],
            row_lanes: [[0.0; LANES]; MAX_SUMS],
        }
    }
}
