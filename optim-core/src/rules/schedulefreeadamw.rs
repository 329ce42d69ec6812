//! [`ScheduleFreeAdamW`].

use crate::define_optimizer;

define_optimizer! {
    /// Schedule-Free AdamW: averages the weights on the way, in place of a schedule that has to know the end.
    ///
    /// As [`ScheduleFreeSgd`](super::ScheduleFreeSgd), with the gradient divided by its running root mean square. The
    /// model holds the point that is trained, and is **evaluated at the average**: use
    /// [`evaluate_with`](crate::Optimizer::evaluate_with). Wants a rate of one to ten times that of
    /// [`AdamW`](super::AdamW), and a warm-up.
    ///
    /// Reference: Defazio et al., *The road less scheduled*, 2024, <https://arxiv.org/abs/2405.15682>; `schedulefree`
    /// 1.4, `AdamWScheduleFree`, without deviation: steps are weighted by the square of the largest rate so far.
    pub struct ScheduleFreeAdamW {
        /// Learning rate.
        lr: f64 = 2.5e-3 in 0.0..,
        /// How near to the average the gradient is taken.
        beta1: f64 = 0.9 in 0.0<..1.0,
        /// Decay of the running variance.
        beta2: f64 = 0.999 in 0.0..1.0,
        /// Added to the root, against division by zero.
        eps: f64 = 1e-8 in 0.0..,
        /// Part of the weight that is added to the step.
        weight_decay: f64 = 0.0 in 0.0..,
        /// Steps in which the rate rises to `lr`.
        warmup_steps: u64 = 0 in 0..,
    }
    cache { z = w, v, top[model], total[model] }
    step(t) {
        let r = lr * min(1, t / warmup_steps);
        top = max(top, r);
        total += top * top;
        let c = if total > 0 { top * top / total } else { 0 };
        let k = r * (beta1 * (1 - c) - 1);
        let b = 1 / sqrt(1 - pow(beta2, t));
    }
    update(w, g) {
        v = beta2 * v + (1 - beta2) * g * g;
        let u = g / (b * sqrt(v) + eps) + weight_decay * w;
        w += c * (z - w) + k * u;
        z -= r * u;
    }
    evaluate(w) { w + (1 - 1 / beta1) * (z - w) }
}
