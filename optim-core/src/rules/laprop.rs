//! [`LaProp`].

use crate::define_optimizer;

define_optimizer! {
    /// LaProp: Adam that divides each gradient by its deviation first, and averages afterwards.
    ///
    /// Momentum and rate per weight no longer disturb each other: any `beta1` goes with any `beta2`, also where
    /// [`Adam`](super::Adam) with the same two would diverge. For noisy problems and for small `beta2`.
    ///
    /// Reference: Ziyin, Wang & Ueda, *LaProp: separating momentum and adaptivity in Adam*, 2020,
    /// <https://arxiv.org/abs/2002.04839>; `timm.optim.LaProp`, with one deviation: the mean is corrected by 1 − β₁ᵗ, as
    /// in the paper, where `timm` divides by a running mean of the rates, which differs while `lr` changes. As there, `lr`
    /// multiplies what enters the mean, and the decay comes after the step.
    pub struct LaProp {
        /// Learning rate: about how far a weight moves a step.
        lr: f64 = 4e-4 in 0.0..,
        /// Decay of the running mean.
        beta1: f64 = 0.9 in 0.0..1.0,
        /// Decay of the running variance.
        beta2: f64 = 0.999 in 0.0..1.0,
        /// Added to the root, against division by zero.
        eps: f64 = 1e-15 in 0.0..,
        /// Part of the weight, times `lr`, that decays a step.
        weight_decay: f64 = 0.0 in 0.0..,
    }
    cache { m, v }
    step(t) {
        let a = 1 / (1 - pow(beta1, t));
        let c = 1 / sqrt(1 - pow(beta2, t));
    }
    update(w, g) {
        v = beta2 * v + (1 - beta2) * g * g;
        m = beta1 * m + (1 - beta1) * lr * g / (c * sqrt(v) + eps);
        w -= a * m;
        w *= 1 - lr * weight_decay;
    }
}
