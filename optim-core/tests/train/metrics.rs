//! Metrics beside their definitions, in whole numbers where that is possible.

use ndarray::{Array2, array};
use optim_core::ErrorKind;
use optim_core::loss::accuracy;
use optim_core::prelude::*;
use optim_core::train::metrics::{Accuracy, Confusion, Mean, TopK};

#[test]
fn a_mean_is_that_of_exact_arithmetic() {
    // Numbers k · 2⁻³⁰ of very different sizes: their sum is exact in an `i128`.
    let mut rng = Rng::new(7);
    let (mut mean, mut exact, mut naive) = (Mean::default(), 0_i128, 0.0_f64);
    let count = 200_000_i32;
    for _ in 0..count {
        let bits = rng.bits();
        let k = (bits >> 12).cast_signed() >> (bits % 50);
        let k = if bits & 0x800 == 0 { k } else { -k };
        let x = k as f64 * 2.0_f64.powi(-30);
        exact += i128::from(k);
        naive += x;
        mean.update(x);
    }
    let expected = exact as f64 * 2.0_f64.powi(-30) / f64::from(count);
    assert_eq!(mean.value(), expected);
    assert_ne!(naive / f64::from(count), expected, "the numbers are too easy");
}

#[test]
fn a_mean_of_batches_is_the_mean_of_all() {
    let mut mean = Mean::default();
    // 0.1 · 3 is rounded, and what is lost is carried: `mul_add` rounds the exact value of `0.1 · 3 − 0.3` once.
    mean.update_many(0.1, 3);
    mean.update(-0.3);
    assert_eq!(mean.value(), 0.1_f64.mul_add(3.0, -0.3) / 4.0);
    assert_ne!(0.1 * 3.0 - 0.3, 0.1_f64.mul_add(3.0, -0.3), "the numbers are too easy");
    assert_eq!(mean.count(), 4);
    mean.update_many(f64::NAN, 0);
    assert_eq!((mean.count(), mean.nans()), (4, 0));
}

#[test]
fn a_mean_counts_nan_and_knows_infinities() {
    let mut mean = Mean::default();
    assert!(mean.value().is_nan() && mean.numbers().is_nan(), "0/0");
    mean.update(1.0);
    mean.update(f64::INFINITY);
    mean.update(-1e308);
    assert_eq!(mean.value(), f64::INFINITY);
    mean.update_many(f64::NAN, 5);
    assert_eq!((mean.nans(), mean.count(), mean.numbers()), (5, 8, f64::INFINITY));
    assert!(mean.value().is_nan());
    mean.update(f64::NEG_INFINITY);
    assert!(mean.numbers().is_nan());
    mean.reset();
    assert_eq!(mean, Mean::default());
    // A sum beyond the range is infinite, not NaN.
    (0..3).for_each(|_| mean.update(1e308));
    assert_eq!(mean.value(), f64::INFINITY);
}

fn logits(rows: usize, classes: usize, seed: u64) -> (Array2<f32>, Vec<usize>) {
    let mut rng = Rng::new(seed);
    // Few values: there are ties.
    let mut below = |n: usize| usize::try_from(rng.bits() % n as u64).unwrap();
    let logits = Array2::from_shape_fn((rows, classes), |_| below(4) as f32);
    (logits, (0..rows).map(|_| below(classes)).collect())
}

#[test]
fn accuracy_is_that_of_the_whole_and_top_1_the_same() {
    let (logits, labels) = logits(101, 5, 1);
    let (mut batches, mut top1) = (Accuracy::default(), TopK::new(1).unwrap());
    for (start, end) in [(0, 40), (40, 40), (40, 101)] {
        batches.update(logits.slice(ndarray::s![start..end, ..]), &labels[start..end]).unwrap();
        top1.update(logits.slice(ndarray::s![start..end, ..]), &labels[start..end]).unwrap();
    }
    assert_eq!(batches.value(), accuracy(logits.view(), &labels).unwrap());
    assert_eq!((top1.right(), top1.count()), (batches.right(), 101));
    assert!(Accuracy::default().value().is_nan());
    batches.reset();
    assert_eq!(batches, Accuracy::default());
}

