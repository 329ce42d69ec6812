//! [`AdEmaMix`].

use crate::define_optimizer;

define_optimizer! {
    /// AdEMAMix: AdamW with a second momentum that remembers ten thousand gradients.
    ///
    /// Old gradients stay useful for long; one running mean cannot weigh both these and the recent ones. For long
    /// trainings, of language models above all: it needs fewer tokens than [`AdamW`](super::AdamW) and forgets less. In
    /// trainings shorter than about 1 / (1 − `beta3`) steps the slow mean hardly gets going.
    ///
    /// Reference: Pagliardini, Ablin & Grangier, *The AdEMAMix optimizer: better, faster, older*, 2024,
    /// <https://arxiv.org/abs/2409.03137>; `optax.contrib.ademamix` with constant `alpha` and `beta3` (the paper warms
    /// both up; change them between steps with [`rule_mut`](crate::Optimizer::rule_mut)), without deviation: the slow
    /// mean is not bias-corrected, and the decay uses the weight before the step.
    pub struct AdEmaMix {
        /// Learning rate: about how far a weight moves a step.
        lr: f64 = 1e-3 in 0.0..,
        /// Decay of the fast running mean.
        beta1: f64 = 0.9 in 0.0..1.0,
        /// Decay of the running variance.
        beta2: f64 = 0.999 in 0.0..1.0,
        /// Decay of the slow running mean.
        beta3: f64 = 0.9999 in 0.0..1.0,
        /// How much the slow mean counts, the fast one being 1.
        alpha: f64 = 5.0 in 0.0..,
        /// Added to the root, against division by zero.
        eps: f64 = 1e-8 in 0.0..,
        /// Part of the weight, times `lr`, that decays a step.
        weight_decay: f64 = 0.0 in 0.0..,
    }
    cache { m1, m2, v }
    step(t) {
        let a = 1 / (1 - pow(beta1, t));
        let c = 1 / sqrt(1 - pow(beta2, t));
    }
    update(w, g) {
        m1 = beta1 * m1 + (1 - beta1) * g;
        m2 = beta3 * m2 + (1 - beta3) * g;
        v = beta2 * v + (1 - beta2) * g * g;
        w -= lr * ((a * m1 + alpha * m2) / (c * sqrt(v) + eps) + weight_decay * w);
    }
}
