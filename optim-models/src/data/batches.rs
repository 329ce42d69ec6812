//! [`Batches`]: a data set in random order, some rows at a time.

use optim_core::layers::Buffer;
use optim_core::ndarray::{ArrayView2, Axis};
use optim_core::random::Rng;
use optim_core::{Error, Real};

use super::Dataset;

/// The examples of a data set in batches, in an order that depends on a seed and on nothing else.
///
/// An epoch is `shuffle`, then `next_batch` until there is none; without the first, the examples come in the data
/// set's own order. Every example comes once an epoch, and the last batch is smaller where the size does not divide
/// their number. Rows are gathered into memory that is used again: a batch allocates nothing after the first.
///
/// ```
/// use optim_models::{Batches, data};
///
/// let digits = data::digits::<f32>();
/// let mut batches = Batches::new(&digits, 500, 7)?;
/// assert_eq!(batches.count(), 4);
/// batches.shuffle();
/// let mut sizes = Vec::new();
/// while let Some((x, labels)) = batches.next_batch() {
///     assert_eq!(x.dim(), (labels.len(), 64));
///     sizes.push(labels.len());
/// }
/// assert_eq!(sizes, [500, 500, 500, 297]);
/// # Ok::<(), optim_core::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Batches<'d, A: Real> {
    data: &'d Dataset<A>,
    size: usize,
    rng: Rng,
    order: Vec<usize>,
    /// Where in the order the next batch begins.
    next: usize,
    inputs: Buffer<A>,
    labels: Vec<usize>,
}

impl<'d, A: Real> Batches<'d, A> {
    /// Batches of `size` examples, whose orders follow from `seed`.
    ///
    /// # Errors
    /// When `size` is 0.
    pub fn new(data: &'d Dataset<A>, size: usize, seed: u64) -> Result<Self, Error> {
        if size == 0 {
            return Err(Error::data("a batch of 0 examples: write 1 or more"));
        }
        let (order, labels) = ((0..data.len()).collect(), Vec::with_capacity(size.min(data.len())));
        Ok(Batches { data, size, rng: Rng::new(seed), order, next: 0, inputs: Buffer::default(), labels })
    }

    /// Begins an epoch in a new order: the last one, shuffled ([`Rng::shuffle`]).
    pub fn shuffle(&mut self) {
        self.rng.shuffle(&mut self.order);
        self.next = 0;
    }

    /// Begins an epoch in the order of the last.
    pub fn rewind(&mut self) {
        self.next = 0;
    }

    /// The next batch of this epoch, inputs (batch, features) and labels (batch); none at the end.
    pub fn next_batch(&mut self) -> Option<(ArrayView2<'_, A>, &[usize])> {
        let left = self.order.get(self.next..).unwrap_or_default();
        let rows = left.get(..self.size).unwrap_or(left);
        if rows.is_empty() {
            return None;
        }
        let mut inputs = self.inputs.resize((rows.len(), self.data.inputs.ncols()));
        self.labels.clear();
        for (mut input, &row) in inputs.rows_mut().into_iter().zip(rows) {
            input.assign(&self.data.inputs.index_axis(Axis(0), row));
            self.labels.push(self.data.labels[row]);
        }
        self.next += rows.len();
        Some((self.inputs.view(), &self.labels))
    }

    /// How many batches an epoch has.
    pub fn count(&self) -> usize {
        self.order.len().div_ceil(self.size)
    }

    /// The examples in the order of this epoch.
    pub fn order(&self) -> &[usize] {
        &self.order
    }
}
