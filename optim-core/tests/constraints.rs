//! Constraints behind steps: when they act, on what, in which order, and what they leave alone.

use ndarray::{Array1, Array2, ArrayD, Axis, IxDyn, ShapeBuilder, array};
use optim_core::kernel::Execution;
use optim_core::prelude::*;

type Model = (Array2<f64>, Array1<f64>, ArrayD<f64>);

/// Weights that lie in another order than they are counted, one of them with many axes.
fn model(turned: bool) -> Model {
    let number = |i: usize| ((i * 37 % 101) as f64).sin();
    let matrix = Array2::from_shape_fn((5, 7), |(row, col)| number(7 * row + col));
    let deep = ArrayD::from_shape_fn(IxDyn(&[2, 1, 3, 2, 2]), |i| number((0..5).map(|k| i[k] * (k + 3)).sum()));
    let vector = Array1::from_shape_fn(9, number);
    if !turned {
        return (matrix, vector, deep);
    }
    let mut columns = Array2::zeros((5, 7).f());
    columns.assign(&matrix);
    let mut backwards = vector.clone();
    backwards.invert_axis(Axis(0));
    backwards.assign(&vector);
    let mut permuted = ArrayD::zeros(IxDyn(&[2, 2, 3, 1, 2])).reversed_axes();
    permuted.assign(&deep);
    (columns, backwards, permuted)
}

/// Every kind of constraint, after steps of a rule of one pass and one of several.
fn run<R: Rule>(rule: R, turned: bool, threads: usize) -> Model {
    let mut model = model(turned);
    let mut opt = rule.init(&model).unwrap();
    opt.set_execution(Execution::default().threads(threads)).unwrap();
    assert_eq!(opt.constrain(|_| true, Constraint::bounds(-0.5, 0.75)).unwrap(), 3);
    opt.constrain(paths("0"), Constraint::norm_at_most(1.5)).unwrap();
    opt.constrain(paths("1"), Constraint::simplex()).unwrap();
    let order = |w: &mut [f64], shape: &[usize]| {
        assert_eq!(shape, [2, 1, 3, 2, 2]);
        w.iter_mut().zip(0..).for_each(|(w, i)| *w += f64::from(i) / 1024.0);
    };
    opt.constrain(|p| p.shape.len() == 5, Constraint::own(order)).unwrap();
    for _ in 0..3 {
        opt.step_with(&mut model, |model, gradient| *gradient = model.clone()).unwrap();
        let norm = model.0.iter().map(|w| w * w).sum::<f64>().sqrt();
        assert!(norm < 1.5 + 1e-12 && model.0.iter().all(|w| (-0.5..=0.75).contains(w)));
        assert!((model.1.sum() - 1.0).abs() < 1e-12 && model.1.iter().all(|w| *w >= 0.0));
    }
    model
}

#[test]
fn they_hold_after_every_step_and_do_not_depend_on_layout_or_threads() {
    fn check<R: Rule>(rule: &R) {
        let expected = run(rule.clone(), false, 1);
        assert_eq!(run(rule.clone(), true, 1), expected);
        assert_eq!(run(rule.clone(), true, 3), expected);
    }
    check(&Adam::default());
    check(&Lamb::default());
    check(&Nag::default());
}

#[test]
fn they_act_in_order_after_the_step_and_on_nothing_else() {
    let mut model = (vec![1.0_f64, -2.0], vec![1.0_f64, -2.0], 5.0);
    let gradient = (vec![0.0; 2], vec![0.0; 2], 0.0);
    let mut opt = Sgd::default().init(&model).unwrap();
    let add = |w: &mut [f64], _: &[usize]| w.iter_mut().for_each(|w| *w += 1.0);
    opt.constrain(paths("0"), Constraint::own(add)).unwrap();
    opt.constrain(paths("*"), Constraint::bounds(-1.5, 1.5)).unwrap();
    opt.constrain(paths("1"), Constraint::own(add)).unwrap();
    opt.freeze(paths("2")).unwrap();
    opt.step(&mut model, &gradient).unwrap();
    assert_eq!(model, (vec![1.5, -1.0], vec![2.0, -0.5], 5.0), "what is frozen is left alone");
    // Not before a closure, and not for an evaluation.
    model.0[0] = 9.0;
    opt.evaluate_with(&mut model, |model| assert_eq!(model.0[0], 9.0)).unwrap();
    // Nor after a step that fails.
    let failed: Result<(), Error> = opt.try_step_with(&mut model, |_, _| Err(Error::other("")));
    assert!(failed.is_err());
    assert_eq!(model.0, [9.0, -1.0]);
    assert_eq!(opt.unconstrain(paths("0")).unwrap(), 1);
    let mut clone = opt.clone();
    for opt in [&mut opt, &mut clone] {
        let mut model = model.clone();
        opt.step_with(&mut model, |model, _| assert_eq!(model.0[0], 9.0)).unwrap();
        assert_eq!(model.0, [9.0, -1.0]);
        assert_eq!(model.1, [2.5, 0.5]);
    }
}

#[test]
fn masked_elements_are_left_alone_by_bounds_and_refused_by_others() {
    let mut w = array![3.0_f64, 3.0, 3.0];
    let mut opt = Sgd::default().init(&w).unwrap();
    opt.mask("", array![true, false, true].view().into_dyn()).unwrap();
    opt.constrain(paths("**"), Constraint::bounds(0.0, 1.0)).unwrap();
    opt.step(&mut w, &array![0.0, 0.0, 0.0]).unwrap();
    assert_eq!(w, array![1.0, 3.0, 1.0]);
    let both = "the whole model cannot have both a mask and a constraint that looks at more than one element";
    let text = |result: Result<usize, Error>| result.unwrap_err().to_string();
    assert_eq!(text(opt.constrain(|_| true, Constraint::simplex())), both);
    opt.unmask("").unwrap();
    opt.constrain(|_| true, Constraint::simplex()).unwrap();
    let error = opt.mask("", array![true, false, true].view().into_dyn()).unwrap_err();
    assert_eq!(error.to_string(), both);
    let none = "no parameter is selected; there is the whole model";
    assert_eq!(text(opt.constrain(paths("w"), Constraint::simplex())), format!("`constrain`: {none}"));
    assert_eq!(text(opt.unconstrain(paths("w"))), format!("`unconstrain`: {none}"));
    assert_eq!(text(opt.constrain(|_| true, Constraint::norm_at_most(-1.0))), "`norm_at_most`: -1 is not in 0..");
}
