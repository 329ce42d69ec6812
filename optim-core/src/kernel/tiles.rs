//! A pass of a rule that is computed pass by pass ([`Tiled`]): over all tiles of all tensors, on threads.
//!
//! A tile is computed row by row, in blocks; what the weights bring to the sums is written to blocks beside them and
//! added up by `sums.rs`, while it is still in the nearest cache. Every partial sum has a place of its own, so that
//! nothing depends on who computes which tile.

use core::mem::MaybeUninit;

use super::grid::{Grid, Tiling};
use super::loops::{MAX_CACHES, nowhere};
use super::partials::{Partials, line_sums, tile_sums};
use super::sums::{Adding, Lanes, by_halves};
use super::tensor::{Tensor, TensorMut};
use super::tile_loops::{Loop, MAX_PASSES, MAX_STREAMS, Streams, loop_of, terms_of};
use super::{Execution, pool, strided};
use crate::levels::Levels;
use crate::real::Real;
use crate::rule::{CacheArray, Rule};
use crate::state::Arena;
use crate::tiled::{LANES, Level, Numbers, Sum, SumKind, TILE_COLS, Tiled};

/// Weights that bring terms, or are gathered, or computed with a cache that does not exist, go through blocks of this
/// size: a multiple of the lanes.
const BLOCK: usize = 512;

/// How many sums over the tensor and the model a pass may have, and how many over rows.
const MAX_SUMS: usize = 32;

/// The place of a cache that a tensor does not have.
pub(crate) const ABSENT: usize = usize::MAX;

/// What a rule computes once a step.
pub(crate) type OnceOf<R> = <<R as Rule>::Tiled as Tiled<R>>::Once;

/// Everything a pass needs. The lists of tensors hold every tensor of the model.
pub(crate) struct TilePass<'p, 'a, R: Rule, A: Real> {
    pub(crate) pass: usize,
    pub(crate) rule: &'p R,
    pub(crate) once: OnceOf<R>,
    pub(crate) tiling: &'p Tiling,
    pub(crate) levels: &'p Levels,
    pub(crate) weights: &'p mut [TensorMut<'a, A>],
    /// Empty where the pass does not look at it: it is read as zeros then.
    pub(crate) gradients: &'p [Tensor<'a, A>],
    /// One for each cache.
    pub(crate) caches: &'p mut [Arena<A>],
    /// For each tensor that is updated, for each cache, where its first number stands; or [`ABSENT`].
    pub(crate) places: &'p [usize],
    /// What columns bring: for each matrix, for each of these numbers, the columns.
    pub(crate) columns: &'p [A],
    pub(crate) partials: &'p mut Partials,
    pub(crate) execution: Execution,
}

/// The pointers of a pass, for threads that each work on tiles of their own.
struct Shared<'p, 'a, R: Rule, A: Real> {
    pass: usize,
    rule: &'p R,
    once: OnceOf<R>,
    work: Loop<R, A>,
    adding: Adding<A>,
    moves: bool,
    tiling: &'p Tiling,
    levels: &'p Levels,
    weights: &'p [TensorMut<'a, A>],
    gradients: &'p [Tensor<'a, A>],
    caches: [*mut A; MAX_CACHES],
    places: &'p [usize],
    columns: &'p [A],
    tile_partials: *mut f64,
    row_partials: *mut f64,
    col_partials: *mut f64,
}

// SAFETY: threads work on disjoint tiles, hence on disjoint elements of every tensor and arena.
unsafe impl<R: Rule, A: Real> Sync for Shared<'_, '_, R, A> {}

