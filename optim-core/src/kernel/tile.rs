//! One tile of a pass: row by row, in blocks.
//!
//! What the weights bring to the sums is written to blocks beside them and added up by `tile_sums.rs`, while it is still in
//! the nearest cache.

use core::ops::Range;
use core::{ptr, slice};

use super::ahead::Behind;
use super::blocks::{BLOCK, Blocks};
use super::grid::Grid;
use super::loops::MAX_CACHES;
use super::mask::Mask;
use super::store::Cuts;
use super::strided;
use super::sums::by_halves;
use super::tile_loops::MAX_STREAMS;
use super::tiles::{ABSENT, Shared};
use crate::real::Real;
use crate::tiled::{LANES, Level, Numbers, TILE_COLS};

/// A tile of a tensor.
pub(super) struct Tile<'p> {
    pub(super) grid: &'p Grid,
    /// Of the tensor's caches.
    pub(super) places: &'p [usize],
    /// Of those that are not kept exactly.
    pub(super) cuts: Cuts,
    /// Which elements move, if not all.
    pub(super) mask: Option<&'p Mask>,
    /// The caches that it does not have are those that need a condition: the loop passes over them.
    pub(super) bare: bool,
    pub(super) matrix: usize,
    /// Which of the matrix's lines of tiles, and which tile of the line.
    pub(super) line: usize,
    pub(super) nth: usize,
    pub(super) rows: Range<usize>,
    pub(super) cols: Range<usize>,
}

/// What a loop gets at once: a part of a row of a tile, or several rows that are as wide as their matrix.
pub(super) struct Block {
    pub(super) row: usize,
    pub(super) rows: usize,
    pub(super) col: usize,
    pub(super) cols: usize,
}

impl Tile<'_> {
    /// The first element of a block, in logical order.
    fn element(&self, block: &Block) -> usize {
        (self.matrix * self.grid.rows + block.row) * self.grid.cols + block.col
    }
}

impl<A: Real> Shared<'_, '_, A> {
    /// The tile of this number, of all; it is one of this tensor.
    pub(super) fn tile(&self, tensor: usize, grid: &Grid, number: usize, blocks: &mut Blocks<A>) {
        let within = number - grid.first_tile;
        let (above, col_tile) = (within / grid.col_tiles, within % grid.col_tiles);
        let (matrix, row_tile) = (above / grid.row_tiles, above % grid.row_tiles);
        let rows = row_tile * grid.tile_rows..((row_tile + 1) * grid.tile_rows).min(grid.rows);
        let cols = col_tile * TILE_COLS..((col_tile + 1) * TILE_COLS).min(grid.cols);
        let caches = self.plan.caches;
        let places = &self.places[tensor * caches..(tensor + 1) * caches];
        let mask = self.masks.get(tensor).and_then(Option::as_ref);
        let bare = places.iter().enumerate().all(|(k, &place)| (self.optional >> k & 1 == 1) == (place == ABSENT));
        let cuts = Cuts::of_grid(grid);
        let tile = Tile { grid, places, cuts, mask, bare, matrix, line: row_tile, nth: col_tile, rows, cols };
        let at = self.levels.at(grid, tensor, matrix);
        self.rule.with_step(grid.slot.group, &at, &mut |step| self.tile_with(step, &tile, number, &at, blocks));
    }

