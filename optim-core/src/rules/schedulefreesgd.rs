//! [`ScheduleFreeSgd`].

use crate::define_optimizer;

define_optimizer! {
    /// Schedule-Free descent: averages the weights on the way, in place of a schedule that has to know the end.
    ///
    /// Gradients are taken between a point that descends, `z`, and the average of its path; the model holds that point
    /// in between, and is **evaluated at the average**: use [`evaluate_with`](crate::Optimizer::evaluate_with). Wants a
    /// larger rate than descent with a schedule, and needs no schedule but a warm-up.
    ///
    /// Reference: Defazio et al., *The road less scheduled*, 2024, <https://arxiv.org/abs/2405.15682>; `schedulefree`
    /// 1.4, `SGDScheduleFree`, without deviation: steps are weighted by the square of the largest rate so far.
    pub struct ScheduleFreeSgd {
        /// Learning rate.
        lr: f64 = 1.0 in 0.0..,
        /// How near to the average the gradient is taken.
        beta: f64 = 0.9 in 0.0<..1.0,
        /// Decay of the weights, added to the gradient.
        weight_decay: f64 = 0.0 in 0.0..,
        /// Steps in which the rate rises to `lr`.
        warmup_steps: u64 = 0 in 0..,
    }
    cache { z = w, top[model], total[model] }
    step(t) {
        let r = lr * min(1, t / warmup_steps);
        top = max(top, r);
        total += top * top;
        let c = if total > 0 { top * top / total } else { 0 };
        let k = r * (beta * (1 - c) - 1);
    }
    update(w, g) {
        let g = g + weight_decay * w;
        w += c * (z - w) + k * g;
        z -= r * g;
    }
    evaluate(w) { w + (1 - 1 / beta) * (z - w) }
}
