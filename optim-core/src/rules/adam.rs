//! [`Adam`].

use crate::define_optimizer;

define_optimizer! {
    /// Adam: a per-weight step from the running mean and variance of the gradient.
    ///
    /// [`Momentum`](super::Momentum) and [`RmsProp`](super::RmsProp) in one, with the bias of running means that start
    /// at zero corrected. A good first choice; with `weight_decay`, [`AdamW`](super::AdamW) is usually the better one.
    ///
    /// Reference: Kingma & Ba, 2015, <https://arxiv.org/abs/1412.6980>; `torch.optim.Adam`, without deviation: `eps` is
    /// added after the bias correction. `amsgrad` is Reddi et al., <https://arxiv.org/abs/1904.09237>, with the maximum
    /// of the uncorrected `v`, as in `torch`. Without `bias_correction` it is the form the article prints.
    pub struct Adam {
        /// Learning rate: about how far a weight moves a step.
        lr: f64 = 1e-3 in 0.0..,
        /// Decay of the running mean.
        beta1: f64 = 0.9 in 0.0..1.0,
        /// Decay of the running variance.
        beta2: f64 = 0.999 in 0.0..1.0,
        /// Added to the root, against division by zero.
        eps: f64 = 1e-8 in 0.0..,
        /// Decay of the weights, added to the gradient.
        weight_decay: f64 = 0.0 in 0.0..,
        /// Divides by the root of the largest variance so far.
        amsgrad: bool = false,
        /// Corrects the running means for having started at zero.
        bias_correction: bool = true,
    }
    cache { m, v, v_max if amsgrad }
    step(t) {
        let a = if bias_correction { lr / (1 - pow(beta1, t)) } else { lr };
        let c = if bias_correction { 1 / sqrt(1 - pow(beta2, t)) } else { 1 };
    }
    update(w, g) {
        let g = g + weight_decay * w;
        m = beta1 * m + (1 - beta1) * g;
        v = beta2 * v + (1 - beta2) * g * g;
        if amsgrad { v_max = max(v_max, v); }
        let d = if amsgrad { v_max } else { v };
        w -= a * m / (c * sqrt(d) + eps);
    }
}
