//! [`Confusion`]: which class was taken for which, with precision, recall and F1 of each.

use core::fmt;

use ndarray::{Array2, ArrayView2, Axis};

use super::{Mean, share};
use crate::error::Error;
use crate::loss::{check_labels, class_of};
use crate::real::Real;
use crate::train::table::Table;

/// Which class was taken for which: a matrix of counts, a row for each label, a column for each prediction.
///
/// With `n[i, j]` rows of label `i` that were taken for `j`, and `u[i]` that have no class because of a NaN:
/// precision of `c` is `n[c, c] / Σᵢ n[i, c]`, recall `n[c, c] / (Σⱼ n[c, j] + u[c])`, F1 their harmonic mean
/// `2 n[c, c] / (Σᵢ n[i, c] + Σⱼ n[c, j] + u[c])`. Each is NaN where it is 0/0.
///
/// ```
/// use optim_core::ndarray::array;
/// use optim_core::train::metrics::Confusion;
///
/// let mut confusion = Confusion::new(2).with_names(["cat", "dog"])?;
/// confusion.update(array![[0.9, 0.1], [0.3, 0.7], [0.2, 0.8], [f64::NAN, 0.0]].view(), &[0, 0, 1, 1])?;
/// assert_eq!(confusion.counts(), array![[1, 1], [0, 1]]);
/// assert_eq!(confusion.recall(), [0.5, 0.5]);
/// assert_eq!(
///     confusion.to_string(),
///     "\
/// label  cat  dog  none  precision  recall     F1
/// cat      1    1     0      1.000   0.500  0.667
/// dog      0    1     1      0.500   0.500  0.500
/// "
/// );
/// # Ok::<(), optim_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion {
    names: Vec<String>,
    counts: Array2<u64>,
    /// Of each label, the rows without a class.
    undecided: Vec<u64>,
}

impl Confusion {
    /// A matrix for the classes `0..classes`, named by their numbers.
    pub fn new(classes: usize) -> Self {
        let names = (0..classes).map(|class| class.to_string()).collect();
        Confusion { names, counts: Array2::zeros((classes, classes)), undecided: vec![0; classes] }
    }

    /// The same with other names in the table.
    ///
    /// # Errors
    /// When there are not as many names as classes.
    pub fn with_names<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Result<Self, Error> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        if names.len() != self.names.len() {
            return Err(Error::layer("Confusion", "the list of names", &[names.len()], &[self.names.len()]));
        }
        self.names = names;
        Ok(self)
    }

    /// Takes a batch in. Shapes: `logits` (batch, classes), `labels` (batch).
    ///
    /// # Errors
    /// When the matrix was made for another number of classes, there are not as many labels as rows, or a label is not in
    /// `0..classes`; nothing has been counted.
    pub fn update<A: Real>(&mut self, logits: ArrayView2<'_, A>, labels: &[usize]) -> Result<(), Error> {
        if logits.ncols() != self.names.len() {
            let expected = [logits.nrows(), self.names.len()];
            return Err(Error::layer("Confusion", "the matrix of logits", logits.shape(), &expected));
        }
        check_labels("Confusion", logits, labels)?;
        for (row, &label) in logits.rows().into_iter().zip(labels) {
            self.count_one(class_of(row), label);
        }
        Ok(())
    }

    /// Takes predictions in, whoever made them: a class, or `None` where there is none.
    ///
    /// # Errors
    /// When there are not as many predictions as labels, or one of either is not in `0..classes`; nothing has been
    /// counted.
    pub fn update_classes(&mut self, predicted: &[Option<usize>], labels: &[usize]) -> Result<(), Error> {
        if predicted.len() != labels.len() {
            return Err(Error::layer("Confusion", "the slice of labels", &[labels.len()], &[predicted.len()]));
        }
        let classes = self.names.len();
        for (row, (&class, &label)) in predicted.iter().zip(labels).enumerate() {
            for (what, class) in [("prediction", class), ("label", Some(label))] {
                if let Some(class) = class.filter(|&class| class >= classes) {
                    let message =
                        format!("`Confusion`: {what} {class} of row {row} is not in 0..{classes}, the classes");
                    return Err(Error::data(message));
                }
            }
        }
        for (&class, &label) in predicted.iter().zip(labels) {
            self.count_one(class, label);
        }
        Ok(())
    }

    fn count_one(&mut self, class: Option<usize>, label: usize) {
        match class {
            Some(class) => self.counts[[label, class]] += 1,
            None => self.undecided[label] += 1,
        }
    }

    /// The share of rows on the diagonal, the accuracy: NaN where there are no rows.
    pub fn value(&self) -> f64 {
        share(self.counts.diag().sum(), self.count())
    }

    /// The matrix: a row for each label, a column for each prediction.
    pub fn counts(&self) -> ArrayView2<'_, u64> {
        self.counts.view()
    }

    /// How many rows there were.
    pub fn count(&self) -> u64 {
        self.counts.sum() + self.nans()
    }

    /// How many rows had no class, because of a NaN.
    pub fn nans(&self) -> u64 {
        self.undecided.iter().sum()
    }

    /// Of each class, the share of what was taken for it that is of it.
    pub fn precision(&self) -> Vec<f64> {
        self.per_class(|right, taken, _| share(right, taken))
    }

    /// Of each class, the share of what is of it that was taken for it.
    pub fn recall(&self) -> Vec<f64> {
        self.per_class(|right, _, there| share(right, there))
    }

    /// Of each class, the harmonic mean of precision and recall.
    pub fn f1(&self) -> Vec<f64> {
        self.per_class(|right, taken, there| share(2 * right, taken + there))
    }

    /// The mean of F1 over the classes that occur, as label or as prediction.
    pub fn macro_f1(&self) -> f64 {
        let mut mean = Mean::default();
        self.f1().into_iter().for_each(|f1| mean.update(f1));
        mean.numbers()
    }

    /// Calls `f` with three counts of each class: rightly taken for it, taken for it, of it.
    fn per_class(&self, f: impl Fn(u64, u64, u64) -> f64) -> Vec<f64> {
        let (taken, there) = (self.counts.sum_axis(Axis(0)), self.counts.sum_axis(Axis(1)));
        let classes = 0..self.names.len();
        classes
            .map(|class| f(self.counts[[class, class]], taken[class], there[class] + self.undecided[class]))
            .collect()
    }

    /// Begins anew, with the same classes and names.
    pub fn reset(&mut self) {
        self.counts.fill(0);
        self.undecided.fill(0);
    }
}

/// The matrix as a table, with precision, recall and F1 of each class. The column `none` is there where it is needed.
impl fmt::Display for Confusion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let undecided = self.nans() > 0;
        let mut header = vec!["label".to_owned()];
        header.extend(self.names.iter().cloned());
        header.extend(undecided.then(|| "none".to_owned()));
        header.extend(["precision", "recall", "F1"].map(str::to_owned));
        let mut table = Table::new(header);
        let (precision, recall, f1) = (self.precision(), self.recall(), self.f1());
        for (class, name) in self.names.iter().enumerate() {
            let mut row = vec![name.clone()];
            row.extend(self.counts.row(class).iter().map(u64::to_string));
            row.extend(undecided.then(|| self.undecided[class].to_string()));
            row.extend([precision[class], recall[class], f1[class]].map(|number| format!("{number:.3}")));
            table.push(row);
        }
        table.fmt(f)
    }
}
