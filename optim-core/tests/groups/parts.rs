//! Groups, and optimizers of a part of the parameters, against optimizers of the parts alone.

use optim_core::Role;
use optim_core::prelude::*;
use optim_core::rule::CacheScope;

use crate::erased::Erased;
use crate::run::{Model, STEPS, Setting, Subject, bits, evaluation, half, same, step, threads};

pub(crate) fn two_groups_are_two_optimizers<A: Real>(subject: &Subject<A>, setting: Setting) {
    if subject.sums_over_the_model {
        // These look at all groups together.
        return;
    }
    let mut model = subject.weights(setting.0);
    let mut parts = [half(&model, 0), half(&model, 1)];
    let mut opt = (subject.init)(&model);
    let mut opts = parts.each_ref().map(subject.init);
    threads(&mut opt, setting);
    (subject.group)(&mut opt);
    (subject.vary)(&mut opts[1]);
    for t in 0..STEPS {
        let noise = subject.noise(t, setting.1);
        step(&mut opt, &mut model, &noise);
        for (first, (opt, part)) in opts.iter_mut().zip(&mut parts).enumerate() {
            step(opt, part, &half(&noise, first));
        }
        let point = evaluation(&mut opt, &mut model);
        for (first, (other, part)) in opts.iter_mut().zip(&mut parts).enumerate() {
            let expected = evaluation(other, part);
            for (i, expected) in expected.iter().enumerate() {
                same((&opt, &model, first + 2 * i), (&*other, &*part, i), "two groups");
                assert!(bits(&point[first + 2 * i]) == bits(expected), "{}: evaluation of tensor {i}", subject.name);
            }
        }
        for cache in opt.seen().caches().iter().filter(|cache| cache.scope == CacheScope::Model) {
            let of = |opt: &Erased<Model<A>>| opt.seen().cache(cache.name, "");
            assert_eq!(of(&opt), of(&opts[0]), "{} `{}`", subject.name, cache.name);
        }
    }
    let moved =
        |model: &Model<A>| model.iter().zip(&subject.weights(setting.0)).all(|(w, before)| w.is_empty() || w != before);
    assert!(moved(&model), "{}", subject.name);
}

pub(crate) fn a_part_is_an_optimizer_of_its_own<A: Real>(subject: &Subject<A>, setting: Setting) {
    let mut model = subject.weights(setting.0);
    let before = model.clone();
    let mut part = half(&model, 0);
    let mut opt = (subject.init_half)(&model, 0);
    let mut other = (subject.init)(&part);
    threads(&mut opt, setting);
    for t in 0..STEPS {
        let noise = subject.noise(t, setting.1);
        step(&mut opt, &mut model, &noise);
        step(&mut other, &mut part, &half(&noise, 0));
        let expected = evaluation(&mut other, &mut part);
        let point = evaluation(&mut opt, &mut model);
        for (i, expected) in expected.iter().enumerate() {
            same((&opt, &model, 2 * i), (&other, &part, i), "a part");
            assert!(bits(&point[2 * i]) == bits(expected), "{}: evaluation of tensor {i}", subject.name);
        }
        assert_eq!(half(&model, 1), half(&before, 1));
        assert!(opt.seen().caches().iter().all(|cache| opt.seen().cache(cache.name, "1").is_none()));
    }
}

/// The others are neither saved nor restored, whatever their shape and role: another optimizer may move them meanwhile.
#[test]
fn what_is_not_selected_may_be_moved_in_the_closure() {
    #[derive(Optimizable, Clone, Debug, PartialEq)]
    struct Model {
        matrix: ndarray::Array2<f64>,
        vector: Vec<f64>,
        #[optim(freeze)]
        frozen: (ndarray::Array2<f64>, f64),
    }
    let mut model =
        Model { matrix: ndarray::Array2::eye(2), vector: vec![1.0; 3], frozen: (ndarray::Array2::eye(2), 1.0) };
    let mut matrices = Muon::default().init_where(&model, |p| p.shape.len() == 2).unwrap();
    let mut others = Sgd::default().with_lr(0.5).init_where(&model, |p| p.shape.len() != 2).unwrap();
    let mut alone = model.matrix.clone();
    let mut muon = Muon::default().init(&alone).unwrap();
    for t in 1..4 {
        others
            .try_step_with(&mut model, |model, outer| {
                matrices.step_with(model, |model, gradient| {
                    gradient.matrix[[0, 1]] = f64::from(t);
                    gradient.vector.fill(1.0);
                    model.frozen = (ndarray::Array2::zeros((2, 2)), 0.0);
                    outer.clone_from(gradient);
                })
            })
            .unwrap();
        muon.step_with(&mut alone, |_, gradient| gradient[[0, 1]] = f64::from(t)).unwrap();
        assert_eq!(model.matrix, alone);
        assert_eq!(model.vector, [1.0 - 0.5 * f64::from(t); 3]);
        assert_eq!(model.frozen, (ndarray::Array2::eye(2), 1.0), "each takes back those that it has selected");
    }
    model.for_each_tensor(|path, role, _| {
        assert_eq!(matrices.is_frozen(path), role == Role::Frozen && path == "frozen.0");
    });
    // A panic in the inner closure leaves both as they were.
    let before = model.clone();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        others.try_step_with(&mut model, |model, _| {
            matrices.step_with(model, |model, _| {
                (model.matrix, model.vector) = (ndarray::Array2::zeros((2, 2)), vec![0.0; 3]);
                panic!("on purpose");
            })
        })
    }));
    assert!(panicked.is_err() && model == before);
}
