//! [`Sam`].

use crate::define_optimizer;

define_optimizer! {
    /// SAM: the gradient is taken where the loss is highest nearby, so that a wide minimum is found.
    ///
    /// Two gradients a step: the first says where to look, the second, taken there, moves the weights. Wide minima
    /// generalise better, on small data sets above all; it costs twice the time.
    ///
    /// Reference: Foret et al., *Sharpness-Aware Minimization*, 2020, <https://arxiv.org/abs/2010.01412>, around plain
    /// gradient descent: the point lies `rho` along the gradient, which is divided by its length over the whole model,
    /// plus 1e-12.
    pub struct Sam {
        /// Learning rate.
        lr: f64 = 0.01 in 0.0..,
        /// How far away the gradient is taken.
        rho: f64 = 0.05 in 0.0..,
    }
    look_ahead(w, g) { w + rho / (model_norm(g) + 1e-12) * g }
    update(w, g) { w -= lr * g; }
}
