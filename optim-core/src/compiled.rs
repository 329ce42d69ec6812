//! [`Compiled`]: what of a step is compiled in this crate, for each number type.
//!
//! What is generic is compiled in the crate that uses it, with the settings of that crate: in a user's debug build it
//! would not be optimised, whatever the user says of this crate. A static of each number type says what is compiled here.
//! What knows a rule is in the static of its [`Kernels`](crate::kernel::Kernels), compiled where the rule is declared.

use core::ops::Range;

use crate::kernel::{Arithmetic, Pass, Squares, sum_of_squares as sum};
use crate::optimizer::schedule::{Passes, Schedule};
use crate::real::Real;
use crate::rule::Cache;

/// The numbers of the model, for each group.
type Models<'m> = dyn Iterator<Item = &'m mut [f64]> + 'm;

/// Functions of a number type.
pub struct Compiled<A: Real> {
    pass: fn(Pass<'_, '_, A>),
    passes: fn(&mut Schedule<A>, Passes<'_, '_, A>),
    commit: fn(&mut Schedule<A>, &[Cache], &dyn Arithmetic<A>, &mut Models<'_>),
    squares: fn(&Squares<'_, '_, A>, &mut Vec<f64>) -> f64,
    sum_of_squares: fn(&[A], &dyn Fn(usize) -> Option<Range<usize>>) -> f64,
}

impl<A: Real> Compiled<A> {
    /// For a static of a number type that is not a parameter.
    pub(crate) const fn new() -> Self {
        Compiled {
            pass: |pass| pass.run(),
            passes: Schedule::run,
            commit: |schedule, declared, rule, models| schedule.commit(declared, rule, models),
            squares: |squares, pieces| squares.sum(pieces),
            sum_of_squares: sum,
        }
    }
}

/// [`Pass::run`].
pub(crate) fn pass<A: Real>(pass: Pass<'_, '_, A>) {
    (A::compiled().pass)(pass);
}

/// [`Schedule::run`].
pub(crate) fn passes<A: Real>(schedule: &mut Schedule<A>, passes: Passes<'_, '_, A>) {
    (A::compiled().passes)(schedule, passes);
}

/// [`Schedule::commit`].
pub(crate) fn commit<A: Real>(
    schedule: &mut Schedule<A>,
    declared: &[Cache],
    rule: &dyn Arithmetic<A>,
    models: &mut Models<'_>,
) {
    (A::compiled().commit)(schedule, declared, rule, models);
}

/// [`Squares::sum`].
pub(crate) fn squares<A: Real>(squares: &Squares<'_, '_, A>, pieces: &mut Vec<f64>) -> f64 {
    (A::compiled().squares)(squares, pieces)
}

/// [`sum_of_squares`](sum).
pub(crate) fn sum_of_squares<A: Real>(numbers: &[A], range: &dyn Fn(usize) -> Option<Range<usize>>) -> f64 {
    (A::compiled().sum_of_squares)(numbers, range)
}
