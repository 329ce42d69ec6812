//! What the weights of a block bring to the sums of a pass: added up while it is in the nearest cache.

use super::blocks::Blocks;
use super::sums::by_halves;
use super::tile::{Block, Tile};
use super::tile_loops::Streams;
use super::tiles::Shared;
use crate::real::Real;
use crate::tiled::{LANES, Level, Sum, SumKind, Term};

impl<A: Real> Shared<'_, '_, A> {
    /// Where a term of the pass stands for the block that streams are of.
    pub(super) fn stream(&self, term: usize, streams: &Streams<A>) -> *const A {
        match self.plan.term(self.pass, term) {
            Term::Computed => streams.terms[term].cast_const(),
            Term::Weight => streams.weights.cast_const(),
            Term::Gradient => streams.gradients,
            Term::Cache(k) => streams.caches[k].cast_const(),
        }
    }

    /// Adds what the weights of a block have brought. `ahead`: it stands in memory, which nobody has asked for it.
    pub(super) fn add(&self, tile: &Tile<'_>, block: &Block, ahead: bool, blocks: &mut Blocks<A>) {
        if self.counts.terms == 0 {
            return;
        }
        let n = block.rows * block.cols;
        // What of a mask does not move brings zeros, which stand in the blocks.
        let masked = tile.mask.is_some();
        let streams = &blocks.streams;
        let place = |k: usize| if masked { streams.terms[k].cast_const() } else { self.stream(k, streams) };
        // SAFETY: `n` numbers stand there: a stream that the pass does not change, or a block, which was written when it
        // was made; nobody writes them now.
        let stream = |k: usize| unsafe { core::slice::from_raw_parts(place(k), n) };
        let terms_of = |sum: &Sum| (stream(sum.term), stream(sum.term + usize::from(sum.kind == SumKind::Products)));
        // Rows that fill the lanes go on where the one before ended.
        let whole = if block.cols.is_multiple_of(LANES) { n } else { block.cols };
        let mut all_lanes = blocks.tile_lanes.iter_mut();
        for (sum, other) in self.plan.tile_sums_together(self.pass) {
            let (terms, next) = terms_of(sum);
            let Some(lanes) = all_lanes.next() else { break };
            if let Some((other, other_lanes)) = other.zip(if other.is_some() { all_lanes.next() } else { None }) {
                for (terms, others) in terms.chunks_exact(whole).zip(stream(other.term).chunks_exact(whole)) {
                    self.adding.two_squares([terms, others], [lanes, other_lanes], ahead);
                }
                continue;
            }
            for (terms, next) in terms.chunks_exact(whole).zip(next.chunks_exact(whole)) {
                self.adding.to_lanes(sum.kind, terms, next, lanes, ahead);
            }
        }
        if self.counts.row + self.counts.col == 0 {
            return;
        }
        let rows = self.plan.line_sums(self.pass, Level::Row).filter(|_| tile.grid.has_rows);
        for (s, sum) in rows.enumerate() {
            let (terms, next) = terms_of(sum);
            let lanes = &mut blocks.row_lanes[s];
            for (i, (terms, next)) in terms.chunks_exact(block.cols).zip(next.chunks_exact(block.cols)).enumerate() {
                if block.col == tile.cols.start {
                    *lanes = [0.0; LANES];
                }
                self.adding.to_lanes(sum.kind, terms, next, lanes, ahead);
                if block.col + block.cols == tile.cols.end {
                    let row = tile.matrix * tile.grid.rows + block.row + i;
                    let piece = tile.grid.first_row_piece + row * tile.grid.col_tiles + tile.nth;
                    // SAFETY: the arena has a number for each sum of each piece of a row.
                    let place = unsafe { self.row_partials.add(piece * self.counts.row + s) };
                    // SAFETY: as above; no other thread has this tile.
                    unsafe { *place = by_halves(sum.kind, *lanes) };
                }
            }
        }
        let columns = self.plan.line_sums(self.pass, Level::Col).filter(|_| tile.grid.has_columns);
        for (s, sum) in columns.enumerate() {
            let line = tile.matrix * tile.grid.row_tiles + tile.line;
            let first = (tile.grid.first_col_piece + line * tile.grid.cols) * self.counts.col + s * tile.grid.cols;
            // SAFETY: the arena has a number for each sum of each piece of a column.
            let place = unsafe { self.col_partials.add(first + block.col) };
            // SAFETY: as above; these columns of this line of tiles are this thread's alone.
            let columns = unsafe { core::slice::from_raw_parts_mut(place, block.cols) };
            if block.row == tile.rows.start {
                columns.fill(0.0);
            }
            let (terms, next) = terms_of(sum);
            for (terms, next) in terms.chunks_exact(block.cols).zip(next.chunks_exact(block.cols)) {
                self.adding.to_columns(sum.kind, terms, next, columns);
            }
        }
    }
}
