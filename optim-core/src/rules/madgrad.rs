//! [`Madgrad`].

use crate::define_optimizer;

define_optimizer! {
    /// MADGRAD: dual averaging from the first weights, with a rate per weight from the cube root of summed squares.
    ///
    /// Each step starts over at the first weights and goes along the sum of all gradients, later ones counting more.
    /// Generalises like [`Sgd`](super::Sgd) with rates that adapt like [`Adagrad`](super::Adagrad)'s; good for vision,
    /// and for sparse gradients. Use less `weight_decay` than elsewhere, often none. Because it is tied to the first
    /// weights it is no rule to fine-tune with for a few steps.
    ///
    /// Reference: Defazio & Jelassi, *Adaptivity without compromise: a momentumized, adaptive, dual averaged gradient
    /// method*, 2021, <https://arxiv.org/abs/2101.11075>; `timm.optim.MADGRAD`, without deviation: as in the authors' code
    /// and not in the paper, `eps` is also added to `lr`. With `momentum` 0 the first weights are kept all the same, where
    /// `timm` computes them from the weights: up to rounding the same, unless weights are changed between steps.
    pub struct Madgrad {
        /// Learning rate.
        lr: f64 = 0.01 in 0.0..,
        /// Part of the weight that stays from step to step; the rest is where dual averaging wants it.
        momentum: f64 = 0.9 in 0.0..1.0,
        /// Added to the cube root, against division by zero, and to `lr`.
        eps: f64 = 1e-6 in 0.0..,
        /// Decay of the weights, added to the gradient.
        weight_decay: f64 = 0.0 in 0.0..,
    }
    cache { s, v, w0 = w }
    step(t) {
        let k = (lr + eps) * sqrt(t);
    }
    update(w, g) {
        let g = g + weight_decay * w;
        s += k * g;
        v += k * g * g;
        let z = w0 - s / (cbrt(v) + eps);
        w = momentum * w + (1 - momentum) * z;
    }
}
