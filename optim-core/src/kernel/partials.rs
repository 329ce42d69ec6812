//! [`Partials`]: what tiles have summed, each in a place of its own, and how it is combined into totals.

use super::Execution;
use super::grid::{Grid, Tiling};
use super::lines::stretches;
use super::sums::join;
use crate::levels::Levels;
use crate::plan::Plan;
use crate::state::Arena;
use crate::tiled::Level;

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

impl Partials {
    /// Memory for any pass of a rule.
    pub(crate) fn new(plan: &Plan, tiling: &Tiling) -> Self {
        let most = |count: &dyn Fn(usize) -> usize| (0..plan.passes.len()).map(count).max().unwrap_or(0);
        Partials {
            tiles: Arena::zeros(tiling.tiles * most(&|pass| plan.tile_sums(pass).count())),
            rows: Arena::zeros(tiling.row_pieces * most(&|pass| plan.line_sums(pass, Level::Row).count())),
            cols: Arena::zeros(tiling.col_pieces * most(&|pass| plan.line_sums(pass, Level::Col).count())),
        }
    }

    /// The totals of a pass, in order, written to the numbers of their levels.
    pub(crate) fn total(&self, plan: &Plan, pass: usize, tiling: &Tiling, levels: &mut Levels, execution: Execution) {
        for sum in plan.tile_sums(pass).filter(|sum| sum.over == Level::Model) {
            levels.of_mut(Level::Model, 0)[sum.place] = 0.0;
        }
        for (tensor, grid) in tiling.moving() {
            self.total_tensor(plan, pass, tensor, grid, levels);
        }
        // Groups have caches of the model of their own, and these totals together.
        plan.tile_sums(pass).filter(|sum| sum.over == Level::Model).for_each(|sum| levels.share(sum.place));
        for level in [Level::Row, Level::Col].into_iter().filter(|&level| plan.line_sums(pass, level).count() > 0) {
            let size = levels.count(level);
            stretches(levels.list_mut(level), size, execution, |first, numbers| {
                for (_, grid, matrix, lines) in tiling.lines(level, first..first + numbers.len() / size) {
                    let numbers = &mut numbers[(lines.start - first) * size..(lines.end - first) * size];
                    if level == Level::Row && grid.has_rows {
                        self.total_rows(plan, pass, grid, lines.start - grid.first_row, numbers, size);
                    } else if level == Level::Col {
                        let col = lines.start - grid.first_col - matrix * grid.cols;
                        self.total_cols(plan, pass, grid, (matrix, col), numbers, size);
                    }
                }
            });
        }
    }

    fn total_tensor(&self, plan: &Plan, pass: usize, tensor: usize, grid: &Grid, levels: &mut Levels) {
        let count = plan.tile_sums(pass).count();
        let tiles = &self.tiles.as_slice()[grid.first_tile * count..(grid.first_tile + grid.tiles()) * count];
        for (s, sum) in plan.tile_sums(pass).enumerate() {
            let total = tiles.chunks_exact(count).fold(0.0, |total, tile| join(sum.kind, total, tile[s]));
            if sum.over == Level::Tensor {
                levels.of_mut(Level::Tensor, tensor)[sum.place] = total;
            } else {
                let model = &mut levels.of_mut(Level::Model, 0)[sum.place];
                *model = join(sum.kind, *model, total);
            }
        }
    }

    /// `numbers`: those of the tensor's rows from `first` on, `size` each.
    fn total_rows(&self, plan: &Plan, pass: usize, grid: &Grid, first: usize, numbers: &mut [f64], size: usize) {
        let count = plan.line_sums(pass, Level::Row).count();
        let all = &self.rows.as_slice()[(grid.first_row_piece + first * grid.col_tiles) * count..];
        for (s, sum) in plan.line_sums(pass, Level::Row).enumerate() {
            for (row, numbers) in numbers.chunks_exact_mut(size).enumerate() {
                let pieces = &all[row * grid.col_tiles * count..][..grid.col_tiles * count];
                let total = pieces.chunks_exact(count).fold(0.0, |total, piece| join(sum.kind, total, piece[s]));
                numbers[sum.place] = total;
            }
        }
    }

    /// `numbers`: those of a matrix's columns from the given one on, `size` each.
    fn total_cols(
        &self,
        plan: &Plan,
        pass: usize,
        grid: &Grid,
        (matrix, col): (usize, usize),
        numbers: &mut [f64],
        size: usize,
    ) {
        let count = plan.line_sums(pass, Level::Col).count();
        for (s, sum) in plan.line_sums(pass, Level::Col).enumerate() {
            numbers.iter_mut().skip(sum.place).step_by(size).for_each(|total| *total = 0.0);
            for tile in 0..grid.row_tiles {
                let line = grid.first_col_piece + (matrix * grid.row_tiles + tile) * grid.cols;
                let pieces = &self.cols.as_slice()[line * count + s * grid.cols + col..];
                for (numbers, &piece) in numbers.chunks_exact_mut(size).zip(pieces) {
                    numbers[sum.place] = join(sum.kind, numbers[sum.place], piece);
                }
            }
        }
    }
}
