//! A network learns the digits: by hand-written steps, and as well as elsewhere.

use optim_core::gradcheck::GradientCheck;
use optim_core::ndarray::{Array2, s};
use optim_core::prelude::*;
use optim_models::{Batches, Mlp, MlpWorkspace, data};

#[test]
fn the_gradient_of_the_network_is_that_of_differences() -> Result<(), Error> {
    let (digits, _) = data::digits_split::<f64>();
    let (x, labels) = (digits.inputs.slice(s![..7, 16..28]), &digits.labels[..7]);
    let mut rng = Rng::new(3);
    let mut workspace = MlpWorkspace::default();
    for sizes in [&[12, 6, 10][..], &[12, 5, 4, 10], &[12, 10]] {
        let mut model: Mlp<f64> = Mlp::new(sizes, Init::FanIn, &mut rng)?;
        let count = model.num_params();
        let loss = |model: &mut Mlp<f64>, grad: &mut Mlp<f64>| model.loss_and_grad(x, labels, &mut workspace, grad);
        assert_eq!(GradientCheck::default().model(&mut model, loss)?.compared, count);
    }
    let mut model: Mlp<f64, Tanh> = Mlp::new(&[12, 6, 10], Init::XavierNormal, &mut rng)?;
    GradientCheck::default().layer(&mut model, &x.to_owned())?;
    Ok(())
}

#[test]
fn what_does_not_fit_is_an_error() -> Result<(), Error> {
    let mut rng = Rng::new(1);
    let error = Mlp::<f32>::new(&[64], Init::FanIn, &mut rng).unwrap_err();
    assert_eq!(error.to_string(), "`Mlp`: the sizes [64] are too few: write inputs and classes at least");
    let model: Mlp<f32> = Mlp::new(&[64, 32, 10], Init::FanIn, &mut rng)?;
    let (mut workspace, mut grad) = (MlpWorkspace::default(), model.zeros_like());
    let error = model.logits(Array2::zeros((5, 63)).view(), &mut workspace).unwrap_err();
    assert_eq!(error.to_string(), "`Linear` at `hidden.0.linear`: the input has the shape [5, 63], not [5, 64]");
    model.loss_and_grad(Array2::zeros((1, 64)).view(), &[10], &mut workspace, &mut grad).unwrap_err();
    assert_eq!(grad.norm(), 0.0);
    assert_eq!(model.predict(Array2::from_elem((1, 64), f32::NAN).view(), &mut workspace)?, [None]);
    Ok(())
}

/// Trains 64-32-10 for 40 epochs with batches of 32; the test accuracy.
fn train(seed: u64, mut step: impl FnMut(&mut Mlp<f32>, &Mlp<f32>) -> Result<(), Error>) -> Result<f64, Error> {
    let (train, test) = data::digits_split::<f32>();
    let mut model: Mlp<f32> = Mlp::new(&[64, 32, 10], Init::FanIn, &mut Rng::new(seed))?;
    let mut batches = Batches::new(&train, 32, seed)?;
    let (mut workspace, mut grad) = (MlpWorkspace::default(), model.zeros_like());
    for _epoch in 0..40 {
        batches.shuffle();
        while let Some((x, labels)) = batches.next_batch() {
            grad.fill_zero();
            model.loss_and_grad(x, labels, &mut workspace, &mut grad)?;
            step(&mut model, &grad)?;
        }
    }
    model.accuracy(test.inputs.view(), &test.labels, &mut workspace)
}

#[test]
fn plain_descent_reaches_what_it_reaches_elsewhere() -> Result<(), Error> {
    let mut accuracies = Vec::new();
    for seed in 1..=5 {
        accuracies.push(train(seed, |model, grad| model.add_scaled(-0.1, grad))?);
    }
    let mean = accuracies.iter().sum::<f64>() / 5.0;
    println!("{mean}: {accuracies:?}");
    // PyTorch, with the same network, data and learning rate: 0.906.
    assert!(mean > 0.896, "{mean}: {accuracies:?}");
    Ok(())
}
