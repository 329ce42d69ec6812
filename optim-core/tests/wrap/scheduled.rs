//! Hyper-parameters that follow a schedule.

use std::panic::{AssertUnwindSafe, catch_unwind};

use optim_core::ErrorKind;
use optim_core::prelude::*;
use optim_core::schedule::{Cosine, Exponential, Lambda, Linear};

use super::erased::Erased;
use super::support::{Model, bits, every_rule, go, gradient, model};

fn follows<A: Real>(rule: &Erased<Model<A>>) {
    let (mut ours, mut expected) = (model::<A>(), model::<A>());
    let cosine = Cosine { from: 0.1, to: 0.001, steps: 8 }.warmup(3, 0.1);
    let mut opt = rule.clone().schedule("lr", cosine).unwrap();
    let mut bare = rule.clone();
    for step in 1..=12 {
        go(&mut opt, &mut ours);
        bare.set_hyper("lr", cosine.at(step)).unwrap();
        go(&mut bare, &mut expected);
        assert_eq!(opt.hyper("lr").unwrap(), cosine.at(step));
        assert_eq!(bits(&ours), bits(&expected), "{} {}: step {step}", rule.name(), A::NAME);
    }
}

#[test]
fn every_step_has_the_value_of_its_number() {
    every_rule!(follows);
}

#[test]
fn a_step_that_is_not_taken_does_not_move_the_schedule_on() {
    let halves = Exponential { from: 1.0, gamma: 0.5 };
    let sgd = || Sgd::default().init(&0.0_f64).unwrap();
    for gradients in [[-1.0, -1.0, -3.0, -5.0], [-1.0, f64::NAN, -1.0, -8.0]] {
        let mut w = 0.0;
        let mut inside = sgd().schedule("lr", halves).unwrap().accumulate(2).unwrap().skip_nonfinite(1);
        let mut v = 0.0;
        let mut outside = sgd().accumulate(2).unwrap().skip_nonfinite(1).schedule("lr", halves).unwrap();
        for g in gradients {
            inside.step(&mut w, &g).unwrap();
            outside.step(&mut v, &g).unwrap();
        }
        assert_eq!((w, v), if gradients[1].is_nan() { (1.0, 1.0) } else { (3.0, 3.0) });
    }
}

#[test]
fn two_hyper_parameters_have_one_schedule_each() {
    let (mut w, mut v) = (vec![1.0_f64, -2.0], vec![1.0_f64, -2.0]);
    let lr = Linear { from: 0.1, to: 0.0, steps: 5 };
    let momentum = Linear { from: 0.5, to: 0.9, steps: 5 };
    let mut opt = Momentum::default().init(&w).unwrap();
    let mut both = opt.clone().schedule("lr", lr).unwrap().schedule("momentum", momentum).unwrap();
    for step in 1..8 {
        *opt.rule_mut() = Momentum { lr: lr.at(step), momentum: momentum.at(step) };
        let gradient = w.clone();
        opt.step(&mut w, &gradient).unwrap();
        both.step(&mut v, &gradient).unwrap();
        assert_eq!(w, v);
    }
}

#[test]
fn a_step_that_fails_leaves_the_hyper_parameter() {
    let mut model = model::<f64>();
    let halves = Exponential { from: 1.0, gamma: 0.5 };
    let mut opt = Adam { lr: 7.0, ..Adam::default() }.init(&model).unwrap().schedule("lr", halves).unwrap();
    let failed: Result<(), Error> = opt.try_step_with(&mut model, |_, _| Err(Error::other("")));
    assert!(failed.is_err());
    assert_eq!(opt.hyper("lr").unwrap(), 7.0);
    let panicked = catch_unwind(AssertUnwindSafe(|| opt.step_with(&mut model, |_, _| panic!("on purpose"))));
    assert!(panicked.is_err());
    assert_eq!(opt.hyper("lr").unwrap(), 7.0);
    let mut wrong = model.zeros_like();
    wrong.list.clear();
    assert!(opt.step(&mut model, &wrong).is_err());
    assert_eq!((opt.hyper("lr").unwrap(), opt.steps()), (7.0, 0));

    let below = Lambda::new(|step: u64| 2.0 - step as f64);
    let mut opt = Adam::default().init(&model).unwrap().schedule("lr", below).unwrap();
    opt.step_with(&mut model, gradient).unwrap();
    opt.step_with(&mut model, gradient).unwrap();
    let before = bits(&model);
    let error = opt.step_with(&mut model, gradient).unwrap_err();
    assert_eq!(error.to_string(), "`Adam`: `lr` is -1, which is not in 0..");
    assert_eq!((bits(&model), opt.steps(), opt.hyper("lr").unwrap()), (before, 2, 0.0));
}

#[test]
fn names_and_numbers_are_checked() {
    let opt = || Sgd::default().init(&0.0_f64).unwrap();
    let error = opt().schedule("rate", Exponential { from: 1.0, gamma: 0.5 }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownName);
    assert!(error.to_string().contains("`lr`"), "{error}");
    assert!(opt().schedule("lr", Exponential { from: f64::NAN, gamma: 0.5 }).is_err());
    let opt = opt().schedule("lr", Exponential { from: 1.0, gamma: 0.5 }).unwrap();
    assert_eq!((opt.name(), opt.follows().at(2)), ("lr", 0.5));
}

#[test]
fn a_group_has_a_schedule_of_its_own() {
    let start = (vec![1.0_f64, -2.0], vec![0.5_f64]);
    let lr = Linear { from: 0.1, to: 0.0, steps: 5 };
    let half = Linear { from: 0.05, to: 0.01, steps: 4 };
    let mut ours = start.clone();
    let mut opt = Adam::default().init(&ours).unwrap();
    opt.define_group("last", paths("1")).unwrap();
    let mut opt = opt.schedule("lr", lr).unwrap().schedule("last.lr", half).unwrap();
    let (mut first, mut second) = start;
    let mut alone = (Adam::default().init(&first).unwrap(), Adam::default().init(&second).unwrap());
    for step in 1..=7 {
        opt.step_with(&mut ours, |model, gradient| gradient.clone_from(model)).unwrap();
        alone.0.rule_mut().lr = lr.at(step);
        alone.1.rule_mut().lr = half.at(step);
        alone.0.step_with(&mut first, |w, g| g.clone_from(w)).unwrap();
        alone.1.step_with(&mut second, |w, g| g.clone_from(w)).unwrap();
        assert_eq!((&ours.0, &ours.1), (&first, &second), "step {step}");
        assert_eq!((opt.hyper("lr").unwrap(), opt.hyper("last.lr").unwrap()), (lr.at(step), half.at(step)));
    }
    let error = Sgd::default().init(&ours).unwrap().schedule("lasst.lr", lr).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownName);
}
