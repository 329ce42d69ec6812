//! [`Accuracy`]: the share of rows that are classified correctly.

use ndarray::ArrayView2;

use super::share;
use crate::error::Error;
use crate::loss::{check_labels, class_of};
use crate::real::Real;

/// The share of rows whose largest logit ([`class_of`]) is that of the label, between 0 and 1.
///
/// `value = right / count`. A row with a NaN has no class: it is wrong, and counted by [`nans`](Self::nans).
///
/// ```
/// use optim_core::ndarray::array;
/// use optim_core::train::metrics::Accuracy;
///
/// let mut accuracy = Accuracy::default();
/// accuracy.update(array![[0.9, 0.1], [0.2, 0.8]].view(), &[0, 0])?;
/// accuracy.update(array![[f64::NAN, 0.1]].view(), &[0])?;
/// assert_eq!((accuracy.right(), accuracy.count(), accuracy.nans()), (1, 3, 1));
/// assert_eq!(accuracy.value(), 1.0 / 3.0);
/// # Ok::<(), optim_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Accuracy {
    right: u64,
    count: u64,
    nans: u64,
}

impl Accuracy {
    /// Takes a batch in. Shapes: `logits` (batch, classes), `labels` (batch).
    ///
    /// # Errors
    /// When there are not as many labels as rows, or a label is not in `0..classes`; nothing has been counted.
    pub fn update<A: Real>(&mut self, logits: ArrayView2<'_, A>, labels: &[usize]) -> Result<(), Error> {
        check_labels("Accuracy", logits, labels)?;
        for (row, &label) in logits.rows().into_iter().zip(labels) {
            let class = class_of(row);
            self.count += 1;
            self.right += u64::from(class == Some(label));
            self.nans += u64::from(class.is_none());
        }
        Ok(())
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

    /// Begins anew.
    pub fn reset(&mut self) {
        *self = Accuracy::default();
    }
}
