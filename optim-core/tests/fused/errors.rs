//! Bad input is an error before anything has changed: weights, caches, step count, the gradient.

use ndarray::Array1;
use optim_core::prelude::*;
use optim_core::rule::GradientAtWeights;
use optim_core::{ErrorKind, Fused};

use crate::erased::Erased;
use crate::run::{Layout, Model, bits, model, noise, state};

fn check<R: GradientAtWeights>(rule: R) {
    let mut model = model::<f32>(1, 1.0, Layout::Standard, false);
    let mut opt = Erased::new(rule.init(&model).unwrap());
    let good = Fused::default().scale(0.5).clip_norm(1.0).zero_gradient();
    opt.of::<R>().step_fused(&mut model, &mut noise(0, Layout::Standard, false), good).unwrap();

    let refused = |opt: &mut Erased<Model<f32>>, model: &mut Model<f32>, gradient: &mut Model<f32>, fused| {
        let before = (state(opt, model), bits(gradient), opt.steps());
        let error = opt.of::<R>().step_fused(model, gradient, fused).unwrap_err();
        assert!((state(opt, model), bits(gradient), opt.steps()) == before, "{}: {error}", R::NAME);
        error.to_string()
    };
    let mut gradient = noise(1, Layout::ColumnMajor, false);
    let mut number = |opt: &mut _, fused| refused(opt, &mut model, &mut gradient, fused);
    assert_eq!(
        number(&mut opt, good.scale(f64::NAN)),
        "`step_fused`: `scale` is NaN, which is not in the finite numbers"
    );
    assert_eq!(
        number(&mut opt, good.scale(f64::INFINITY)),
        "`step_fused`: `scale` is inf, which is not in the finite numbers"
    );
    assert_eq!(number(&mut opt, good.clip_norm(-0.5)), "`step_fused`: `max_norm` is -0.5, which is not in 0..");
    assert_eq!(number(&mut opt, good.clip_norm(f64::NAN)), "`step_fused`: `max_norm` is NaN, which is not in 0..");
    let lr = R::hyper().iter().position(|hyper| hyper.name == "lr").unwrap();
    let before = opt.of::<R>().rule().value(lr);
    opt.of::<R>().rule_mut().set_value(lr, -1.0);
    assert!(number(&mut opt, good).contains("`lr` is -1"));
    opt.of::<R>().rule_mut().set_value(lr, before);

    let mut short = gradient.clone();
    short.seen = Array1::ones(2);
    let error = refused(&mut opt, &mut model, &mut short, good);
    assert_eq!(error, "the gradient: `seen` has the shape [2], not [3]");
    let mut other = model.clone();
    other.rest = None;
    let error = refused(&mut opt, &mut other, &mut gradient, good);
    assert_eq!(error, "the model: `rest` is `None`, not `Some`");

    // The same as if nothing had been refused.
    opt.of::<R>().step_fused(&mut model, &mut gradient, good).unwrap();
    assert_eq!(opt.steps(), 2);
}

#[test]
fn nothing_has_changed() {
    check(Adam::default());
    check(Lamb::default());
    check(Adafactor::default());
}

#[test]
fn it_is_a_hyper_parameter_that_is_wrong() {
    let mut w = 1.0_f64;
    let mut opt = Sgd::default().init(&w).unwrap();
    let error = opt.step_fused(&mut w, &mut 1.0, Fused::default().clip_norm(-1.0)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Hyper);
}