    /// The tile, with the scalars of its matrix.
    fn tile_with(&self, step: *const (), tile: &Tile<'_>, number: usize, at: &Numbers<'_>, blocks: &mut Blocks<A>) {
        let width = tile.cols.len();
        // Short rows that lie side by side go through the loop together.
        let together = if width == tile.grid.cols { (BLOCK / width).clamp(1, tile.rows.len()) } else { 1 };
        // The loop goes through a piece, and then each sum: of little ones, they find the nearest cache.
        let (stays, sweeps) = (self.needs_no_block(tile), self.counts.sweeps + usize::from(self.has_loop()));
        let size = if stays && sweeps < 2 { TILE_COLS } else { BLOCK };
        // A loop has asked for what it looks at, and blocks are near.
        let ahead = stays && !self.has_loop();
        self.columns_together(tile, together, blocks);
        blocks.tile_lanes[..self.counts.tile].fill([0.0; LANES]);
        for row in tile.rows.clone().step_by(together) {
            let rows = together.min(tile.rows.end - row);
            self.bring_rows(tile, row..row + rows, at, blocks);
            for col in tile.cols.clone().step_by(size) {
                let block = Block { row, rows, col, cols: size.min(tile.cols.end - col) };
                self.block(step, tile, &block, together, blocks);
                self.add(tile, &block, ahead, blocks);
                let range = (tile.element(&block), block.rows * block.cols);
                // SAFETY: the gradient has the weights' shape, and these elements are this thread's alone.
                unsafe { self.riding.clear(self.gradients, tile.grid.slot.tensor, range, blocks.gradients) };
            }
        }
        for (s, sum) in self.plan.tile_sums(self.pass).enumerate() {
            let total = by_halves(sum.kind, blocks.tile_lanes[s]);
            // SAFETY: the arena has a number for each sum of each tile.
            let place = unsafe { self.tile_partials.add(number * self.counts.tile + s) };
            // SAFETY: as above; no other thread has this tile.
            unsafe { *place = total };
        }
    }

    /// Whether the pass does anything but add up what stands in memory.
    pub(super) fn has_loop(&self) -> bool {
        self.counts.computed != 0 || self.looks.moves || self.looks.writes != 0
    }

    /// Whether a loop may take a whole row of the tile: all it reads and writes stands in the tensors and arenas.
    fn needs_no_block(&self, tile: &Tile<'_>) -> bool {
        let tensor = tile.grid.slot.tensor;
        let in_place = self.weights[tensor].layout().is_standard()
            && (!self.looks.gradient || self.gradients.get(tensor).is_some_and(|(layout, _)| layout.is_standard()));
        in_place
            && self.counts.computed == 0
            && self.looks.rows == 0
            && (tile.grid.has_columns || self.looks.columns == 0)
            && !self.rounds_weights
            && !self.riding.are_some()
            && tile.places.iter().enumerate().all(|(k, &place)| match place {
                ABSENT => tile.bare,
                _ => !self.coded[k].is_some(),
            })
            && tile.mask.is_none()
    }

    /// What columns bring, for several rows one after the other; zeros where they have no numbers.
    fn columns_together(&self, tile: &Tile<'_>, together: usize, blocks: &mut Blocks<A>) {
        if !tile.grid.has_columns {
            for (k, &block) in blocks.columns.iter().enumerate().take(self.plan.columns) {
                // SAFETY: it is a block, and all bits zero is a number.
                unsafe { block.write_bytes(0, BLOCK) };
                blocks.streams.columns[k] = block;
            }
            return;
        }
        if together == 1 {
            return;
        }
        let width = tile.cols.len();
        for (k, &block) in blocks.columns.iter().enumerate().take(self.plan.columns) {
            if self.looks.columns >> k & 1 == 0 {
                continue;
            }
            let column = self.column(tile, k, tile.cols.start, width);
            for row in 0..together {
                // SAFETY: rows that go together fit in a block.
                let place = unsafe { block.add(row * width) };
                // SAFETY: as above; the blocks are memory of this thread's.
                unsafe { ptr::copy_nonoverlapping(column.as_ptr(), place, width) };
            }
            blocks.streams.columns[k] = block;
        }
    }

    /// What a number of the columns `col..col + n` of a tile's matrix is.
    fn column(&self, tile: &Tile<'_>, k: usize, col: usize, n: usize) -> &[A] {
        let all = self.columns.len() / self.plan.columns;
        let first = k * all + tile.grid.first_col + tile.matrix * tile.grid.cols + col;
        &self.columns[first..first + n]
    }

