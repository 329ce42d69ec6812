//! Noise that fades.

use std::cell::Cell;

use optim_core::prelude::*;

use super::erased::Erased;
use super::support::{Model, bits, changes_gradients, each_tensor, every_rule, gradient, model, number};

fn formula<A: Real>(rule: &Erased<Model<A>>) {
    let (eta, gamma, seed) = (0.3, 0.55, 0xfeed);
    let drawn = Cell::new(0_u64);
    let wrap = |opt| Wrap::<Model<A>>::noise(opt, eta, gamma, seed).unwrap();
    changes_gradients(rule, wrap, |step, gradient| {
        let deviation = (eta / libm_pow(1.0 + step as f64, gamma)).sqrt();
        let mut rng = Rng::new(seed ^ drawn.get().wrapping_mul(0xd1b5_4a32_d192_ed03));
        drawn.set(drawn.get() + 1);
        each_tensor(gradient, |tensor| {
            for g in tensor {
                *g += number::<A>(deviation * rng.normal());
            }
        });
    });
}

/// The library's power, by way of a rule's language.
fn libm_pow(x: f64, y: f64) -> f64 {
    optim_core::math::pow(x, y)
}

#[test]
fn every_gradient_has_the_numbers_of_its_place() {
    every_rule!(formula);
}

#[test]
fn the_variance_is_that_of_the_formula() {
    let mut w = vec![0.0_f64; 20_000];
    let mut opt = Sgd { lr: 1.0, ..Sgd::default() }.init(&w).unwrap().noise(4.0, 1.0, 1).unwrap();
    let zeros = w.clone();
    for step in 0..3 {
        let before = w.clone();
        opt.step(&mut w, &zeros).unwrap();
        let moved: Vec<f64> = w.iter().zip(&before).map(|(w, before)| w - before).collect();
        let variance = moved.iter().map(|x| x * x).sum::<f64>() / 20_000.0;
        let expected = 4.0 / (1.0 + f64::from(step));
        assert!((variance / expected - 1.0).abs() < 0.05, "step {step}: {variance}, not {expected}");
    }
    assert_eq!(opt.drawn(), 3);
}

#[test]
fn a_step_that_fails_has_drawn_nothing_and_the_seed_matters() {
    let (mut a, mut b) = (model::<f64>(), model::<f64>());
    let wrapped = |model: &Model<f64>, seed| Adam::default().init(model).unwrap().noise(0.1, 0.0, seed).unwrap();
    let (mut first, mut second) = (wrapped(&a, 1), wrapped(&b, 1));
    for _ in 0..3 {
        let failed: Result<(), Error> = first.try_step_with(&mut a, |_, _| Err(Error::other("")));
        assert!(failed.is_err());
        first.step_with(&mut a, gradient).unwrap();
        second.step_with(&mut b, gradient).unwrap();
    }
    assert_eq!(bits(&a), bits(&b));
    let mut c = model::<f64>();
    wrapped(&c, 2).step_with(&mut c, gradient).unwrap();
    let mut d = model::<f64>();
    wrapped(&d, 1).step_with(&mut d, gradient).unwrap();
    assert_ne!(bits(&c), bits(&d));
}

#[test]
fn numbers_are_checked() {
    let opt = || Sgd::default().init(&0.0_f64).unwrap();
    assert_eq!(opt().noise(-1.0, 0.5, 0).unwrap_err().to_string(), "`noise`: `eta` is -1, which is not in 0..");
    assert_eq!(opt().noise(1.0, f64::NAN, 0).unwrap_err().to_string(), "`noise`: `gamma` is NaN, which is not in 0..");
}
