//! Steps without what moves against the gradient.

use optim_core::prelude::*;

use super::erased::Erased;
use super::support::{Model, bits, each_tensor, every_rule, go, gradient, model, number, step};

fn tensors<A: Real>(model: &mut Model<A>) -> Vec<Vec<A>> {
    let mut tensors = Vec::new();
    each_tensor(model, |tensor| tensors.push(tensor.to_vec()));
    tensors
}

fn formula<A: Real>(rule: &Erased<Model<A>>) {
    let (mut ours, mut expected) = (model::<A>(), model::<A>());
    let mut opt = rule.clone().cautious();
    let mut bare = rule.clone();
    let (mut left_out, mut whole) = (0, 0);
    for taken in 0..15 {
        go(&mut opt, &mut ours);

        let before = tensors(&mut expected);
        let mut gradients = Vec::new();
        let plain = &mut |model: &mut _, g: &mut _| {
            gradient(model, g);
            // Of two gradients, the second.
            gradients = tensors(g);
            Ok(0)
        };
        step(&mut bare, &mut expected, plain).unwrap();
        let mut index = 0;
        each_tensor(&mut expected, |tensor| {
            let (old, g) = (&before[index], &gradients[index]);
            index += 1;
            let agree: Vec<bool> = (0..tensor.len()).map(|i| (tensor[i] - old[i]) * g[i] < A::zero()).collect();
            let kept = agree.iter().filter(|&&agree| agree).count();
            left_out += tensor.len() - kept;
            if kept == tensor.len() {
                whole += 1;
                return;
            }
            let mean = kept as f64 / tensor.len() as f64;
            let scale = number::<A>(1.0 / if mean < 1e-3 { 1e-3 } else { mean });
            for i in 0..tensor.len() {
                let moved = tensor[i] - old[i];
                tensor[i] = if agree[i] { old[i] + scale * moved } else { old[i] };
            }
        });
        assert_eq!(bits(&ours), bits(&expected), "{} {}: step {taken}", rule.name(), A::NAME);
    }
    if rule.name() != "Sam" {
        assert!(left_out > 0, "{}: with momentum some move against the gradient", rule.name());
    }
    assert!(whole > 0, "{}", rule.name());
}

#[test]
fn what_moves_against_the_gradient_is_left_out_and_the_rest_is_scaled() {
    every_rule!(formula);
}

#[test]
fn known_numbers() {
    // Momentum of 1 a weight, and a gradient that three of four now disagree with.
    let mut w = vec![0.0_f64; 4];
    let mut opt = Momentum { lr: 1.0, momentum: 0.5 }.init(&w).unwrap().cautious();
    opt.step(&mut w, &vec![-8.0; 4]).unwrap();
    assert_eq!(w, [8.0; 4]);
    // Velocity 4 − g: 5, 3, 3, 3.
    opt.step(&mut w, &vec![-1.0, 1.0, 1.0, 1.0]).unwrap();
    assert_eq!(w, [8.0 + 4.0 * 5.0, 8.0, 8.0, 8.0]);
    // Nothing agrees: nothing moves.
    opt.step(&mut w, &vec![0.0; 4]).unwrap();
    assert_eq!(w, [28.0, 8.0, 8.0, 8.0]);
    // NaN is not hidden, and spoils nothing else.
    opt.step(&mut w, &vec![f64::NAN, -8.0, -8.0, -8.0]).unwrap();
    assert!(w[0].is_nan() && w[1..].iter().all(|w| w.is_finite() && *w > 8.0), "{w:?}");
    // The scale is a thousand at most.
    let mut w = vec![0.0_f64; 2000];
    let mut opt = Momentum { lr: 1.0, momentum: 0.5 }.init(&w).unwrap().cautious();
    opt.step(&mut w, &vec![-8.0; 2000]).unwrap();
    let mut gradient = vec![1.0; 2000];
    gradient[0] = -1.0;
    opt.step(&mut w, &gradient).unwrap();
    assert!(w[0] == 8.0 + 1000.0 * 5.0 && w[1..].iter().all(|&w| w == 8.0));
    // Products of signs do not underflow.
    let mut w = 0.0_f32;
    let mut opt = Sgd { lr: 1.0, ..Sgd::default() }.init(&w).unwrap().cautious();
    opt.step(&mut w, &1e-30).unwrap();
    assert_eq!(w, -1e-30);
}