    /// What rows bring, for each weight of a block.
    fn bring_rows(&self, tile: &Tile<'_>, rows: Range<usize>, at: &Numbers<'_>, blocks: &mut Blocks<A>) {
        if self.looks.rows == 0 || self.plan.rows == 0 {
            return;
        }
        // A row that is longer than a block brings the same to each of its blocks.
        let width = tile.cols.len().min(BLOCK);
        let group = tile.grid.slot.group;
        for (i, row) in rows.enumerate() {
            let place = tile.grid.first_row + tile.matrix * tile.grid.rows + row;
            let at = Numbers { row: self.levels.of(Level::Row, place), ..*at };
            let mut brought = [A::zero(); MAX_STREAMS];
            self.rule.row(group, &at, &mut brought[..self.plan.rows]);
            let used = blocks.rows.iter().enumerate().take(self.plan.rows);
            for (k, &block) in used.filter(|(k, _)| self.looks.rows >> k & 1 == 1) {
                // SAFETY: rows that go together fit in a block.
                let place = unsafe { block.add(i * width) };
                // SAFETY: as above; the blocks are memory of this thread's, initialised by what is written.
                unsafe { slice::from_raw_parts_mut(place, width) }.fill(brought[k]);
            }
        }
    }

    /// The rule's function for the weights of a block.
    fn block(&self, step: *const (), tile: &Tile<'_>, block: &Block, together: usize, blocks: &mut Blocks<A>) {
        let (from, n) = (tile.element(block), block.rows * block.cols);
        let weights = &self.weights[tile.grid.slot.tensor];
        let in_place = weights.layout().is_standard();
        if in_place {
            // SAFETY: `from` is an element of the tensor, whose elements lie side by side.
            blocks.streams.weights = unsafe { weights.pointer().add(from) };
        } else {
            blocks.streams.weights = blocks.weights;
            if self.looks.weight {
                // SAFETY: the tensor is live and has `from + n` elements; the block takes up to `BLOCK`.
                unsafe { strided::gather(&weights.layout(), weights.pointer().cast_const(), from, n, blocks.weights) };
            }
        }
        blocks.streams.gradients = self.gradient(tile, from, n, blocks.gradients);
        // A few divisions, for what most rules do not have.
        let scale = if self.has_codes { tile.cuts.scale(from) } else { 0 };
        for (k, &place) in tile.places.iter().enumerate() {
            let coded = self.coded[k];
            let behind = if place == ABSENT { Behind::NOTHING } else { coded.next(place + from + n) };
            blocks.streams.backing[k] = behind;
            blocks.streams.caches[k] = if place != ABSENT && coded.is_some() {
                if self.looks.uses_cache(k) {
                    // SAFETY: from its place on, the store holds the tensor's numbers and their scales, cut as the tile's
                    // blocks are: these are this thread's alone. The block takes the `n` numbers, and has some.
                    unsafe { coded.read(&self.coding, place + from, scale, n, blocks.absent[k]) };
                }
                blocks.absent[k]
            } else if place == ABSENT && tile.bare {
                ptr::null_mut()
            } else if place == ABSENT {
                // SAFETY: the block takes the `n` numbers, and all bits zero is a number. A pass before may have written
                // to it.
                unsafe { blocks.absent[k].write_bytes(0, n) };
                blocks.absent[k]
            } else {
                // SAFETY: from its place on, the arena holds the tensor's numbers.
                unsafe { self.caches[k].add(place + from) }
            };
        }
        if together == 1 && tile.grid.has_columns {
            for k in 0..self.plan.columns {
                blocks.streams.columns[k] = self.column(tile, k, block.col, n).as_ptr().cast_mut();
            }
        }
        if tile.mask.is_some() {
            self.keep(tile, n, blocks);
        }
        if self.has_loop() {
            // SAFETY: the scalars are those of the loop's rule, and `n` numbers stand behind each pointer that is not null: a
            // tensor's or a block's (`n` is at most `BLOCK` then), the arenas', and those of the columns. All are different
            // memory, and what is written is this thread's alone.
            unsafe { self.work[usize::from(tile.bare)].run(step, &blocks.streams, self.counts.computed, n) };
        }
        if self.rounds_weights {
            // SAFETY: `n` weights stand there, which are this thread's alone.
            let weights = unsafe { slice::from_raw_parts_mut(blocks.streams.weights, n) };
            self.coding.round(weights, self.rounding.dither(MAX_CACHES), tile.grid.slot.offset + from);
        }
        if let Some(mask) = tile.mask {
            self.put_back(mask, tile, from, n, blocks);
        }
        for k in self.changed(tile).filter(|k| self.coded[*k].is_some()) {
            let (places, dither) = ((tile.places[k] + from, scale), self.rounding.dither(k));
            // SAFETY: as where it was read.
            unsafe { self.coded[k].write(&self.coding, places, n, blocks.absent[k], dither) };
        }
        // SAFETY: `n` weights stand there, and their places are this thread's alone.
        unsafe { self.riding.follow(tile.grid.slot.offset + from, blocks.streams.weights.cast_const(), n) };
        if self.looks.moves && !in_place {
            // SAFETY: the tensor is live, borrowed exclusively and has `from + n` elements; the block holds `n`.
            unsafe { strided::scatter(&weights.layout(), blocks.weights.cast_const(), from, n, weights.pointer()) };
        }
    }

