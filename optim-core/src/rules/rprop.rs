//! [`Rprop`].

use crate::define_optimizer;

define_optimizer! {
    /// Rprop: a step size per weight that grows while the gradient keeps its sign and shrinks when it turns.
    ///
    /// Only signs are used, so the scale of the gradient does not matter: robust and fast for full batches and for small
    /// networks. Not for minibatches: their noise turns signs at random, and the sizes shrink to nothing.
    ///
    /// Reference: Riedmiller & Braun, *A direct adaptive method for faster backpropagation learning: the RPROP
    /// algorithm*, 1993, <https://doi.org/10.1109/ICNN.1993.298623>, in the form iRprop⁻ of Igel & Hüsken, 2000: where the
    /// sign has turned, the weight stays for one step and no step is taken back. `torch.optim.Rprop`, with one deviation:
    /// the sign of the product of two gradients is the product of their signs, which does not underflow. As there, the
    /// first step has size `lr`, already limited by `step_min` and `step_max`, and `lr` does nothing after `init`.
    pub struct Rprop {
        /// What the step sizes start at; only `init` reads it.
        lr: f64 = 0.01 in 0.0..,
        /// Multiplies the size where the sign has turned.
        eta_minus: f64 = 0.5 in 0.0<..1.0,
        /// Multiplies the size where the sign has stayed.
        eta_plus: f64 = 1.2 in 1.0<..,
        /// The smallest size.
        step_min: f64 = 1e-6 in 0.0..,
        /// The largest size.
        step_max: f64 = 50.0 in 0.0<..,
    }
    require step_min <= step_max, "`step_min` may not be above `step_max`"
    cache { prev, size = lr }
    update(w, g) {
        let s = sign(g) * sign(prev);
        size = clamp(size * if s > 0 { eta_plus } else if s < 0 { eta_minus } else { 1 }, step_min, step_max);
        prev = if s < 0 { 0 } else { g };
        w -= sign(prev) * size;
    }
}
