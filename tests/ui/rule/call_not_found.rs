//! A call by path is looked up where the rule stands.
use optim_core::define_optimizer;

define_optimizer! {
    pub struct NotThere { lr: f64 = 0.1 }
    update(w, g) { let o = nowhere::orthogonalise(g, lr); w -= lr * o; }
}

fn main() {}
