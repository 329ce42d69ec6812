//! [`Asgd`].

use crate::define_optimizer;

define_optimizer! {
    /// Averaged SGD: gradient descent whose result is the average of the weights on the way.
    ///
    /// Averaging takes the noise of the last steps out: on convex problems it reaches the best possible rate with steps
    /// that hardly shrink. Set `start` to about where training has settled (with the default it never gets there, and
    /// the average is the weights themselves). Evaluate with [`evaluate_with`](crate::Optimizer::evaluate_with), which
    /// shows the model at the average; between steps it holds the weights that are trained.
    ///
    /// Reference: Polyak & Juditsky, *Acceleration of stochastic approximation by averaging*, 1992,
    /// <https://doi.org/10.1137/0330046>; `torch.optim.ASGD` (`decay` is its `lambd`, `power` its `alpha`, `start` its
    /// `t0`), where the average is in the state and never used. Deviations: the rate of a step is computed with the `lr`
    /// of this step, not with that of the step before it; the average starts at the weights, not at 0, which the first
    /// step replaces in both.
    pub struct Asgd {
        /// Learning rate, before it falls.
        lr: f64 = 0.01 in 0.0..,
        /// Decay of the weights a step, times the rate; also how fast the rate falls.
        decay: f64 = 1e-4 in 0.0..,
        /// Power of the fall: by step t the rate is `lr / (1 + decay · lr · (t − 1))^power`.
        power: f64 = 0.75 in 0.0..,
        /// The first step that counts is `start` + 2; up to it, the average is the weights.
        start: f64 = 1e6 in 0.0..,
        /// A second decay of the weights, added to the gradient.
        weight_decay: f64 = 0.0 in 0.0..,
    }
    cache { average = w }
    step(t) {
        let eta = lr / pow(1 + decay * lr * (t - 1), power);
        let mu = 1 / max(1, t - 1 - start);
        let averaging = mu < 1;
    }
    update(w, g) {
        let g = g + weight_decay * w;
        w *= 1 - decay * eta;
        w -= eta * g;
        average = if averaging { average + mu * (w - average) } else { w };
    }
    evaluate(w) { average }
}
