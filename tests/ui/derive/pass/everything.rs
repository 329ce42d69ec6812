//! What the cases beside it get wrong, right.
#![forbid(unsafe_code)]
#![deny(warnings)]
#![allow(dead_code)]

use optim_core::ndarray::{Array1, Array2};
use optim_core::prelude::*;

struct Once;

#[derive(Optimizable)]
struct Everything<A: Real, L> {
    #[optim(freeze)]
    #[optim(group = "slow", rename = "w")]
    weight: Array2<A>,
    #[optim(buffer, group = "statistics")]
    mean: Array1<A>,
    #[optim(skip)]
    name: String,
    #[optim(skip = Once)]
    once: Once,
    layer: L,
    #[optim()]
    kind: Kind<A>,
}

#[derive(Optimizable)]
enum Kind<A: Real> {
    #[optim(rename = "one", freeze)]
    First { x: A },
    #[optim(group = "fast")]
    Second(A, #[optim(rename = "last")] A),
    Third,
}

#[derive(Optimizable)]
struct First {
    second: Vec<Second>,
    x: f32,
}

#[derive(Optimizable)]
#[optim(scalar = "f32")]
struct Second {
    first: Option<Box<First>>,
}

#[derive(Optimizable)]
struct Here<L> {
    there: Vec<There<L>>,
    layer: L,
}

#[derive(Optimizable)]
#[optim(bound = "L: Optimizable", scalar = "L::Scalar")]
struct There<L> {
    here: Vec<Here<L>>,
}

fn composed<A: Real>(model: &Everything<A, (Vec<A>, Here<A>, ())>) -> usize {
    model.num_params()
}

fn main() {
    let model = Everything {
        weight: Array2::ones((1, 2)),
        mean: Array1::zeros(3),
        name: String::new(),
        once: Once,
        layer: (vec![1.0_f64; 4], Here { there: vec![There { here: vec![] }], layer: 2.0 }, ()),
        kind: Kind::Second(1.0, 2.0),
    };
    assert_eq!(composed(&model), 9);
}
