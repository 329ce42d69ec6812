//! Settings, their ranges and errors, and reasons to stop.

use optim_core::minimize::{Beta, Ending, Method, Reason};
use optim_core::prelude::*;

use crate::functions::rosenbrock;

#[test]
fn settings_out_of_their_range_are_refused_by_init() {
    let w = vec![0.0_f64];
    let lbfgs = |method: Lbfgs| method.init(&w).unwrap_err().to_string();
    assert_eq!(lbfgs(Lbfgs::default().with_history(0)), "`Lbfgs`: `history` is 0, which is not in 1..=1000");
    assert_eq!(lbfgs(Lbfgs::default().with_c1(0.5)), "`Lbfgs`: `c1` is 0.5, which is not in 0<..<0.5");
    assert_eq!(lbfgs(Lbfgs::default().with_c2(f64::NAN)), "`Lbfgs`: `c2` is NaN, which is not in the finite numbers");
    assert_eq!(
        lbfgs(Lbfgs { c1: 0.3, c2: 0.2, ..Lbfgs::default() }),
        "`Lbfgs`: `c1` is 0.3, which is not below `c2` = 0.2"
    );
    let cg = ConjugateGradient::default().with_gradient_tolerance(-1.0).init(&w).unwrap_err().to_string();
    assert_eq!(cg, "`ConjugateGradient`: `gradient_tolerance` is -1, which is not in 0..");
    let unknown = Lbfgs::default().set("lr", 0.1).unwrap_err().to_string();
    assert!(unknown.starts_with("`Lbfgs`: setting `lr` is not known; known: `history`, `c1`, `c2`"), "{unknown}");
}

#[test]
fn settings_have_names_defaults_and_descriptions() {
    fn all<D: Method>() {
        for setting in D::settings() {
            let mut method = D::default();
            assert_eq!(method.get(setting.name).unwrap(), setting.default, "{}", setting.name);
            assert!(setting.doc.ends_with('.') && !setting.doc.starts_with(' '), "{:?}", setting.doc);
            method.set(setting.name, 1.0).or_else(|_| method.set(setting.name, 0.25)).unwrap();
            assert_ne!(method.get(setting.name).unwrap(), setting.default);
        }
    }
    all::<Lbfgs>();
    // `restart` is 0, so 1 is another one.
    all::<ConjugateGradient>();
    assert_eq!(ConjugateGradient::default().with_formula(Beta::HagerZhang).formula, Beta::HagerZhang);
}

#[test]
fn a_changed_setting_is_checked_by_the_next_step() {
    let mut w = vec![-1.2, 1.0];
    let mut opt = Lbfgs::default().init(&w).unwrap();
    opt.step_with(&mut w, |w, g| rosenbrock(w, g)).unwrap();
    let before = w.clone();
    opt.method_mut().history = 3;
    let error = opt.step_with(&mut w, |w, g| rosenbrock(w, g)).unwrap_err().to_string();
    assert_eq!(error, "`Lbfgs`: `history` is 3, and there is memory for 10; `init` the optimizer anew");
    opt.method_mut().history = 10;
    opt.method_mut().c2 = 2.0;
    assert!(opt.step_with(&mut w, |w, g| rosenbrock(w, g)).is_err());
    assert_eq!((w, opt.steps()), (before, 1));
}

#[test]
fn a_report_says_why_it_ended() {
    let run = |method: Lbfgs, steps| {
        let mut w = vec![-1.2, 1.0];
        let mut calls = 0;
        let mut opt = method.init(&w).unwrap();
        let report = opt.minimize(&mut w, steps, |w, g| {
            calls += 1;
            rosenbrock(w, g)
        });
        let report = report.unwrap();
        assert_eq!((calls, opt.evaluations(), opt.steps()), (report.evaluations, report.evaluations, report.steps));
        report
    };
    let gradient = run(Lbfgs::default(), 1000);
    assert!(gradient.reason == Reason::Gradient && gradient.gradient <= 1e-5 && gradient.converged());
    let steps = run(Lbfgs::default(), 7);
    assert!(steps.reason == Reason::Steps && steps.steps == 7 && !steps.converged());
    assert_eq!(run(Lbfgs::default(), 0).evaluations, 1);
    let decrease = run(Lbfgs::default().with_decrease_tolerance(1e-2).with_gradient_tolerance(0.0), 1000);
    assert!(decrease.reason == Reason::Decrease && decrease.steps < gradient.steps);
    for max in 1..30 {
        let evaluations = run(Lbfgs::default().with_max_evaluations(max), 1000);
        assert_eq!((evaluations.reason, evaluations.evaluations), (Reason::Evaluations, max));
    }
    assert!(gradient.to_string().starts_with("the gradient is within its tolerance: loss "), "{gradient}");
}

#[test]
fn at_a_minimum_nothing_moves() {
    let mut w = vec![1.0, 1.0];
    let mut opt = ConjugateGradient::default().with_gradient_tolerance(0.0).init(&w).unwrap();
    let progress = opt.step_with(&mut w, |w, g| rosenbrock(w, g)).unwrap();
    assert_eq!((progress.ending, progress.evaluations, opt.steps()), (Ending::Stationary, 1, 0));
    let report = opt.minimize(&mut w, 5, |w, g| rosenbrock(w, g)).unwrap();
    assert_eq!((report.reason, report.evaluations), (Reason::Gradient, 0));
    // A model without parameters is at its minimum.
    let report = Lbfgs::default().init(&()).unwrap().minimize(&mut (), 5, |(), ()| 1.0).unwrap();
    assert_eq!((report.reason, report.loss), (Reason::Gradient, 1.0));
}
