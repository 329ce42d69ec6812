//! [`Nag`].

use crate::define_optimizer;

define_optimizer! {
    /// Nesterov's accelerated gradient: the gradient is taken where the momentum is about to carry the weight.
    ///
    /// Looking ahead corrects the velocity before a mistake is made instead of after it, which calms the oscillations
    /// of plain [`Momentum`](super::Momentum). It needs the gradient at `w + momentum · velocity`: use
    /// [`step_with`](crate::Optimizer::step_with).
    ///
    /// Reference: Nesterov, *A method of solving a convex programming problem with convergence rate O(1/k²)*, 1983, as
    /// the article this library grew from gives it. The gradient is taken at the look-ahead point exactly, not
    /// approximated at the weights as in `torch.optim.SGD(nesterov=True)`, which is [`Sgd`](super::Sgd) here.
    pub struct Nag {
        /// Learning rate.
        lr: f64 = 0.01 in 0.0..,
        /// Part of the velocity that stays from step to step.
        momentum: f64 = 0.9 in 0.0..1.0,
    }
    cache { velocity }
    look_ahead(w) { w + momentum * velocity }
    update(w, g) {
        velocity = momentum * velocity - lr * g;
        w += velocity;
    }
}
