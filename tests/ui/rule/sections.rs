//! Sections: which there are, once each, with their parameters.
use optim_core::define_optimizer;

define_optimizer! {
    pub struct Misspelled { lr: f64 = 0.1 }
    caches { m }
    udpate(w, g) { w -= lr * g; }
}

define_optimizer! {
    pub struct Unknown { lr: f64 = 0.1 }
    initialise { m = 0; }
    update(w, g) { w -= lr * g; }
}

define_optimizer! {
    pub struct Stray { lr: f64 = 0.1 }
    { m }
    update(w, g) { w -= lr * g; }
}

define_optimizer! {
    pub struct Missing { lr: f64 = 0.1 }
    step(t) { let a = lr / t; }
}

define_optimizer! {
    pub struct Twice { lr: f64 = 0.1 }
    update(w, g) { w -= lr * g; }
    update(w, g) { w -= g; }
    schedule { }
}

define_optimizer! {
    pub struct Parameters { lr: f64 = 0.1 }
    cache { m }
    step { let a = lr; }
    look_ahead(w, g) { w + g }
    update(w) { w -= a * m; }
    evaluate() { m }
}

define_optimizer! {
    pub struct Bodies { lr: f64 = 0.1 }
    cache m
    step(t);
    update(w, g,) => { w -= lr * g; }
}

define_optimizer! {
    pub struct Requires { lr: f64 = 0.1, on: bool = true }
    require lr, "a number"
    require lr < 1
    require on, lr
    require m > 0, "a cache"
    cache { m }
    update(w, g) { m = g; w -= m; }
}

define_optimizer! {
    pub struct Values { lr: f64 = 0.1 }
    cache { m }
    step(t) { lr / t }
    look_ahead(w) { let a = w + m; }
    update(w, g) { m = g; w -= lr * m; w }
    evaluate(w) { m > 0 }
}

define_optimizer! {
    pub struct SameNames { lr: f64 = 0.1 }
    cache { m }
    update(lr, m) { lr -= m; }
}

fn main() {}
