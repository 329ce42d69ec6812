//! What only the parameters bring together is reported where they are given.
use std::collections::HashMap;

use optim_core::Optimizable;
use optim_core::ndarray::Array1;

#[derive(Optimizable)]
struct Pair<L, M> {
    first: L,
    second: M,
}

#[derive(Optimizable)]
struct Table<T>(HashMap<String, T>);

#[derive(Optimizable)]
struct Linear<A> {
    weight: Array1<A>,
}

fn train<M: Optimizable>(_: M) {}

fn main() {
    train(Pair { first: Array1::<f32>::ones(2), second: vec![1.0_f64] });
    train((1.0_f32, 2.0_f64));
    train(Table(HashMap::<_, f32>::new()));
    train(Linear { weight: Array1::<i32>::ones(2) });
}
