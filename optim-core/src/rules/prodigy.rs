//! [`Prodigy`].

use crate::define_optimizer;

define_optimizer! {
    /// Prodigy: Adam that finds its own learning rate, from how far the weights have come.
    ///
    /// It estimates the distance from the first weights to the solution, `d`, from below, and uses it as the rate; leave
    /// `lr` at 1, or let a schedule move it. Good where there is no time to tune; a tuned [`AdamW`](super::AdamW) is
    /// often a little better. Twice Adam's memory.
    ///
    /// Reference: Mishchenko & Defazio, 2023, <https://arxiv.org/abs/2306.06101>; `prodigyopt`'s `Prodigy`, without
    /// deviation from its defaults (decoupled decay, no bias correction): the decay and the step use `d` as it was before
    /// this step, `eps` is scaled by `d` after it, and nothing moves while all gradients are zero.
    pub struct Prodigy {
        /// A factor of the rate that is found.
        lr: f64 = 1.0 in 0.0..,
        /// Decay of the running mean.
        beta1: f64 = 0.9 in 0.0..1.0,
        /// Decay of the running variance; its root, of the sums that the distance is estimated from.
        beta2: f64 = 0.999 in 0.0..1.0,
        /// Added to the root, against division by zero, in units of `d`.
        eps: f64 = 1e-8 in 0.0..,
        /// Decay of the weights.
        weight_decay: f64 = 0.0 in 0.0..,
        /// The first estimate of the distance: too small rather than too large.
        d0: f64 = 1e-6 in 0.0<..,
    }
    cache { m, v, s, w0 = w, num[model], d[model] = d0 }
    step(t) {
        let beta3 = sqrt(beta2);
        let rate = d * lr;
        let q = d / d0 * rate;
    }
    update(w, g) {
        num = beta3 * num + q * model_dot(g, w0 - w);
        m = beta1 * m + d * (1 - beta1) * g;
        v = beta2 * v + d * d * (1 - beta2) * g * g;
        s = beta3 * s + q * g;
        let den = model_sum(abs(s));
        if den > 0 {
            d = max(d, num / den);
            w = (1 - weight_decay * rate) * w - rate * m / (sqrt(v) + d * eps);
        }
    }
}
