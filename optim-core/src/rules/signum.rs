//! [`Signum`].

use crate::define_optimizer;

define_optimizer! {
    /// Signum: steps of one size, in the direction of the sign of the running mean of the gradient.
    ///
    /// The simplest of the rules of signs: robust against heavy-tailed gradients, and a step can be sent over a network
    /// as one bit a weight. With `momentum` 0 it is signSGD and keeps nothing. Every weight moves by `lr` at each step,
    /// so it comes to rest only as a schedule lets `lr` fall. [`Lion`](super::Lion) is the refined form.
    ///
    /// Reference: Bernstein et al., *signSGD: compressed optimisation for non-convex problems*, 2018,
    /// <https://arxiv.org/abs/1802.04434>, without its majority vote. The paper has no weight decay; here it is apart
    /// from the gradient, multiplied by `lr`, and comes first.
    pub struct Signum {
        /// Learning rate: how far a weight moves a step.
        lr: f64 = 1e-3 in 0.0..,
        /// Decay of the running mean; without one at 0.
        momentum: f64 = 0.9 in 0.0..1.0,
        /// Part of the weight, times `lr`, that decays a step.
        weight_decay: f64 = 0.0 in 0.0..,
    }
    cache { m if momentum > 0 }
    update(w, g) {
        if momentum > 0 { m = momentum * m + (1 - momentum) * g; }
        w *= 1 - lr * weight_decay;
        w -= lr * sign(if momentum > 0 { m } else { g });
    }
}
