//! [`Lion`].

use crate::define_optimizer;

define_optimizer! {
    /// Lion: steps of one size, in the direction of the sign of an interpolated momentum.
    ///
    /// Found by a search over programs. Half of the memory of [`AdamW`](super::AdamW), and often as good for large
    /// batches and transformers. Every weight moves by `lr`, so `lr` is 3 to 10 times smaller than AdamW's, and
    /// `weight_decay` as much larger. Not for small batches, where the sign of the noise decides.
    ///
    /// Reference: Chen et al., *Symbolic discovery of optimization algorithms*, 2023, <https://arxiv.org/abs/2302.06675>;
    /// `optax.lion`, with one deviation: `weight_decay` is 0 by default (1e-3 there). The decay is multiplied by `lr` and
    /// uses the weight before the step, as in both.
    pub struct Lion {
        /// Learning rate: how far a weight moves a step.
        lr: f64 = 1e-4 in 0.0..,
        /// Weight of the momentum in the direction of the step.
        beta1: f64 = 0.9 in 0.0..1.0,
        /// Decay of the momentum.
        beta2: f64 = 0.99 in 0.0..1.0,
        /// Part of the weight, times `lr`, that decays a step.
        weight_decay: f64 = 0.0 in 0.0..,
    }
    cache { m }
    update(w, g) {
        let u = sign(beta1 * m + (1 - beta1) * g);
        w -= lr * (u + weight_decay * w);
        m = beta2 * m + (1 - beta2) * g;
    }
}
