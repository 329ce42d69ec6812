//! Losses: a number from predictions and targets, and its gradient with respect to the predictions.
//!
//! Each is a function that writes the gradient into a [`Buffer`] of the caller's, which is what a network's backward
//! pass starts from. The number is an `f64`, summed in `f64` in logical order.

use ndarray::{ArrayView, ArrayView1, ArrayView2, ArrayViewMut, Axis, Dimension};

use crate::error::Error;
use crate::layers::{Buffer, Exponential};
use crate::real::Real;

/// Softmax followed by cross-entropy with whole-number labels, the mean over the batch.
///
/// `loss = −1/batch · Σᵢ ln pᵢ[labelᵢ]` with `pᵢ[j] = exp(zᵢ[j]) / Σₖ exp(zᵢ[k])`; `dlogits = (p − onehot) / batch`.
///
/// Shapes: `logits` (batch, classes), `labels` (batch), each in `0..classes`; `dlogits` takes the shape of `logits`.
/// The largest logit of each row is subtracted first: finite logits give a finite loss and gradient, however large.
/// An empty batch has the loss 0 and an empty gradient.
///
/// ```
/// use optim_core::loss::softmax_cross_entropy;
/// use optim_core::ndarray::array;
/// use optim_core::prelude::*;
///
/// let mut dlogits = Buffer::default();
/// let loss = softmax_cross_entropy(array![[0.0_f64, 0.0], [800.0, 0.0]].view(), &[1, 0], &mut dlogits)?;
/// assert!((loss - 2.0_f64.ln() / 2.0).abs() < 1e-15);
/// assert_eq!(dlogits.view(), array![[0.25, -0.25], [0.0, 0.0]]);
/// # Ok::<(), optim_core::Error>(())
/// ```
///
/// # Errors
/// When there are not as many labels as rows, or a label is not in `0..classes`; `dlogits` is as before.
pub fn softmax_cross_entropy<A: Real>(
    logits: ArrayView2<'_, A>,
    labels: &[usize],
    dlogits: &mut Buffer<A>,
) -> Result<f64, Error> {
    check_labels("softmax_cross_entropy", logits, labels)?;
    let mut gradient = dlogits.resize(logits.raw_dim());
    let share = 1.0 / labels.len().max(1) as f64;
    let mut loss = 0.0;
    gradient.assign(&logits);
    let rows = side_by_side(&mut gradient).chunks_exact_mut(logits.ncols().max(1));
    for (out, &label) in rows.zip(labels) {
        let logit = out[label];
        let mut largest = A::neg_infinity();
        for &z in &*out {
            largest = if z > largest { z } else { largest };
        }
        let mut sum = 0.0;
        // Sums keep their order, which no vector does: they have loops of their own.
        for number in &mut *out {
            *number = <A as Exponential>::layer_exp(*number - largest);
        }
        for number in &*out {
            sum += number.as_f64();
        }
        loss += libm::log(sum) - (logit - largest).as_f64();
        let scale = A::from_f64(share / sum);
        for number in &mut *out {
            *number *= scale;
        }
        out[label] -= A::from_f64(share);
    }
    Ok(loss * share)
}

/// The mean of the squared differences, over all numbers.
///
/// `loss = 1/n · Σ (prediction − target)²`, `dprediction = 2/n · (prediction − target)`, `n` the number of elements.
///
/// Shapes: all the same, of any rank. Without elements the loss is 0.
///
/// ```
/// use optim_core::loss::mean_squared_error;
/// use optim_core::ndarray::array;
/// use optim_core::prelude::*;
///
/// let mut dprediction = Buffer::default();
/// let loss = mean_squared_error(array![[1.0, 2.0]].view(), array![[0.0, 4.0]].view(), &mut dprediction)?;
/// assert_eq!(loss, 2.5);
/// assert_eq!(dprediction.view(), array![[1.0, -2.0]]);
/// # Ok::<(), optim_core::Error>(())
/// ```
///
/// # Errors
/// When the shapes differ; `dprediction` is as before.
pub fn mean_squared_error<A: Real, D: Dimension>(
    prediction: ArrayView<'_, A, D>,
    target: ArrayView<'_, A, D>,
    dprediction: &mut Buffer<A, D>,
) -> Result<f64, Error> {
    if prediction.shape() != target.shape() {
        return Err(Error::layer("mean_squared_error", "the target", target.shape(), prediction.shape()));
    }
    let share = 1.0 / prediction.len().max(1) as f64;
    let mut out = dprediction.resize(prediction.raw_dim());
    out.assign(&prediction);
    out -= &target;
    let (mut loss, scale) = (0.0, A::from_f64(2.0 * share));
    let differences = side_by_side(&mut out);
    for difference in &*differences {
        loss += difference.as_f64() * difference.as_f64();
    }
    for difference in differences {
        *difference *= scale;
    }
    Ok(loss * share)
}

/// The class of the largest number: the first of them where several are as large, none where there is a NaN.
///
/// ```
/// use optim_core::loss::class_of;
/// use optim_core::ndarray::array;
///
/// assert_eq!(class_of(array![0.1, 0.7, 0.7].view()), Some(1));
/// assert_eq!(class_of(array![0.1, f64::NAN].view()), None);
/// ```
pub fn class_of<A: Real>(logits: ArrayView1<'_, A>) -> Option<usize> {
    let mut largest = None;
    for (class, &z) in logits.iter().enumerate() {
        if z.is_nan() {
            return None;
        }
        if largest.is_none_or(|(_, most)| z > most) {
            largest = Some((class, z));
        }
    }
    largest.map(|(class, _)| class)
}

/// The share of rows whose largest logit ([`class_of`]) is that of the label, between 0 and 1; 0 without rows.
///
/// Shapes: `logits` (batch, classes), `labels` (batch).
///
/// ```
/// use optim_core::loss::accuracy;
/// use optim_core::ndarray::array;
///
/// assert_eq!(accuracy(array![[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]].view(), &[0, 1, 1])?, 2.0 / 3.0);
/// # Ok::<(), optim_core::Error>(())
/// ```
///
/// # Errors
/// When there are not as many labels as rows, or a label is not in `0..classes`.
pub fn accuracy<A: Real>(logits: ArrayView2<'_, A>, labels: &[usize]) -> Result<f64, Error> {
    check_labels("accuracy", logits, labels)?;
    let rows = logits.rows().into_iter().zip(labels);
    let right = rows.filter(|(row, label)| class_of(*row) == Some(**label)).count();
    Ok(right as f64 / labels.len().max(1) as f64)
}

/// The numbers of a buffer: loops over a slice become vectors however little of other crates is inlined.
fn side_by_side<'a, A, D: Dimension>(buffer: &'a mut ArrayViewMut<'_, A, D>) -> &'a mut [A] {
    buffer.as_slice_mut().unwrap_or_else(|| unreachable!("a buffer lies side by side"))
}

pub(crate) fn check_labels<A>(function: &str, logits: ArrayView2<'_, A>, labels: &[usize]) -> Result<(), Error> {
    let classes = logits.len_of(Axis(1));
    if labels.len() != logits.nrows() {
        return Err(Error::layer(function, "the slice of labels", &[labels.len()], &[logits.nrows()]));
    }
    match labels.iter().enumerate().find(|&(_, &label)| label >= classes) {
        Some((row, label)) => {
            Err(Error::data(format!("`{function}`: label {label} of row {row} is not in 0..{classes}, the classes")))
        }
        None => Ok(()),
    }
}
