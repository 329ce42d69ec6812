//! Steps that are skipped.

use optim_core::ErrorKind;
use optim_core::prelude::*;

use super::erased::Erased;
use super::support::{Model, bits, evaluated, every_rule, go, gradient, model, number};

/// The same as a loop that does not step with those gradients.
fn skips<A: Real>(rule: &Erased<Model<A>>) {
    let (mut ours, mut expected) = (model::<A>(), model::<A>());
    let mut opt = rule.clone().skip_nonfinite(2);
    let mut bare = rule.clone();
    let bad = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    for step in 0..15 {
        let (mut calls, bad) = (0, bad[step % 3]);
        let before = bits(&ours).0;
        let value = super::support::step(&mut opt, &mut ours, &mut |model, g| {
            gradient(model, g);
            calls += 1;
            // Of two gradients, now the first and now the second.
            if [3, 4, 8, 13].contains(&step) && (step == 4 || calls == rule.seen().gradients()) {
                g.list[1][2] = number(bad);
            }
            // Not its business.
            g.frozen.fill(number(f64::NAN));
            g.seen.fill(number(f64::NAN));
            Ok(calls)
        });
        assert_eq!(value.unwrap(), 1, "the value of the first call");
        if [3, 4, 8, 13].contains(&step) {
            assert_eq!(bits(&ours).0, before, "nothing moves");
            assert_eq!(opt.last_path(), Some("list.1"));
            for _ in 0..calls {
                gradient(&mut expected, &mut model());
            }
        } else {
            go(&mut bare, &mut expected);
        }
        assert_eq!(bits(&ours), bits(&expected), "{} {}: step {step}", rule.name(), A::NAME);
        let in_a_row = if step == 4 { 2 } else { u64::from([3, 8, 13].contains(&step)) };
        assert_eq!(opt.skipped_in_a_row(), in_a_row);
        assert_eq!(opt.steps(), bare.steps());
        let (ours, expected) = (evaluated(&mut opt, &mut ours), evaluated(&mut bare, &mut expected));
        assert_eq!(bits(&ours), bits(&expected), "{}: evaluation {step}", rule.name());
    }
    assert_eq!(opt.skipped(), 4);
}

#[test]
fn a_gradient_that_is_not_finite_moves_nothing() {
    every_rule!(skips);
}

#[test]
fn too_many_in_a_row_are_an_error_that_names_the_parameter() {
    let mut model = model::<f32>();
    let mut opt = Adam::default().init(&model).unwrap().skip_nonfinite(2);
    let bad = |_: &mut _, g: &mut super::support::Model<f32>| g.bias[1] = f32::NAN;
    opt.step_with(&mut model, bad).unwrap();
    opt.step_with(&mut model, gradient).unwrap();
    opt.step_with(&mut model, bad).unwrap();
    opt.step_with(&mut model, bad).unwrap();
    let before = bits(&model);
    for _ in 0..2 {
        let error = opt.step_with(&mut model, bad).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the gradient: `bias` has a NaN or an infinite number; that is number 3 in a row"
        );
        assert_eq!((error.kind(), error.path()), (ErrorKind::Nonfinite, Some("bias")));
        assert_eq!((opt.skipped(), opt.skipped_in_a_row(), opt.steps()), (3, 2, 1));
        assert_eq!(bits(&model), before);
    }
    opt.step_with(&mut model, gradient).unwrap();
    assert_eq!((opt.skipped(), opt.skipped_in_a_row(), opt.steps()), (3, 0, 2));

    let mut never = Adam::default().init(&model).unwrap().skip_nonfinite(0);
    assert!(never.step_with(&mut model, bad).is_err());
}

#[test]
fn a_gradient_that_does_not_fit_is_an_error_also_where_it_is_not_finite() {
    let mut model = model::<f64>();
    let mut opt = Adam::default().init(&model).unwrap().skip_nonfinite(2);
    let error = opt
        .step_with(&mut model, |_, g| {
            g.bias.fill(f64::NAN);
            g.seen = ndarray::array![1.0, 2.0];
        })
        .unwrap_err();
    assert_eq!((error.path(), opt.skipped()), (Some("seen"), 0));
}
