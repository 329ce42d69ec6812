//! [`TopK`]: the share of rows whose label is among the k largest logits.

use ndarray::{ArrayView1, ArrayView2};

use super::share;
use crate::error::Error;
use crate::loss::check_labels;
use crate::real::Real;

/// The share of rows whose label is among the `k` largest logits, between 0 and 1.
///
/// Of equal logits the one of the smaller class comes first, as in [`class_of`](crate::loss::class_of): with `k = 1` this
/// is [`Accuracy`](super::Accuracy). A row with a NaN is wrong, and counted by [`nans`](Self::nans).
///
/// ```
/// use optim_core::ndarray::array;
/// use optim_core::train::metrics::TopK;
///
/// let mut top2 = TopK::new(2)?;
/// top2.update(array![[0.1, 0.7, 0.2], [0.5, 0.4, 0.1]].view(), &[2, 2])?;
/// assert_eq!(top2.value(), 0.5);
/// # Ok::<(), optim_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TopK {
    k: usize,
    right: u64,
    count: u64,
    nans: u64,
}

impl TopK {
    /// Among the `k` largest, at least 1. With as many as there are classes every row without a NaN is right.
    ///
    /// # Errors
    /// When `k` is 0.
    pub fn new(k: usize) -> Result<Self, Error> {
        if k == 0 {
            return Err(Error::range("TopK", "k", "0".into(), "1.."));
        }
        Ok(TopK { k, right: 0, count: 0, nans: 0 })
    }

    /// Takes a batch in. Shapes: `logits` (batch, classes), `labels` (batch).
    ///
    /// # Errors
    /// When there are not as many labels as rows, or a label is not in `0..classes`; nothing has been counted.
    pub fn update<A: Real>(&mut self, logits: ArrayView2<'_, A>, labels: &[usize]) -> Result<(), Error> {
        check_labels("TopK", logits, labels)?;
        for (row, &label) in logits.rows().into_iter().zip(labels) {
            let place = place(row, label);
            self.count += 1;
            self.right += u64::from(place.is_some_and(|place| place < self.k));
            self.nans += u64::from(place.is_none());
        }
        Ok(())
    }

    /// The `k` it was made with.
    pub fn k(&self) -> usize {
        self.k
    }

    /// The share of rows that are right: NaN where there are none.
    pub fn value(&self) -> f64 {
        share(self.right, self.count)
    }

    /// How many rows are right.
    pub fn right(&self) -> u64 {
        self.right
    }

    /// How many rows there were.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many rows had a NaN.
    pub fn nans(&self) -> u64 {
        self.nans
    }

    /// Begins anew, with the same `k`.
    pub fn reset(&mut self) {
        *self = TopK { k: self.k, right: 0, count: 0, nans: 0 };
    }
}

/// How many logits come before that of the label; none where there is a NaN.
fn place<A: Real>(row: ArrayView1<'_, A>, label: usize) -> Option<usize> {
    let ours = row[label];
    let mut before = 0;
    for (class, &z) in row.iter().enumerate() {
        if z.is_nan() {
            return None;
        }
        before += usize::from(z > ours || (z == ours && class < label));
    }
    Some(before)
}
