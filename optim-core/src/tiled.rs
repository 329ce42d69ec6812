//! [`Tiled`]: how a rule that looks at more than one weight is computed, pass by pass, tile by tile.
//!
//! Written by `define_optimizer!` from the schedule it found, run by `kernel/tiles.rs`. A rule without reductions, without
//! caches of a tensor, row or column and without shapes is [`Untiled`]: its `update` is all there is.
//!
//! # Numbers
//! What is not per weight is an `f64`. Each level (the model, a tensor, a matrix, a row, a column) has a list of them:
//! first its caches, as they were before the step, then the totals of the reductions over it, as far as they are known.
//! Everything else (a `let`, the new value of a cache) is a function of these and computed where it is needed, so that
//! nothing has to be stored and no order of assignments can go wrong. At the end [`Tiled::commit`] says what the caches
//! become.
//!
//! # Tiles
//! A tensor is a list of matrices: the last two axes are the matrix, those before a batch of them; with one axis there is
//! one row, without any one number. A rule that knows no rows and columns sees a tensor as one row. Matrices are cut
//! into tiles of [`TILE_COLS`] columns and [`tile_rows`] rows: by their shape alone, so that sums do not depend on who
//! computes which tile.
//!
//! # Sums
//! The order of every addition is laid down, so that the result is the same for any threads, instructions and layout:
//! - In a tile, the terms of a row are added to [`LANES`] lanes, the number `j` of the tile's row to lane `j % LANES`,
//!   row after row. At its end the lanes are added by halves (`i` and `i + 8`, then `i + 4`, `i + 2`, `i + 1`).
//! - Over a tensor: the tiles' sums, in order (matrix, then rows, then columns of tiles), beginning with 0.
//! - Over the model: the sums of its tensors, in walking order, beginning with 0.
//! - Over a row: within a tile, lanes for this row alone, added by halves; then the tiles of the row in order.
//! - Over a column: within a tile, row after row, beginning with 0; then the tiles of the column in order.
//! - From the rows or columns to their matrix ([`Fold`]): one after the other, beginning with 0.

use ndarray::{ArrayView2, ArrayViewMut2};

use crate::real::Real;
use crate::rule::{CacheArray, Rule};

/// Columns of a tile.
pub(crate) const TILE_COLS: usize = 4096;

/// Lanes of a sum.
pub(crate) const LANES: usize = 16;

/// How many numbers a function in Rust may be given beside the matrix.
pub const CALL_NUMBERS: usize = 8;

/// Rows of a tile of a matrix with so many rows and columns: at most 64 tiles over each other, and not less than about
/// [`TILE_COLS`] numbers in a tile.
pub(crate) const fn tile_rows(rows: usize, cols: usize) -> usize {
    let cols = if cols < 1 { 1 } else { cols };
    let least = TILE_COLS.div_ceil(if cols < TILE_COLS { cols } else { TILE_COLS });
    let fair = rows.div_ceil(64);
    if fair > least { fair } else { least }
}

/// The shape of a tensor, as numbers for `ndim()`, `numel()`, `rows()` and `cols()`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// How many axes it has.
    pub ndim: f64,
    /// How many numbers it holds.
    pub numel: f64,
    /// The length of the last axis but one; 1 where there is none.
    pub rows: f64,
    /// The length of the last axis; 1 where there is none.
    pub cols: f64,
}

impl Shape {
    /// The numbers of a shape.
    pub fn of(shape: &[usize]) -> Self {
        let from_end = |n: usize| shape.len().checked_sub(n).map_or(1.0, |axis| shape[axis] as f64);
        Shape {
            ndim: shape.len() as f64,
            numel: shape.iter().product::<usize>() as f64,
            rows: from_end(2),
            cols: from_end(1),
        }
    }
}

/// What a list of numbers belongs to; also what a reduction goes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The whole model.
    Model,
    /// A tensor.
    Tensor,
    /// A matrix: the last two axes of a tensor.
    Matrix,
    /// A row of a matrix.
    Row,
    /// A column of a matrix.
    Col,
}

/// The numbers at one place: those of a weight's model, tensor, matrix, row and column. Levels that do not apply (rows,
/// where a tensor is looked at) are empty.
#[derive(Clone, Copy, Debug)]
pub struct Numbers<'a> {
    /// Of the tensor.
    pub shape: Shape,
    /// `[model]` caches (as `once` left them), then sums.
    pub model: &'a [f64],
    /// `[tensor]` caches, then sums.
    pub tensor: &'a [f64],
    /// Folds.
    pub matrix: &'a [f64],
    /// `[row]` caches, then sums.
    pub row: &'a [f64],
    /// `[col]` caches, then sums.
    pub col: &'a [f64],
}

