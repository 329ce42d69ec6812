//! A schedule and clipping: a rate that warms up and falls along a cosine, gradients whose norm is bounded, and the average
//! of the weights for evaluation.
//!
//! `cargo run --release --bin schedule`

use optim_core::prelude::*;
use optim_core::schedule::Cosine;
use optim_models::{Batches, Mlp, MlpWorkspace, data};

const EPOCHS: u64 = 15;

fn main() -> Result<(), Error> {
    let (train, test) = data::digits_split::<f32>();
    let mut model: Mlp<f32> = Mlp::new(&[64, 32, 10], Init::HeNormal, &mut Rng::new(1))?;
    let mut batches = Batches::new(&train, 32, 2)?;
    let steps = EPOCHS * batches.count() as u64;
    let rate = Cosine { from: 0.1, to: 0.001, steps: steps - 50 }.warmup(50, 0.01);

    // What was added last acts first on a gradient: it is clipped, then the rule takes its step.
    let mut opt = Momentum::default().init(&model)?.schedule("lr", rate)?.clip_norm(1.0)?.ema(0.98)?;
    let mut workspace = MlpWorkspace::default();
    for epoch in 1..=EPOCHS {
        let (mut clipped, mut largest) = (0, 0.0_f64);
        batches.shuffle();
        while let Some((x, labels)) = batches.next_batch() {
            opt.try_step_with(&mut model, |model, grad| model.loss_and_grad(x, labels, &mut workspace, grad))?;
            let norm = opt.inner().last_norm().unwrap_or(0.0);
            clipped += u32::from(norm > 1.0);
            largest = largest.max(norm);
        }
        let mut accuracy = |model: &mut Mlp<f32>| model.accuracy(test.inputs.view(), &test.labels, &mut workspace);
        let (now, average) = (accuracy(&mut model)?, opt.evaluate_with(&mut model, accuracy)??);
        println!(
            "epoch {epoch:2}: lr {:.4}, {clipped:2} of {} clipped (largest norm {largest:.2}), accuracy {now:.3}, of the average {average:.3}",
            opt.hyper("lr")?,
            batches.count(),
        );
    }
    let average =
        opt.evaluate_with(&mut model, |model| model.accuracy(test.inputs.view(), &test.labels, &mut workspace))??;
    assert!(average > 0.88, "{average}");
    Ok(())
}
