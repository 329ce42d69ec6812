//! [`NovoGrad`].

use crate::define_optimizer;

define_optimizer! {
    /// NovoGrad: momentum on gradients that are divided by the running length of those of their tensor.
    ///
    /// One second moment a tensor in place of one a weight: half the memory of [`Adam`](super::Adam), and a step that
    /// does not depend on the scale of a layer's gradients. Made for speech and language models.
    ///
    /// Reference: Ginsburg et al., *Stochastic Gradient Methods with Layer-wise Adaptive Moments*, 2019,
    /// <https://arxiv.org/abs/1905.11286>; `optax.novograd`, without deviation: the first step takes the length of the
    /// first gradient and starts the mean with it.
    pub struct NovoGrad {
        /// Learning rate.
        lr: f64 = 1e-3 in 0.0..,
        /// Part of the mean that stays from step to step.
        beta1: f64 = 0.9 in 0.0..1.0,
        /// Decay of the running square of the length.
        beta2: f64 = 0.25 in 0.0..1.0,
        /// Added to the length, against division by zero.
        eps: f64 = 1e-6 in 0.0..,
        /// Decay of the weights, added to what enters the mean.
        weight_decay: f64 = 0.0 in 0.0..,
    }
    cache { m, v[tensor] }
    update(w, g) {
        let squares = dot(g, g);
        v = if t == 1 { squares } else { beta2 * v + (1 - beta2) * squares };
        let u = g / (sqrt(v) + eps) + weight_decay * w;
        m = if t == 1 { u } else { beta1 * m + u };
        w -= lr * m;
    }
}
