//! After the first batch of the largest size, a training step of layers and loss allocates nothing.

use ndarray::{Array2, s};
use optim_core::loss::{accuracy, mean_squared_error, softmax_cross_entropy};
use optim_core::prelude::*;

#[path = "allocation/counting.rs"]
mod counting;

use counting::of_this_thread as allocations;

#[test]
fn the_counter_counts() {
    assert!(allocations(|| drop(vec![1; 10])) > 0);
}

#[test]
fn a_step_of_a_network_allocates_nothing_after_the_first() {
    let mut rng = Rng::new(1);
    let mut linear = |inputs, outputs| Linear::<f32>::new(inputs, outputs, Init::HeNormal, &mut rng);
    // Large enough that products of all three kinds pack their operands.
    let hidden = vec![(linear(300, 300), Tanh, Sigmoid), (linear(300, 300), Tanh, Sigmoid)];
    let network = ((linear(200, 300), Relu), hidden, linear(300, 10));
    let (mut workspace, mut grad, mut dlogits) = (network.workspace(), network.zeros_like(), Buffer::default());
    let x = Array2::from_elem((160, 200), 0.5);
    let labels = vec![3; 160];
    let mut step = |batch: usize| {
        let x = x.slice(s![..batch, ..]);
        grad.fill_zero();
        let logits = network.forward(x, &mut workspace).unwrap();
        softmax_cross_entropy(logits, &labels[..batch], &mut dlogits).unwrap();
        accuracy(network.output(&workspace), &labels[..batch]).unwrap();
        network.backward(x, dlogits.view(), &mut workspace, &mut grad).unwrap();
        network.backward_parameters(x, dlogits.view(), &mut workspace, &mut grad).unwrap();
    };
    assert!(allocations(|| step(160)) > 0, "the first batch makes room");
    for batch in [160, 160, 7, 1, 0, 159, 160] {
        assert_eq!(allocations(|| step(batch)), 0, "a batch of {batch}");
    }
}

#[test]
fn gradients_of_any_layout_are_added_to_without_allocating() {
    let mut rng = Rng::new(1);
    let layer = Linear::<f64>::new(30, 20, Init::HeNormal, &mut rng);
    let (x, target) = (Array2::ones((9, 30)), Array2::zeros((9, 20)));
    let (mut workspace, mut dy) = (layer.workspace(), Buffer::default());
    let transposed = Array2::zeros((20, 30)).reversed_axes();
    let apart = Array2::zeros((60, 40)).slice_move(s![..;2, ..;-2]);
    for weight in [transposed, apart] {
        let mut grad = Linear { weight, ..layer.zeros_like() };
        let mut step = || {
            let y = layer.forward(x.view(), &mut workspace).unwrap();
            mean_squared_error(y, target.view(), &mut dy).unwrap();
            layer.backward(x.view(), dy.view(), &mut workspace, &mut grad).unwrap();
        };
        step();
        assert_eq!(allocations(step), 0);
    }
}
