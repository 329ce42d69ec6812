//! [`Partials`]: what tiles have summed, each in a place of its own, and how it is combined into totals.

use super::grid::{Grid, Tiling};
use super::sums::join;
use crate::levels::Levels;
use crate::rule::Rule;
use crate::state::Arena;
use crate::tiled::{Level, Sum, Tiled};

/// The sums of each tile of a pass; passes follow one another in the same memory.
#[derive(Clone)]
pub(crate) struct Partials {
    /// For each tile, its sums over the tensor or the model.
    pub(super) tiles: Arena<f64>,
    /// For each row, for each tile that it runs through, its sums.
    pub(super) rows: Arena<f64>,
    /// For each matrix, for each line of its tiles, for each sum, its columns.
    pub(super) cols: Arena<f64>,
}

/// The sums of a pass over a tensor or the model.
pub(super) fn tile_sums<R: Rule>(pass: usize) -> impl Iterator<Item = &'static Sum> {
    R::Tiled::SUMS.iter().filter(move |sum| sum.pass == pass && matches!(sum.over, Level::Tensor | Level::Model))
}

/// The sums of a pass over rows or columns.
pub(super) fn line_sums<R: Rule>(pass: usize, over: Level) -> impl Iterator<Item = &'static Sum> {
    R::Tiled::SUMS.iter().filter(move |sum| sum.pass == pass && sum.over == over)
}

impl Partials {
    /// Memory for any pass of a rule.
    pub(crate) fn new<R: Rule>(tiling: &Tiling) -> Self {
        let most = |count: &dyn Fn(usize) -> usize| (0..R::Tiled::PASSES.len()).map(count).max().unwrap_or(0);
        Partials {
            tiles: Arena::zeros(tiling.tiles * most(&|pass| tile_sums::<R>(pass).count())),
            rows: Arena::zeros(tiling.row_pieces * most(&|pass| line_sums::<R>(pass, Level::Row).count())),
            cols: Arena::zeros(tiling.col_pieces * most(&|pass| line_sums::<R>(pass, Level::Col).count())),
        }
    }

    /// The totals of a pass, in order, written to the numbers of their levels.
    pub(crate) fn total<R: Rule>(&self, pass: usize, tiling: &Tiling, levels: &mut Levels) {
        for sum in tile_sums::<R>(pass).filter(|sum| sum.over == Level::Model) {
            levels.of_mut(Level::Model, 0)[sum.place] = 0.0;
        }
        for (tensor, grid) in tiling.grids.iter().enumerate() {
            self.total_tensor::<R>(pass, tensor, grid, levels);
            self.total_rows::<R>(pass, grid, levels);
            self.total_cols::<R>(pass, grid, levels);
        }
    }

    fn total_tensor<R: Rule>(&self, pass: usize, tensor: usize, grid: &Grid, levels: &mut Levels) {
        let count = tile_sums::<R>(pass).count();
        let tiles = &self.tiles.as_slice()[grid.first_tile * count..(grid.first_tile + grid.tiles()) * count];
        for (s, sum) in tile_sums::<R>(pass).enumerate() {
            let total = tiles.chunks_exact(count).fold(0.0, |total, tile| join(sum.kind, total, tile[s]));
            if sum.over == Level::Tensor {
                levels.of_mut(Level::Tensor, tensor)[sum.place] = total;
            } else {
                let model = &mut levels.of_mut(Level::Model, 0)[sum.place];
                *model = join(sum.kind, *model, total);
            }
        }
    }

    fn total_rows<R: Rule>(&self, pass: usize, grid: &Grid, levels: &mut Levels) {
        let count = line_sums::<R>(pass, Level::Row).count();
        if count == 0 {
            return;
        }
        let (size, first) = (levels.count(Level::Row), grid.first_row_piece * count);
        let rows = levels.range_mut(Level::Row, grid.range(Level::Row, 0));
        for (s, sum) in line_sums::<R>(pass, Level::Row).enumerate() {
            for (row, numbers) in rows.chunks_exact_mut(size).enumerate() {
                let pieces = &self.rows.as_slice()[first + row * grid.col_tiles * count..][..grid.col_tiles * count];
                let total = pieces.chunks_exact(count).fold(0.0, |total, piece| join(sum.kind, total, piece[s]));
                numbers[sum.place] = total;
            }
        }
    }

    fn total_cols<R: Rule>(&self, pass: usize, grid: &Grid, levels: &mut Levels) {
        let (count, size) = (line_sums::<R>(pass, Level::Col).count(), levels.count(Level::Col));
        for (s, sum) in line_sums::<R>(pass, Level::Col).enumerate() {
            for matrix in 0..grid.matrices {
                let first_col = grid.first_col + matrix * grid.cols;
                let cols = levels.range_mut(Level::Col, first_col..first_col + grid.cols);
                cols.iter_mut().skip(sum.place).step_by(size).for_each(|total| *total = 0.0);
                for tile in 0..grid.row_tiles {
                    let line = grid.first_col_piece + (matrix * grid.row_tiles + tile) * grid.cols;
                    let pieces = &self.cols.as_slice()[line * count + s * grid.cols..][..grid.cols];
                    for (numbers, &piece) in cols.chunks_exact_mut(size).zip(pieces) {
                        numbers[sum.place] = join(sum.kind, numbers[sum.place], piece);
                    }
                }
            }
        }
    }
}
