//! One training step of dense networks, in microseconds: `cargo bench -p optim-models --bench training`.
//!
//! The parts are forward with loss, backward, and the optimizer's step; the whole is measured by itself. The best of
//! many rounds.

use std::time::Instant;

use optim_core::loss::softmax_cross_entropy;
use optim_core::ndarray::Array2;
use optim_core::prelude::*;
use optim_models::{Mlp, MlpWorkspace};

fn best(mut f: impl FnMut()) -> f64 {
    let mut fastest = f64::INFINITY;
    let begin = Instant::now();
    while begin.elapsed().as_secs_f64() < 1.0 {
        let start = Instant::now();
        for _ in 0..4 {
            f();
        }
        fastest = fastest.min(start.elapsed().as_secs_f64() / 4.0);
    }
    fastest * 1e6
}

fn network(sizes: &[usize], batch: usize) -> Result<(), Error> {
    let mut model: Mlp<f32> = Mlp::new(sizes, Init::HeNormal, &mut Rng::new(1))?;
    let mut rng = Rng::new(2);
    let x = Array2::from_shape_simple_fn((batch, sizes[0]), || f32::from_f64(rng.uniform()));
    let labels: Vec<usize> = (0..batch).map(|row| row % 10).collect();

    let (mut layers, mut dlogits, mut grad) = (model.workspace(), Buffer::default(), model.zeros_like());
    let forward = best(|| {
        let logits = model.forward(x.view(), &mut layers).unwrap();
        softmax_cross_entropy(logits, &labels, &mut dlogits).unwrap();
    });
    let backward = best(|| {
        grad.fill_zero();
        model.backward_parameters(x.view(), dlogits.view(), &mut layers, &mut grad).unwrap();
    });

    let mut workspace = MlpWorkspace::default();
    let mut sgd = Sgd::default().init(&model)?;
    let plain = best(|| {
        sgd.try_step_with(&mut model, |model, grad| model.loss_and_grad(x.view(), &labels, &mut workspace, grad))
            .unwrap();
    });
    let mut adam = Adam::default().with_lr(1e-5).init(&model)?;
    let adaptive = best(|| {
        adam.try_step_with(&mut model, |model, grad| model.loss_and_grad(x.view(), &labels, &mut workspace, grad))
            .unwrap();
    });
    let sizes = sizes.iter().map(ToString::to_string).collect::<Vec<_>>().join("-");
    println!("{sizes:20} {batch:6} {forward:10.1} {backward:10.1} {plain:10.1} {adaptive:10.1}");
    Ok(())
}

fn main() -> Result<(), Error> {
    println!("{:20} {:>6} {:>10} {:>10} {:>10} {:>10}", "µs", "batch", "forward", "backward", "with Sgd", "with Adam");
    network(&[64, 32, 10], 32)?;
    network(&[784, 128, 10], 64)?;
    network(&[784, 512, 256, 10], 128)?;
    network(&[784, 2048, 2048, 10], 256)
}
