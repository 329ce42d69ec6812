//! [`Fromage`].

use crate::define_optimizer;

define_optimizer! {
    /// Fromage: each tensor turns by an angle that the rate alone says, whatever the length of its gradient.
    ///
    /// A step of the length `lr` times that of the weights, and back to about the length before it: weights do not grow,
    /// and one rate serves all layers and most networks. Try it where tuning is not possible.
    ///
    /// Reference: Bernstein et al., *On the distance between two neural networks and the stability of learning*, 2020,
    /// <https://arxiv.org/abs/2002.03432>; `optax.fromage`, without deviation: lengths below `min_norm` count as it.
    pub struct Fromage {
        /// Learning rate: how far a tensor moves a step, in lengths of its weights.
        lr: f64 = 0.01 in 0.0..,
        /// The least length of weights and gradient that counts.
        min_norm: f64 = 1e-6 in 0.0<..,
    }
    step(t) {
        let shrink = 1 / sqrt(1 + lr * lr);
    }
    update(w, g) {
        let ratio = max(norm(w), min_norm) / max(norm(g), min_norm);
        w = shrink * (w - lr * ratio * g);
    }
}
