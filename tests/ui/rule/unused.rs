//! What is declared is used: several mistakes are reported at once.
use optim_core::define_optimizer;

define_optimizer! {
    pub struct Unused {
        lr: f64 = 0.1,
        momentum: f64 = 0.9,
    }
    cache { velocity, written }
    step(t) {
        let a = lr / t;
        let _b = a;
    }
    update(w, g) {
        let c = g;
        written = g;
        w -= lr * g;
    }
}

fn main() {}