impl<R: Rule, A: Real> TilePass<'_, '_, R, A> {
    /// Does the pass for every weight.
    pub(crate) fn run(self) {
        const {
            assert!(R::Tiled::PASSES.len() <= MAX_PASSES, "too many passes");
            assert!(R::Caches::<A>::COUNT <= MAX_CACHES, "too many caches");
            assert!(<R::Tiled as Tiled<R>>::Col::<A>::COUNT <= MAX_STREAMS, "too many numbers of a column");
            assert!(<R::Tiled as Tiled<R>>::Terms::<A>::COUNT <= MAX_STREAMS, "too many terms");
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
            assert!(self.gradients.is_empty() || grid.slot.len == self.gradients[grid.slot.tensor].len());
        }
        assert!(tile_sums::<R>(pass).count() <= MAX_SUMS && line_sums::<R>(pass, Level::Row).count() <= MAX_SUMS);
        assert!(terms_of::<R>(pass) <= <R::Tiled as Tiled<R>>::Terms::<A>::COUNT);
        let (tile_count, row_count) = (tile_sums::<R>(pass).count(), line_sums::<R>(pass, Level::Row).count());
        let col_count = line_sums::<R>(pass, Level::Col).count();
        assert!(self.partials.tiles.len() >= tiling.tiles * tile_count);
        assert!(self.partials.rows.len() >= tiling.row_pieces * row_count);
        assert!(self.partials.cols.len() >= tiling.col_pieces * col_count);
        let mut caches = nowhere();
        for (pointer, cache) in caches.iter_mut().zip(self.caches.iter_mut()) {
            *pointer = cache.as_mut_ptr();
        }
        let isa = self.execution.chosen_isa();
        let shared = Shared {
            pass,
            rule: self.rule,
            once: self.once,
            work: loop_of::<R, A>(isa, pass),
            adding: Adding::of(isa),
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

/// Memory for one thread's blocks.
struct Blocks<A> {
    weights: MaybeUninit<[A; BLOCK]>,
    gradients: MaybeUninit<[A; BLOCK]>,
    /// What caches that do not exist read and write.
    absent: [MaybeUninit<[A; BLOCK]>; MAX_CACHES],
    /// What the weights of a block bring to the sums.
    terms: [MaybeUninit<[A; BLOCK]>; MAX_STREAMS],
    tile_lanes: [Lanes; MAX_SUMS],
    row_lanes: [Lanes; MAX_SUMS],
}

/// A stretch of a row within a tile.
struct Stretch<'p> {
    grid: &'p Grid,
    /// Of the caches.
    places: &'p [usize],
    matrix: usize,
    row_tile: usize,
    /// Of the matrix.
    row: usize,
    col: usize,
    n: usize,
}

impl Stretch<'_> {
    /// The first element, in logical order.
    fn element(&self) -> usize {
        (self.matrix * self.grid.rows + self.row) * self.grid.cols + self.col
    }
}

impl<R: Rule, A: Real> Shared<'_, '_, R, A> {
    /// The tiles `from..to` of all.
    fn tiles(&self, from: usize, to: usize) {
        let mut blocks: Blocks<A> = Blocks {
            weights: MaybeUninit::uninit(),
            gradients: MaybeUninit::uninit(),
            absent: [const { MaybeUninit::uninit() }; MAX_CACHES],
            terms: [const { MaybeUninit::uninit() }; MAX_STREAMS],
            tile_lanes: [[0.0; LANES]; MAX_SUMS],
            row_lanes: [[0.0; LANES]; MAX_SUMS],
        };
        if self.gradients.is_empty() {
            blocks.gradients.write([A::zero(); BLOCK]);
        }
        for block in blocks.terms.iter_mut().take(terms_of::<R>(self.pass)) {
            block.write([A::zero(); BLOCK]);
        }
        let grids = &self.tiling.grids;
        let first = grids.partition_point(|grid| grid.first_tile + grid.tiles() <= from);
        for (tensor, grid) in grids.iter().enumerate().skip(first) {
            if grid.first_tile >= to {
                break;
            }
            for tile in from.max(grid.first_tile)..to.min(grid.first_tile + grid.tiles()) {
                self.tile(tensor, grid, tile, &mut blocks);
            }
        }
    }

