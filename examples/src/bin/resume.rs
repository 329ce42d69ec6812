//! Stop and resume: training that is interrupted goes on with the same bits, from a file that is whole at any moment.
//!
//! `cargo run --release --bin resume`

use std::path::Path;

use optim_core::checkpoint::Checkpoint;
use optim_core::prelude::*;
use optim_core::schedule::Cosine;
use optim_models::{Batches, Mlp, MlpWorkspace, data};

const EPOCHS: u64 = 12;

/// Trains from wherever the file stands, or from the beginning, up to this epoch.
fn train(file: &Path, until: u64) -> Result<Mlp<f32>, Error> {
    let (train, test) = data::digits_split::<f32>();
    let mut model: Mlp<f32> = Mlp::new(&[64, 32, 10], Init::HeNormal, &mut Rng::new(1))?;
    let rate = Cosine { from: 5e-3, to: 1e-4, steps: EPOCHS * 45 };
    let mut opt = AdamW::default().init(&model)?.schedule("lr", rate)?.clip_norm(1.0)?;
    let mut begin = 0;
    if file.exists() {
        let saved = Checkpoint::open(file)?;
        saved.load(&mut model, &mut opt)?;
        begin = saved.values().count("epoch")?;
        println!("goes on behind epoch {begin}, step {}", opt.steps());
    }
    let mut workspace = MlpWorkspace::default();
    for epoch in begin + 1..=until {
        // The order of an epoch follows from its number, so it need not be saved.
        let mut batches = Batches::new(&train, 32, epoch)?;
        batches.shuffle();
        while let Some((x, labels)) = batches.next_batch() {
            opt.try_step_with(&mut model, |model, grad| model.loss_and_grad(x, labels, &mut workspace, grad))?;
        }
        Checkpoint::new().model(&model).optimizer(&opt).value("epoch", epoch).save(file)?;
        let accuracy = model.accuracy(test.inputs.view(), &test.labels, &mut workspace)?;
        println!("epoch {epoch:2}: lr {:.5}, accuracy {accuracy:.3}", opt.hyper("lr")?);
    }
    Ok(model)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::temp_dir().join(format!("optim-resume-{}.safetensors", std::process::id()));
    println!("in one go");
    let undisturbed = train(&file, EPOCHS)?;
    std::fs::remove_file(&file)?;
    println!("in three parts");
    train(&file, 4)?;
    train(&file, 7)?;
    let resumed = train(&file, EPOCHS)?;
    assert_eq!(undisturbed, resumed, "the same weights, bit for bit");
    println!("the same weights, bit for bit");
    std::fs::remove_file(&file)?;
    Ok(())
}
