//! [`Momentum`].

use crate::define_optimizer;

define_optimizer! {
    /// Gradient descent with momentum: a heavy ball that gradients accelerate and friction slows.
    ///
    /// It averages out what alternates between steps and adds up what persists: across a ravine it calms down, along
    /// it it gains speed, and it rolls out of shallow local minima in which plain descent stays.
    ///
    /// Reference: the article this library grew from; Polyak, *Some methods of speeding up the convergence of iteration
    /// methods*, 1964. The gradient is multiplied by `lr` when it enters the velocity.
    pub struct Momentum {
        /// Learning rate.
        lr: f64 = 0.01 in 0.0..,
        /// Part of the velocity that stays from step to step.
        momentum: f64 = 0.9 in 0.0..1.0,
    }
    cache { velocity }
    update(w, g) {
        velocity = momentum * velocity - lr * g;
        w += velocity;
    }
}
