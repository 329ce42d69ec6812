//! [`RmsProp`].

use crate::define_optimizer;

define_optimizer! {
    /// RMSProp: a rate per weight from the running mean of its squared gradients.
    ///
    /// As [`Adagrad`](super::Adagrad), but it forgets: the rate recovers when gradients become small. Works well where
    /// the loss changes while it is learned (recurrent networks, reinforcement learning).
    ///
    /// Reference: Tieleman & Hinton, *Lecture 6.5*, 2012; `torch.optim.RMSprop`, without deviation (`decay` is its
    /// `alpha`; `eps` stands outside of the root). `centered` is Graves' variant, <https://arxiv.org/abs/1308.0850>.
    pub struct RmsProp {
        /// Learning rate.
        lr: f64 = 0.01 in 0.0..,
        /// Decay of the running means.
        decay: f64 = 0.99 in 0.0..1.0,
        /// Added to the root, against division by zero.
        eps: f64 = 1e-8 in 0.0..,
        /// Decay of the weights, added to the gradient.
        weight_decay: f64 = 0.0 in 0.0..,
        /// Part of the buffer that stays from step to step; without a buffer at 0.
        momentum: f64 = 0.0 in 0.0..1.0,
        /// Divides by the deviation from the running mean of the gradient instead of its root mean square.
        centered: bool = false,
    }
    cache { s, mean if centered, b if momentum > 0 }
    update(w, g) {
        let g = g + weight_decay * w;
        s = decay * s + (1 - decay) * g * g;
        if centered { mean = decay * mean + (1 - decay) * g; }
        let u = g / (sqrt(s - if centered { mean * mean } else { 0 }) + eps);
        if momentum > 0 { b = momentum * b + u; w -= lr * b; } else { w -= lr * u; }
    }
}
