//! The order in which numbers are added, laid down in `tiled.rs`, in the plainest way.

use crate::math;
use crate::tiled::{LANES, Shape, TILE_COLS, tile_rows};

/// The matrices of a tensor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Grid {
    pub(super) shape: Shape,
    pub(super) matrices: usize,
    pub(super) rows: usize,
    pub(super) cols: usize,
}

impl Grid {
    /// The last two axes are the matrix, those before them a batch; one axis is one row, none one number.
    pub(super) fn of(shape: &[usize]) -> Self {
        let from_end = |n: usize| shape.len().checked_sub(n).map_or(1, |axis| shape[axis]);
        let batch = &shape[..shape.len().saturating_sub(2)];
        Grid { shape: Shape::of(shape), matrices: batch.iter().product(), rows: from_end(2), cols: from_end(1) }
    }

    /// As a rule sees it that knows no rows and columns: one row.
    pub(super) fn as_one_row(self) -> Self {
        Grid { matrices: 1, rows: 1, cols: self.len(), ..self }
    }

    /// How many weights there are.
    pub(super) fn len(&self) -> usize {
        self.matrices * self.rows * self.cols
    }
}

/// Lane `j % LANES` gets the number `j`.
struct Lanes([f64; LANES]);

impl Lanes {
    fn add(&mut self, terms: &[f64]) {
        for (j, term) in terms.iter().enumerate() {
            self.0[j % LANES] += term;
        }
    }

    /// By halves.
    fn total(mut self) -> f64 {
        let mut half = LANES / 2;
        while half > 0 {
            for i in 0..half {
                self.0[i] += self.0[i + half];
            }
            half /= 2;
        }
        self.0[0]
    }
}

/// Where the tiles of `length` begin and end, each `step` long.
fn tiles(length: usize, step: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..length).step_by(step.max(1)).map(move |from| (from, (from + step).min(length)))
}

/// Over a tensor: the tiles' sums in order.
pub(super) fn tensor(grid: Grid, terms: &[f64]) -> f64 {
    let mut total = 0.0;
    for matrix in 0..grid.matrices {
        for (top, bottom) in tiles(grid.rows, tile_rows(grid.rows, grid.cols)) {
            for (left, right) in tiles(grid.cols, TILE_COLS) {
                let mut lanes = Lanes([0.0; LANES]);
                for row in top..bottom {
                    let start = (matrix * grid.rows + row) * grid.cols;
                    lanes.add(&terms[start + left..start + right]);
                }
                total += lanes.total();
            }
        }
    }
    total
}

/// Over each row, in the order of the rows.
pub(super) fn rows(grid: Grid, terms: &[f64]) -> Vec<f64> {
    let mut totals = Vec::new();
    for row in 0..grid.matrices * grid.rows {
        let start = row * grid.cols;
        let mut total = 0.0;
        for (left, right) in tiles(grid.cols, TILE_COLS) {
            let mut lanes = Lanes([0.0; LANES]);
            lanes.add(&terms[start + left..start + right]);
            total += lanes.total();
        }
        totals.push(total);
    }
    totals
}

/// Over each column, in the order of matrices and columns.
pub(super) fn cols(grid: Grid, terms: &[f64]) -> Vec<f64> {
    let mut totals = Vec::new();
    for matrix in 0..grid.matrices {
        for col in 0..grid.cols {
            let mut total = 0.0;
            for (top, bottom) in tiles(grid.rows, tile_rows(grid.rows, grid.cols)) {
                let mut tile = 0.0;
                for row in top..bottom {
                    tile += terms[(matrix * grid.rows + row) * grid.cols + col];
                }
                total += tile;
            }
            totals.push(total);
        }
    }
    totals
}

/// One after the other, `each` of them a total: what the rows (or columns) of a matrix have.
pub(super) fn folds(matrices: usize, each: usize, terms: &[f64]) -> Vec<f64> {
    let of = |matrix: usize| terms[matrix * each..(matrix + 1) * each].iter();
    (0..matrices).map(|matrix| of(matrix).fold(0.0, |total, term| total + term)).collect()
}

/// The largest absolute value; NaN if there is one.
pub(super) fn max_abs(terms: &[f64]) -> f64 {
    terms.iter().fold(0.0, |largest, term| math::max(largest, term.abs()))
}

