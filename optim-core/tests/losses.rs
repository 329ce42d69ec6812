//! Losses: gradients against central differences, numbers at their limits, bad input.

use ndarray::{Array1, Array2, Array3, ArrayView2, array};
use optim_core::ErrorKind;
use optim_core::gradcheck::GradientCheck;
use optim_core::loss::{accuracy, class_of, mean_squared_error, softmax_cross_entropy};
use optim_core::prelude::*;

fn logits(batch: usize, classes: usize) -> Array2<f64> {
    Array2::from_shape_fn((batch, classes), |(i, j)| ((i * 5 + j * 3) % 7) as f64 / 2.0 - 1.0)
}

#[test]
fn gradients_are_those_of_differences() -> Result<(), Error> {
    let check = GradientCheck::default();
    let labels = [2, 0, 3, 3, 1];
    let cross_entropy = |logits: &mut Array2<f64>, grad: &mut Array2<f64>| {
        let mut dlogits = Buffer::default();
        let loss = softmax_cross_entropy(logits.view(), &labels, &mut dlogits)?;
        *grad += &dlogits.view();
        Ok(loss)
    };
    assert_eq!(check.model(&mut logits(5, 4), cross_entropy)?.compared, 20);

    let target = Array3::from_shape_fn((2, 3, 2), |(i, j, k)| (i + j * k) as f64);
    let squared_error = |prediction: &mut Array3<f64>, grad: &mut Array3<f64>| {
        let mut dprediction = Buffer::default();
        let loss = mean_squared_error(prediction.view(), target.view(), &mut dprediction)?;
        *grad += &dprediction.view();
        Ok(loss)
    };
    check.model(&mut Array3::from_elem((2, 3, 2), 0.7), squared_error)?;
    Ok(())
}

#[test]
fn any_layout_gives_the_same_bits() -> Result<(), Error> {
    let plain = logits(5, 4) * 0.37;
    let turned = plain.t().as_standard_layout().into_owned().reversed_axes();
    assert!(turned == plain && !turned.is_standard_layout());
    let [mut dlogits, mut others] = [Buffer::<f64>::default(), Buffer::default()];
    let labels = [2, 0, 3, 3, 1];
    let loss = softmax_cross_entropy(plain.view(), &labels, &mut dlogits)?;
    assert_eq!(softmax_cross_entropy(turned.view(), &labels, &mut others)?, loss);
    assert_eq!(dlogits.view(), others.view());
    let target = logits(5, 4);
    let loss = mean_squared_error(plain.view(), target.view(), &mut dlogits)?;
    assert_eq!(mean_squared_error(turned.view(), target.view(), &mut others)?, loss);
    assert_eq!(dlogits.view(), others.view());
    Ok(())
}

#[test]
fn a_network_and_its_loss_go_through_the_check_of_models() -> Result<(), Error> {
    let mut rng = Rng::new(1);
    let mut network = (Linear::new(3, 5, Init::FanIn, &mut rng), Tanh, Linear::new(5, 4, Init::FanIn, &mut rng));
    let (x, labels) = (logits(6, 3), [0, 1, 2, 3, 0, 1]);
    let (mut workspace, mut dlogits) = (network.workspace(), Buffer::default());
    GradientCheck::default().model(&mut network, |network, grad| {
        let loss = softmax_cross_entropy(network.forward(x.view(), &mut workspace)?, &labels, &mut dlogits)?;
        network.backward_parameters(x.view(), dlogits.view(), &mut workspace, grad)?;
        Ok(loss)
    })?;
    Ok(())
}

#[test]
fn cross_entropy_of_equal_logits_is_the_logarithm_of_the_classes() -> Result<(), Error> {
    let mut dlogits: Buffer<f64> = Buffer::default();
    for shift in [0.0_f64, 1e4, -1e4] {
        let loss = softmax_cross_entropy(Array2::from_elem((3, 8), shift).view(), &[0, 7, 3], &mut dlogits)?;
        assert!((loss - 8.0_f64.ln()).abs() < 1e-14, "{shift}: {loss}");
        assert!((dlogits.view()[[0, 0]] + 7.0 / 24.0).abs() < 1e-15);
        assert!(dlogits.view().sum().abs() < 1e-15);
    }
    Ok(())
}

