//! Rules whose passes the catalogue has none of: weights move in two of them, the last one does not move weights, looks at
//! the gradient alone, or none looks at it.

use optim_core::prelude::*;

define_optimizer! {
    /// Moves weights in two passes, and looks at where they are in a third.
    pub(crate) struct MovesTwice { lr: f64 = 0.1 }
    cache { m, seen[tensor] }
    update(w, g) {
        m = 0.9 * m + g;
        w -= lr * m;
        let length = norm(w);
        w -= lr * w / (1 + length + seen);
        seen = norm(w);
    }
}

define_optimizer! {
    /// Looks at the gradient behind the weights' move, in a pass that looks at nothing else.
    pub(crate) struct LooksLast { lr: f64 = 0.1 }
    cache { seen[tensor] }
    update(w, g) {
        w -= lr * g / (1 + norm(g) + abs(seen));
        let length = norm(w);
        seen = sum(max(g, length));
    }
}

define_optimizer! {
    /// Looks at no gradient.
    pub(crate) struct Shrinks { lr: f64 = 0.1 }
    update(w, g) {
        w -= lr * w / (1 + norm(w));
    }
}
