//! [`Dog`].

use crate::define_optimizer;

define_optimizer! {
    /// DoG: gradient descent whose rate is the distance from the first weights over the length of all gradients.
    ///
    /// It has no rate to tune: `lr` stays at 1, and `init_distance` only has to be small. Close to tuned gradient descent
    /// on many tasks; evaluate an average of the weights for the best results, as the paper does.
    ///
    /// Reference: Ivgi et al., *DoG is SGD's Best Friend*, 2023, <https://arxiv.org/abs/2302.12022>; `optax.contrib.dog`
    /// with `init_step = ("distance", init_distance)`, without deviation: distance and length go over the whole model.
    pub struct Dog {
        /// A factor of the rate that is found.
        lr: f64 = 1.0 in 0.0..,
        /// The distance that is assumed at first.
        init_distance: f64 = 1e-6 in 0.0<..,
        /// Added under the root, against division by zero.
        eps: f64 = 1e-8 in 0.0..,
    }
    cache { w0 = w, distance[model] = init_distance, total[model] }
    update(w, g) {
        distance = max(distance, model_norm(w - w0));
        total += model_dot(g, g);
        w -= lr * distance / sqrt(total + eps) * g;
    }
}
