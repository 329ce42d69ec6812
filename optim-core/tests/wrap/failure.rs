//! Errors and panics of closures leave weights, optimizer and wrappers as they were.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};

use optim_core::prelude::*;
use optim_core::schedule::Exponential;

use super::erased::Erased;
use super::support::{Model, bits, evaluated, go, gradient, model, start, step};

/// Takes steps, and beside them the same steps with failures in between.
fn survives<A: Real, O: Optimize<Model<A>> + Clone + Debug>(mut opt: O, two: bool) {
    let (mut model, mut other) = (model::<A>(), model::<A>());
    let mut disturbed = opt.clone();
    for taken in 0..9 {
        let (before, shown) = (bits(&other).0, format!("{disturbed:?}"));
        // With two gradients, the second call fails too.
        for at in if two { 1..3 } else { 1..2 } {
            let mut calls = 0;
            let failed = step(&mut disturbed, &mut other, &mut |model, g| {
                calls += 1;
                only_the_gradient(model, g);
                model.weight.fill(A::one());
                model.frozen.fill(A::one());
                if calls == at { Err(Error::other("no data")) } else { Ok(0) }
            });
            assert_eq!(failed.unwrap_err().to_string(), "no data");
            assert_eq!((bits(&other).0, format!("{disturbed:?}")), (before.clone(), shown.clone()), "{taken}: error");

            let mut calls = 0;
            let panics = &mut |model: &mut Model<A>, _: &mut Model<A>| {
                calls += 1;
                model.weight.fill(A::one());
                model.frozen.fill(A::one());
                assert!(calls < at, "on purpose");
                Ok(0)
            };
            let panicked = catch_unwind(AssertUnwindSafe(|| step(&mut disturbed, &mut other, panics)));
            assert!(panicked.is_err());
            assert_eq!((bits(&other).0, format!("{disturbed:?}")), (before.clone(), shown.clone()), "{taken}: panic");

            let mut calls = 0;
            let error = step(&mut disturbed, &mut other, &mut |model, g| {
                calls += 1;
                only_the_gradient(model, g);
                if calls == at {
                    g.bias = ndarray::Array1::zeros(9);
                }
                Ok(0)
            });
            assert_eq!(error.unwrap_err().to_string(), "the gradient: `bias` has the shape [9], not [3]");
            assert_eq!((bits(&other).0, format!("{disturbed:?}")), (before.clone(), shown.clone()), "{taken}: shape");
        }
        let panicked = catch_unwind(AssertUnwindSafe(|| evaluated_or_panics(&mut disturbed, &mut other, true)));
        assert!(panicked.is_err());
        assert_eq!((bits(&other).0, format!("{disturbed:?}")), (before, shown), "{taken}: evaluation");

        go(&mut opt, &mut model);
        go(&mut disturbed, &mut other);
        assert_eq!(bits(&model), bits(&other), "{taken}");
        assert_eq!(format!("{opt:?}"), format!("{disturbed:?}"), "{taken}");
        let evaluated = evaluated_or_panics(&mut opt, &mut model, false);
        assert_eq!(bits(&evaluated), bits(&evaluated_or_panics(&mut disturbed, &mut other, false)));
    }
}

/// The gradient, without what a closure does to buffers and skipped fields, which stays.
fn only_the_gradient<A: Real>(model: &mut Model<A>, g: &mut Model<A>) {
    let seen = (model.seen.clone(), model.calls);
    gradient(model, g);
    (model.seen, model.calls) = seen;
}

fn evaluated_or_panics<A: Real>(opt: &mut impl Optimize<Model<A>>, model: &mut Model<A>, panics: bool) -> Model<A> {
    let there = opt.evaluate_with(model, |model| {
        let there = model.clone();
        model.weight.fill(A::one());
        assert!(!panics, "on purpose");
        there
    });
    there.unwrap()
}

fn each<A: Real>(rule: &Erased<Model<A>>) {
    let two = rule.seen().gradients() == 2;
    let opt = || rule.clone();
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
    each::<f32>(&start(Adam::default()));
    each::<f64>(&start(Nag::default()));
    each::<f32>(&start(Sam::default()));
    each::<f64>(&start(ScheduleFreeAdamW::default()));
}

#[test]
fn a_model_that_does_not_fit_in_the_first_step_spoils_nothing() {
    fn check<O: Optimize<Model<f64>> + Clone>(mut opt: O) {
        let mut other = opt.clone();
        let (mut a, mut b) = (model::<f64>(), model::<f64>());
        let mut wrong = Model { bias: ndarray::Array1::zeros(1), ..model() };
        let error = step(&mut opt, &mut wrong, &mut |_, _| Ok(0)).unwrap_err();
        assert_eq!(error.to_string(), "the model: `bias` has the shape [1], not [3]");
        assert!(opt.evaluate_with(&mut wrong, |_| ()).is_err());
        for _ in 0..3 {
            go(&mut opt, &mut a);
            go(&mut other, &mut b);
            assert_eq!(bits(&a), bits(&b));
            assert_eq!(bits(&evaluated(&mut opt, &mut a)), bits(&evaluated(&mut other, &mut b)));
        }
        assert!(step(&mut opt, &mut wrong, &mut |_, _| Ok(0)).is_err());
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
