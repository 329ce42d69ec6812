//! What holds of each step, and what the methods are on a quadratic.

use optim_core::minimize::{Beta, Ending, Method, Minimizer, Reason};
use optim_core::ndarray::{Array1, Array2};
use optim_core::prelude::*;

use crate::functions::{self, Function};

/// Loss, and the gradient times a direction.
fn along(function: Function, x: &[f64], direction: &[f64]) -> (f64, f64) {
    let mut gradient = vec![0.0; x.len()];
    let loss = function(x, &mut gradient);
    (loss, gradient.iter().zip(direction).map(|(g, d)| g * d).sum())
}

/// Each step satisfies the strong Wolfe conditions, seen from outside.
fn wolfe<D: Method>(method: D) {
    let (c1, c2) = (method.get("c1").unwrap(), method.get("c2").unwrap());
    for (name, function, start) in functions::all() {
        let mut x = start;
        let mut opt = method.clone().init(&x).unwrap();
        let (mut calls, mut searched) = (0, 0);
        for step in 1..=100 {
            let before = x.clone();
            let progress = opt
                .step_with(&mut x, |x, gradient| {
                    calls += 1;
                    function(x, gradient)
                })
                .unwrap();
            searched += progress.evaluations;
            let direction: Vec<f64> = x.iter().zip(&before).map(|(x, before)| x - before).collect();
            let ((loss_before, slope_before), (loss, slope)) =
                (along(function, &before, &direction), along(function, &x, &direction));
            assert_eq!((progress.loss_before, progress.loss), (loss_before, loss), "{name}, step {step}");
            match progress.ending {
                Ending::Wolfe => {
                    // The direction is the difference of rounded weights: hence the margin.
                    let margin = 1e-12 * (1.0 + loss.abs());
                    assert!(loss <= loss_before + c1 * slope_before + margin, "{name}, step {step}: {progress:?}");
                    assert!(slope.abs() <= c2 * slope_before.abs() + margin, "{name}, step {step}: {progress:?}");
                    assert!(progress.slope.abs() <= c2 * progress.slope_before.abs());
                    assert_eq!(opt.steps(), step);
                }
                // At the end of the road.
                _ => assert!(progress.gradient < 1e-3, "{name}, step {step}: {progress:?}"),
            }
            if progress.gradient < 1e-6 {
                break;
            }
        }
        assert_eq!((calls, opt.evaluations()), (searched, searched), "{name}: every call is counted");
    }
}

#[test]
fn every_step_satisfies_the_strong_wolfe_conditions() {
    wolfe(Lbfgs::default());
    wolfe(Lbfgs::default().with_history(1).with_c2(0.3));
    for formula in [Beta::PolakRibierePlus, Beta::HagerZhang, Beta::FletcherReeves] {
        wolfe(ConjugateGradient::default().with_formula(formula));
    }
}

/// `½ wᵀ A w − bᵀ w` with curvatures from 1 to `condition`, turned.
fn turned(n: usize, condition: f64) -> (Array2<f64>, Array1<f64>) {
    let mut a = Array2::from_diag(&Array1::from_shape_fn(n, |i| condition.powf(i as f64 / (n - 1) as f64)));
    // A Householder reflection I − 2 v vᵀ.
    let v = Array1::from_shape_fn(n, |i| ((i * 7 + 3) % 11) as f64 - 5.0);
    let v = &v / v.dot(&v).sqrt();
    let reflection = Array2::from_shape_fn((n, n), |(i, j)| f64::from(u8::from(i == j)) - 2.0 * v[i] * v[j]);
    a = reflection.dot(&a).dot(&reflection);
    (a, Array1::from_shape_fn(n, |i| (i as f64).sin()))
}

#[test]
fn conjugate_gradients_end_on_a_quadratic_after_as_many_steps_as_weights() {
    for formula in [Beta::PolakRibierePlus, Beta::HagerZhang, Beta::FletcherReeves] {
        for (n, condition) in [(2, 1e4), (3, 1e4), (5, 100.0), (8, 100.0), (12, 10.0)] {
            let (a, b) = turned(n, condition);
            let mut w = Array1::zeros(n);
            let method = ConjugateGradient::default().with_formula(formula);
            let method = method.with_c1(1e-12).with_c2(1e-8).with_gradient_tolerance(1e-6).with_rounding(1e4);
            let report = method.init(&w).unwrap().minimize(&mut w, 100, |w, gradient| {
                gradient.assign(&(a.dot(w) - &b));
                0.5 * w.dot(&a.dot(w)) - b.dot(w)
            });
            let report = report.unwrap();
            assert_eq!(report.reason, Reason::Gradient, "{formula:?}, {n}: {report}");
            assert!(report.steps <= n as u64, "{formula:?}, {n}: {report}");
        }
    }
}

/// `wᵀ A w` of large numbers that cancel is less exact than its type: with `rounding` that says so, slopes lead on.
#[test]
fn a_loss_less_exact_than_its_type_is_minimised_by_slopes() {
    let (a, b) = turned(5, 1e6);
    let run = |rounding: f64| {
        let mut w = Array1::zeros(5);
        let method = Lbfgs::default().with_gradient_tolerance(1e-8).with_rounding(rounding);
        let report = method.init(&w).unwrap().minimize(&mut w, 1000, |w, gradient| {
            gradient.assign(&(a.dot(w) - &b));
            0.5 * w.dot(&a.dot(w)) - b.dot(w)
        });
        report.unwrap()
    };
    let (unaware, aware) = (run(1.0), run(1e6));
    assert_eq!((unaware.reason, aware.reason), (Reason::Rounding, Reason::Gradient), "{unaware}; {aware}");
    assert!(aware.evaluations < unaware.evaluations, "{unaware}; {aware}");
}

/// The textbook's BFGS, with a dense inverse Hessian, and the same step sizes.
#[test]
fn a_long_history_is_bfgs() {
    let mut x = vec![-1.2, 1.0, 0.3, -0.4];
    let n = x.len();
    let mut opt: Minimizer<_, Vec<f64>> = Lbfgs::default().with_history(50).init(&x).unwrap();
    let gradient = |x: &[f64]| {
        let mut gradient = vec![0.0; n];
        functions::rosenbrock(x, &mut gradient);
        Array1::from(gradient)
    };
    let mut pairs: Vec<(Array1<f64>, Array1<f64>)> = Vec::new();
    for step in 0..15 {
        let (before, g) = (Array1::from(x.clone()), gradient(&x));
        let progress = opt.step_with(&mut x, |x, gradient| functions::rosenbrock(x, gradient)).unwrap();
        let mut h = Array2::eye(n);
        if let Some((s, y)) = pairs.last() {
            h *= s.dot(y) / y.dot(y);
        }
        for (s, y) in &pairs {
            let column = |v: &Array1<f64>| v.clone().into_shape_with_order((n, 1)).unwrap();
            let (s, y) = (column(s), column(y));
            let rho = 1.0 / s.t().dot(&y)[[0, 0]];
            let left = Array2::eye(n) - rho * s.dot(&y.t());
            h = left.dot(&h).dot(&left.t()) + rho * s.dot(&s.t());
        }
        let expected = &before - progress.step_size * h.dot(&g);
        let after = Array1::from(x.clone());
        let distance = (&expected - &after).mapv(f64::abs).sum();
        assert!(distance < 1e-9, "step {step}: {after}, not {expected}");
        pairs.push((&after - &before, gradient(&x) - g));
    }
}
