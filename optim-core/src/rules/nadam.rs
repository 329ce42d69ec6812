//! [`NAdam`].

use crate::define_optimizer;

define_optimizer! {
    /// NAdam: Adam with Nesterov's look-ahead, in the form that needs no gradient elsewhere.
    ///
    /// The step uses the momentum as it will be after the next gradient, with a momentum that rises over the first
    /// steps. Often a little faster than [`Adam`](super::Adam) where the gradient is not too noisy; elsewhere there is
    /// little between them.
    ///
    /// Reference: Dozat, *Incorporating Nesterov momentum into Adam*, 2016; `torch.optim.NAdam`, without deviation: the
    /// schedule of the momentum is `beta1 · (1 − ½ · 0.96^(t · momentum_decay))`.
    pub struct NAdam {
        /// Learning rate: about how far a weight moves a step.
        lr: f64 = 2e-3 in 0.0..,
        /// Decay of the running mean, and where the schedule of the momentum leads.
        beta1: f64 = 0.9 in 0.0..1.0,
        /// Decay of the running variance.
        beta2: f64 = 0.999 in 0.0..1.0,
        /// Added to the root, against division by zero.
        eps: f64 = 1e-8 in 0.0..,
        /// Decay of the weights, added to the gradient.
        weight_decay: f64 = 0.0 in 0.0..,
        /// How fast the momentum rises.
        momentum_decay: f64 = 4e-3 in 0.0..,
    }
    cache { m, v, product[model] = 1 }
    step(t) {
        let mu = beta1 * (1 - 0.5 * pow(0.96, t * momentum_decay));
        let mu_next = beta1 * (1 - 0.5 * pow(0.96, (t + 1) * momentum_decay));
        product *= mu;
        let a = lr * (1 - mu) / (1 - product);
        let b = lr * mu_next / (1 - product * mu_next);
        let c = 1 / sqrt(1 - pow(beta2, t));
    }
    update(w, g) {
        let g = g + weight_decay * w;
        m = beta1 * m + (1 - beta1) * g;
        v = beta2 * v + (1 - beta2) * g * g;
        w -= (a * g + b * m) / (c * sqrt(v) + eps);
    }
}
