//! [`Precision`]: what the numbers of an optimizer are kept in, and [`Storage`]: a rule with that said.

use crate::error::Error;
use crate::kernel::SCALED_BLOCK;
use crate::optimizable::Optimizable;
use crate::optimizer::{Optimizer, Precisions};
use crate::rule::Rule;
use crate::selection::Parameter;

/// What the numbers of a cache are kept in between steps.
///
/// Every step computes in the model's scalar type. What is kept in fewer bits is decoded and encoded while it is in the
/// nearest cache, in the same pass over memory: a step that waits for memory is faster by as much as there is less to move.
///
/// | | bytes | a number and what is kept differ by | |
/// |---|---|---|---|
/// | `Exact` | 4 or 8 | nothing | the model's scalar type |
/// | `Bf16` | 2 | less than 2⁻⁷ of it | the upper half of an `f32` |
/// | `Block8` | 1 + 1/32 | less than 2⁻⁵ of it (2⁻⁴ with signs) within a factor of 16 of the scale of its block, twice as much in the next factor of 16, and so on | 64 numbers share a power of 2 |
///
/// # What it gains
/// Memory, always. Time, where a core waits for memory more than it computes. Blocks of 64 numbers are decoded and encoded
/// beside the rule's divisions: a step of Adam whose numbers are in a near cache takes 0.39 ns a weight, 0.48 in `Bf16` and
/// 0.66 in `Block8`. Adam on 32 Mi weights, time of `Exact` through that of this, and, in the same run, the same of streams
/// of as many bytes with an addition each (`cargo bench -p optim-core --bench precision`):
///
/// | | `Bf16` | streams | `Block8` | streams |
/// |---|---|---|---|---|
/// | Intel Sapphire Rapids, 26 GB/s a core, 2026-11-29, one thread | 1.29–1.33 | 1.28–1.45 | 1.17–1.29 | 1.44–1.64 |
/// | two threads | 1.31–1.35 | 1.27–1.37 | 1.22–1.37 | 1.44–1.59 |
/// | 1 Mi weights, which stay in a cache, one thread | 1.1 | | 0.85 | |
///
/// A step moves 28, 20 and 16.1 bytes a weight. `Bf16` takes as long as its streams (0.77 ns a weight; the step with `Exact`
/// is a little faster than its own). `Block8` computes for as long as it waits, 42 ns for 64 weights: 92 operations of
/// vectors are the rule, 138 codes, which the two vector ports of a core do in 34, and a processor looks about one block
/// ahead. The same pipeline with codes copied instead of computed gains 1.45 and 1.48; asking for lines earlier, later, or
/// into another cache gains nothing. It gains more where more cores share a memory: here two do not fill it.
///
/// # What it costs
/// 100 steps of Adam on the digits, ‖Δw‖ / ‖w‖ against `Exact`, mean over 16 seeds (`optim-models/tests/precision.rs`); the
/// accuracy on the test set is the same within what seeds make of it:
///
/// | `lr` | `Bf16` | `Block8` |
/// |---|---|---|
/// | 3e-4 | 2.3e-4 | 1.9e-3 |
/// | 1e-3 | 8.9e-4 | 5.9e-3 |
///
/// Blocks of 16 instead of 64 numbers would make the last 5e-3: it is the 8 bits, not the scales. Square roots as codes
/// make it 8.4e-3, rounding the first cache to the nearest more than that.
///
/// # Rounding
/// Stochastic: up or down, so that it is right on average. The chances follow from a seed ([`Storage::seed`]), the step,
/// the cache and the place of the weight: the same run gives the same bits, for any threads, instructions and layout. The
/// thresholds of a block are spread evenly, and so are those of a place over steps, by the golden ratio, which makes the
/// error of a sum smaller than chance would.
///
/// # Blocks
/// A block is 64 numbers of a tensor in logical order; its scale is the power of 2 that its largest number does not exceed
/// (or the next, where it is within 2⁻⁵ of that). Where all numbers of a block are positive, no bit is spent on signs, and
/// no number but 0 becomes 0: rules divide by roots of such. The least number is 2⁻³² of the scale (2⁻²⁸ with signs). Rules
/// with reductions go through tiles, and their blocks end where the rows do that go through a loop together: narrow
/// matrices have a few more of them.
///
/// # What stays exact
/// Caches that start at the weights (the slow weights of `Lookahead`, the averages of Schedule-Free rules), since their
/// rounding would be an error of the weights themselves; caches of rows, columns, tensors and the model, of which there are
/// few; and what is kept only during a step.
///
/// # What is not finite
/// Infinity and NaN stay what they are in `Bf16`. A block that has one is NaN as a whole in `Block8`, and so is one with a
/// number above 3.3 · 10³⁸. Blocks whose numbers are below 3 · 10⁻¹² and have signs, or below 10⁻²⁸, lose precision in
/// `Block8`; those above 3.3 · 10³⁸ may become infinite in `Bf16`. Caches of `f64` models go through `f32`,
/// and have its range.
///
/// # Elements that do not move
/// Masked elements, and frozen parameters, keep their caches: what a format has is kept exactly when it is encoded again.
/// A masked element of a block in `Block8` may be rounded once more where the scale of its block has become another.
///
/// ```
/// use optim_core::Precision;
/// use optim_core::prelude::*;
///
/// let mut w = vec![1.0_f32; 1000];
/// let gradient = w.clone();
/// let mut opt = Adam::default().caches(Precision::Block8).init(&w)?;
/// opt.step(&mut w, &gradient)?;
/// assert!((w[0] - 0.999).abs() < 1e-6);
/// # Ok::<(), optim_core::Error>(())
/// ```
///
/// Sources: stochastic rounding, S. Gupta et al., *Deep Learning with Limited Numerical Precision*, 2015. Blocks of 8 bits:
/// T. Dettmers et al., *8-bit Optimizers via Block-wise Quantization*, 2022; other than there, codes are roots rather than
/// entries of a table, scales are powers of 2, blocks are smaller, and rounding is stochastic. Thresholds: A. Owen,
/// *Randomly Permuted (t,m,s)-Nets and (t,s)-Sequences*, 1995.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Precision {
    /// The model's scalar type.
    #[default]
    Exact,
    /// The upper half of an `f32`: 8 bits of exponent, 7 of mantissa.
    Bf16,
    /// 8 bits a number, in blocks of 64 with a scale.
    Block8,
}

