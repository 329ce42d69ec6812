//! A pass of a rule that is computed pass by pass ([`Tiled`]): over all tiles of all tensors, on threads.
//!
//! Every partial sum has a place of its own, so that nothing depends on who computes which tile.

use super::blocks::{MAX_BLOCKS, MAX_SUMS, Memory, Needs};
use super::grid::Tiling;
use super::loops::{MAX_CACHES, nowhere};
use super::mask::Mask;
use super::partials::{Partials, line_sums, tile_sums};
use super::sums::Adding;
use super::tensor::{Tensor, TensorMut};
use super::tile_loops::{Loop, MAX_PASSES, MAX_STREAMS, loop_of, terms_of};
use super::{Execution, pool};
use crate::levels::Levels;
use crate::real::Real;
use crate::rule::{CacheArray, Rule};
use crate::state::Arena;
use crate::tiled::{Level, Tiled};

/// The place of a cache that a tensor does not have.
pub(crate) const ABSENT: usize = usize::MAX;

/// What a rule computes once a step.
pub(crate) type OnceOf<R> = <<R as Rule>::Tiled as Tiled<R>>::Once;

/// Everything a pass needs. The lists of tensors hold every tensor of the model.
pub(crate) struct TilePass<'p, 'a, R: Rule, A: Real> {
    pub(crate) pass: usize,
    /// For each group, its rule and what it computes once a step.
    pub(crate) rules: &'p [R],
    pub(crate) once: &'p [OnceOf<R>],
    /// For each tensor that is updated, which elements move, if not all; empty where all move.
    pub(crate) masks: &'p [Option<Mask>],
    pub(crate) tiling: &'p Tiling,
    pub(crate) levels: &'p Levels,
    pub(crate) weights: &'p mut [TensorMut<'a, A>],
    /// Empty where the pass does not look at it: it is read as zeros then.
    pub(crate) gradients: &'p [Tensor<'a, A>],
    /// One for each cache.
    pub(crate) caches: &'p mut [Arena<A>],
    /// For each tensor that is updated, for each cache, where its first number stands; or [`ABSENT`].
    pub(crate) places: &'p [usize],
    /// What columns bring: for each of these numbers, all columns.
    pub(crate) columns: &'p [A],
    pub(crate) partials: &'p mut Partials,
    pub(crate) execution: Execution,
}

/// The blocks that a rule may need.
const fn needs<R: Rule, A: Real>() -> Needs {
    Needs {
        caches: R::Caches::<A>::COUNT,
        rows: <R::Tiled as Tiled<R>>::Row::<A>::COUNT,
        columns: <R::Tiled as Tiled<R>>::Col::<A>::COUNT,
        terms: <R::Tiled as Tiled<R>>::Terms::<A>::COUNT,
    }
}

/// How many terms a pass has, and how many sums: over the tensor or the model, over rows, over columns.
#[derive(Clone, Copy)]
pub(super) struct Counts {
    pub(super) terms: usize,
    pub(super) tile: usize,
    pub(super) row: usize,
    pub(super) col: usize,
}

impl Counts {
    fn of<R: Rule>(pass: usize) -> Self {
        Counts {
            terms: terms_of::<R>(pass),
            tile: tile_sums::<R>(pass).count(),
            row: line_sums::<R>(pass, Level::Row).count(),
            col: line_sums::<R>(pass, Level::Col).count(),
        }
    }
}

/// The pointers of a pass, for threads that each work on tiles of their own.
pub(super) struct Shared<'p, 'a, R: Rule, A: Real> {
    pub(super) pass: usize,
    pub(super) rules: &'p [R],
    pub(super) once: &'p [OnceOf<R>],
    pub(super) masks: &'p [Option<Mask>],
    pub(super) work: Loop<R, A>,
    pub(super) adding: Adding<A>,
    pub(super) counts: Counts,
    pub(super) moves: bool,
    pub(super) tiling: &'p Tiling,
    pub(super) levels: &'p Levels,
    pub(super) weights: &'p [TensorMut<'a, A>],
    pub(super) gradients: &'p [Tensor<'a, A>],
    pub(super) caches: [*mut A; MAX_CACHES],
    pub(super) places: &'p [usize],
    pub(super) columns: &'p [A],
    pub(super) tile_partials: *mut f64,
    pub(super) row_partials: *mut f64,
    pub(super) col_partials: *mut f64,
}

