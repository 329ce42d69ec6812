//! A scalar that is none, and one that has to be said.
use optim_core::ndarray::Array1;
use optim_core::{NoScalar, Optimizable};

#[derive(Optimizable)]
#[optim(scalar = "i32")]
struct NotAScalar;

#[derive(Optimizable)]
#[optim(scalar = "NoScalar")]
struct HasOne(f32);

#[derive(Optimizable)]
#[optim(bound = "L: Optimizable")]
struct BoundAlone<L> {
    layer: Vec<L>,
    x: f32,
}

mod other {
    pub trait Real {}
}

#[derive(Optimizable)]
struct AnotherReal<A: other::Real> {
    x: Array1<A>,
}

#[derive(Optimizable)]
struct OnlyItself {
    children: Vec<(OnlyItself, f32)>,
}

fn main() {}
