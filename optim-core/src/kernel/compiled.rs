//! [`Compiled`]: the kernels of a number type, compiled in this crate.
//!
//! What is generic is compiled in the crate that uses it, with the settings of that crate: a user's debug build would
//! have passes that are not optimised, whatever it says of this crate. A static of each number type says what is compiled
//! here. Loops of rules are in statics of their own ([`Kernels`](super::Kernels)).

use core::ops::Range;

use super::norm::{self, Squares};
use super::pass::Pass;
use super::tiles::TilePass;
use crate::real::Real;

/// The kernels of a number type, as functions of this crate.
pub struct Compiled<A: Real> {
    pass: fn(Pass<'_, '_, A>),
    tile_pass: fn(TilePass<'_, '_, A>),
    squares: fn(&Squares<'_, '_, A>, &mut Vec<f64>) -> f64,
    sum_of_squares: fn(&[A], &dyn Fn(usize) -> Option<Range<usize>>) -> f64,
}

impl<A: Real> Compiled<A> {
    /// To be called for a static of a number type that is no parameter.
    pub(crate) const fn new() -> Self {
        Compiled {
            pass: |pass| pass.run(),
            tile_pass: |pass| pass.run(),
            squares: |squares, pieces| squares.sum(pieces),
            sum_of_squares: |numbers, range| norm::sum_of_squares(numbers, range),
        }
    }
}

/// Does the work of a pass for every weight.
pub(crate) fn run_pass<A: Real>(pass: Pass<'_, '_, A>) {
    (A::compiled().pass)(pass);
}

/// Does a pass of a rule that is computed pass by pass, for every weight.
pub(crate) fn run_tile_pass<A: Real>(pass: TilePass<'_, '_, A>) {
    (A::compiled().tile_pass)(pass);
}

/// The sum of the squares of a gradient. `pieces` is memory, which has room for all from the second time on.
pub(crate) fn squares<A: Real>(squares: &Squares<'_, '_, A>, pieces: &mut Vec<f64>) -> f64 {
    (A::compiled().squares)(squares, pieces)
}

/// The same of numbers that stand one after the other already, and where those of each parameter do.
pub(crate) fn sum_of_squares<A: Real>(numbers: &[A], range: &dyn Fn(usize) -> Option<Range<usize>>) -> f64 {
    (A::compiled().sum_of_squares)(numbers, range)
}