// SAFETY: threads work on disjoint tiles, hence on disjoint elements of every tensor and arena.
unsafe impl<R: Rule, A: Real> Sync for Shared<'_, '_, R, A> {}

impl<R: Rule, A: Real> TilePass<'_, '_, R, A> {
    /// Does the pass for every weight.
    pub(crate) fn run(self) {
        const {
            assert!(R::Tiled::PASSES.len() <= MAX_PASSES, "too many passes");
            assert!(R::Caches::<A>::COUNT <= MAX_CACHES, "too many caches");
            assert!(<R::Tiled as Tiled<R>>::Row::<A>::COUNT <= MAX_STREAMS, "too many numbers of a row");
            assert!(<R::Tiled as Tiled<R>>::Col::<A>::COUNT <= MAX_STREAMS, "too many numbers of a column");
            assert!(<R::Tiled as Tiled<R>>::Terms::<A>::COUNT <= MAX_STREAMS, "too many terms");
            let Needs { caches, rows, columns, terms } = needs::<R, A>();
            assert!(3 + caches + rows + columns + terms <= MAX_BLOCKS, "too many caches, terms, and numbers of lines");
        }
        let (pass, tiling) = (self.pass, self.tiling);
        // What the `unsafe` blocks below rely on, once a pass.
        let count = R::Caches::<A>::COUNT;
        assert!(self.caches.len() == count && self.places.len() == tiling.grids.len() * count);
        for (index, grid) in tiling.grids.iter().enumerate() {
            let places = &self.places[index * count..(index + 1) * count];
            let fits = |(&place, cache): (&usize, &Arena<A>)| place == ABSENT || place + grid.slot.len <= cache.len();
            assert!(places.iter().zip(self.caches.iter()).all(fits));
            assert!(grid.slot.len == self.weights[grid.slot.tensor].len());
            let mask = self.masks.get(index).and_then(Option::as_ref);
            assert!(mask.is_none_or(|mask| mask.len() == grid.slot.len));
            assert!(self.gradients.is_empty() || grid.slot.len == self.gradients[grid.slot.tensor].len());
        }
        let counts = Counts::of::<R>(pass);
        assert!(counts.tile <= MAX_SUMS && counts.row <= MAX_SUMS);
        assert!(counts.terms <= <R::Tiled as Tiled<R>>::Terms::<A>::COUNT);
        assert!(self.partials.tiles.len() >= tiling.tiles * counts.tile);
        assert!(self.partials.rows.len() >= tiling.row_pieces * counts.row);
        assert!(self.partials.cols.len() >= tiling.col_pieces * counts.col);
        let mut caches = nowhere();
        for (pointer, cache) in caches.iter_mut().zip(self.caches.iter_mut()) {
            *pointer = cache.as_mut_ptr();
        }
        let isa = self.execution.chosen_isa();
        let shared = Shared {
            pass,
            rules: self.rules,
            once: self.once,
            masks: self.masks,
            work: loop_of::<R, A>(isa, pass),
            adding: Adding::of(isa),
            counts,
            moves: R::Tiled::PASSES[pass].moves,
            tiling,
            levels: self.levels,
            weights: self.weights,
            gradients: self.gradients,
            caches,
            places: self.places,
            columns: self.columns,
            tile_partials: self.partials.tiles.as_mut_ptr(),
            row_partials: self.partials.rows.as_mut_ptr(),
            col_partials: self.partials.cols.as_mut_ptr(),
        };
        let chunks = tiling.chunks.len() - 1;
        let threads = self.execution.threads_for(tiling.weights);
        if threads == 1 {
            return shared.tiles(0, tiling.tiles);
        }
        pool::run(threads, chunks, &|chunk| shared.tiles(tiling.chunks[chunk], tiling.chunks[chunk + 1]));
    }
}

impl<R: Rule, A: Real> Shared<'_, '_, R, A> {
    /// The tiles `from..to` of all.
    fn tiles(&self, from: usize, to: usize) {
        let mut memory = Memory::new();
        let mut blocks = memory.blocks(const { needs::<R, A>() });
        let grids = &self.tiling.grids;
        let first = grids.partition_point(|grid| grid.first_tile + grid.tiles() <= from);
        for (tensor, grid) in grids.iter().enumerate().skip(first) {
            if grid.first_tile >= to {
                break;
            }
            if grid.slot.frozen {
                continue;
            }
            for tile in from.max(grid.first_tile)..to.min(grid.first_tile + grid.tiles()) {
                self.tile(tensor, grid, tile, &mut blocks);
            }
        }
    }
}
