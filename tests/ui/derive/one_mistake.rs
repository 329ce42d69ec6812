//! One mistake is one error: what uses the model is not wrong as well.
use optim_core::ndarray::Array1;
use optim_core::prelude::*;

#[derive(Optimizable)]
struct Model {
    weight: Array1<f32>,
    #[optim(skipp)]
    name: String,
}

#[derive(Optimizable)]
struct Outer<A: Real> {
    inner: Model,
    #[optim(freeze, buffer)]
    x: A,
}

#[derive(Optimizable)]
struct Broken {
    weight: Array1<f32>,
    name: std::time::Duration,
}

fn use_them(model: &Model, outer: &mut Outer<f32>, broken: &Broken) -> Result<f64, Error> {
    let mut gradient = model.zeros_like();
    gradient.add_scaled(1.0, model)?;
    model.for_each_param(|_, value| assert!(value[[0]] > 1.0_f32));
    outer.scale(2.0);
    broken.for_each_param(|_, value| assert!(value[[0]] > 1.0_f32));
    gradient.dot(model)
}

fn main() {}
