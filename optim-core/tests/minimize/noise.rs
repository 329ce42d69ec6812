//! Rounding, and losses that are not finite.

use optim_core::minimize::{Ending, Reason};
use optim_core::prelude::*;

use crate::functions;

/// The functions in `f32`: the weights are, and the loss is rounded to it.
#[expect(clippy::cast_possible_truncation, reason = "that is what it is about")]
fn single<D: optim_core::minimize::Method>(method: D) {
    for (name, function, start) in functions::all() {
        let mut x: Vec<f32> = start.iter().map(|&x| x as f32).collect();
        let report = method.clone().init(&x).unwrap().minimize(&mut x, 10_000, |x, gradient| {
            let x: Vec<f64> = x.iter().map(|&x| x.into()).collect();
            let mut exact = vec![0.0; x.len()];
            let loss = function(&x, &mut exact);
            gradient.iter_mut().zip(exact).for_each(|(g, exact)| *g = exact as f32);
            f64::from(loss as f32)
        });
        let report = report.unwrap();
        // No tolerance: it goes on until nothing is to be gained, and says so.
        assert!(matches!(report.reason, Reason::Rounding | Reason::Gradient), "{name}: {report}");
        assert!(report.evaluations < 8_000, "{name}: {report}");
        let lowest = if name == "logistic" { 15.848_053_054_772 } else { 0.0 };
        assert!(report.loss - lowest <= 4e-6 * lowest.max(1.0), "{name}: {report}");
    }
}

#[test]
fn single_precision_ends_at_its_rounding() {
    single(Lbfgs::default().with_gradient_tolerance(0.0));
    single(ConjugateGradient::default().with_gradient_tolerance(0.0));
}

#[test]
fn double_precision_ends_at_its_rounding() {
    // A loss far from zero: a millionth of it is as much as its rounding.
    for decrease_tolerance in [0.0, 1e-300] {
        let mut x = vec![-1.2, 1.0];
        let method = Lbfgs::default().with_gradient_tolerance(0.0).with_decrease_tolerance(decrease_tolerance);
        let report =
            method.init(&x).unwrap().minimize(&mut x, 10_000, |x, g| 1e6 + functions::rosenbrock(x, g)).unwrap();
        let expected = if decrease_tolerance == 0.0 {
            [Reason::Rounding, Reason::Gradient]
        } else {
            [Reason::Decrease, Reason::Gradient]
        };
        assert!(expected.contains(&report.reason), "{report}");
        assert!(report.evaluations < 150 && (x[0] - 1.0).abs() < 1e-6, "{report}, {x:?}");
    }
}

#[test]
fn a_trial_that_is_not_finite_is_taken_back() {
    // −ln x + x, which is NaN left of 0, from where the first trial goes there; and one whose gradient alone overflows.
    let mut x = 1e-3_f64;
    let mut trials = Vec::new();
    let mut opt = Lbfgs::default().with_gradient_tolerance(1e-10).init(&x).unwrap();
    let report = opt.minimize(&mut x, 100, |x, gradient| {
        trials.push(*x);
        *gradient = 1.0 - 1.0 / *x;
        if *x > 0.0 { *x - x.ln() } else { f64::NAN }
    });
    assert_eq!(report.unwrap().reason, Reason::Gradient);
    assert!((x - 1.0).abs() < 1e-9);

    let mut x = 3.0;
    let mut infinite = 0;
    let report = Lbfgs::default().init(&x).unwrap().minimize(&mut x, 100, |x, gradient| {
        let far = *x < 2.5;
        infinite += u32::from(far);
        *gradient = if far { f64::INFINITY } else { 2.0 * (*x - 2.75) };
        (*x - 2.75) * (*x - 2.75)
    });
    assert_eq!(report.unwrap().reason, Reason::Gradient);
    assert!(infinite > 0 && (x - 2.75).abs() < 1e-5, "{x}");
}

#[test]
fn a_gradient_of_another_loss_is_said_to_be_one() {
    let mut x = vec![1.0, 2.0];
    let mut opt = Lbfgs::default().init(&x).unwrap();
    let report = opt.minimize(&mut x, 100, |x, gradient| {
        gradient.copy_from_slice(&[-x[0], -x[1]]);
        0.5 * (x[0] * x[0] + x[1] * x[1])
    });
    assert_eq!((report.unwrap().reason, x), (Reason::NoDecrease, vec![1.0, 2.0]));
}

#[test]
fn a_loss_without_a_bound_ends_each_search() {
    let mut x = 0.0;
    let mut opt = Lbfgs::default().with_max_trials(8).init(&x).unwrap();
    let progress = opt.step_with(&mut x, |x, gradient| {
        *gradient = -1.0;
        -*x
    });
    let progress = progress.unwrap();
    assert_eq!((progress.ending, progress.evaluations), (Ending::Decrease, 9));
    assert!(x > 1000.0 && progress.loss == -x);
}
