//! `results.json`: every number of the tour, for other programs.

use optim_core::rule::HyperKind;
use serde::Serialize;
use serde_json::{Map, Number, Value};

use crate::Entry;
use crate::registry::Setting;
use crate::training::Task;

/// The file. Numbers that are not finite (a training that diverged) are `null`.
#[derive(Serialize)]
pub(crate) struct Results<'a> {
    dataset: &'static str,
    /// How many examples were trained on.
    train: usize,
    /// How many examples were tested with.
    test: usize,
    epochs: usize,
    batch: usize,
    seed: u64,
    runs: Vec<RunResult<'a>>,
}

/// What a rule reached.
#[derive(Serialize)]
struct RunResult<'a> {
    rule: &'a str,
    /// Each hyper-parameter by its name.
    hyper: Map<String, Value>,
    /// The mean loss over the training set after each epoch.
    train_loss: Vec<f64>,
    /// The part of the test set that is classified correctly in the end.
    test_accuracy: f64,
    /// How long the steps took; evaluation is not counted.
    seconds: f64,
    /// The mean loss over the training set before the first step.
    initial_train_loss: f64,
    /// The part of the test set that is classified correctly after each epoch.
    test_accuracy_curve: Vec<f64>,
}

impl<'a> Results<'a> {
    pub(crate) fn new(task: &Task, entries: &'a [Entry]) -> Self {
        Results {
            dataset: "digits",
            train: task.train.len(),
            test: task.test.len(),
            epochs: task.epochs,
            batch: task.batch,
            seed: task.seed,
            runs: entries.iter().map(run).collect(),
        }
    }

    /// The file's text.
    pub(crate) fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self).map(|json| json + "\n")
    }
}

fn run(entry: &Entry) -> RunResult<'_> {
    let (before, after) = entry.run.epochs.split_first().map_or((None, &[][..]), |(first, rest)| (Some(first), rest));
    RunResult {
        rule: entry.rule.name(),
        hyper: entry.rule.settings().iter().map(|setting| (setting.name.to_owned(), value(setting))).collect(),
        train_loss: after.iter().map(|epoch| epoch.train_loss).collect(),
        test_accuracy: entry.run.last().test_accuracy,
        seconds: entry.run.time.as_secs_f64(),
        initial_train_loss: before.map_or(f64::NAN, |epoch| epoch.train_loss),
        test_accuracy_curve: after.iter().map(|epoch| epoch.test_accuracy).collect(),
    }
}

fn value(setting: &Setting) -> Value {
    match setting.kind {
        HyperKind::Flag => Value::Bool(setting.value != 0.0),
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count is a whole number up to 2^53"
        )]
        HyperKind::Count => Value::from(setting.value as u64),
        _ => Number::from_f64(setting.value).map_or(Value::Null, Value::Number),
    }
}
