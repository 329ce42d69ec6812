//! Two optimizers as one: each part moves as it would alone, and nothing is forgotten or moved twice.

use ndarray::{Array1, Array2};
use optim_core::prelude::*;

type Model<A> = (Array2<A>, Array1<A>);

fn model<A: Real>(seed: u32) -> Model<A> {
    let number = |i: usize| A::from_f64((f64::from(seed) * 3.7 + i as f64 * 1.3).sin());
    (Array2::from_shape_fn((5, 3), |(i, j)| number(3 * i + j)), Array1::from_shape_fn(7, |i| number(20 + i)))
}

/// What the loss says at these weights: something that depends on each of them.
fn slope<A: Real>(part: &mut [A], weights: &[A], step: u32) {
    let by = A::from_f64(0.5 + f64::from(step));
    part.iter_mut().zip(weights).for_each(|(g, &w)| *g = w * by + A::from_f64(0.25));
}

fn fill<A: Real>(model: &Model<A>, gradient: &mut Model<A>, step: u32) {
    slope(gradient.0.as_slice_mut().unwrap(), model.0.as_slice().unwrap(), step);
    slope(gradient.1.as_slice_mut().unwrap(), model.1.as_slice().unwrap(), step);
}

fn is_matrix(parameter: &optim_core::Parameter<'_>) -> bool {
    parameter.shape.len() == 2
}

fn is_no_matrix(parameter: &optim_core::Parameter<'_>) -> bool {
    !is_matrix(parameter)
}

fn check<F: Rule, S: Rule, A: Real>(first: &F, second: &S) {
    let mut weights = model::<A>(1);
    let matrices = first.clone().init_where(&weights, is_matrix).unwrap();
    let others = second.clone().init_where(&weights, is_no_matrix).unwrap();
    let mut both = Both::new(matrices, others, &weights).unwrap();
    let (mut matrix, mut vector) = weights.clone();
    let mut alone = (first.clone().init(&matrix).unwrap(), second.clone().init(&vector).unwrap());
    for step in 1..6 {
        let sum = both
            .step_with(&mut weights, |model, gradient| {
                fill(model, gradient, step);
                model.0[[0, 0]]
            })
            .unwrap();
        let expected = alone.0.step_with(&mut matrix, |w, g| {
            slope(g.as_slice_mut().unwrap(), w.as_slice().unwrap(), step);
            w[[0, 0]]
        });
        assert_eq!(sum, expected.unwrap(), "the value of the first call");
        let slopes = |w: &mut Array1<A>, g: &mut Array1<A>| {
            slope(g.as_slice_mut().unwrap(), w.as_slice().unwrap(), step);
        };
        alone.1.step_with(&mut vector, slopes).unwrap();
        assert_eq!((&weights.0, &weights.1), (&matrix, &vector), "{} and {}, step {step}", F::NAME, S::NAME);
        let point = both.evaluate_with(&mut weights, |model| model.clone()).unwrap();
        assert_eq!(point.0, alone.0.evaluate_with(&mut matrix, |w| w.clone()).unwrap());
        assert_eq!(point.1, alone.1.evaluate_with(&mut vector, |w| w.clone()).unwrap());
        assert_eq!((&weights.0, &weights.1), (&matrix, &vector), "evaluation moves nothing");
    }
    assert_eq!(both.steps(), 5);
}

#[test]
fn each_part_moves_as_it_would_alone() {
    check::<_, _, f32>(&Adam::default(), &Sgd { momentum: 0.9, ..Sgd::default() });
    check::<_, _, f64>(&Muon::default(), &AdamW::default());
    check::<_, _, f64>(&Nag::default(), &Nag::default().with_lr(0.1));
    check::<_, _, f32>(&ScheduleFreeSgd::default(), &Lamb::default());
    // The closure is called twice; the other part is where its own rule wants it both times.
    check::<_, _, f64>(&Sam::default(), &Nag::default());
    check::<_, _, f64>(&Nag::default(), &Sam::default());
}

#[test]
fn a_gradient_can_be_given() {
    let mut weights = model::<f64>(2);
    let gradient = model::<f64>(3);
    let (first, second) = (Sgd::default().with_lr(0.5), Sgd::default().with_lr(0.25));
    let mut both = Both::new(
        first.init_where(&weights, is_matrix).unwrap(),
        second.init_where(&weights, is_no_matrix).unwrap(),
        &weights,
    )
    .unwrap();
    let expected = (&weights.0 - &(&gradient.0 * 0.5), &weights.1 - &(&gradient.1 * 0.25));
    both.step(&mut weights, &gradient).unwrap();
    assert_eq!(weights, expected);
}

#[test]
fn every_parameter_is_moved_by_one() {
    let weights = model::<f64>(1);
    let part =
        |selection: fn(&optim_core::Parameter<'_>) -> bool| Adam::default().init_where(&weights, selection).unwrap();
    let error = |first, second| Both::new(part(first), part(second), &weights).unwrap_err().to_string();
    assert_eq!(error(is_no_matrix, is_no_matrix), "`0` is moved by neither optimizer of a pair");
    assert_eq!(error(is_matrix, |_| true), "`0` is moved by both optimizers of a pair");
    let sam =
        |selection: fn(&optim_core::Parameter<'_>) -> bool| Sam::default().init_where(&weights, selection).unwrap();
    let twice = Both::new(sam(is_matrix), sam(is_no_matrix), &weights).unwrap_err();
    assert_eq!(twice.to_string(), "both rules take two gradients a step: one of a pair may");
}

#[test]
fn an_error_moves_nothing() {
    let mut weights = model::<f64>(1);
    let before = weights.clone();
    let mut both = Both::new(
        Nag::default().init_where(&weights, is_matrix).unwrap(),
        Adam::default().init_where(&weights, is_no_matrix).unwrap(),
        &weights,
    )
    .unwrap();
    let failed: Result<(), Error> = both.try_step_with(&mut weights, |model, _| {
        model.0.fill(7.0);
        Err(Error::other("no batch"))
    });
    assert_eq!(failed.unwrap_err().to_string(), "no batch");
    both.second_mut().rule_mut().lr = -1.0;
    assert!(both.step_with(&mut weights, |_, _| ()).is_err());
    assert_eq!((weights, both.steps(), both.first().steps()), (before, 0, 0));
}

#[test]
fn hyper_parameters_by_name() {
    let weights = model::<f64>(1);
    let mut both = Both::new(
        Adam::default().init_where(&weights, is_matrix).unwrap(),
        Sgd::default().init_where(&weights, is_no_matrix).unwrap(),
        &weights,
    )
    .unwrap();
    both.set_hyper("first.lr", 0.5).unwrap();
    both.set_hyper("beta1", 0.25).unwrap();
    both.set_hyper("dampening", 0.125).unwrap();
    assert_eq!((both.hyper("first.lr").unwrap(), both.first().rule().lr), (0.5, 0.5));
    assert_eq!((both.first().rule().beta1, both.second().rule().dampening), (0.25, 0.125));
    let error = both.hyper("lr").unwrap_err().to_string();
    assert_eq!(error, "both optimizers of a pair have `lr`: say `first.lr` or `second.lr`");
    assert!(both.set_hyper("betta", 0.5).is_err());
}
