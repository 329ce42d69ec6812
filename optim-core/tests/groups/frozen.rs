//! Freezing and unfreezing between steps.

use optim_core::prelude::*;

use crate::run::{STEPS, Setting, Subject, bits, evaluation, half, is_of_half, same, step, threads};

/// From the start: what is not frozen does not notice.
pub(crate) fn freezing_is_leaving_out<A: Real>(subject: &Subject<A>, setting: Setting) {
    let mut model = subject.weights(setting.0);
    let before = model.clone();
    let mut part = half(&model, 0);
    let mut opt = (subject.init)(&model);
    let mut other = (subject.init)(&part);
    threads(&mut opt, setting);
    assert_eq!(opt.hidden().freeze(&|p| is_of_half(p, 1)), half(&model, 1).len());
    for t in 0..STEPS {
        let noise = subject.noise(t, setting.1);
        step(&mut opt, &mut model, &noise);
        step(&mut other, &mut part, &half(&noise, 0));
        let expected = evaluation(&mut other, &mut part);
        let point = evaluation(&mut opt, &mut model);
        for (i, expected) in expected.iter().enumerate() {
            same((&opt, &model, 2 * i), (&other, &part, i), "beside what is frozen");
            assert!(bits(&point[2 * i]) == bits(expected), "{}: evaluation of tensor {i}", subject.name);
        }
        assert_eq!(half(&point, 1), half(&before, 1), "{}: what is frozen is evaluated where it is", subject.name);
    }
}

/// On the way: weights and caches stay, and move again.
pub(crate) fn what_is_frozen_stays<A: Real>(subject: &Subject<A>, setting: Setting) {
    let mut model = subject.weights(setting.0);
    let mut opt = (subject.init)(&model);
    threads(&mut opt, setting);
    step(&mut opt, &mut model, &subject.noise(0, setting.1));
    let (before, opt_before) = (model.clone(), opt.clone());
    opt.hidden().freeze(&|p| is_of_half(p, 0));
    for t in 1..3 {
        step(&mut opt, &mut model, &subject.noise(t, setting.1));
        for tensor in (0..model.len()).step_by(2) {
            same((&opt, &model, tensor), (&opt_before, &before, tensor), "frozen");
        }
    }
    assert_ne!(model, before, "{}", subject.name);
    opt.hidden().unfreeze(&|_| true);
    step(&mut opt, &mut model, &subject.noise(3, setting.1));
    assert_ne!(model[0], before[0], "{}", subject.name);
}
