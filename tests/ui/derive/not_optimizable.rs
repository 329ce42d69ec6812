//! One error for each field that is not optimizable, at the field, whatever else there is.
use std::collections::HashMap;

use optim_core::ndarray::Array1;
use optim_core::{Optimizable, Real};

struct Own;

#[derive(Optimizable)]
struct Named {
    weight: Array1<f32>,
    name: String,
    table: HashMap<String, f32>,
    nested: Option<Vec<Own>>,
    labels: Array1<usize>,
}

#[derive(Optimizable)]
struct Tuple<A: Real>(A, &'static str, Array1<i32>);

#[derive(Optimizable)]
enum Variants {
    Unit,
    Tuple(f32, char),
    Named { flag: bool },
}

#[derive(Optimizable)]
struct Borrowed<'a, const N: usize> {
    source: &'a [f32],
    table: [f32; N],
    names: [Own; N],
}

#[derive(Optimizable)]
struct Recursive {
    x: f32,
    children: Vec<(Recursive, Own)>,
}

#[derive(Optimizable)]
#[optim(scalar = "f32")]
struct Said(f32, Own);

fn main() {}
