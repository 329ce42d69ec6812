//! L-BFGS for a small smooth model: a classifier of digits without hidden layer, to the minimum and not only near it.
//!
//! `cargo run --release --bin lbfgs`

use optim_core::prelude::*;
use optim_models::{Mlp, MlpWorkspace, data};

fn main() -> Result<(), Error> {
    let (train, test) = data::digits_split::<f64>();
    let start: Mlp<f64> = Mlp::new(&[64, 10], Init::FanIn, &mut Rng::new(1))?;
    let mut workspace = MlpWorkspace::default();
    // Softmax regression with a little decay, so that there is one minimum.
    let decay = 1e-3;
    let mut loss = |model: &mut Mlp<f64>, gradient: &mut Mlp<f64>| -> Result<f64, Error> {
        let loss = model.loss_and_grad(train.inputs.view(), &train.labels, &mut workspace, gradient)?;
        gradient.add_scaled(decay, model)?;
        Ok(loss + 0.5 * decay * model.norm().powi(2))
    };

    let mut model = start.clone();
    let mut lbfgs = Lbfgs::default().with_gradient_tolerance(1e-8).init(&model)?;
    let report = lbfgs.try_minimize(&mut model, 1000, &mut loss)?;
    println!("{report}");

    // The same loss with a rule, and as many gradients.
    let mut other = start.clone();
    let mut adam = Adam::default().with_lr(0.02).init(&other)?;
    let mut last = f64::NAN;
    for _ in 0..report.evaluations {
        last = adam.try_step_with(&mut other, &mut loss)?;
    }
    println!("Adam after as many gradients: loss {last:.9}, {:.1e} above the minimum", last - report.loss);

    let accuracy = model.accuracy(test.inputs.view(), &test.labels, &mut MlpWorkspace::default())?;
    println!("accuracy {accuracy:.3}");
    assert!(report.converged() && report.loss <= last && accuracy > 0.85);
    Ok(())
}