#[test]
fn top_k_is_that_of_a_sorted_row() {
    let (logits, labels) = logits(200, 6, 2);
    for k in 1..=7 {
        let mut top = TopK::new(k).unwrap();
        top.update(logits.view(), &labels).unwrap();
        let right = logits.rows().into_iter().zip(&labels).filter(|(row, label)| {
            let mut classes: Vec<usize> = (0..6).collect();
            classes.sort_by(|&a, &b| row[b].total_cmp(&row[a]));
            classes.iter().take(k).any(|class| class == *label)
        });
        assert_eq!(top.right(), right.count() as u64, "k = {k}");
        assert_eq!(top.value() == 1.0, k >= 6);
    }
    let mut top = TopK::new(9).unwrap();
    top.update(array![[f64::NAN, 1.0], [0.0, 1.0]].view(), &[1, 0]).unwrap();
    assert_eq!((top.nans(), top.right(), top.count(), top.k()), (1, 1, 2, 9));
    top.reset();
    assert_eq!(top, TopK::new(9).unwrap());
    assert_eq!(TopK::new(0).unwrap_err().to_string(), "`TopK`: `k` is 0, which is not in 1..");
}

#[test]
fn confusion_has_the_numbers_of_its_definition() {
    let mut confusion = Confusion::new(3);
    let predicted = [0, 0, 1, 1, 1, 0].map(Some);
    confusion.update_classes(&predicted, &[0, 0, 0, 1, 1, 1]).unwrap();
    confusion.update_classes(&[None], &[1]).unwrap();
    assert_eq!(confusion.counts(), array![[2, 1, 0], [1, 2, 0], [0, 0, 0]]);
    let bits = |numbers: &[f64]| numbers.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&confusion.precision()[..2]), bits(&[2.0 / 3.0, 2.0 / 3.0]));
    assert_eq!(bits(&confusion.recall()[..2]), bits(&[2.0 / 3.0, 0.5]));
    assert_eq!(bits(&confusion.f1()[..2]), bits(&[2.0 / 3.0, 4.0 / 7.0]));
    assert!(confusion.precision()[2].is_nan() && confusion.recall()[2].is_nan() && confusion.f1()[2].is_nan());
    assert_eq!(confusion.macro_f1(), f64::midpoint(2.0 / 3.0, 4.0 / 7.0), "class 2 does not occur");
    assert_eq!((confusion.value(), confusion.count(), confusion.nans()), (4.0 / 7.0, 7, 1));
    assert_eq!(
        confusion.to_string(),
        "label  0  1  2  none  precision  recall     F1\n\
         0      2  1  0     0      0.667   0.667  0.667\n\
         1      1  2  0     1      0.667   0.500  0.571\n\
         2      0  0  0     0        NaN     NaN    NaN\n"
    );
    confusion.reset();
    assert_eq!(confusion, Confusion::new(3));
    assert!(confusion.value().is_nan() && confusion.macro_f1().is_nan());
    assert!(!confusion.to_string().contains("none"));
}

#[test]
fn confusion_from_logits_has_the_accuracy_on_its_diagonal() {
    let (logits, labels) = logits(150, 4, 3);
    let mut confusion = Confusion::new(4);
    confusion.update(logits.view(), &labels).unwrap();
    assert_eq!(confusion.value(), accuracy(logits.view(), &labels).unwrap());
    assert_eq!(confusion.count(), 150);
}

#[test]
fn what_does_not_fit_is_an_error_and_nothing_has_been_counted() {
    let logits = array![[0.0, 1.0], [1.0, 0.0]];
    let (mut accuracy, mut top) = (Accuracy::default(), TopK::new(1).unwrap());
    let mut confusion = Confusion::new(2);
    for (labels, kind) in [(&[0][..], ErrorKind::Shape), (&[0, 2][..], ErrorKind::Data)] {
        assert_eq!(accuracy.update(logits.view(), labels).unwrap_err().kind(), kind);
        assert_eq!(top.update(logits.view(), labels).unwrap_err().kind(), kind);
        assert_eq!(confusion.update(logits.view(), labels).unwrap_err().kind(), kind);
        assert_eq!(confusion.update_classes(&[Some(0), None], labels).unwrap_err().kind(), kind);
    }
    let error = confusion.update_classes(&[Some(0), Some(2)], &[0, 1]).unwrap_err().to_string();
    assert_eq!(error, "`Confusion`: prediction 2 of row 1 is not in 0..2, the classes");
    let error = Confusion::new(3).update(logits.view(), &[0, 0]).unwrap_err().to_string();
    assert_eq!(error, "`Confusion`: the matrix of logits has the shape [2, 2], not [2, 3]");
    let error = Confusion::new(3).with_names(["a"]).unwrap_err().to_string();
    assert_eq!(error, "`Confusion`: the list of names has the shape [1], not [3]");
    assert_eq!((accuracy.count(), top.count(), confusion.count()), (0, 0, 0));
}
