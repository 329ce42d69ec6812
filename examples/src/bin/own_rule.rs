//! A model and a rule of one's own: a struct of arrays, and an update as a paper would print it.
//!
//! The model is a cubic through noisy points; the rule is momentum whose steps are no longer than `most` a weight.

use optim_core::ndarray::{Array1, array};
use optim_core::prelude::*;

#[derive(Clone, Debug, Optimizable)]
struct Cubic {
    coefficients: Array1<f64>,
    offset: f64,
}

impl Cubic {
    fn at(&self, x: f64) -> f64 {
        self.offset + self.coefficients.iter().rev().fold(0.0, |value, c| (value + c) * x)
    }

    /// The mean square error over the points, and its gradient.
    fn loss(&self, points: &[(f64, f64)], gradient: &mut Cubic) -> f64 {
        let n = points.len() as f64;
        let mut loss = 0.0;
        for &(x, y) in points {
            let error = self.at(x) - y;
            loss += error * error / n;
            gradient.offset += 2.0 * error / n;
            for (power, slope) in (1..).zip(gradient.coefficients.iter_mut()) {
                *slope += 2.0 * error * x.powi(power) / n;
            }
        }
        loss
    }
}

define_optimizer! {
    /// Momentum whose steps are bounded, so that one bad point does no harm.
    pub struct Bounded {
        /// Learning rate.
        lr: f64 = 0.1 in 0.0..,
        /// Part of the velocity that stays.
        momentum: f64 = 0.9 in 0.0..1.0,
        /// The longest step of a weight.
        most: f64 = 0.05 in 0.0<..,
    }
    cache { velocity }
    update(w, g) {
        velocity = momentum * velocity - lr * g;
        w += clamp(velocity, -most, most);
    }
}

fn main() -> Result<(), Error> {
    let mut rng = Rng::new(1);
    let truth = Cubic { coefficients: array![0.5, -1.0, 2.0], offset: 0.25 };
    let points: Vec<(f64, f64)> = (0..60)
        .map(|i| {
            let x = f64::from(i) / 30.0 - 1.0;
            (x, truth.at(x) + 0.02 * rng.normal())
        })
        .collect();

    let mut model = truth.zeros_like();
    let mut opt = Bounded::default().init(&model)?;
    for step in 1..=400 {
        let loss = opt.step_with(&mut model, |model, gradient| model.loss(&points, gradient))?;
        if step % 100 == 0 {
            println!("step {step}: loss {loss:.2e}");
        }
    }
    println!(
        "found {:.3} + {:.3} (x, x², x³); the truth is {} + {}",
        model.offset, model.coefficients, truth.offset, truth.coefficients
    );
    println!("\nThe rule, as the docs print it:\n{}", Bounded::formula().text());
    assert!(model.loss(&points, &mut truth.zeros_like()) < 1e-3);
    Ok(())
}
