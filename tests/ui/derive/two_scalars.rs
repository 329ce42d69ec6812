//! A model of two number types: an error at the field that brings the second.
use optim_core::ndarray::{Array1, Array2};
use optim_core::{Optimizable, Real};

#[derive(Optimizable)]
struct Concrete {
    first: Array1<f32>,
    none: (),
    second: Vec<Array2<f64>>,
    third: f64,
}

#[derive(Optimizable)]
struct Generic<A: Real> {
    first: Array1<A>,
    second: [f32; 3],
    third: f64,
}

#[derive(Optimizable)]
enum Variants {
    First(f64),
    Second { x: f32 },
}

#[derive(Optimizable)]
struct Constant<const N: usize> {
    first: [f32; N],
    second: [f64; N],
}

#[derive(Optimizable)]
struct Recursive {
    first: f64,
    second: Vec<(Recursive, f32)>,
}

#[derive(Optimizable)]
struct TwoParameters<A: Real, B: Real> {
    first: A,
    second: B,
}

#[derive(Optimizable)]
#[optim(scalar = "f32")]
struct Said {
    first: f64,
}

fn main() {}
