//! Training: one network, one order of the data, and a rule.

use std::time::{Duration, Instant};

use optim_core::prelude::{Init, Rng};
use optim_core::{Error, Rule};
use optim_models::{Batches, Dataset, Mlp, MlpWorkspace, data};

/// Inputs, hidden units and classes.
pub(crate) const SIZES: [usize; 3] = [64, 32, 10];

/// What every rule is given: the same data in the same order, and the same initial weights.
pub(crate) struct Task {
    pub(crate) train: Dataset<f32>,
    pub(crate) test: Dataset<f32>,
    pub(crate) epochs: usize,
    pub(crate) batch: usize,
    pub(crate) seed: u64,
    /// The network before training.
    start: Mlp<f32>,
    /// The seed of the order.
    order: u64,
}

/// How good the network is after an epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Epoch {
    /// How many epochs are done.
    pub(crate) done: usize,
    /// The mean loss over the whole training set.
    pub(crate) train_loss: f64,
    /// The part of the test set that is classified correctly.
    pub(crate) test_accuracy: f64,
}

/// What a rule made of the network.
pub(crate) struct Run {
    /// Before training, and after each epoch.
    pub(crate) epochs: Vec<Epoch>,
    /// How long the steps took; evaluation is not counted.
    pub(crate) time: Duration,
}

impl Run {
    /// How good the network is in the end.
    pub(crate) fn last(&self) -> Epoch {
        self.epochs.last().copied().unwrap_or(Epoch { done: 0, train_loss: f64::NAN, test_accuracy: 0.0 })
    }
}

impl Task {
    /// The digits, and a network whose initial weights follow from the seed, as does the order of the digits.
    pub(crate) fn new(epochs: usize, batch: usize, seed: u64) -> Result<Task, Error> {
        let (train, test) = data::digits_split();
        let mut rng = Rng::new(seed);
        let start = Mlp::new(&SIZES, Init::FanIn, &mut rng)?;
        Ok(Task { train, test, epochs, batch, seed, start, order: rng.bits() })
    }

    /// Trains the network with a rule, and says after each epoch how good it is.
    ///
    /// Loss and accuracy are those of the whole training and test set, where the rule says that the network is to be
    /// evaluated.
    pub(crate) fn train<R: Rule>(&self, rule: &R, observe: &mut dyn FnMut(Epoch)) -> Result<Run, Error> {
        let mut model = self.start.clone();
        let mut optimizer = rule.clone().init(&model)?;
        let mut batches = Batches::new(&self.train, self.batch, self.order)?;
        let (mut workspace, mut evaluation) = (MlpWorkspace::default(), MlpWorkspace::default());
        let mut measure = |model: &mut Mlp<f32>, done| -> Result<Epoch, Error> {
            let train_loss = model.loss(self.train.inputs.view(), &self.train.labels, &mut evaluation)?;
            let test_accuracy = model.accuracy(self.test.inputs.view(), &self.test.labels, &mut evaluation)?;
            Ok(Epoch { done, train_loss, test_accuracy })
        };
        let mut epochs = vec![measure(&mut model, 0)?];
        let mut time = Duration::ZERO;
        for done in 1..=self.epochs {
            let begin = Instant::now();
            batches.shuffle();
            while let Some((x, labels)) = batches.next_batch() {
                optimizer
                    .try_step_with(&mut model, |model, grad| model.loss_and_grad(x, labels, &mut workspace, grad))?;
            }
            time += begin.elapsed();
            let epoch = optimizer.evaluate_with(&mut model, |model| measure(model, done))??;
            observe(epoch);
            epochs.push(epoch);
        }
        Ok(Run { epochs, time })
    }
}

#[cfg(test)]
mod tests {
    use optim_core::rules::{Adam, Nag};

    use super::{SIZES, Task};

    #[test]
    fn the_network_learns_and_a_seed_repeats_it() {
        let losses = |seed| {
            let task = Task::new(2, 32, seed).unwrap();
            let mut seen = 0;
            let run = task.train(&Adam::default().with_lr(3e-3), &mut |epoch| seen = epoch.done).unwrap();
            assert_eq!((seen, run.epochs.len()), (2, 3));
            run.epochs
        };
        let first = losses(1);
        assert!(first[2].train_loss < first[1].train_loss && first[1].train_loss < first[0].train_loss);
        assert!((first[0].train_loss - 10_f64.ln()).abs() < 0.2, "guessing among ten classes: {}", first[0].train_loss);
        assert!(first[2].test_accuracy > 0.7);
        assert_eq!(first, losses(1));
        assert_ne!(first, losses(2));
    }

    #[test]
    fn all_rules_start_from_the_same_network() {
        let task = Task::new(1, 2_000, 3).unwrap();
        let adam = task.train(&Adam::default(), &mut |_| {}).unwrap();
        let nag = task.train(&Nag::default(), &mut |_| {}).unwrap();
        assert_eq!(adam.epochs[0], nag.epochs[0]);
        assert_ne!(adam.epochs[1], nag.epochs[1]);
        assert_eq!(SIZES[0], task.train.inputs.ncols());
    }
}