impl Precision {
    /// Bytes of a number of a model in `f32`, scales counted.
    ///
    /// ```
    /// use optim_core::Precision;
    ///
    /// assert_eq!(Precision::Exact.bytes(), 4.0);
    /// assert_eq!(Precision::Bf16.bytes(), 2.0);
    /// assert_eq!(Precision::Block8.bytes(), 1.03125);
    /// ```
    pub fn bytes(self) -> f64 {
        match self {
            Precision::Exact => 4.0,
            Precision::Bf16 => 2.0,
            Precision::Block8 => 1.0 + 2.0 / SCALED_BLOCK as f64,
        }
    }

    /// Its name in records.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Precision::Exact => "exact",
            Precision::Bf16 => "bf16",
            Precision::Block8 => "block8",
        }
    }
}

/// A rule, and what an optimizer of it keeps its numbers in; made by [`Rule::caches`].
///
/// ```
/// use optim_core::Precision;
/// use optim_core::prelude::*;
///
/// let storage = Adam::default().caches(Precision::Block8).weights(Precision::Bf16).seed(7);
/// assert_eq!(storage.bytes_per_weight(), 2.0625);
/// let mut w = vec![1.0_f32; 3];
/// let mut opt = storage.init(&w)?;
/// opt.step(&mut w, &vec![1.0; 3])?;
/// // One of the two numbers of bf16 beside 0.999.
/// assert!(w.iter().all(|&w| w == 0.99609375 || w == 1.0));
/// # Ok::<(), optim_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Storage<R> {
    rule: R,
    precision: Precisions,
}

impl<R: Rule> Storage<R> {
    pub(crate) fn new(rule: R, caches: Precision) -> Self {
        Storage { rule, precision: Precisions { caches, ..Precisions::default() } }
    }

    /// What caches are kept in.
    #[must_use]
    pub fn caches(mut self, precision: Precision) -> Self {
        self.precision.caches = precision;
        self
    }

    /// What weights are rounded to by each step: [`Precision::Bf16`], or [`Precision::Exact`] for not at all.
    ///
    /// The model keeps its type. Every weight that a step moves becomes one of the two bf16 numbers beside it, by stochastic
    /// rounding: small steps are not lost, they are taken as seldom as they are small. So a model that is stored or sent as
    /// bf16 loses nothing. Constraints act behind it, and so do wrappers that move weights themselves
    /// ([`lookahead`](crate::Wrap::lookahead), [`cautious`](crate::Wrap::cautious)): what they move is not rounded again.
    #[must_use]
    pub fn weights(mut self, precision: Precision) -> Self {
        self.precision.weights = precision;
        self
    }

    /// What the chances of rounding follow from; 0 without this.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.precision.seed = seed;
        self
    }

    /// The rule.
    pub fn rule(&self) -> &R {
        &self.rule
    }

    /// Bytes of caches that a weight of a model in `f32` has, as [`Rule::bytes_per_weight`], kept so.
    ///
    /// ```
    /// use optim_core::Precision;
    /// use optim_core::prelude::*;
    ///
    /// assert_eq!(Adam::default().bytes_per_weight(), 8.0);
    /// assert_eq!(Adam::default().caches(Precision::Bf16).bytes_per_weight(), 4.0);
    /// assert_eq!(Adam::default().caches(Precision::Block8).bytes_per_weight(), 2.0625);
    /// // The average starts at the weights, and stays exact.
    /// assert_eq!(ScheduleFreeAdamW::default().caches(Precision::Bf16).bytes_per_weight(), 6.0);
    /// ```
    pub fn bytes_per_weight(&self) -> f64 {
        crate::optimizer::init::bytes_per_weight(&self.rule, self.precision.caches)
    }

    /// As [`Rule::init`].
    ///
    /// # Errors
    /// As there, and when weights are to be kept in blocks.
    pub fn init<M: Optimizable>(self, model: &M) -> Result<Optimizer<R, M>, Error> {
        self.check()?;
        Optimizer::new(self.rule, model, None, self.precision)
    }

    /// As [`Rule::init_where`].
    ///
    /// # Errors
    /// As there, and when weights are to be kept in blocks.
    pub fn init_where<M: Optimizable>(
        self,
        model: &M,
        selection: impl Fn(&Parameter<'_>) -> bool,
    ) -> Result<Optimizer<R, M>, Error> {
        self.check()?;
        Optimizer::new(self.rule, model, Some(&selection), self.precision)
    }

    fn check(&self) -> Result<(), Error> {
        if self.precision.weights == Precision::Block8 {
            let text = "weights are kept in `Precision::Exact` or `Precision::Bf16`, not in `Precision::Block8`";
            return Err(Error::other(format!("`{}`: {text}", R::NAME)));
        }
        Ok(())
    }
}