/// What is done with the terms of a reduction before they are added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SumKind {
    /// Nothing: the sum.
    Plain,
    /// Squared (in `f64`): the caller takes the root for a norm.
    Squares,
    /// The term and the next one multiplied (in `f64`): a dot product.
    Products,
    /// The largest absolute value instead of a sum; NaN if there is one.
    MaxAbs,
}

/// A reduction of something that each weight has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum {
    /// The pass that computes the terms.
    pub pass: usize,
    /// What is added.
    pub kind: SumKind,
    /// Its place among the terms of the pass; `Products` takes this and the next.
    pub term: usize,
    /// What it goes over: not `Matrix`.
    pub over: Level,
    /// Where the total stands among the numbers of that level.
    pub place: usize,
}

/// A sum over the rows or the columns of a matrix of something that each of them has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fold {
    /// It is computed before this pass.
    pub pass: usize,
    /// `Row` or `Col`: what has the terms.
    pub from: Level,
    /// Where the total stands among the numbers of the matrix.
    pub place: usize,
}

/// A function in Rust over whole matrices, called between two passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// It is called before this pass, for every matrix.
    pub pass: usize,
    /// The cache (of all `R::Caches`, scratch included) that holds its argument.
    pub input: usize,
    /// The cache that gets the result.
    pub output: usize,
}

/// Which section a pass belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// `look_ahead`: the last of these passes moves the weights to the point.
    LookAhead,
    /// `update`.
    Update,
    /// `evaluate`: one pass, which moves the weights to the point.
    Evaluate,
}

/// A pass over all weights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pass {
    /// What it belongs to.
    pub section: Section,
    /// Whether it looks at weights.
    pub weight: bool,
    /// Whether it looks at gradients.
    pub gradient: bool,
    /// Whether it changes weights.
    pub moves: bool,
    /// The caches that it looks at, a bit each, scratch included.
    pub reads: u32,
    /// The caches that it changes, a bit each, scratch included.
    pub writes: u32,
    /// What it uses of what rows bring, a bit each.
    pub rows: u32,
    /// What it uses of what columns bring, a bit each.
    pub columns: u32,
    /// Where its terms stand; those that are not listed are computed.
    pub terms: &'static [Term],
}

impl Pass {
    /// A pass that may look at everything, and changes nothing.
    pub const fn of(section: Section) -> Self {
        const ALL: u32 = u32::MAX;
        let (weight, gradient, moves) = (true, true, false);
        Pass { section, weight, gradient, moves, reads: ALL, writes: 0, rows: ALL, columns: ALL, terms: &[] }
    }

    /// Whether it looks at a cache or changes it.
    pub(crate) const fn uses_cache(&self, cache: usize) -> bool {
        (self.reads | self.writes) >> cache & 1 == 1
    }
}

/// Where what a weight brings to a sum stands: a stream that the pass does not change is added up as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// Nowhere: the loop computes it.
    Computed,
    /// It is the weight.
    Weight,
    /// It is the gradient.
    Gradient,
    /// It is a cache.
    Cache(usize),
}

