//! A path at which the library is not.
use optim_core::Optimizable;

#[derive(Optimizable)]
#[optim(crate = "optim")]
struct Model {
    x: f32,
}

fn main() {}
