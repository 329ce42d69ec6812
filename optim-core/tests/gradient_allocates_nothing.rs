//! After the first batch, the parts of a gradient allocate nothing.

use ndarray::{Array1, Array2, ArrayD, Axis, IxDyn};
use optim_core::gradient::Parts;
use optim_core::prelude::*;

#[path = "allocation/counting.rs"]
mod counting;

use counting::of_all_threads;

#[derive(Optimizable)]
struct Model {
    layers: Vec<(Array2<f32>, Option<Array1<f32>>)>,
    deep: ArrayD<f32>,
    map: std::collections::BTreeMap<String, f32>,
    #[optim(buffer)]
    mean: Array1<f32>,
}

/// A program of its own (`harness = false`): the threads of the test runner allocate when they like.
fn main() {
    let mut turned = Array2::from_elem((40, 30), 0.5).reversed_axes();
    turned.invert_axis(Axis(0));
    let model = Model {
        layers: vec![(Array2::ones((100, 200)), Some(Array1::ones(200))), (turned, None)],
        deep: ArrayD::from_elem(IxDyn(&[2, 3, 2, 2, 3, 2]), 1.0).reversed_axes(),
        map: [("a.b".to_owned(), 1.0)].into(),
        mean: Array1::ones(3),
    };
    let mut gradient = model.zeros_like();
    let mut numbers = model.flatten();
    let mut parts = Parts::new(&model, 5).threads(2);
    let mut batch = |size: usize| {
        of_all_threads(|| {
            gradient.fill_zero();
            let loss = parts.mean(size, &mut gradient, |examples, gradient, ()| {
                gradient.layers[0].0.fill(examples.start as f32);
                1.0
            });
            assert_eq!(loss, Ok(1.0));
            gradient.scale(0.5);
            assert!(gradient.norm() >= 0.0);
            gradient.flatten_into(&mut numbers).unwrap();
            gradient.unflatten_from(&numbers).unwrap();
        })
    };
    assert!(batch(100) > 0);
    assert_eq!([batch(100), batch(7), batch(1000)], [0; 3]);
}