#[cfg(test)]
mod tests {
    use super::{Grid, cols, folds, max_abs, rows, tensor};

    /// Numbers whose sum depends on the order in which they are added.
    fn numbers(n: usize) -> Vec<f64> {
        (0..n).map(|i| (i as f64 * 1.7).sin() / (i as f64 + 3.0)).collect()
    }

    #[test]
    fn a_small_sum_is_that_of_its_lanes() {
        let x = numbers(37);
        let mut lanes = [0.0; 16];
        (0..37).for_each(|j| lanes[j % 16] += x[j]);
        let eight: Vec<f64> = (0..8).map(|i| lanes[i] + lanes[i + 8]).collect();
        let four: Vec<f64> = (0..4).map(|i| eight[i] + eight[i + 4]).collect();
        let expected = (four[0] + four[2]) + (four[1] + four[3]);
        assert_eq!(tensor(Grid::of(&[37]), &x).to_bits(), expected.to_bits());
        assert_eq!(rows(Grid::of(&[37]), &x), [expected]);
        assert_ne!(expected.to_bits(), x.iter().sum::<f64>().to_bits(), "the order shows");
    }

    #[test]
    fn rows_of_a_tile_share_its_lanes_and_tiles_do_not() {
        // 5 columns: 820 rows a tile.
        let (n, x) = (1000, numbers(5000));
        let tile = |from: usize, to: usize| {
            let mut lanes = [0.0; 16];
            for row in from..to {
                (0..5).for_each(|j| lanes[j] += x[row * 5 + j]);
            }
            (lanes[0] + lanes[4] + lanes[2]) + (lanes[1] + lanes[3])
        };
        let grid = Grid::of(&[n, 5]);
        assert_eq!(tensor(grid, &x).to_bits(), (tile(0, 820) + tile(820, 1000)).to_bits());
        let column = |from: usize, to: usize| (from..to).fold(0.0, |sum, row| sum + x[row * 5 + 3]);
        assert_eq!(cols(grid, &x)[3].to_bits(), (column(0, 820) + column(820, 1000)).to_bits());
        // As one row: tiles of 4096.
        let one = grid.as_one_row();
        let expected = tensor(Grid::of(&[4096]), &x[..4096]) + tensor(Grid::of(&[904]), &x[4096..]);
        assert_eq!(tensor(one, &x).to_bits(), expected.to_bits());
        assert_eq!(rows(one, &x)[0].to_bits(), expected.to_bits());
    }

    #[test]
    fn a_batch_is_summed_matrix_by_matrix() {
        let x = numbers(24);
        let grid = Grid::of(&[2, 3, 4]);
        let expected = tensor(Grid::of(&[3, 4]), &x[..12]) + tensor(Grid::of(&[3, 4]), &x[12..]);
        assert_eq!(tensor(grid, &x).to_bits(), expected.to_bits());
        assert_eq!((rows(grid, &x).len(), cols(grid, &x).len()), (6, 8));
        assert_eq!(cols(grid, &x)[5], x[13] + x[17] + x[21]);
        assert_eq!(folds(2, 3, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), [6.0, 15.0]);
    }

    #[test]
    fn nothing_is_zero() {
        for shape in [&[0][..], &[0, 3], &[3, 0], &[2, 0, 0], &[0, 2, 2]] {
            assert_eq!(tensor(Grid::of(shape), &[]).to_bits(), 0);
            assert_eq!(tensor(Grid::of(shape).as_one_row(), &[]), 0.0);
        }
        assert_eq!(rows(Grid::of(&[3, 0]), &[]), [0.0; 3]);
        assert_eq!(cols(Grid::of(&[0, 3]), &[]), [0.0; 3]);
        assert_eq!(tensor(Grid::of(&[]), &[2.5]), 2.5);
        assert_eq!(max_abs(&[]), 0.0);
    }

    #[test]
    fn the_largest_is_nan_where_one_is() {
        assert_eq!(max_abs(&[1.0, -3.0, 2.0]), 3.0);
        assert!(max_abs(&[1.0, f64::NAN, 2.0]).is_nan());
    }
}
