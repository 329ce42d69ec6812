//! [`Yogi`].

use crate::define_optimizer;

define_optimizer! {
    /// Yogi: Adam whose variance moves towards g² by an amount that depends on g² alone.
    ///
    /// In [`Adam`](super::Adam) a large variance shrinks fast once gradients become small, and the rate jumps up; here
    /// it shrinks slowly. For gradients that are sparse or change their scale (language models, federated learning),
    /// with a larger `lr` and a larger `eps` than Adam's.
    ///
    /// Reference: Zaheer et al., *Adaptive methods for nonconvex optimization*, 2018,
    /// <https://papers.nips.cc/paper/8186-adaptive-methods-for-nonconvex-optimization>; `optax.yogi`, without deviation:
    /// both running means start at 1e-6 and are bias-corrected all the same. The paper corrects nothing, and starts the
    /// mean at 0.
    pub struct Yogi {
        /// Learning rate: about how far a weight moves a step.
        lr: f64 = 0.01 in 0.0..,
        /// Decay of the running mean.
        beta1: f64 = 0.9 in 0.0..1.0,
        /// How slowly the variance moves: by (1 − `beta2`) g² a step.
        beta2: f64 = 0.999 in 0.0..1.0,
        /// Added to the root: limits how long steps get where gradients are small.
        eps: f64 = 1e-3 in 0.0..,
    }
    cache { m = 1e-6, v = 1e-6 }
    step(t) {
        let a = lr / (1 - pow(beta1, t));
        let c = 1 / sqrt(1 - pow(beta2, t));
    }
    update(w, g) {
        m = beta1 * m + (1 - beta1) * g;
        v -= (1 - beta2) * sign(v - g * g) * g * g;
        w -= a * m / (c * sqrt(v) + eps);
    }
}
