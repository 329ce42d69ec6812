//! [`Adadelta`].

use crate::define_optimizer;

define_optimizer! {
    /// Adadelta: steps in the unit of the weight, from the running sizes of past steps and gradients.
    ///
    /// The ratio of the two takes the place of a learning rate: rescaling the loss changes nothing. It starts slowly,
    /// from steps of about √`eps`, and finds its pace by itself; use it where nothing can be tuned. A tuned
    /// [`Adam`](super::Adam) is usually faster.
    ///
    /// Reference: Zeiler, *ADADELTA: an adaptive learning rate method*, 2012, <https://arxiv.org/abs/1212.5701>;
    /// `torch.optim.Adadelta`, without deviation but for `eps` = 0, with which nothing ever moves: it is refused. The
    /// paper has no `lr` (1 here). One root is taken of the quotient, not a quotient of two roots: up to rounding the
    /// same.
    pub struct Adadelta {
        /// Multiplies the step; 1 is the paper's form.
        lr: f64 = 1.0 in 0.0..,
        /// Decay of both running means.
        rho: f64 = 0.9 in 0.0..1.0,
        /// Added inside of both roots: against division by zero, and what the first steps are made of.
        eps: f64 = 1e-6 in 0.0<..,
        /// Decay of the weights, added to the gradient.
        weight_decay: f64 = 0.0 in 0.0..,
    }
    cache { v, u }
    update(w, g) {
        let g = g + weight_decay * w;
        v = rho * v + (1 - rho) * g * g;
        let d = sqrt((u + eps) / (v + eps)) * g;
        u = rho * u + (1 - rho) * d * d;
        w -= lr * d;
    }
}