#[test]
fn large_logits_give_finite_losses_and_nan_stays_nan() -> Result<(), Error> {
    let mut dlogits = Buffer::default();
    let largest = f32::MAX / 4.0;
    let loss = softmax_cross_entropy(array![[largest, -largest], [0.0, 100.0]].view(), &[1, 0], &mut dlogits)?;
    assert!(loss.is_finite() && loss > 1e37);
    assert_eq!(dlogits.view(), array![[0.5_f32, -0.5], [-0.5, 0.5]]);
    assert!(softmax_cross_entropy(array![[0.0, f64::NAN]].view(), &[0], &mut Buffer::default())?.is_nan());
    Ok(())
}

#[test]
fn a_loss_of_f32_is_near_that_of_f64() -> Result<(), Error> {
    let double = softmax_cross_entropy(logits(50, 9).view(), &[4; 50], &mut Buffer::default())?;
    let single = logits(50, 9).mapv(f32::from_f64);
    assert!((softmax_cross_entropy(single.view(), &[4; 50], &mut Buffer::default())? - double).abs() < 1e-6);
    Ok(())
}

#[test]
fn empty_batches_have_the_loss_0_and_no_gradient() -> Result<(), Error> {
    let (mut dlogits, mut dprediction) = (Buffer::default(), Buffer::default());
    let none: ArrayView2<f64> = ArrayView2::from_shape((0, 10), &[]).unwrap();
    assert_eq!(softmax_cross_entropy(none, &[], &mut dlogits)?, 0.0);
    assert_eq!(dlogits.view().dim(), (0, 10));
    assert_eq!(mean_squared_error(none, none, &mut dprediction)?, 0.0);
    assert_eq!(accuracy(none, &[])?, 0.0);
    assert_eq!(class_of(Array1::<f32>::zeros(0).view()), None);
    Ok(())
}

#[test]
fn labels_and_targets_that_do_not_fit_are_errors_and_nothing_is_written() {
    let mut dlogits = Buffer::default();
    dlogits.resize((1, 1)).fill(7.0);
    let error = softmax_cross_entropy(logits(3, 4).view(), &[0, 4, 1], &mut dlogits).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Data);
    assert_eq!(error.to_string(), "`softmax_cross_entropy`: label 4 of row 1 is not in 0..4, the classes");
    let error = softmax_cross_entropy(logits(3, 4).view(), &[0, 1], &mut dlogits).unwrap_err();
    assert_eq!(error.to_string(), "`softmax_cross_entropy`: the slice of labels has the shape [2], not [3]");
    softmax_cross_entropy(logits(3, 0).view(), &[0, 0, 0], &mut dlogits).unwrap_err();
    let error = mean_squared_error(logits(3, 4).view(), logits(3, 5).view(), &mut dlogits).unwrap_err();
    assert_eq!(error.to_string(), "`mean_squared_error`: the target has the shape [3, 5], not [3, 4]");
    assert_eq!(dlogits.view(), array![[7.0]]);
    accuracy(logits(3, 4).view(), &[0, 0]).unwrap_err();
    accuracy(logits(1, 4).view(), &[4]).unwrap_err();
}

#[test]
fn accuracy_counts_rows_and_never_a_nan() -> Result<(), Error> {
    let logits = array![[0.0, 1.0], [1.0, 1.0], [f64::NAN, 0.0], [2.0, 1.0]];
    assert_eq!(accuracy(logits.view(), &[1, 0, 0, 1])?, 0.5);
    assert_eq!(accuracy(logits.view(), &[1, 1, 1, 0])?, 0.5);
    Ok(())
}
