//! A run that is watched: progress, a table, JSON lines, `TensorBoard`, norms, early stopping, a confusion matrix.
//!
//! `cargo run --release --bin monitor [folder]`

use std::path::PathBuf;

use optim_core::prelude::*;
use optim_core::train::metrics::{Confusion, Mean, TopK};
use optim_core::train::{Csv, EarlyStopping, JsonLines, Logger, Mode, Norms, Progress, Tee, TensorBoard};
use optim_models::{Batches, Mlp, MlpWorkspace, data};

const EPOCHS: u64 = 60;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args_os().nth(1).unwrap_or_else(|| "target/monitor".into()));
    std::fs::create_dir_all(&folder)?;
    let mut log = Tee::new()
        .with(Progress::new(EPOCHS).showing(["loss/train", "loss/test", "accuracy/test"]))
        .with(Csv::create(folder.join("run.csv"))?)
        .with(JsonLines::create(folder.join("run.jsonl"))?)
        .with(TensorBoard::create(&folder)?);

    let (train, test) = data::digits_split::<f32>();
    let mut model: Mlp<f32> = Mlp::new(&[64, 32, 10], Init::FanIn, &mut Rng::new(1))?;
    let mut opt = AdamW::default().with_lr(3e-3).init(&model)?;
    let mut batches = Batches::new(&train, 32, 2)?;
    let (mut workspace, mut gradient) = (MlpWorkspace::default(), model.zeros_like());
    let mut stopping = EarlyStopping::new(Mode::Min, 5)?.with_min_delta(1e-3)?;
    let mut best = model.clone();
    let (mut loss, mut confusion, mut top3) = (Mean::default(), Confusion::new(10), TopK::new(3)?);
    log.text(0, "rule", &format!("{:?}", opt.rule()))?;

    for epoch in 1..=EPOCHS {
        loss.reset();
        batches.shuffle();
        let mut before = model.clone();
        while let Some((x, labels)) = batches.next_batch() {
            before.clone_from(&model);
            gradient.fill_zero();
            let batch = model.loss_and_grad(x, labels, &mut workspace, &mut gradient)?;
            opt.step(&mut model, &gradient)?;
            loss.update_many(batch, labels.len() as u64);
        }
        // Of the last step of the epoch.
        Norms::of_step(&before, &gradient, &model)?.log(epoch, &mut log)?;

        let test_loss = model.loss(test.inputs.view(), &test.labels, &mut workspace)?;
        let logits = model.logits(test.inputs.view(), &mut workspace)?;
        confusion.reset();
        confusion.update(logits, &test.labels)?;
        top3.reset();
        top3.update(logits, &test.labels)?;
        log.scalar(epoch, "loss/train", loss.value())?;
        log.scalar(epoch, "loss/test", test_loss)?;
        log.scalar(epoch, "accuracy/test", confusion.value())?;
        log.scalar(epoch, "accuracy/top 3", top3.value())?;
        let verdict = stopping.update(epoch, test_loss);
        if verdict.best {
            best.clone_from(&model);
        }
        if verdict.stop {
            log.text(epoch, "stopped", &format!("nothing better since {:?}", stopping.best()))?;
            break;
        }
    }
    log.flush()?;
    drop(log);
    confusion.reset();
    confusion.update(best.logits(test.inputs.view(), &mut workspace)?, &test.labels)?;
    println!("{confusion}\n{}", Norms::of(&best));
    println!("accuracy {:.3}; see {}", confusion.value(), folder.display());
    Ok(())
}