    fn tile(&self, tensor: usize, grid: &Grid, tile: usize, blocks: &mut Blocks<A>) {
        let (above, col_tile) = ((tile - grid.first_tile) / grid.col_tiles, (tile - grid.first_tile) % grid.col_tiles);
        let (matrix, row_tile) = (above / grid.row_tiles, above % grid.row_tiles);
        let rows = row_tile * grid.tile_rows..((row_tile + 1) * grid.tile_rows).min(grid.rows);
        let cols = col_tile * TILE_COLS..((col_tile + 1) * TILE_COLS).min(grid.cols);
        let count = R::Caches::<A>::COUNT;
        let places = &self.places[tensor * count..(tensor + 1) * count];
        let at = self.levels.at(grid, tensor, matrix);
        let step = R::Tiled::step::<A>(self.rule, self.once, &at);

        // Blocks are for what needs them; the loop takes a whole row of the tile otherwise.
        let standard = self.weights[grid.slot.tensor].layout().is_standard()
            && self.gradients.get(grid.slot.tensor).is_some_and(|gradient| gradient.layout().is_standard());
        let whole = standard && terms_of::<R>(self.pass) == 0 && !places.contains(&ABSENT);
        let size = if whole { TILE_COLS } else { BLOCK };

        let tile_count = tile_sums::<R>(self.pass).count();
        blocks.tile_lanes[..tile_count].fill([0.0; LANES]);
        let row_count = line_sums::<R>(self.pass, Level::Row).count();
        for row in rows.clone() {
            let at = Numbers { row: self.levels.of(Level::Row, self.row_of(grid, matrix, row)), ..at };
            let brought = R::Tiled::row::<A>(self.rule, self.once, &at);
            blocks.row_lanes[..row_count].fill([0.0; LANES]);
            for col in cols.clone().step_by(size) {
                let n = size.min(cols.end - col);
                let stretch = Stretch { grid, places, matrix, row_tile, row, col, n };
                self.block(&step, &brought, &stretch, blocks);
                self.add(&stretch, row == rows.start, blocks);
            }
            for (s, sum) in line_sums::<R>(self.pass, Level::Row).enumerate() {
                let piece = grid.first_row_piece + (matrix * grid.rows + row) * grid.col_tiles + col_tile;
                let total = by_halves(sum.kind, blocks.row_lanes[s]);
                // SAFETY: a piece of a row of this tile, for which the arena has a number for each sum.
                let place = unsafe { self.row_partials.add(piece * row_count + s) };
                // SAFETY: as above; no other thread has this tile.
                unsafe { *place = total };
            }
        }
        for (s, sum) in tile_sums::<R>(self.pass).enumerate() {
            let total = by_halves(sum.kind, blocks.tile_lanes[s]);
            // SAFETY: the arena has a number for each sum of each tile.
            let place = unsafe { self.tile_partials.add(tile * tile_count + s) };
            // SAFETY: as above; no other thread has this tile.
            unsafe { *place = total };
        }
    }

    /// Where the numbers of a row stand; a rule that knows no rows has none of them.
    fn row_of(&self, grid: &Grid, matrix: usize, row: usize) -> usize {
        grid.first_row + matrix * grid.rows + row
    }

    /// The rule's function for the weights of a block.
    fn block(
        &self,
        step: &R::Step<A>,
        row: &<R::Tiled as Tiled<R>>::Row<A>,
        stretch: &Stretch<'_>,
        blocks: &mut Blocks<A>,
    ) {
        let (from, n) = (stretch.element(), stretch.n);
        let weights = &self.weights[stretch.grid.slot.tensor];
        let in_place = weights.layout().is_standard();
        let block = if in_place {
            // SAFETY: `from` is an element of the tensor, whose elements lie side by side.
            unsafe { weights.pointer().add(from) }
        } else {
            let block: *mut A = blocks.weights.as_mut_ptr().cast();
            // SAFETY: the tensor is live and has `from + n` elements; the block takes up to `BLOCK`.
            unsafe { strided::gather(&weights.layout(), weights.pointer().cast_const(), from, n, block) };
            block
        };
        let gradients = self.gradient(stretch, blocks);
        let streams = Streams {
            weights: block,
            gradients,
            caches: self.caches_at(stretch, blocks),
            columns: self.columns_at(stretch),
            terms: blocks.terms.each_mut().map(|block| block.as_mut_ptr().cast()),
        };
        // SAFETY: `n` numbers stand behind each pointer that the pass uses: a tensor's or a block's (`n` is at most
        // `BLOCK` then), the arenas', and those of the columns. All are different memory, and what is written is this
        // thread's alone.
        unsafe { (self.work)(step, row, &streams, n) };
        if self.moves && !in_place {
            // SAFETY: the tensor is live, borrowed exclusively and has `from + n` elements; the block holds `n`.
            unsafe { strided::scatter(&weights.layout(), block.cast_const(), from, n, weights.pointer()) };
        }
    }

