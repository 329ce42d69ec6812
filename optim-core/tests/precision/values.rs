//! What the numbers are: those of the formats, close to exact ones, and right on average.

use optim_core::prelude::*;
use optim_core::{ErrorKind, Precision};

use crate::run::{Layout, model, step};

/// Whether bf16 has a number.
fn is_bf16(x: f32) -> bool {
    x.to_bits().trailing_zeros() >= 16
}

#[test]
fn caches_and_weights_are_numbers_of_bf16() {
    let mut w = model::<f32>(1, Layout::ColumnMajor, false);
    let mut opt = Adam::default().caches(Precision::Bf16).weights(Precision::Bf16).init(&w).unwrap();
    for t in 0..3 {
        step(&mut opt, &mut w, &model(2 + t, Layout::Standard, false));
    }
    for name in ["m", "v"] {
        for path in ["matrix", "wide", "rest.0", "rest.2"] {
            let cache = opt.cache(name, path).unwrap();
            assert!(cache.iter().all(|x| is_bf16(*x)) && cache.iter().any(|x| *x != 0.0), "{name} {path}");
        }
    }
    w.for_each_param(|path, values| assert!(values.iter().all(|x| is_bf16(*x)), "{path}"));
}

#[test]
fn a_rule_with_reductions_rounds_its_weights_too() {
    let mut w = model::<f32>(1, Layout::Standard, false);
    let mut opt = Lamb::default().caches(Precision::Block8).weights(Precision::Bf16).init(&w).unwrap();
    step(&mut opt, &mut w, &model(2, Layout::Standard, false));
    w.for_each_param(|path, values| assert!(values.iter().all(|x| is_bf16(*x)), "{path}"));
}

#[test]
fn caches_that_start_at_the_weights_are_exact() {
    let mut w = vec![0.123_456_7_f32; 70];
    let mut opt = ScheduleFreeAdamW::default().caches(Precision::Block8).init(&w).unwrap();
    assert!(opt.cache("z", "").unwrap().iter().all(|z| *z == w[0]));
    opt.step_with(&mut w, |_, gradient| gradient.fill(0.7)).unwrap();
    assert!(opt.cache("z", "").unwrap().iter().all(|z| *z != 0.123_456_7 && !is_bf16(*z)));
    assert!(opt.cache("v", "").unwrap().iter().all(|v| is_bf16(*v)), "five bits of mantissa");
}

/// Steps that are far smaller than the distance of two numbers of bf16 add up.
#[test]
fn small_steps_of_rounded_weights_are_not_lost() {
    let mut w = vec![1.0_f32; 2_000];
    let gradient = vec![1.0; 2_000];
    let mut opt = Sgd::default().with_lr(1e-5).caches(Precision::Exact).weights(Precision::Bf16).init(&w).unwrap();
    for _ in 0..5_000 {
        opt.step(&mut w, &gradient).unwrap();
    }
    let mean = w.iter().map(|x| f64::from(*x)).sum::<f64>() / 2_000.0;
    assert!((mean - 0.95).abs() < 1e-4, "{mean}");
}

/// An average over 1,000 steps, whose changes are smaller than the distance of two numbers.
#[test]
fn slow_averages_are_right() {
    let mut rng = Rng::new(4);
    let n = 4_096;
    for precision in [Precision::Bf16, Precision::Block8] {
        let mut w = vec![0.0_f32; n];
        let (mut opt, mut exact) =
            (Adam::default().caches(precision).init(&w).unwrap(), Adam::default().init(&w).unwrap());
        let mut other = w.clone();
        let sizes: Vec<f64> = (0..n).map(|_| rng.normal().exp()).collect();
        for _ in 0..1_500 {
            let gradient: Vec<f32> = sizes.iter().map(|size| Real::from_f64(size * rng.normal())).collect();
            opt.step(&mut w, &gradient).unwrap();
            exact.step(&mut other, &gradient).unwrap();
        }
        let (found, expected) = (opt.cache("v", "").unwrap(), exact.cache("v", "").unwrap());
        let ratio = found.iter().zip(&expected).map(|(a, b)| f64::from(a / b)).sum::<f64>() / n as f64;
        assert!((ratio - 1.0).abs() < 0.01, "{precision:?} {ratio}");
    }
}

#[test]
fn a_model_in_f64_has_caches_in_fewer_bits_too() {
    let mut w = vec![1.0_f64; 100];
    let gradient: Vec<f64> = (0..100).map(|i| 0.3 + f64::from(i)).collect();
    let mut opt = Adam::default().caches(Precision::Bf16).init(&w).unwrap();
    opt.step(&mut w, &gradient).unwrap();
    assert!(opt.cache("m", "").unwrap().iter().all(|m| m.to_bits().trailing_zeros() >= 52 - 7 && *m != 0.0));
    assert!(w.iter().all(|w| (w - 0.999).abs() < 1e-9), "the first step does not look at what is kept");
}

#[test]
fn weights_are_not_kept_in_blocks() {
    let storage = Adam::default().caches(Precision::Exact).weights(Precision::Block8);
    let error = storage.init(&vec![1.0_f32]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Other);
    assert!(error.to_string().contains("not in `Precision::Block8`"), "{error}");
    // The error of the rule comes through.
    let error = Adam::default().with_lr(-1.0).caches(Precision::Bf16).init(&vec![1.0_f32]).unwrap_err();
    assert!(error.to_string().contains("lr"), "{error}");
}
