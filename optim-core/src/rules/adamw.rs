//! [`AdamW`].

use crate::define_optimizer;

define_optimizer! {
    /// AdamW: Adam with weight decay apart from the gradient.
    ///
    /// In [`Adam`](super::Adam), decay that is added to the gradient is divided by its running deviation, so that weights with large gradients
    /// decay less than they should; here every weight decays at the same rate. The usual choice for transformers and
    /// wherever weights are regularised.
    ///
    /// Reference: Loshchilov & Hutter, 2019, <https://arxiv.org/abs/1711.05101>; `torch.optim.AdamW`, without
    /// deviation: the decay is multiplied by `lr`, and comes first.
    pub struct AdamW {
        /// Learning rate: about how far a weight moves a step.
        lr: f64 = 1e-3 in 0.0..,
        /// Decay of the running mean.
        beta1: f64 = 0.9 in 0.0..1.0,
        /// Decay of the running variance.
        beta2: f64 = 0.999 in 0.0..1.0,
        /// Added to the root, against division by zero.
        eps: f64 = 1e-8 in 0.0..,
        /// Part of the weight, times `lr`, that decays a step.
        weight_decay: f64 = 0.01 in 0.0..,
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
        w *= 1 - lr * weight_decay;
        m = beta1 * m + (1 - beta1) * g;
        v = beta2 * v + (1 - beta2) * g * g;
        if amsgrad { v_max = max(v_max, v); }
        let d = if amsgrad { v_max } else { v };
        w -= a * m / (c * sqrt(d) + eps);
    }
}
