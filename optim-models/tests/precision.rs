//! What caches in fewer bits do to a training run: a network for the digits, 64-32-10, with Adam.

use optim_core::prelude::*;
use optim_core::{Error, Precision, Storage};
use optim_models::{Batches, Mlp, MlpWorkspace, data};

/// The network after some steps with batches of 32, and the part of the test set that it classifies correctly.
fn train(storage: Storage<Adam>, seed: u64, steps: u64) -> Result<(Mlp<f32>, f64), Error> {
    let (train, test) = data::digits_split();
    let mut rng = Rng::new(seed);
    let mut model = Mlp::new(&[64, 32, 10], Init::HeNormal, &mut rng)?;
    let mut opt = storage.seed(seed).init(&model)?;
    let mut batches = Batches::new(&train, 32, rng.bits())?;
    let mut workspace = MlpWorkspace::default();
    while opt.steps() < steps {
        batches.shuffle();
        while let (Some((x, labels)), true) = (batches.next_batch(), opt.steps() < steps) {
            opt.try_step_with(&mut model, |model, grad| model.loss_and_grad(x, labels, &mut workspace, grad))?;
        }
    }
    let accuracy = model.accuracy(test.inputs.view(), &test.labels, &mut workspace)?;
    Ok((model, accuracy))
}

fn adam(lr: f64, precision: Precision) -> Storage<Adam> {
    Adam::default().with_lr(lr).caches(precision)
}

/// ‖w − w'‖ / ‖w‖ after 100 steps, w those with exact caches; the mean over seeds.
fn deviation(lr: f64, precision: Precision) -> Result<f64, Error> {
    let mut sum = 0.0;
    for seed in 1..=16 {
        let (exact, _) = train(adam(lr, Precision::Exact), seed, 100)?;
        let (mut other, _) = train(adam(lr, precision), seed, 100)?;
        other.add_scaled(-1.0, &exact)?;
        sum += other.norm() / exact.norm();
    }
    Ok(sum / 16.0)
}

#[test]
fn weights_stay_close_to_those_with_exact_caches() -> Result<(), Error> {
    // With the default of lr and less. The deviation grows with lr, since a step is as large as lr whatever the gradient
    // is. The last bound is what 8 bits allow: the two caches have 16 and 32 steps an octave, bf16 has 128, and the
    // deviation is seven times that of bf16.
    let bounds = [
        (3e-4, Precision::Bf16, 2e-3),
        (3e-4, Precision::Block8, 5e-3),
        (1e-3, Precision::Bf16, 2e-3),
        (1e-3, Precision::Block8, 6.2e-3),
    ];
    for (lr, precision, bound) in bounds {
        let found = deviation(lr, precision)?;
        println!("lr {lr}, {precision:?}: {found:.2e}");
        assert!(found > 0.0 && found <= bound, "lr {lr}, {precision:?}: {found}");
    }
    Ok(())
}

#[test]
fn the_digits_are_classified_as_well_as_with_exact_caches() -> Result<(), Error> {
    let mut means = Vec::new();
    let mut spread = 0.0;
    let kinds = [
        adam(3e-3, Precision::Exact),
        adam(3e-3, Precision::Bf16),
        adam(3e-3, Precision::Block8),
        adam(3e-3, Precision::Block8).weights(Precision::Bf16),
    ];
    for storage in kinds {
        let found =
            (1..=12).map(|seed| Ok(train(storage.clone(), seed, 900)?.1)).collect::<Result<Vec<f64>, Error>>()?;
        let mean = found.iter().sum::<f64>() / 12.0;
        if means.is_empty() {
            let variance = found.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 11.0;
            spread = variance.sqrt();
        }
        println!("{storage:?}: {mean:.4}, exact: deviation of a seed {spread:.4}");
        means.push(mean);
    }
    assert!(means[0] > 0.85, "{}", means[0]);
    // Two means over 12 seeds: 3 deviations of their difference.
    let noise = 3.0 * spread * (2.0_f64 / 12.0).sqrt();
    assert!(means.iter().all(|mean| (mean - means[0]).abs() <= noise), "{means:?}, {noise}");
    Ok(())
}