/// How the rule `R` is computed. All functions are pure: they are called as often as it suits.
pub trait Tiled<R: Rule>: 'static {
    /// Whether this is a schedule at all; `false` for [`Untiled`] alone.
    const TILED: bool = true;
    /// Whether the rule knows rows and columns; otherwise a tensor is one row.
    const AXES: bool = false;
    /// Whether `look_ahead` takes a gradient at the weights first.
    const LOOK_AHEAD_GRADIENT: bool = false;
    /// All passes, those of `look_ahead` first, then those of `update`, then that of `evaluate`.
    const PASSES: &'static [Pass] = &[];
    /// All reductions.
    const SUMS: &'static [Sum] = &[];
    /// All folds, in the order in which they are computed.
    const FOLDS: &'static [Fold] = &[];
    /// All calls, in the order in which they are made.
    const CALLS: &'static [Call] = &[];
    /// How many of `R::Caches`, at their end, are scratch: not declared, and never read before they are written.
    const SCRATCH: usize = 0;
    /// How many numbers each level has, caches and sums together, in the order of [`Level`].
    const NUMBERS: [usize; 5] = [0; 5];

    /// Whether a tensor of this shape has numbers of rows that anything depends on. Where all that is of rows stands under
    /// conditions that do not hold, nothing is added up for them.
    fn has_rows(shape: &Shape) -> bool {
        let _ = shape;
        true
    }

    /// Whether a tensor of this shape has numbers of columns. Where all that is of columns stands under conditions that do
    /// not hold, none are kept.
    fn has_columns(shape: &Shape) -> bool {
        let _ = shape;
        true
    }

    /// What is computed once a step.
    type Once: Copy + Send + Sync;
    /// What a row brings into the arithmetic of its weights.
    type Row<A: Real>: CacheArray<A>;
    /// What a column brings into the arithmetic of its weights.
    type Col<A: Real>: CacheArray<A>;
    /// What a weight brings to the reductions of a pass; of any pass, the most.
    type Terms<A: Real>: CacheArray<A>;

    /// The section `step`, and all else that is known once a step. Moves the `[model]` caches on that `step` assigns.
    fn once<A: Real>(rule: &R, t: f64, model: &mut R::Model) -> Self::Once;
    /// Shows what is computed once a step by name, a `bool` as 0 or 1, to be read or changed: what is saved for
    /// `evaluate`. Not called where the rule does not evaluate.
    fn visit_once(once: &mut Self::Once, visit: &mut dyn FnMut(&'static str, &mut f64)) {
        let _ = (once, visit);
    }
    /// What the loop gets for a tensor (and its matrix). Before a pass: what later passes need is not known yet, and
    /// comes out as it may.
    fn step<A: Real>(rule: &R, once: Self::Once, at: &Numbers<'_>) -> R::Step<A>;
    /// What the loop gets for a row.
    fn row<A: Real>(rule: &R, once: Self::Once, at: &Numbers<'_>) -> Self::Row<A> {
        let _ = (rule, once, at);
        Self::Row::filled(A::zero())
    }
    /// What the loop gets for a column.
    fn col<A: Real>(rule: &R, once: Self::Once, at: &Numbers<'_>) -> Self::Col<A> {
        let _ = (rule, once, at);
        Self::Col::filled(A::zero())
    }
    /// A pass for one weight: the weight, the caches, and the terms of the pass's reductions.
    fn pass<A: Real, const PASS: usize>(
        step: R::Step<A>,
        w: A,
        g: A,
        caches: R::Caches<A>,
        row: Self::Row<A>,
        col: Self::Col<A>,
    ) -> (A, R::Caches<A>, Self::Terms<A>);
    /// The term of a fold (by its place in `FOLDS`) for one row or column.
    fn fold<A: Real>(rule: &R, once: Self::Once, fold: usize, at: &Numbers<'_>) -> f64 {
        let _ = (rule, once, fold, at);
        0.0
    }
    /// The numbers that a call (by its place in `CALLS`) is given beside the matrix, in order, to the beginning of
    /// `numbers`, and whether the conditions hold under which it stands.
    fn call_numbers<A: Real>(
        rule: &R,
        once: Self::Once,
        call: usize,
        at: &Numbers<'_>,
        numbers: &mut [f64; CALL_NUMBERS],
    ) -> bool {
        let _ = (rule, once, call, at, numbers);
        false
    }
    /// Calls the function for one matrix.
    fn call<A: Real>(
        call: usize,
        input: ArrayView2<'_, A>,
        output: ArrayViewMut2<'_, A>,
        numbers: &[f64; CALL_NUMBERS],
    ) {
        let _ = (call, input, output, numbers);
    }
    /// What the caches of `level` become, at this place: writes those that change to `caches`, which holds the old ones.
    fn commit<A: Real>(rule: &R, once: Self::Once, level: Level, at: &Numbers<'_>, caches: &mut [f64]) {
        let _ = (rule, once, level, at, caches);
    }
}

/// The schedule of a rule that needs none.
#[derive(Clone, Copy, Debug)]
pub struct Untiled;

impl<R: Rule> Tiled<R> for Untiled {
    const TILED: bool = false;
    type Once = ();
    type Row<A: Real> = [A; 0];
    type Col<A: Real> = [A; 0];
    type Terms<A: Real> = [A; 0];
    fn once<A: Real>(_: &R, _: f64, _: &mut R::Model) {}
    fn step<A: Real>(_: &R, (): (), _: &Numbers<'_>) -> R::Step<A> {
        unreachable!("an untiled rule has `scalars`")
    }
    fn pass<A: Real, const PASS: usize>(
        step: R::Step<A>,
        w: A,
        g: A,
        caches: R::Caches<A>,
        _: [A; 0],
        _: [A; 0],
    ) -> (A, R::Caches<A>, [A; 0]) {
        let (w, caches) = R::update(step, w, g, caches);
        (w, caches, [])
    }
}
