//! [`Adamax`].

use crate::define_optimizer;

define_optimizer! {
    /// Adamax: momentum, and a rate per weight from the largest of its recent gradients.
    ///
    /// [`Adam`](super::Adam) with the running maximum of |g| in place of the root of the running mean of g². A step is
    /// bounded by `lr` more strictly and one huge gradient is forgotten geometrically, which suits embeddings and other
    /// sparse gradients. Where Adam works there is little reason to change.
    ///
    /// Reference: Kingma & Ba, 2015, section 7.1, <https://arxiv.org/abs/1412.6980>; `torch.optim.Adamax`, without
    /// deviation. Both differ from the paper, which has no `eps`: here it is added to |g| before the maximum is taken.
    pub struct Adamax {
        /// Learning rate: about how far a weight moves a step.
        lr: f64 = 2e-3 in 0.0..,
        /// Decay of the running mean.
        beta1: f64 = 0.9 in 0.0..1.0,
        /// Decay of the running maximum.
        beta2: f64 = 0.999 in 0.0..1.0,
        /// Added to the absolute gradient, against division by zero.
        eps: f64 = 1e-8 in 0.0..,
        /// Decay of the weights, added to the gradient.
        weight_decay: f64 = 0.0 in 0.0..,
    }
    cache { m, u }
    step(t) {
        let a = lr / (1 - pow(beta1, t));
    }
    update(w, g) {
        let g = g + weight_decay * w;
        m = beta1 * m + (1 - beta1) * g;
        u = max(beta2 * u, abs(g) + eps);
        w -= a * m / u;
    }
}
