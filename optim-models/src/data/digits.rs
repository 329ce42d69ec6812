//! Handwritten digits, part of this crate: 1,797 of 8 × 8 pixels.
//!
//! E. Alpaydin, C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning Repository, 1998,
//! <https://doi.org/10.24432/C50P49>, CC BY 4.0.

use optim_core::Real;

use super::{Dataset, idx};

/// The pixels' largest value.
const WHITE: f64 = 16.0;
/// The examples that the standard split trains on.
const TRAIN: usize = 1_437;

static IMAGES: &[u8] = include_bytes!("../../data/digits-images.idx3-ubyte");
static LABELS: &[u8] = include_bytes!("../../data/digits-labels.idx1-ubyte");

/// 1,797 handwritten digits: inputs (1,797, 64), pixels from 0 to 1, row by row; labels 0 to 9.
///
/// ```
/// use optim_models::data::digits;
///
/// let digits = digits::<f32>();
/// assert_eq!(digits.inputs.dim(), (1_797, 64));
/// assert_eq!(digits.labels[..5], [0, 1, 2, 3, 4]);
/// ```
///
/// The data: E. Alpaydin, C. Kaynak, *Optical Recognition of Handwritten Digits*, UCI Machine Learning Repository,
/// 1998, <https://doi.org/10.24432/C50P49>, licensed under CC BY 4.0; the test set, in another file format, the pixels
/// divided by 16.
#[must_use]
pub fn digits<A: Real>() -> Dataset<A> {
    let files = [("digits-images.idx3-ubyte", IMAGES), ("digits-labels.idx1-ubyte", LABELS)];
    idx::dataset(files, WHITE, 10).unwrap_or_else(|error| unreachable!("a test reads the embedded digits: {error}"))
}

/// [`digits`], split as is usual: the first 1,437 to train with, the last 360 to test.
#[must_use]
pub fn digits_split<A: Real>() -> (Dataset<A>, Dataset<A>) {
    digits().split_at(TRAIN)
}