    /// The caches of weights that the pass changes and a tensor has, by their places.
    fn changed(&self, tile: &Tile<'_>) -> impl Iterator<Item = usize> {
        let writes = self.looks.writes;
        tile.places
            .iter()
            .enumerate()
            .filter(move |(k, place)| writes >> k & 1 == 1 && **place != ABSENT)
            .map(|(k, _)| k)
    }

    /// Copies the numbers of a block, at most `BLOCK`, before the rule moves them.
    #[cold]
    fn keep(&self, tile: &Tile<'_>, n: usize, blocks: &mut Blocks<A>) {
        if self.looks.moves {
            // SAFETY: both hold `n` numbers, in different memory.
            unsafe { ptr::copy_nonoverlapping(blocks.streams.weights.cast_const(), blocks.old, n) };
        }
        for k in self.changed(tile).filter(|k| !self.coded[*k].is_some()) {
            // SAFETY: both hold `n` numbers, in different memory.
            unsafe { ptr::copy_nonoverlapping(blocks.streams.caches[k].cast_const(), blocks.absent[k], n) };
        }
    }

    /// Takes the kept numbers back where the mask says. What such a weight brings to sums and to scratch is zero.
    #[cold]
    fn put_back(&self, mask: &Mask, tile: &Tile<'_>, from: usize, n: usize, blocks: &mut Blocks<A>) {
        if self.looks.moves {
            // SAFETY: both hold `n` numbers.
            unsafe { mask.put_back(from, n, blocks.old.cast_const(), blocks.streams.weights) };
        }
        for k in self.changed(tile) {
            let cache = blocks.streams.caches[k];
            if self.coded[k].is_some() {
                // The codes are those before the rule still, and the old weights are back.
                let (place, scale) = (tile.places[k] + from, tile.cuts.scale(from));
                // SAFETY: as where it was read, into memory of this thread's.
                unsafe { self.coded[k].read(&self.coding, place, scale, n, blocks.old) };
                // SAFETY: both hold `n` numbers.
                unsafe { mask.put_back(from, n, blocks.old.cast_const(), cache) };
            } else if k < self.plan.caches - self.plan.scratch {
                // SAFETY: both hold `n` numbers.
                unsafe { mask.put_back(from, n, blocks.absent[k].cast_const(), cache) };
            } else {
                // SAFETY: the cache holds `n` numbers.
                unsafe { mask.clear(from, n, cache) };
            }
        }
        for (k, &term) in blocks.streams.terms.iter().enumerate().take(self.counts.terms) {
            let stream = self.stream(k, &blocks.streams);
            if stream != term.cast_const() {
                // SAFETY: both hold `n` numbers, in different memory.
                unsafe { ptr::copy_nonoverlapping(stream, term, n) };
            }
            // SAFETY: the terms of the pass have blocks.
            unsafe { mask.clear(from, n, term) };
        }
    }

    fn gradient(&self, tile: &Tile<'_>, from: usize, n: usize, block: *mut A) -> *const A {
        if !self.looks.gradient {
            return ptr::null();
        }
        let Some((layout, pointer)) = self.gradients.get(tile.grid.slot.tensor) else { return block };
        let gradient = if layout.is_standard() {
            // SAFETY: `from` is an element of the tensor, whose elements lie side by side.
            unsafe { pointer.add(from) }
        } else {
            // SAFETY: the gradient is live and has the weights' shape; the block takes up to `BLOCK`.
            unsafe { strided::gather(&layout, pointer, from, n, block) };
            block.cast_const()
        };
        // SAFETY: `n` gradients stand there. Where they are scaled, `n` is at most `BLOCK`, which the block takes.
        unsafe { self.riding.scale(gradient, block, n) }
    }
}
