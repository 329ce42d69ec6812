//! [`Adagrad`].

use crate::define_optimizer;

define_optimizer! {
    /// Adagrad: a rate per weight that falls with the squares of all its gradients so far.
    ///
    /// Weights that are rarely touched keep a large rate, which suits sparse features. The sum never shrinks, so the
    /// rate falls towards zero in long trainings; [`RmsProp`](super::RmsProp) forgets instead.
    ///
    /// Reference: Duchi, Hazan & Singer, *Adaptive subgradient methods*, JMLR 2011; `torch.optim.Adagrad`, without
    /// deviation.
    pub struct Adagrad {
        /// Learning rate.
        lr: f64 = 0.01 in 0.0..,
        /// How much the rate falls a step: by step t it is `lr / (1 + (t − 1) · lr_decay)`.
        lr_decay: f64 = 0.0 in 0.0..,
        /// Decay of the weights, added to the gradient.
        weight_decay: f64 = 0.0 in 0.0..,
        /// What the sum of squares starts at.
        initial: f64 = 0.0 in 0.0..,
        /// Added to the root, against division by zero.
        eps: f64 = 1e-10 in 0.0..,
    }
    cache { s = initial }
    step(t) {
        let rate = lr / (1 + (t - 1) * lr_decay);
    }
    update(w, g) {
        let g = g + weight_decay * w;
        s += g * g;
        w -= rate * g / (sqrt(s) + eps);
    }
}
