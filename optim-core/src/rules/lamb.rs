//! [`Lamb`].

use crate::define_optimizer;

define_optimizer! {
    /// LAMB: Adam with a step for each tensor that is in proportion to the length of its weights.
    ///
    /// Made for very large batches, where one learning rate no longer suits all layers: each tensor moves by about `lr`
    /// times its own length, whatever its gradient. With usual batch sizes [`AdamW`](super::AdamW) is as good.
    ///
    /// Reference: You et al., *Large Batch Optimization for Deep Learning*, 2019, <https://arxiv.org/abs/1904.00962>;
    /// `timm`'s `Lamb`, without its clipping of the gradient: `eps` is added after the bias correction, and the ratio of
    /// the lengths is 1 where one of them is 0.
    pub struct Lamb {
        /// Learning rate: how far a tensor moves a step, in lengths of its weights.
        lr: f64 = 1e-3 in 0.0..,
        /// Decay of the running mean.
        beta1: f64 = 0.9 in 0.0..1.0,
        /// Decay of the running variance.
        beta2: f64 = 0.999 in 0.0..1.0,
        /// Added to the root, against division by zero.
        eps: f64 = 1e-6 in 0.0..,
        /// Decay of the weights, added to the direction of the step.
        weight_decay: f64 = 0.01 in 0.0..,
    }
    cache { m, v }
    step(t) {
        let a = 1 / (1 - pow(beta1, t));
        let c = 1 / sqrt(1 - pow(beta2, t));
    }
    update(w, g) {
        m = beta1 * m + (1 - beta1) * g;
        v = beta2 * v + (1 - beta2) * g * g;
        let u = a * m / (c * sqrt(v) + eps) + weight_decay * w;
        let length = norm(w);
        let distance = norm(u);
        let ratio = if length > 0 && distance > 0 { length / distance } else { 1 };
        w -= lr * ratio * u;
    }
}
