//! Gradients from elsewhere: a simulation that nobody can differentiate by hand, and finite differences.
//!
//! A ball is thrown with a speed and an angle, and air slows it down. Which throw hits the ground 40 m away, after 3 s?

use optim_core::prelude::*;

#[derive(Clone, Debug, Optimizable)]
struct Throw {
    /// m/s.
    speed: f64,
    /// Radians above the ground.
    angle: f64,
}

/// Where and when the ball comes down, by small steps of time.
fn fly(throw: &Throw) -> (f64, f64) {
    let (mut x, mut y, mut time, dt) = (0.0, 0.0, 0.0, 1e-3);
    let (mut vx, mut vy) = (throw.speed * throw.angle.cos(), throw.speed * throw.angle.sin());
    loop {
        let drag = 0.01 * vx.hypot(vy);
        vx -= drag * vx * dt;
        vy -= (9.81 + drag * vy) * dt;
        let (before, next) = (y, y + vy * dt);
        if next < 0.0 {
            // Between two steps it crosses the ground.
            let part = before / (before - next);
            return (x + part * vx * dt, time + part * dt);
        }
        (x, y, time) = (x + vx * dt, next, time + dt);
    }
}

fn loss(throw: &Throw) -> f64 {
    let (x, time) = fly(throw);
    (x - 40.0).powi(2) + 100.0 * (time - 3.0).powi(2)
}

/// The gradient of any function of a model, parameter by parameter.
fn differences<M: Optimizable<Scalar = f64> + Clone>(model: &M, gradient: &mut M, f: impl Fn(&M) -> f64) {
    let shifted = |nth: usize, by: f64| {
        let (mut shifted, mut at) = (model.clone(), 0);
        shifted.for_each_param_mut(|_, mut values| {
            for value in &mut values {
                *value += if at == nth { by } else { 0.0 };
                at += 1;
            }
        });
        f(&shifted)
    };
    let (mut at, h) = (0, 1e-4);
    gradient.for_each_param_mut(|_, mut slopes| {
        for slope in &mut slopes {
            *slope = (shifted(at, h) - shifted(at, -h)) / (2.0 * h);
            at += 1;
        }
    });
}

fn main() -> Result<(), Error> {
    let mut throw = Throw { speed: 15.0, angle: 0.5 };
    let mut opt = Adam::default().with_lr(0.1).init(&throw)?;
    for step in 0..=300 {
        let loss = opt.step_with(&mut throw, |throw, gradient| {
            differences(throw, gradient, loss);
            loss(throw)
        })?;
        if step % 100 == 0 {
            println!("step {step:3}: loss {loss:.2e}, {:.2} m/s at {:.2}°", throw.speed, throw.angle.to_degrees());
        }
    }
    let (x, time) = fly(&throw);
    println!("It lands at {x:.2} m after {time:.2} s.");
    assert!((x - 40.0).abs() < 0.1 && (time - 3.0).abs() < 0.05);
    Ok(())
}
