//! What stands before the sections.
use optim_core::define_optimizer;

define_optimizer! {}

define_optimizer! {
    pub enum Choice { lr: f64 = 0.1 }
    update(w, g) { w -= lr * g; }
}

define_optimizer! {
    pub struct { lr: f64 = 0.1 }
    update(w, g) { w -= lr * g; }
}

define_optimizer! {
    pub struct Generic<A> { lr: f64 = 0.1 }
    update(w, g) { w -= lr * g; }
}

define_optimizer! {
    #[optim(krate = "optim_core")]
    pub struct Renamed { lr: f64 = 0.1 }
    update(w, g) { w -= lr * g; }
}

define_optimizer! {
    #[cfg(feature = "extra")]
    pub struct Conditional { lr: f64 = 0.1 }
    update(w, g) { w -= lr * g; }
}

define_optimizer! {
    pub struct Tuple(f64);
    update(w, g) { w -= g; }
}

fn main() {}
