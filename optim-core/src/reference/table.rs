//! [`Table`]: the numbers of something in a model, and [`At`], where one of them stands.

use super::program::Rate;
use super::sums::Grid;

/// The numbers of something: for each tensor, as many as its rate says; one number for what is computed once.
pub(super) type Table = Vec<Vec<f64>>;

/// One place of a tensor; what is below the rate of a weight looks only at as much of it as it needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct At {
    pub(super) tensor: usize,
    pub(super) matrix: usize,
    pub(super) row: usize,
    pub(super) col: usize,
}

/// How many numbers a tensor has of a rate.
pub(super) fn count(rate: Rate, grid: &Grid) -> usize {
    match rate {
        Rate::Once | Rate::Tensor => 1,
        Rate::Matrix => grid.matrices,
        Rate::Row => grid.matrices * grid.rows,
        Rate::Col => grid.matrices * grid.cols,
        Rate::Weight => grid.len(),
    }
}

/// The place of the number `i` of a rate.
pub(super) fn at(rate: Rate, grid: &Grid, tensor: usize, i: usize) -> At {
    let (matrix, row, col) = match rate {
        Rate::Once | Rate::Tensor => (0, 0, 0),
        Rate::Matrix => (i, 0, 0),
        Rate::Row => (i / grid.rows, i % grid.rows, 0),
        Rate::Col => (i / grid.cols, 0, i % grid.cols),
        Rate::Weight => (i / grid.cols / grid.rows, i / grid.cols % grid.rows, i % grid.cols),
    };
    At { tensor, matrix, row, col }
}

/// The number that something of a rate has at a place.
pub(super) fn read(grids: &[Grid], rate: Rate, table: &Table, at: At) -> f64 {
    if rate == Rate::Once {
        return table[0][0];
    }
    let grid = &grids[at.tensor];
    let place = match rate {
        Rate::Once | Rate::Tensor => 0,
        Rate::Matrix => at.matrix,
        Rate::Row => at.matrix * grid.rows + at.row,
        Rate::Col => at.matrix * grid.cols + at.col,
        Rate::Weight => (at.matrix * grid.rows + at.row) * grid.cols + at.col,
    };
    table[at.tensor][place]
}
