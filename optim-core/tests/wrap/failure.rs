//! Errors and panics of closures leave weights, optimizer and wrappers as they were.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

use optim_core::prelude::*;
use optim_core::schedule::Exponential;

use super::support::{Model, bits, evaluated, every_rule, gradient, model};

/// A problem of the closure's own.
#[derive(Debug)]
struct Problem(String);

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Problem(error.to_string())
    }
}

/// Takes steps, and beside them the same steps with failures in between.
fn survives<A: Real, O: Optimize<Model<A>> + Clone + Debug>(mut opt: O, two: bool) {
    let (mut model, mut other) = (model::<A>(), model::<A>());
    let mut disturbed = opt.clone();
    for step in 0..9 {
        let (before, shown) = (bits(&other).0, format!("{disturbed:?}"));
        // With two gradients, the second call fails too.
        for at in if two { 1..3 } else { 1..2 } {
            let mut calls = 0;
            let failed: Result<(), Problem> = disturbed.try_step_with(&mut other, |model, g| {
                calls += 1;
                let seen = (model.seen.clone(), model.calls);
                gradient(model, g);
                (model.seen, model.calls) = seen;
                model.weight.fill(A::one());
                model.frozen.fill(A::one());
                if calls == at { Err(Problem("no data".into())) } else { Ok(()) }
            });
            assert_eq!(failed.unwrap_err().0, "no data");
            assert_eq!(
                (bits(&other).0, format!("{disturbed:?}")),
                (before.clone(), shown.clone()),
                "step {step}: error"
            );

            let mut calls = 0;
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                disturbed.step_with(&mut other, |model, _| {
                    calls += 1;
                    model.weight.fill(A::one());
                    model.frozen.fill(A::one());
                    assert!(calls < at, "on purpose");
                })
            }));
            assert!(panicked.is_err());
            assert_eq!(
                (bits(&other).0, format!("{disturbed:?}")),
                (before.clone(), shown.clone()),
                "step {step}: panic"
            );

            let mut calls = 0;
            let error = disturbed.step_with(&mut other, |model, g| {
                calls += 1;
                let seen = (model.seen.clone(), model.calls);
                gradient(model, g);
                (model.seen, model.calls) = seen;
                if calls == at {
                    g.bias = ndarray::Array1::zeros(9);
                }
            });
            assert_eq!(error.unwrap_err().to_string(), "the gradient: `bias` has the shape [9], not [3]");
            assert_eq!(
                (bits(&other).0, format!("{disturbed:?}")),
                (before.clone(), shown.clone()),
                "step {step}: shape"
            );
        }
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            disturbed.evaluate_with(&mut other, |model| {
                model.weight.fill(A::one());
                panic!("on purpose");
            })
        }));
        assert!(panicked.is_err());
        assert_eq!((bits(&other).0, format!("{disturbed:?}")), (before, shown), "step {step}: evaluation");

        opt.step_with(&mut model, gradient).unwrap();
        disturbed.step_with(&mut other, gradient).unwrap();
        assert_eq!(bits(&model), bits(&other), "step {step}");
        assert_eq!(format!("{opt:?}"), format!("{disturbed:?}"), "step {step}");
        assert_eq!(bits(&evaluated(&mut opt, &mut model)), bits(&evaluated(&mut disturbed, &mut other)));
    }
}

fn each<R: Rule, A: Real>(rule: R) {
    let two = <Optimizer<R, f64> as Optimize<f64>>::GRADIENTS == 2;
    let opt = || rule.clone().init(&model::<A>()).unwrap();
    survives::<A, _>(opt().clip_value(0.3).unwrap(), two);
    survives::<A, _>(opt().clip_tensor_norm(0.3).unwrap(), two);
    survives::<A, _>(opt().clip_norm(0.3).unwrap(), two);
    survives::<A, _>(opt().centralise(), two);
    survives::<A, _>(opt().noise(0.1, 0.5, 3).unwrap(), two);
    survives::<A, _>(opt().skip_nonfinite(1), two);
    survives::<A, _>(opt().cautious(), two);
    survives::<A, _>(opt().lookahead(3, 0.5).unwrap(), two);
    survives::<A, _>(opt().ema(0.9).unwrap(), two);
    survives::<A, _>(opt().swa(2, 3).unwrap(), two);
    survives::<A, _>(opt().schedule("lr", Exponential { from: 0.1, gamma: 0.9 }).unwrap(), two);
    if !two {
        survives::<A, _>(opt().accumulate(3).unwrap(), two);
        let all = opt().schedule("lr", Exponential { from: 0.1, gamma: 0.9 }).unwrap().cautious().centralise();
        let all = all.clip_norm(1.0).unwrap().accumulate(2).unwrap().noise(0.1, 0.5, 3).unwrap();
        survives::<A, _>(all.skip_nonfinite(1).lookahead(2, 0.5).unwrap().ema(0.9).unwrap(), two);
    }
}

#[test]
fn errors_and_panics_leave_everything_as_it_was() {
    every_rule!(each);
}

#[test]
fn a_model_that_does_not_fit_in_the_first_step_spoils_nothing() {
    fn check<O: Optimize<Model<f64>> + Clone>(mut opt: O) {
        let mut other = opt.clone();
        let (mut a, mut b) = (model::<f64>(), model::<f64>());
        let mut wrong = Model { bias: ndarray::Array1::zeros(1), ..model() };
        let error = opt.step_with(&mut wrong, gradient).unwrap_err();
        assert_eq!(error.to_string(), "the model: `bias` has the shape [1], not [3]");
        assert!(opt.evaluate_with(&mut wrong, |_| ()).is_err());
        for _ in 0..3 {
            opt.step_with(&mut a, gradient).unwrap();
            other.step_with(&mut b, gradient).unwrap();
            assert_eq!(bits(&a), bits(&b));
            assert_eq!(bits(&evaluated(&mut opt, &mut a)), bits(&evaluated(&mut other, &mut b)));
        }
        assert!(opt.step_with(&mut wrong, gradient).is_err());
        assert!(opt.evaluate_with(&mut wrong, |_| ()).is_err());
    }
    let opt = || Nag::default().init(&model::<f64>()).unwrap();
    check(opt().clip_norm(0.5).unwrap());
    check(opt().accumulate(2).unwrap());
    check(opt().cautious());
    check(opt().lookahead(2, 0.5).unwrap());
    check(opt().ema(0.5).unwrap());
    check(opt().swa(1, 1).unwrap());
    check(opt().noise(0.5, 0.5, 1).unwrap());
    check(opt().skip_nonfinite(1).centralise().clip_value(1.0).unwrap().clip_tensor_norm(1.0).unwrap());
}
