//! [`Lars`].

use crate::define_optimizer;

define_optimizer! {
    /// LARS: gradient descent with a rate for each tensor that is in proportion to the length of its weights.
    ///
    /// For training with very large batches, where layers whose gradients are long for their weights would diverge at
    /// the rate that the others need. [`Lamb`](super::Lamb) is the same idea around Adam.
    ///
    /// Reference: You et al., *Large Batch Training of Convolutional Networks*, 2017, <https://arxiv.org/abs/1708.03888>;
    /// `timm`'s `Lars(always_adapt=True)`, without deviation: the ratio is 1 where one of the lengths is 0, the first
    /// gradient starts the buffer, and the rate is applied when the buffer is.
    pub struct Lars {
        /// Learning rate.
        lr: f64 = 1.0 in 0.0..,
        /// Part of the buffer that stays from step to step; without a buffer at 0.
        momentum: f64 = 0.9 in 0.0..1.0,
        /// Decay of the weights, added to the gradient.
        weight_decay: f64 = 0.0 in 0.0..,
        /// How far a tensor may move a step, in lengths of its weights, at the rate 1.
        trust: f64 = 1e-3 in 0.0..,
        /// Added to the length of the gradient, against division by zero.
        eps: f64 = 1e-8 in 0.0..,
        /// Applies the buffer as it will be after the next step of momentum.
        nesterov: bool = false,
    }
    require !nesterov || momentum > 0, "`nesterov` needs `momentum`"
    cache { b if momentum > 0 }
    update(w, g) {
        let length = norm(w);
        let slope = norm(g);
        let adapted = trust * length / (slope + weight_decay * length + eps);
        let ratio = if length > 0 && slope > 0 { adapted } else { 1 };
        let g = (g + weight_decay * w) * ratio;
        if momentum > 0 {
            b = if t == 1 { g } else { momentum * b + g };
            let d = if nesterov { g + momentum * b } else { b };
            w -= lr * d;
        } else {
            w -= lr * g;
        }
    }
}
