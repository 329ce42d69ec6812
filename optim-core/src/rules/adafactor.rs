//! [`Adafactor`].

use crate::define_optimizer;

define_optimizer! {
    /// Adafactor: Adam's second moment from a number for each row and each column, in place of one for each weight.
    ///
    /// For models whose optimizer does not fit in memory beside them: next to nothing is kept for a matrix. The step is
    /// in proportion to the size of the weights and bounded where a gradient stands out. There is no momentum; with
    /// memory to spare, [`AdamW`](super::AdamW) learns faster.
    ///
    /// Reference: Shazeer & Stern, 2018, <https://arxiv.org/abs/1804.04235>; `torch.optim.Adafactor`, without deviation:
    /// `eps1 = 0` stands for the machine epsilon of the number type, decay of the weights is decoupled, and the size of the
    /// weights is that before their decay. The square of `eps1` bounds the second moment, `eps1` the mean of the rows.
    pub struct Adafactor {
        /// Learning rate, from the step on where it is below `1 / √t`.
        lr: f64 = 0.01 in 0.0..,
        /// The power of `t` that a new square of the gradient weighs.
        beta2_decay: f64 = -0.8 in -1.0..=0.0,
        /// The least mean of the rows, and the root of the least second moment; 0 for the machine epsilon.
        eps1: f64 = 0.0 in 0.0..,
        /// The least size of the weights that counts.
        eps2: f64 = 1e-3 in 0.0..,
        /// The largest root mean square of a step before it is scaled.
        clip: f64 = 1.0 in 0.0<..,
        /// Decay of the weights.
        weight_decay: f64 = 0.0 in 0.0..,
    }
    cache { r[row] if ndim() >= 2, c[col] if ndim() >= 2, v if ndim() < 2 }
    step(t) {
        let rate = min(lr, 1 / sqrt(t));
        let k = pow(t, beta2_decay);
        let least = if eps1 == 0 { epsilon() } else { eps1 };
    }
    update(w, g) {
        let size = sqrt(numel());
        let alpha = max(eps2, norm(w) / size) * rate;
        if ndim() >= 2 {
            r += k * (row_mean(g * g) - r);
            c += k * (col_mean(g * g) - c);
        } else {
            v += k * (g * g - v);
        }
        let s = if ndim() >= 2 { r / max(col_mean(r), least) * c } else { v };
        let u = g / sqrt(max(s, least * least));
        let scale = alpha / max(1, norm(u) / (size * clip));
        w = (1 - lr * weight_decay) * w - scale * u;
    }
}
