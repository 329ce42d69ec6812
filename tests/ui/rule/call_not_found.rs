//! A call by path is looked up where the rule stands, and takes what the rule gives it.
use optim_core::define_optimizer;

define_optimizer! {
    pub struct NotThere { lr: f64 = 0.1 }
    update(w, g) { let o = nowhere::orthogonalise(g, lr); w -= lr * o; }
}

mod own {
    use optim_core::Real;
    use optim_core::ndarray::{ArrayView2, ArrayViewMut2};

    pub fn counted<A: Real>(_: ArrayView2<'_, A>, _: ArrayViewMut2<'_, A>, _times: usize) {}

    pub fn lined<A: Real>(_: &[A], _: ArrayViewMut2<'_, A>) {}
}

define_optimizer! {
    pub struct Typed { lr: f64 = 0.1 }
    update(w, g) { w -= lr * own::counted(g, 2 * lr) + own::lined(w - g); }
}

fn main() {}
