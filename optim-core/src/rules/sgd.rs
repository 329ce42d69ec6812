//! [`Sgd`].

use crate::define_optimizer;

define_optimizer! {
    /// Stochastic gradient descent: against the gradient, with momentum and weight decay where they are wanted.
    ///
    /// The plainest rule, without memory by default. Its one rate holds for all weights, so it is slow where the loss
    /// is steep in one direction and flat in another, and it stays in the first local minimum; on well-scaled problems
    /// with a schedule it is hard to beat. With `momentum` it keeps a velocity, and with `nesterov` it looks one step
    /// of momentum ahead, in the form that needs no gradient elsewhere (for the one that does, see [`Nag`](super::Nag)).
    ///
    /// Reference: `torch.optim.SGD`, without deviation: the first gradient enters the buffer undamped. The momentum
    /// buffer is multiplied by `lr` when it is applied; [`Momentum`](super::Momentum) multiplies the gradient when it
    /// enters, which differs while `lr` changes.
    pub struct Sgd {
        /// Learning rate.
        lr: f64 = 0.01 in 0.0..,
        /// Part of the buffer that stays from step to step; without a buffer at 0.
        momentum: f64 = 0.0 in 0.0..1.0,
        /// Part of the gradient that does not enter the buffer.
        dampening: f64 = 0.0 in 0.0..=1.0,
        /// Decay of the weights, added to the gradient.
        weight_decay: f64 = 0.0 in 0.0..,
        /// Applies the buffer as it will be after the next step of momentum.
        nesterov: bool = false,
    }
    require !nesterov || momentum > 0 && dampening == 0, "`nesterov` needs `momentum` and no `dampening`"
    cache { b if momentum > 0 }
    update(w, g) {
        let g = g + weight_decay * w;
        if momentum > 0 {
            b = if t == 1 { g } else { momentum * b + (1 - dampening) * g };
            w -= lr * if nesterov { g + momentum * b } else { b };
        } else {
            w -= lr * g;
        }
    }
}
