//! Misspelt, and in the wrong place.
use optim_core::Optimizable;

#[derive(Optimizable)]
#[optim(krate = "optim_core")]
#[optim(skip)]
struct Model {
    #[optim(skp)]
    name: String,
    #[optim(frozen, bufer)]
    weight: f32,
    #[optim(learning_rate = 0.1)]
    bias: f32,
    #[optim(scalar = "f32")]
    scale: f32,
}

#[derive(Optimizable)]
enum Choice {
    #[optim(skip)]
    First,
    #[optim(renamed = "x")]
    Second(#[optim(crate = "x")] f32),
}

fn main() {}
