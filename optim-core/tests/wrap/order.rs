//! What was added last acts first.

use optim_core::prelude::*;

fn sgd() -> Optimizer<Sgd, Vec<f64>> {
    Sgd { lr: 1.0, ..Sgd::default() }.init(&vec![0.0; 2]).unwrap()
}

/// The weights after these gradients, one after the other.
fn after(mut opt: impl Step<Vec<f64>>, gradients: &[[f64; 2]]) -> Vec<f64> {
    let mut w = vec![0.0; 2];
    for gradient in gradients {
        opt.step(&mut w, &gradient.to_vec()).unwrap();
    }
    w
}

#[test]
fn accumulated_and_then_clipped_is_not_clipped_and_then_accumulated() {
    let gradients = [[6.0, 0.0], [-2.0, 0.5]];
    let (mean, each) = (sgd().clip_value(1.0).unwrap().accumulate(2), sgd().accumulate(2).unwrap().clip_value(1.0));
    // (6 − 2) / 2 = 2, clipped; and (1 − 1) / 2.
    assert_eq!(after(mean.unwrap(), &gradients), [-1.0, -0.25]);
    assert_eq!(after(each.unwrap(), &gradients), [0.0, -0.25]);
}

#[test]
fn the_length_is_measured_where_the_wrapper_stands() {
    let mut w = vec![0.0; 2];
    let mut opt = sgd().clip_norm(f64::INFINITY).unwrap().clip_value(3.0).unwrap().clip_norm(f64::INFINITY).unwrap();
    opt.step(&mut w, &vec![5.0, 12.0]).unwrap();
    assert_eq!(opt.last_norm(), Some(13.0));
    assert_eq!(opt.inner().inner().last_norm(), Some(18.0_f64.sqrt()));

    let mut opt = sgd().clip_norm(f64::INFINITY).unwrap().accumulate(2).unwrap();
    opt.step(&mut w, &vec![6.0, 8.0]).unwrap();
    assert_eq!(opt.inner().last_norm(), None, "it has not been asked yet");
    opt.step(&mut w, &vec![0.0, 0.0]).unwrap();
    assert_eq!(opt.inner().last_norm(), Some(5.0));
}

#[test]
fn a_gradient_is_skipped_alone_or_with_the_others_of_its_mean() {
    let gradients = [[1.0, 1.0], [f64::NAN, 0.0], [3.0, 3.0], [8.0, 8.0]];
    // Outside of the accumulation: the means are of 1 and 3, and of 8 and nothing yet.
    assert_eq!(after(sgd().accumulate(2).unwrap().skip_nonfinite(1), &gradients), [-2.0, -2.0]);
    // Inside: the mean of 1 and NaN is skipped, that of 3 and 8 moves.
    assert_eq!(after(sgd().skip_nonfinite(1).accumulate(2).unwrap(), &gradients), [-5.5, -5.5]);
}

#[test]
fn an_infinity_is_clipped_to_a_number_unless_it_was_skipped_before() {
    let gradients = [[f64::INFINITY, 0.5]];
    assert_eq!(after(sgd().skip_nonfinite(1).clip_value(1.0).unwrap(), &gradients), [-1.0, -0.5]);
    assert_eq!(after(sgd().clip_value(1.0).unwrap().skip_nonfinite(1), &gradients), [0.0, 0.0]);
}

#[test]
fn after_the_step_the_innermost_acts_first() {
    let mut w = vec![0.0; 2];
    let gradient = vec![-4.0, -8.0];
    let mut opt = sgd().lookahead(1, 0.5).unwrap().ema(0.5).unwrap();
    opt.step(&mut w, &gradient).unwrap();
    assert_eq!(
        opt.evaluate_with(&mut w, |w| w.clone()).unwrap(),
        [2.0, 4.0],
        "the average is of what Lookahead leaves"
    );
    let mut w = vec![0.0; 2];
    let mut opt = sgd().ema(0.5).unwrap().lookahead(1, 0.5).unwrap();
    opt.step(&mut w, &gradient).unwrap();
    assert_eq!(opt.evaluate_with(&mut w, |w| w.clone()).unwrap(), [2.0, 4.0], "the outermost point: the slow weights");
    assert_eq!(opt.inner_mut().evaluate_with(&mut w, |w| w.clone()).unwrap(), [4.0, 8.0]);
}

#[test]
fn centralised_and_then_clipped_is_not_clipped_and_then_centralised() {
    let model = ndarray::Array2::<f64>::zeros((2, 1));
    let sgd = || Sgd { lr: 1.0, ..Sgd::default() }.init(&model).unwrap();
    let gradient = ndarray::array![[6.0], [2.0]];
    let mut w = model.clone();
    sgd().clip_value(1.0).unwrap().centralise().step(&mut w, &gradient).unwrap();
    assert_eq!(w, ndarray::array![[-1.0], [1.0]]);
    let mut w = model.clone();
    sgd().centralise().clip_value(4.0).unwrap().step(&mut w, &gradient).unwrap();
    assert_eq!(w, ndarray::array![[-1.0], [1.0]]);
    let mut w = model.clone();
    sgd().centralise().clip_value(1.0).unwrap().step(&mut w, &gradient).unwrap();
    assert_eq!(w, ndarray::array![[0.0], [0.0]]);
}

#[test]
fn what_moves_is_restrained_before_it_is_averaged() {
    let mut w = vec![0.0; 2];
    let momentum = Momentum { lr: 1.0, momentum: 0.5 }.init(&w).unwrap();
    let mut opt = momentum.cautious().ema(0.0).unwrap();
    opt.step(&mut w, &vec![-8.0, -8.0]).unwrap();
    opt.step(&mut w, &vec![-1.0, 1.0]).unwrap();
    assert_eq!(w, [8.0 + 2.0 * 5.0, 8.0]);
    assert_eq!(opt.evaluate_with(&mut w, |w| w.clone()).unwrap(), w);
}
