//! Groups and freezing: biases without weight decay, a head with a rate of its own, and a first layer that joins late.
//!
//! `cargo run --release --bin groups`

use optim_core::prelude::*;
use optim_models::{Batches, Mlp, MlpWorkspace, data};

fn main() -> Result<(), Error> {
    let (train, test) = data::digits_split::<f32>();
    let mut model: Mlp<f32> = Mlp::new(&[64, 32, 10], Init::HeNormal, &mut Rng::new(1))?;
    let mut opt = AdamW::default().with_lr(3e-3).with_weight_decay(0.1).init(&model)?;

    // Later definitions take from earlier ones: the head's bias belongs to the head.
    opt.define_group("biases", paths("**.bias"))?;
    opt.define_group("head", paths("head.*"))?;
    opt.group("biases", |rule| rule.weight_decay = 0.0)?;
    opt.group("head", |rule| rule.lr = 1e-2)?;
    opt.freeze(paths("hidden.0.**"))?;
    for path in ["hidden.0.linear.weight", "hidden.0.linear.bias", "head.weight", "head.bias"] {
        println!("{path:<24} group {:<7} frozen: {}", opt.group_of(path).unwrap_or("-"), opt.is_frozen(path));
    }

    let before = model.hidden[0].clone();
    let mut batches = Batches::new(&train, 32, 2)?;
    let mut workspace = MlpWorkspace::default();
    for epoch in 1..=10 {
        if epoch == 4 {
            assert_eq!(model.hidden[0], before, "frozen weights stay, bit for bit");
            opt.unfreeze(paths("hidden.0.**"))?;
            println!("the first layer joins");
        }
        batches.shuffle();
        while let Some((x, labels)) = batches.next_batch() {
            opt.try_step_with(&mut model, |model, grad| model.loss_and_grad(x, labels, &mut workspace, grad))?;
        }
        let accuracy = model.accuracy(test.inputs.view(), &test.labels, &mut workspace)?;
        println!("epoch {epoch:2}: accuracy {accuracy:.3}");
    }
    assert_ne!(model.hidden[0], before);
    assert!(model.accuracy(test.inputs.view(), &test.labels, &mut workspace)? > 0.85);
    Ok(())
}
