//! The mean of several gradients.

use optim_core::ErrorKind;
use optim_core::prelude::*;

use super::erased::Erased;
use super::support::{Model, bits, evaluated, every_rule, go, gradient, model, number, numbers, set_numbers, step};

/// The same as one step with the mean, which the closure makes of all gradients itself.
fn mean<A: Real>(rule: &Erased<Model<A>>) {
    for k in [1_u64, 2, 3, 5] {
        let (mut ours, mut expected) = (model::<A>(), model::<A>());
        let mut opt = rule.clone().accumulate(k).unwrap();
        let mut bare = rule.clone();
        for taken in 0..4 {
            for call in 0..k {
                let before = bits(&ours).0;
                let value = go(&mut opt, &mut ours);
                assert_eq!(value as u64, taken * k + call + 1, "the value of every call is returned");
                if call + 1 < k {
                    assert_eq!(bits(&ours).0, before, "weights stay");
                    assert_eq!((opt.steps(), opt.count()), (taken, call + 1));
                }
            }
            assert_eq!((opt.steps(), opt.count()), (taken + 1, 0));
            let plain = &mut |model: &mut Model<A>, g: &mut Model<A>| {
                gradient(model, g);
                let mut sum = numbers(g);
                for _ in 1..k {
                    gradient(model, g);
                    sum.iter_mut().zip(numbers(g)).for_each(|(sum, g)| *sum += g);
                }
                for sum in &mut sum {
                    *sum /= number::<A>(k as f64);
                }
                set_numbers(g, &sum);
                Ok(0)
            };
            step(&mut bare, &mut expected, plain).unwrap();
            assert_eq!(bits(&ours), bits(&expected), "{} {}: step {taken} of {k} gradients", rule.name(), A::NAME);
            let (ours, expected) = (evaluated(&mut opt, &mut ours), evaluated(&mut bare, &mut expected));
            assert_eq!(bits(&ours), bits(&expected), "{}: evaluation {taken}", rule.name());
        }
    }
}

#[test]
fn k_calls_are_one_step_with_the_mean_of_their_gradients_taken_where_the_rule_wants_them() {
    every_rule!(mean, gradients 1);
}

#[test]
fn gradients_that_are_given_are_accumulated_too() {
    let (mut given, mut made) = (model::<f32>(), model::<f32>());
    let mut a = Adam::default().init(&given).unwrap().accumulate(3).unwrap();
    let mut b = a.clone();
    for _ in 0..9 {
        let mut g = given.zeros_like();
        gradient(&mut given, &mut g);
        a.step(&mut given, &g).unwrap();
        b.step_with(&mut made, gradient).unwrap();
        assert_eq!(bits(&given), bits(&made));
    }
    assert_eq!(a.steps(), 3);
}

#[test]
fn two_gradients_a_step_are_refused_and_so_is_zero() {
    let error = Sam::default().init(&0.0_f64).unwrap().accumulate(2).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Hyper);
    assert!(error.to_string().starts_with("`accumulate`: the rule takes two gradients a step"), "{error}");
    assert!(
        Sam::default().init(&0.0_f64).unwrap().clip_norm(1.0).unwrap().accumulate(2).is_err(),
        "seen through wrappers"
    );
    let error = Sgd::default().init(&0.0_f64).unwrap().accumulate(0).unwrap_err();
    assert_eq!(error.to_string(), "`accumulate`: `k` is 0, which is not in 1..");
}

#[test]
fn a_gradient_that_is_only_kept_is_checked_as_one_that_moves() {
    let mut model = model::<f64>();
    let mut opt = Adam::default().init(&model).unwrap().accumulate(4).unwrap();
    for good in 0..2 {
        let before = bits(&model);
        let error = opt.step_with(&mut model, |_, g| g.list[1] = ndarray::array![1.0]).unwrap_err();
        assert_eq!(error.to_string(), "the gradient: `list.1` has the shape [1], not [5]");
        let error = opt.step_with(&mut model, |_, g| g.list.truncate(1)).unwrap_err();
        assert_eq!(error.path(), Some("list"), "{error}");
        let error = opt.step_with(&mut model, |_, g| g.seen = ndarray::array![]).unwrap_err();
        assert_eq!(error.path(), Some("seen"), "{error}");
        let list = model.list.clone();
        let error = opt.step_with(&mut model, |model, _| model.list[1] = ndarray::array![1.0]).unwrap_err();
        assert_eq!(error.to_string(), "the model: `list.1` has the shape [1], not [5]");
        model.list = list;
        assert_eq!((bits(&model), opt.count()), (before, good));
        opt.step_with(&mut model, gradient).unwrap();
    }
    let other: Model<f64> = Model { weight: ndarray::Array2::zeros((1, 1)), ..model.clone() };
    let error = opt.step_with(&mut other.clone(), gradient).unwrap_err();
    assert_eq!(error.to_string(), "the model: `weight` has the shape [1, 1], not [4, 3]");
}
