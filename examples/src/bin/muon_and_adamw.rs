//! Two rules for one network: Muon for the matrices of hidden layers, AdamW for the rest; each with a rate that falls.
//!
//! `cargo run --release --bin muon_and_adamw`

use optim_core::prelude::*;
use optim_core::schedule::Linear;
use optim_models::{Batches, Mlp, MlpWorkspace, data};

fn main() -> Result<(), Error> {
    let (train, test) = data::digits_split::<f32>();
    let mut model: Mlp<f32> = Mlp::new(&[64, 48, 32, 10], Init::HeNormal, &mut Rng::new(1))?;
    let hidden = paths("hidden.*.linear.weight");
    let muon = Muon::default().init_where(&model, &hidden)?;
    let adamw = AdamW::default().with_lr(3e-3).init_where(&model, |parameter| !hidden(parameter))?;
    let pair = Both::new(muon, adamw, &model)?;
    model.for_each_param(|path, value| {
        let rule = if pair.first().owns(path) { "Muon" } else { "AdamW" };
        println!("{path:<24} {:>9} {rule}", format!("{:?}", value.shape()));
    });

    let mut batches = Batches::new(&train, 32, 2)?;
    let steps = 10 * batches.count() as u64;
    let mut opt = pair
        .schedule("first.lr", Linear { from: 0.02, to: 0.001, steps })?
        .schedule("second.lr", Linear { from: 3e-3, to: 1e-4, steps })?;
    let mut workspace = MlpWorkspace::default();
    for epoch in 1..=10 {
        batches.shuffle();
        while let Some((x, labels)) = batches.next_batch() {
            opt.try_step_with(&mut model, |model, grad| model.loss_and_grad(x, labels, &mut workspace, grad))?;
        }
        let accuracy = model.accuracy(test.inputs.view(), &test.labels, &mut workspace)?;
        println!("epoch {epoch:2}: accuracy {accuracy:.3}");
    }
    assert!(model.accuracy(test.inputs.view(), &test.labels, &mut workspace)? > 0.88);
    Ok(())
}
