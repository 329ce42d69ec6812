//! [`RAdam`].

use crate::define_optimizer;

define_optimizer! {
    /// RAdam: Adam that takes plain momentum steps until its running variance can be trusted.
    ///
    /// In the first steps [`Adam`](super::Adam) divides by a variance of a handful of gradients; here the step is scaled
    /// by how well that variance is known, and not divided by it at all in the first few steps (5 with the defaults).
    /// A replacement for a warm-up of the learning rate; with a warm-up, Adam does as well. The first steps are as long
    /// as the gradient is large: a rate that suits Adam may be too large for them.
    ///
    /// Reference: Liu et al., *On the variance of the adaptive learning rate and beyond*, 2020,
    /// <https://arxiv.org/abs/1908.03265>; `torch.optim.RAdam`, without deviation. Both differ from the paper, which
    /// rectifies from ρ > 4 on (here ρ > 5) and has no `eps` (here added to the root before its bias is corrected).
    pub struct RAdam {
        /// Learning rate: about how far a weight moves a step, once the variance is known.
        lr: f64 = 1e-3 in 0.0..,
        /// Decay of the running mean.
        beta1: f64 = 0.9 in 0.0..1.0,
        /// Decay of the running variance; at 2/3 and below every step is a plain one.
        beta2: f64 = 0.999 in 0.0..1.0,
        /// Added to the root, against division by zero.
        eps: f64 = 1e-8 in 0.0..,
        /// Decay of the weights, added to the gradient.
        weight_decay: f64 = 0.0 in 0.0..,
    }
    cache { m, v }
    step(t) {
        let c1 = 1 - pow(beta1, t);
        let c2 = 1 - pow(beta2, t);
        let limit = 2 / (1 - beta2) - 1;
        let rho = limit - 2 * t * pow(beta2, t) / c2;
        let known = rho > 5;
        let r = if known { sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho)) } else { 1 };
        let a = if known { lr / c1 * r * sqrt(c2) } else { lr / c1 };
    }
    update(w, g) {
        let g = g + weight_decay * w;
        m = beta1 * m + (1 - beta1) * g;
        v = beta2 * v + (1 - beta2) * g * g;
        w -= a * if known { m / (sqrt(v) + eps) } else { m };
    }
}
