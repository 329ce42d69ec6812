//! One number of many, and functions in Rust: what looks at more than one weight.

use ndarray::{ArrayView2, ArrayViewMut2};

use super::evaluate::Machine;
use super::program::{Node, Rate, Reduction, Terms};
use super::sums::{self, Grid};
use super::table::{At, Table, at, count};
use crate::real::Real;
use crate::tiled::CALL_NUMBERS;

impl<A: Real> Machine<A> {
    /// Calls a function in Rust for every matrix that has numbers, and where the conditions hold that it stands below.
    pub(super) fn foreign(&self, call: usize, arguments: &[Node]) -> Table {
        let Some((matrix, numbers)) = arguments.split_first() else { return Table::new() };
        let mut table = Table::new();
        for (tensor, grid) in self.grids.iter().enumerate() {
            let size = grid.rows * grid.cols;
            let mut results = vec![A::zero(); grid.len()];
            let input: Vec<A> =
                (0..grid.len()).map(|i| self.number(matrix, at(Rate::Weight, grid, tensor, i))).collect();
            let matrices = input.chunks_exact(size.max(1)).zip(results.chunks_exact_mut(size.max(1)));
            for (index, (input, output)) in matrices.enumerate() {
                let at = At { tensor, matrix: index, ..At::default() };
                if !self.holds(Rate::Matrix, at) {
                    continue;
                }
                let mut given = [0.0; CALL_NUMBERS];
                given.iter_mut().zip(numbers).for_each(|(given, number)| *given = self.number(number, at));
                let shape = (grid.rows, grid.cols);
                let views = (ArrayView2::from_shape(shape, input), ArrayViewMut2::from_shape(shape, output));
                if let (Ok(input), Ok(output)) = views {
                    (self.calls)(call, input, output, &given);
                }
            }
            table.push(results.into_iter().map(Real::as_f64).collect());
        }
        table
    }

    /// The totals of a reduction whose arguments are prepared.
    pub(super) fn reduce(&self, reduction: Reduction, arguments: &[Node]) -> Table {
        let term = |at: At| {
            let number = |argument: &Node| {
                // Of rows and columns in `f64`; of weights in the scalar type, whatever it is that is added.
                if reduction.of == Rate::Weight {
                    self.number::<A>(argument, at).as_f64()
                } else {
                    self.number::<f64>(argument, at)
                }
            };
            match (reduction.terms, arguments) {
                (Terms::Squares, [x]) => number(x) * number(x),
                (Terms::Products, [x, y]) => number(x) * number(y),
                (_, [x, ..]) => number(x),
                (_, []) => 0.0,
            }
        };
        let sums = self.grids.iter().enumerate().map(|(tensor, grid)| {
            let places = 0..count(reduction.of, grid);
            let terms: Vec<f64> = places.map(|i| term(at(reduction.of, grid, tensor, i))).collect();
            self.totals_of(reduction, *grid, &terms)
        });
        let sums: Table = sums.collect();
        if reduction.over == Rate::Once {
            let total = sums.iter().flatten().fold(0.0, |total, sum| total + sum);
            return vec![vec![if reduction.root { total.sqrt() } else { total }]];
        }
        sums
    }

    /// The totals of one tensor.
    fn totals_of(&self, reduction: Reduction, grid: Grid, terms: &[f64]) -> Vec<f64> {
        let seen = if self.axes { grid } else { grid.as_one_row() };
        let (mut totals, count) = match (reduction.over, reduction.of) {
            _ if reduction.terms == Terms::MaxAbs => (vec![sums::max_abs(terms)], 1),
            (Rate::Row, _) => (sums::rows(grid, terms), grid.cols),
            (Rate::Col, _) => (sums::cols(grid, terms), grid.rows),
            (Rate::Matrix, Rate::Row) => (sums::folds(grid.matrices, grid.rows, terms), grid.rows),
            (Rate::Matrix, _) => (sums::folds(grid.matrices, grid.cols, terms), grid.cols),
            _ => (vec![sums::tensor(seen, terms)], grid.len()),
        };
        if reduction.mean {
            // The mean of nothing is 0.
            for total in &mut totals {
                *total = if count == 0 { 0.0 } else { *total / count as f64 };
            }
        }
        if reduction.root && reduction.over != Rate::Once {
            for total in &mut totals {
                *total = total.sqrt();
            }
        }
        totals
    }
}
