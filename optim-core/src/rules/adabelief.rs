//! [`AdaBelief`].

use crate::define_optimizer;

define_optimizer! {
    /// AdaBelief: Adam that divides by how far gradients are from what the momentum expected.
    ///
    /// Where gradients agree with their running mean the steps are long, even if the gradients are large; where they
    /// surprise, the steps are short. Between [`Sgd`](super::Sgd)'s generalisation and [`Adam`](super::Adam)'s speed, by
    /// its authors. Sensitive to `eps`: with a constant gradient the divisor is next to nothing.
    ///
    /// Reference: Zhuang et al., 2020, <https://arxiv.org/abs/2010.07468>; `optax.adabelief` with its `eps_root` = 1e-16,
    /// without deviation: that number is added to `s` in every step and stays in it, and `eps` is added to the root after
    /// its bias is corrected. The paper adds one ε (1e-8) in both places. There is no weight decay and no AMSGrad here.
    pub struct AdaBelief {
        /// Learning rate.
        lr: f64 = 1e-3 in 0.0..,
        /// Decay of the running mean.
        beta1: f64 = 0.9 in 0.0..1.0,
        /// Decay of the running mean of squared surprises.
        beta2: f64 = 0.999 in 0.0..1.0,
        /// Added to the root, against division by zero.
        eps: f64 = 1e-16 in 0.0..,
    }
    cache { m, s }
    step(t) {
        let a = lr / (1 - pow(beta1, t));
        let c = 1 / sqrt(1 - pow(beta2, t));
    }
    update(w, g) {
        m = beta1 * m + (1 - beta1) * g;
        let e = g - m;
        s = beta2 * s + (1 - beta2) * e * e + 1e-16;
        w -= a * m / (c * sqrt(s) + eps);
    }
}
