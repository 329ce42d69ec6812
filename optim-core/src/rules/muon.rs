//! [`Muon`].

use crate::define_optimizer;
use crate::matrix;

define_optimizer! {
    /// Muon: momentum whose directions are made equally long, for the matrices of a network.
    ///
    /// The running mean of a matrix's gradient is dominated by a few directions; made (nearly) orthogonal, all of them
    /// move. Trains hidden layers faster than [`AdamW`](super::AdamW) on many tasks, at the cost of some products of
    /// matrices a step. It refuses parameters that are no matrices: split the model, and give biases, embeddings and the
    /// last layer another rule.
    ///
    /// Reference: Jordan et al., *Muon: An optimizer for hidden layers in neural networks*, 2024,
    /// <https://kellerjordan.github.io/posts/muon/>, with the mean `momentum · b + (1 − momentum) · g` and the factor
    /// `√max(1, rows/cols)` of their code. Computed in the model's own number type, where theirs is `bfloat16`. The last
    /// bits depend on the machine's instructions, as products of matrices do.
    pub struct Muon {
        /// Learning rate: about how far a step moves along each direction.
        lr: f64 = 0.02 in 0.0..,
        /// Part of the mean that stays from step to step.
        momentum: f64 = 0.95 in 0.0..1.0,
        /// Decay of the weights.
        weight_decay: f64 = 0.0 in 0.0..,
        /// Newton–Schulz steps: more come nearer to orthogonal.
        ns_steps: u64 = 5 in 1..=100,
        /// Applies the mean as it will be after the next step of momentum.
        nesterov: bool = true,
    }
    require ndim() == 2,
        "Muon moves matrices: split the model, the matrices in a struct of their own, and give the rest another rule"
    cache { b }
    update(w, g) {
        b = momentum * b + (1 - momentum) * g;
        let u = if nesterov { momentum * b + (1 - momentum) * g } else { b };
        let o = matrix::orthogonalise(u, ns_steps);
        w = (1 - lr * weight_decay) * w - lr * sqrt(max(1, rows() / cols())) * o;
    }
}
