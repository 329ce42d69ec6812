//! Data sets in memory: [`Dataset`], where they come from ([`digits`], [`idx`]), and [`Batches`] of them.

mod batches;
mod digits;
pub mod idx;

use optim_core::ndarray::Array2;
use optim_core::{Error, Real};

pub use self::batches::Batches;
pub use self::digits::{digits, digits_split};

/// Examples with their classes.
///
/// Shapes: `inputs` (examples, features), `labels` (examples), each in `0..classes`.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset<A: Real> {
    /// One example a row.
    pub inputs: Array2<A>,
    /// The class of each example.
    pub labels: Vec<usize>,
    /// How many classes there are.
    pub classes: usize,
}

impl<A: Real> Dataset<A> {
    /// Examples with their classes.
    ///
    /// # Errors
    /// When there are not as many labels as rows, or a label is not in `0..classes`.
    pub fn new(inputs: Array2<A>, labels: Vec<usize>, classes: usize) -> Result<Self, Error> {
        if labels.len() != inputs.nrows() {
            return Err(Error::data(format!("{} examples have {} labels", inputs.nrows(), labels.len())));
        }
        match labels.iter().position(|&label| label >= classes) {
            Some(row) => {
                Err(Error::data(format!("label {} of example {row} is not in 0..{classes}, the classes", labels[row])))
            }
            None => Ok(Dataset { inputs, labels, classes }),
        }
    }

    /// How many examples there are.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// The first `count` examples, all where there are not so many, and the others.
    ///
    /// ```
    /// use optim_models::data::digits;
    ///
    /// let (train, test) = digits::<f32>().split_at(1_000);
    /// assert_eq!((train.len(), test.len()), (1_000, 797));
    /// ```
    #[must_use]
    pub fn split_at(self, count: usize) -> (Self, Self) {
        let Dataset { inputs, mut labels, classes } = self;
        let count = count.min(labels.len());
        let rows = |from: usize, to: usize| {
            Array2::from_shape_fn((to - from, inputs.ncols()), |(row, feature)| inputs[[from + row, feature]])
        };
        let (first, others) = (rows(0, count), rows(count, inputs.nrows()));
        let others = Dataset { inputs: others, labels: labels.split_off(count), classes };
        (Dataset { inputs: first, labels, classes }, others)
    }
}
