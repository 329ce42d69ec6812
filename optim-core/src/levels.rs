//! [`Levels`]: the numbers of the model, of every tensor, matrix, row and column, for rules that have any.

use crate::kernel::{Grid, Tiling};
use crate::tiled::{Level, Numbers};

/// For each level, a list of as many numbers for each place as the rule has there: caches, then totals. Of the model
/// there is a place for each group.
#[derive(Clone, Debug)]
pub(crate) struct Levels {
    /// How many numbers a place has, in the order of [`Level`].
    counts: [usize; 5],
    lists: [Vec<f64>; 5],
}

impl Levels {
    /// Zeros.
    pub(crate) fn new(counts: [usize; 5], tiling: &Tiling) -> Self {
        let levels = [Level::Model, Level::Tensor, Level::Matrix, Level::Row, Level::Col];
        Levels { counts, lists: levels.map(|level| vec![0.0; counts[level as usize] * tiling.count(level)]) }
    }

    /// The numbers of one place.
    #[inline]
    pub(crate) fn of(&self, level: Level, place: usize) -> &[f64] {
        let count = self.counts[level as usize];
        &self.lists[level as usize][place * count..(place + 1) * count]
    }

    /// The numbers of so many places that follow one another.
    pub(crate) fn line(&self, level: Level, first: usize, places: usize) -> &[f64] {
        let count = self.counts[level as usize];
        &self.lists[level as usize][first * count..(first + places) * count]
    }

    /// The numbers of one place, to change.
    #[inline]
    pub(crate) fn of_mut(&mut self, level: Level, place: usize) -> &mut [f64] {
        let count = self.counts[level as usize];
        &mut self.lists[level as usize][place * count..(place + 1) * count]
    }

    /// Numbers of the model for so many groups: a list each.
    pub(crate) fn set_groups(&mut self, groups: usize) {
        let model = Level::Model as usize;
        self.lists[model].resize(groups * self.counts[model], 0.0);
    }

    /// Hands a number of the model in the list of the first group on to all groups.
    pub(crate) fn share(&mut self, number: usize) {
        let (count, list) = (self.counts[Level::Model as usize], &mut self.lists[Level::Model as usize]);
        for place in (count..list.len()).step_by(count) {
            list[place + number] = list[number];
        }
    }

    /// The numbers of all places, one after the other.
    pub(crate) fn list_mut(&mut self, level: Level) -> &mut [f64] {
        &mut self.lists[level as usize]
    }

    /// How many numbers a place has.
    pub(crate) fn count(&self, level: Level) -> usize {
        self.counts[level as usize]
    }

    /// The numbers for a matrix of a tensor, without those of a row or column.
    #[inline]
    pub(crate) fn at(&self, grid: &Grid, tensor: usize, matrix: usize) -> Numbers<'_> {
        Numbers {
            shape: grid.shape,
            model: self.of(Level::Model, grid.slot.group),
            tensor: self.of(Level::Tensor, tensor),
            matrix: self.of(Level::Matrix, grid.first_matrix + matrix),
            row: &[],
            col: &[],
        }
    }

    /// The numbers for a place of a level within a tensor.
    #[inline]
    pub(crate) fn at_place(&self, grid: &Grid, tensor: usize, level: Level, place: usize) -> Numbers<'_> {
        let matrix = match level {
            Level::Row => (place - grid.first_row) / grid.rows,
            Level::Col => (place - grid.first_col) / grid.cols,
            Level::Matrix => place - grid.first_matrix,
            Level::Model | Level::Tensor => {
                // A tensor may be without any matrix.
                let (model, tensor) = (self.of(Level::Model, grid.slot.group), self.of(Level::Tensor, tensor));
                return Numbers { shape: grid.shape, model, tensor, matrix: &[], row: &[], col: &[] };
            }
        };
        let at = self.at(grid, tensor, matrix);
        match level {
            Level::Row => Numbers { row: self.of(Level::Row, place), ..at },
            Level::Col => Numbers { col: self.of(Level::Col, place), ..at },
            _ => at,
        }
    }
}
