//! [`Adopt`].

use crate::define_optimizer;

define_optimizer! {
    /// ADOPT: Adam that divides a gradient by the variance of those before it, and averages afterwards.
    ///
    /// A gradient that is not in its own divisor is what makes it converge with any `beta2`, which
    /// [`Adam`](super::Adam) does not. Use it in Adam's place where Adam is unstable or `beta2` hard to choose. The first
    /// step only measures: no weight moves. What is divided by an old variance can be large, so it is clipped at
    /// ±(t − 1)^¼.
    ///
    /// Reference: Taniguchi et al., *ADOPT: modified Adam can converge with any β₂ with the optimal rate*, 2024,
    /// <https://arxiv.org/abs/2411.02853>; `timm.optim.Adopt` with `decoupled=True` and `clip_exp=0.25`, which is the
    /// paper's (0.333 and decay that is added to the gradient by default there). The first step is the optimizer's, not
    /// each tensor's own. The paper has no weight decay; here it is apart from the gradient, multiplied by `lr`, comes
    /// first, and starts with the second step.
    pub struct Adopt {
        /// Learning rate: about how far a weight moves a step.
        lr: f64 = 1e-3 in 0.0..,
        /// Decay of the running mean.
        beta1: f64 = 0.9 in 0.0..1.0,
        /// Decay of the running variance.
        beta2: f64 = 0.9999 in 0.0..1.0,
        /// The least divisor.
        eps: f64 = 1e-6 in 0.0..,
        /// Part of the weight, times `lr`, that decays a step.
        weight_decay: f64 = 0.0 in 0.0..,
    }
    cache { m, v }
    step(t) {
        let most = pow(t - 1, 0.25);
    }
    update(w, g) {
        if t == 1 {
            v = g * g;
        } else {
            w *= 1 - lr * weight_decay;
            m = beta1 * m + (1 - beta1) * clamp(g / max(sqrt(v), eps), -most, most);
            w -= lr * m;
            v = beta2 * v + (1 - beta2) * g * g;
        }
    }
}
