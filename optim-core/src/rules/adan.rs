//! [`Adan`].

use crate::define_optimizer;

define_optimizer! {
    /// Adan: Adam with a Nesterov look-ahead made from the change of the gradient.
    ///
    /// Three running means: of the gradient, of its change from step to step, and of the square of the gradient that is
    /// to be expected. Stands large rates and large batches; used for vision transformers, diffusion and text-to-3D.
    /// Twice the memory of [`Adam`](super::Adam).
    ///
    /// Reference: Xie et al., *Adan: adaptive Nesterov momentum algorithm for faster optimizing deep models*, 2022,
    /// <https://arxiv.org/abs/2208.06677>; `timm.optim.Adan` with `no_prox=False`, without deviation. The betas are the
    /// parts that stay; the paper's are 1 minus these. The change is 0 in the first step, the means are bias-corrected
    /// (as in the authors' code, not in the paper), and the decay divides by 1 + `lr` · `weight_decay` after the step.
    pub struct Adan {
        /// Learning rate: about how far a weight moves a step.
        lr: f64 = 1e-3 in 0.0..,
        /// Decay of the running mean of the gradient.
        beta1: f64 = 0.98 in 0.0..1.0,
        /// Decay of the running mean of the gradient's change, and how far the step looks ahead along it.
        beta2: f64 = 0.92 in 0.0..1.0,
        /// Decay of the running variance.
        beta3: f64 = 0.99 in 0.0..1.0,
        /// Added to the root, against division by zero.
        eps: f64 = 1e-8 in 0.0..,
        /// How much of the weight, times `lr`, decays a step.
        weight_decay: f64 = 0.0 in 0.0..,
    }
    cache { m, d, n, prev }
    step(t) {
        let a = lr / (1 - pow(beta1, t));
        let b = lr * beta2 / (1 - pow(beta2, t));
        let c = 1 / sqrt(1 - pow(beta3, t));
        let kept = 1 / (1 + lr * weight_decay);
    }
    update(w, g) {
        let change = if t == 1 { 0 } else { g - prev };
        m = beta1 * m + (1 - beta1) * g;
        d = beta2 * d + (1 - beta2) * change;
        let e = g + beta2 * change;
        n = beta3 * n + (1 - beta3) * e * e;
        w -= (a * m + b * d) / (c * sqrt(n) + eps);
        w *= kept;
        prev = g;
    }
}
