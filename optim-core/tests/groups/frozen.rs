//! Freezing and unfreezing between steps.

use optim_core::prelude::*;

use crate::run::{STEPS, Setting, bits, evaluation, half, is_of_half, noise, same, step, threads, weights};

/// From the start: what is not frozen does not notice.
pub(crate) fn freezing_is_leaving_out<R: Rule, A: Real>(setting: Setting) {
    let mut model = weights::<R, A>(setting.0);
    let before = model.clone();
    let mut part = half(&model, 0);
    let mut opt = R::default().init(&model).unwrap();
    let mut other = R::default().init(&part).unwrap();
    threads(&mut opt, setting);
    assert_eq!(opt.freeze(|p| is_of_half(p, 1)).unwrap(), half(&model, 1).len());
    for t in 0..STEPS {
        let noise = noise::<R, A>(t, setting.1);
        step(&mut opt, &mut model, &noise);
        step(&mut other, &mut part, &half(&noise, 0));
        let expected = evaluation(&mut other, &mut part);
        let point = evaluation(&mut opt, &mut model);
        for (i, expected) in expected.iter().enumerate() {
            same((&opt, &model, 2 * i), (&other, &part, i), "beside what is frozen");
            assert!(bits(&point[2 * i]) == bits(expected), "{}: evaluation of tensor {i}", R::NAME);
        }
        assert_eq!(half(&point, 1), half(&before, 1), "{}: what is frozen is evaluated where it is", R::NAME);
    }
}

/// On the way: weights and caches stay, and move again.
pub(crate) fn what_is_frozen_stays<R: Rule, A: Real>(setting: Setting) {
    let mut model = weights::<R, A>(setting.0);
    let mut opt = R::default().init(&model).unwrap();
    threads(&mut opt, setting);
    step(&mut opt, &mut model, &noise::<R, A>(0, setting.1));
    let (before, opt_before) = (model.clone(), opt.clone());
    opt.freeze(|p| is_of_half(p, 0)).unwrap();
    for t in 1..3 {
        step(&mut opt, &mut model, &noise::<R, A>(t, setting.1));
        for tensor in (0..model.len()).step_by(2) {
            same((&opt, &model, tensor), (&opt_before, &before, tensor), "frozen");
        }
    }
    assert_ne!(model, before, "{}", R::NAME);
    opt.unfreeze(|_| true).unwrap();
    step(&mut opt, &mut model, &noise::<R, A>(3, setting.1));
    assert_ne!(model[0], before[0], "{}", R::NAME);
}
