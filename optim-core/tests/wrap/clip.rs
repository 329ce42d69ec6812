//! Clipping by value, by the length of a tensor, by that of the gradient.

use optim_core::prelude::*;

use super::erased::Erased;
use super::support::{
    Model, changes_gradients, each_tensor, every_rule, gradient, model, number, numbers, set_numbers, step,
};

fn by_value<A: Real>(rule: &Erased<Model<A>>) {
    let wrap = |opt| Wrap::<Model<A>>::clip_value(opt, 0.4).unwrap();
    changes_gradients(rule, wrap, |_, gradient| {
        each_tensor(gradient, |tensor| {
            for g in tensor {
                let limit = number::<A>(0.4);
                if *g > limit {
                    *g = limit;
                } else if *g < -limit {
                    *g = -limit;
                }
            }
        });
    });
}

/// `torch.nn.utils.clip_grad_norm_`: `clip_coef = max_norm / (total_norm + 1e-6)`, clamped at 1.
fn torch_factor(max_norm: f64, norm: f64) -> f64 {
    let factor = max_norm / (norm + 1e-6);
    if factor > 1.0 { 1.0 } else { factor }
}

/// In the order that is laid down: 16 sums, which each tensor begins with the first of, added by halves.
fn length<'t, A: Real>(tensors: impl IntoIterator<Item = &'t [A]>) -> f64 {
    let mut sums = [0.0; 16];
    for tensor in tensors {
        for (i, x) in tensor.iter().enumerate() {
            sums[i % 16] += x.as_f64() * x.as_f64();
        }
    }
    for half in [8, 4, 2, 1] {
        for i in 0..half {
            sums[i] += sums[i + half];
        }
    }
    sums[0].sqrt()
}

fn length_of_all<A: Real>(gradient: &mut Model<A>) -> f64 {
    let mut tensors = Vec::new();
    each_tensor(gradient, |tensor| tensors.push(tensor.to_vec()));
    length(tensors.iter().map(Vec::as_slice))
}

fn by_tensor_norm<A: Real>(rule: &Erased<Model<A>>) {
    let wrap = |opt| Wrap::<Model<A>>::clip_tensor_norm(opt, 0.9).unwrap();
    changes_gradients(rule, wrap, |_, gradient| {
        each_tensor(gradient, |tensor| {
            let factor = number::<A>(torch_factor(0.9, length([&*tensor])));
            for g in tensor {
                *g *= factor;
            }
        });
    });
}

fn by_norm<A: Real>(rule: &Erased<Model<A>>) {
    // About the length of the gradients, so that some are clipped and some are not.
    let (mut clipped, mut left) = (0, 0);
    let wrap = |opt| Wrap::<Model<A>>::clip_norm(opt, 3.6).unwrap();
    changes_gradients(rule, wrap, |_, gradient| {
        let factor = torch_factor(3.6, length_of_all(gradient));
        let mut all = numbers(gradient);
        if factor < 1.0 {
            clipped += 1;
        } else {
            left += 1;
        }
        for g in &mut all {
            *g *= number::<A>(factor);
        }
        set_numbers(gradient, &all);
    });
    assert!(clipped > 0 && left > 0, "{}: {clipped} clipped, {left} left", rule.name());
}

#[test]
fn clipping_is_the_formula_of_torch() {
    every_rule!(by_value);
    every_rule!(by_tensor_norm);
    every_rule!(by_norm);
}

#[test]
fn the_length_before_clipping_is_that_of_the_last_gradient_without_frozen_ones() {
    fn check<A: Real>(rule: &Erased<Model<A>>) {
        let mut model = model::<A>();
        let mut opt = rule.clone().clip_norm(0.5).unwrap();
        assert_eq!(opt.last_norm(), None);
        for _ in 0..3 {
            let mut norm = 0.0;
            let measure = &mut |model: &mut _, g: &mut _| {
                gradient(model, g);
                norm = length_of_all(g);
                Ok(0)
            };
            step(&mut opt, &mut model, measure).unwrap();
            assert_eq!(opt.last_norm(), Some(norm), "{}: of two gradients, the second", rule.name());
            assert!(norm < 1e5);
        }
    }
    every_rule!(check);
}

#[test]
fn exact_numbers_at_the_edges() {
    let mut w = vec![0.0_f64; 3];
    let sgd = || Sgd { lr: 1.0, ..Sgd::default() }.init(&vec![0.0_f64; 3]).unwrap();

    // Just measured.
    let mut opt = sgd().clip_norm(f64::INFINITY).unwrap();
    opt.step(&mut w, &vec![2.0, 3.0, 6.0]).unwrap();
    assert_eq!((w.as_slice(), opt.last_norm()), (&[-2.0, -3.0, -6.0][..], Some(7.0)));

    // A gradient of exactly the largest length is divided by a little more than it, as in torch.
    w.fill(0.0);
    let mut opt = sgd().clip_norm(7.0).unwrap();
    opt.step(&mut w, &vec![2.0, 3.0, 6.0]).unwrap();
    let factor = 7.0 / (7.0 + 1e-6);
    assert_eq!(w, [-(2.0 * factor), -(3.0 * factor), -(6.0 * factor)]);
    assert_ne!(w[0], -2.0);

    // NaN stays NaN; clipped to nothing.
    w.fill(0.0);
    let mut opt = sgd().clip_value(0.0).unwrap();
    opt.step(&mut w, &vec![2.0, f64::NAN, f64::INFINITY]).unwrap();
    assert!(w[0] == 0.0 && w[1].is_nan() && w[2] == 0.0);
    w.fill(0.0);
    let mut opt = sgd().clip_norm(1.0).unwrap();
    opt.step(&mut w, &vec![2.0, f64::NAN, 0.0]).unwrap();
    assert!(w.iter().all(|w| w.is_nan()) && opt.last_norm().unwrap().is_nan());
    w.fill(0.0);
    let mut opt = sgd().clip_norm(1.0).unwrap();
    opt.step(&mut w, &vec![2.0, f64::INFINITY, 0.0]).unwrap();
    assert!(w[0] == 0.0 && w[1].is_nan() && opt.last_norm() == Some(f64::INFINITY));
}

#[test]
fn limits_are_checked() {
    let opt = || Sgd::default().init(&0.0_f64).unwrap();
    let error = opt().clip_value(-1.0).unwrap_err();
    assert_eq!(error.to_string(), "`clip_value`: `limit` is -1, which is not in 0..");
    let error = opt().clip_tensor_norm(f64::NAN).unwrap_err();
    assert_eq!(error.to_string(), "`clip_tensor_norm`: `max_norm` is NaN, which is not in 0..");
    let error = opt().clip_norm(-0.5).unwrap_err();
    assert_eq!(error.to_string(), "`clip_norm`: `max_norm` is -0.5, which is not in 0..");
    assert_eq!(error.kind(), optim_core::ErrorKind::Hyper);
}