    fn gradient(&self, stretch: &Stretch<'_>, blocks: &mut Blocks<A>) -> *const A {
        let block: *mut A = blocks.gradients.as_mut_ptr().cast();
        let Some(gradient) = self.gradients.get(stretch.grid.slot.tensor) else { return block };
        let from = stretch.element();
        if gradient.layout().is_standard() {
            // SAFETY: `from` is an element of the tensor, whose elements lie side by side.
            return unsafe { gradient.pointer().add(from) };
        }
        // SAFETY: the gradient is live and has the weights' shape; the block takes up to `BLOCK`.
        unsafe { strided::gather(&gradient.layout(), gradient.pointer(), from, stretch.n, block) };
        block
    }

    /// The caches of a stretch; a block of zeros for those that do not exist.
    fn caches_at(&self, stretch: &Stretch<'_>, blocks: &mut Blocks<A>) -> [*mut A; MAX_CACHES] {
        let mut caches = self.caches;
        for ((k, cache), &place) in caches.iter_mut().enumerate().zip(stretch.places) {
            if place == ABSENT {
                *cache = blocks.absent[k].as_mut_ptr().cast();
                // SAFETY: the block takes the `n` numbers of a stretch, and all bits zero is a number. A pass before may
                // have written to it.
                unsafe { cache.write_bytes(0, stretch.n) };
            } else {
                // SAFETY: from its place on, the arena holds the tensor's numbers.
                *cache = unsafe { cache.add(place + stretch.element()) };
            }
        }
        caches
    }

    fn columns_at(&self, stretch: &Stretch<'_>) -> [*const A; MAX_STREAMS] {
        let (grid, count) = (stretch.grid, <R::Tiled as Tiled<R>>::Col::<A>::COUNT);
        let mut columns = [core::ptr::null(); MAX_STREAMS];
        for (k, column) in columns.iter_mut().enumerate().take(count) {
            let first = (grid.first_col + stretch.matrix * grid.cols) * count + k * grid.cols + stretch.col;
            *column = self.columns[first..first + stretch.n].as_ptr();
        }
        columns
    }

    /// Adds what the weights of a block have brought.
    fn add(&self, stretch: &Stretch<'_>, first_row: bool, blocks: &mut Blocks<A>) {
        let Blocks { terms, tile_lanes, row_lanes, .. } = blocks;
        let terms_of = |sum: &Sum| {
            let stream = |k: usize| {
                // SAFETY: the terms of the pass were written when the blocks were made.
                let block: &[A; BLOCK] = unsafe { terms[k].assume_init_ref() };
                &block[..stretch.n]
            };
            let next = if sum.kind == SumKind::Products { sum.term + 1 } else { sum.term };
            (stream(sum.term), stream(next))
        };
        for (sum, lanes) in tile_sums::<R>(self.pass).zip(tile_lanes.iter_mut()) {
            let (terms, next) = terms_of(sum);
            self.adding.to_lanes(sum.kind, terms, next, lanes);
        }
        for (sum, lanes) in line_sums::<R>(self.pass, Level::Row).zip(row_lanes.iter_mut()) {
            let (terms, next) = terms_of(sum);
            self.adding.to_lanes(sum.kind, terms, next, lanes);
        }
        let (grid, count) = (stretch.grid, line_sums::<R>(self.pass, Level::Col).count());
        for (s, sum) in line_sums::<R>(self.pass, Level::Col).enumerate() {
            let line = grid.first_col_piece + (stretch.matrix * grid.row_tiles + stretch.row_tile) * grid.cols;
            // SAFETY: the arena has a number for each sum and each piece of a column.
            let place = unsafe { self.col_partials.add(line * count + s * grid.cols + stretch.col) };
            // SAFETY: as above; these columns of this line of tiles are this thread's alone.
            let columns = unsafe { core::slice::from_raw_parts_mut(place, stretch.n) };
            if first_row {
                columns.fill(0.0);
            }
            let (terms, next) = terms_of(sum);
            self.adding.to_columns(sum.kind, terms, next, columns);
        }
    }
}
