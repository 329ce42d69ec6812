//! The tour from end to end: the program as it is built, on few epochs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use optim_core::Rule;
use optim_core::rules::{Adagrad, Adam, AdamW, Momentum, Nag, RmsProp, Sgd};
use serde::Deserialize;

/// `results.json`, to the letter: what is missing, unknown or of another type is an error.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Results {
    dataset: String,
    train: usize,
    test: usize,
    epochs: usize,
    batch: usize,
    seed: u64,
    runs: Vec<Run>,
}

#[derive(Deserialize, Clone, Debug, PartialEq)]
#[serde(deny_unknown_fields)]
struct Run {
    rule: String,
    hyper: BTreeMap<String, serde_json::Value>,
    train_loss: Vec<Option<f64>>,
    test_accuracy: f64,
    seconds: f64,
    initial_train_loss: f64,
    test_accuracy_curve: Vec<f64>,
}

/// A folder of a test's own, removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("optim-tour-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        Folder(path)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }

    fn results(&self) -> Results {
        serde_json::from_str(&self.read("results.json")).unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn tour(out: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tour")).args(arguments).arg("--out").arg(out).output().unwrap()
}

/// The output of a tour that has to succeed.
fn toured(out: &Folder, arguments: &[&str]) -> String {
    let output = tour(&out.0, arguments);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn all_rules_train_and_are_reported() {
    let folder = Folder::new("all");
    let stdout = toured(&folder, &["--epochs", "3", "--picture", folder.0.join("picture.svg").to_str().unwrap()]);
    let results = folder.results();
    assert_eq!(results.dataset, "digits");
    assert_eq!((results.train, results.test, results.epochs, results.batch, results.seed), (1_437, 360, 3, 32, 1));
    let rules: Vec<&str> = results.runs.iter().map(|run| &*run.rule).collect();
    assert_eq!(rules, ["Sgd", "Momentum", "Nag", "Adagrad", "RmsProp", "Adam", "AdamW"]);
    for run in &results.runs {
        let losses: Vec<f64> = run.train_loss.iter().map(|loss| loss.unwrap()).collect();
        assert_eq!((losses.len(), run.test_accuracy_curve.len()), (3, 3), "{}", run.rule);
        assert_eq!(run.initial_train_loss, results.runs[0].initial_train_loss, "all start from the same weights");
        assert!(losses[0] < run.initial_train_loss && losses[2] < losses[0], "{}: {losses:?}", run.rule);
        assert_eq!(run.test_accuracy_curve.last(), Some(&run.test_accuracy));
        assert!(run.test_accuracy > 0.6 && run.test_accuracy < 1.0, "{}: {}", run.rule, run.test_accuracy);
        assert!(run.seconds > 0.0);
        assert!(stdout.contains(&run.rule));
    }
    assert_eq!(results.runs[5].hyper["lr"], 3e-3);
    assert_eq!(results.runs[5].hyper["bias_correction"], true);

    let html = folder.read("index.html");
    check_self_contained(&html);
    let formulas = [
        Sgd::formula(),
        Momentum::formula(),
        Nag::formula(),
        Adagrad::formula(),
        RmsProp::formula(),
        Adam::formula(),
        AdamW::formula(),
    ];
    for (formula, rule) in formulas.iter().zip(rules) {
        assert!(html.contains(formula.mathml()), "{rule}");
        assert!(html.contains(&format!("id=\"{}\"", rule.to_lowercase())), "{rule}");
    }
    check_self_contained(&folder.read("picture.svg"));
    // No file that is not complete is left.
    let mut files: Vec<_> = fs::read_dir(&folder.0).unwrap().map(|file| file.unwrap().file_name()).collect();
    files.sort();
    assert_eq!(files, ["index.html", "picture.svg", "results.json"]);
}

/// What `PyTorch` 2.15 reaches with the same network, data and hyper-parameters, averaged over five seeds.
const EXPECTED: [(&str, f64); 7] = [
    ("Sgd", 0.906),
    ("Momentum", 0.912),
    ("Nag", 0.912),
    ("Adagrad", 0.900),
    ("RmsProp", 0.904),
    ("Adam", 0.906),
    ("AdamW", 0.906),
];

#[test]
fn rules_are_as_accurate_as_elsewhere() {
    let folder = Folder::new("accuracy");
    let mut sums = [0.0; 7];
    for seed in ["1", "2", "3", "4", "5"] {
        toured(&folder, &["--epochs", "40", "--seed", seed]);
        for (sum, run) in sums.iter_mut().zip(folder.results().runs) {
            *sum += run.test_accuracy;
        }
    }
    for ((rule, expected), sum) in EXPECTED.iter().zip(sums) {
        assert!(sum / 5.0 >= expected - 0.01, "{rule}: {} in place of {expected}", sum / 5.0);
    }
}

/// Nothing that a browser would load or run, and elements that close in order.
fn check_self_contained(text: &str) {
    let without_names = text.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    for found in ["http:", "https:", "<script", "@import", "<img", "<link rel=\"stylesheet", "<iframe", "NaN", "inf;"] {
        assert!(!without_names.contains(found), "{found}");
    }
    for target in text.split("href=\"").skip(1) {
        assert!(target.starts_with('#') || target.starts_with("data:"), "{}", &target[..target.len().min(40)]);
    }
    for target in text.split("href=\"#").skip(1) {
        let id = target.split('"').next().unwrap();
        assert!(text.contains(&format!("id=\"{id}\"")), "#{id}");
    }
    let mut open = Vec::new();
    for tag in text.split('<').skip(1) {
        let (tag, _) = tag.split_once('>').expect("every tag ends");
        let name = tag.trim_start_matches('/').split([' ', '/', '\n']).next().unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "</{name}>");
        } else if !(tag.ends_with('/') || tag.starts_with('!') || ["meta", "link"].contains(&name)) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn the_same_seed_gives_the_same_numbers() {
    let [first, second, other] = ["first", "second", "other"].map(Folder::new);
    for (folder, seed) in [(&first, "5"), (&second, "5"), (&other, "6")] {
        toured(folder, &["--rules", "nag,ADAM", "--epochs", "2", "--batch", "100", "--seed", seed]);
    }
    let runs = |folder: &Folder| {
        let runs = folder.results().runs.into_iter();
        runs.map(|run| Run { seconds: 0.0, ..run }).collect::<Vec<_>>()
    };
    assert_eq!(runs(&first), runs(&second));
    assert_eq!(runs(&first).iter().map(|run| &*run.rule).collect::<Vec<_>>(), ["Nag", "Adam"]);
    assert_ne!(runs(&first), runs(&other));
}

#[test]
fn what_is_set_changes_the_training_and_files_are_replaced() {
    let folder = Folder::new("set");
    toured(&folder, &["--rules", "adam", "--epochs", "1"]);
    let before = folder.results().runs.remove(0);
    toured(&folder, &["--rules", "adam", "--epochs", "1", "--set", "adam.lr=0.01", "--set", "ADAM.amsgrad=true"]);
    let after = folder.results().runs.remove(0);
    assert_eq!((&after.hyper["lr"], &after.hyper["amsgrad"]), (&0.01.into(), &true.into()));
    assert_ne!(before.train_loss, after.train_loss);
}

#[test]
fn a_training_that_diverges_is_reported_as_such() {
    let folder = Folder::new("diverged");
    let stdout = toured(&folder, &["--rules", "sgd", "--epochs", "2", "--set", "sgd.lr=1e30"]);
    let run = folder.results().runs.remove(0);
    assert_eq!(run.train_loss.last(), Some(&None));
    assert!(stdout.contains("diverged"), "{stdout}");
    check_self_contained(&folder.read("index.html"));
}

#[test]
fn without_a_terminal_there_are_plain_lines() {
    let folder = Folder::new("lines");
    let output = tour(&folder.0, &["--rules", "rmsprop", "--epochs", "4"]);
    assert_eq!(output.stderr, b"");
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(!stdout.contains(['\r', '\u{1b}']), "{stdout:?}");
    for epoch in 1..=4 {
        let line = stdout.lines().find(|line| line.contains(&format!("epoch   {epoch}/4"))).unwrap();
        assert!(line.starts_with("RmsProp ") && line.contains("train loss") && line.contains("test accuracy"));
    }
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_done() {
    let folder = Folder::new("refused");
    let all = ["`sgd`", "`momentum`", "`nag`", "`adagrad`", "`rmsprop`", "`adam`", "`adamw`"];
    let cases: [(&[&str], &[&str]); 10] = [
        (&["--rules", "adam,adma"], &all),
        (&["--rules", ""], &all),
        (&["--set", "adma.lr=0.1"], &all),
        (&["--set", "nag.rate=0.1"], &["`Nag`", "`rate`", "known: `lr`, `momentum`"]),
        (&["--set", "adam.beta1=1"], &["`Adam`: `beta1` is 1, which is not in 0..1"]),
        (&["--set", "adam.lr"], &["`--set adam.lr`", "adam.lr=0.01"]),
        (&["--rules", "nag", "--set", "adam.lr=1"], &["`adam`", "`nag`"]),
        (&["--epochs", "0"], &["--epochs", "0 is not in 1.."]),
        (&["--batch", "0"], &["--batch", "0 is not in 1.."]),
        (&["--seed", "many"], &["--seed", "many"]),
    ];
    for (arguments, expected) in cases {
        let output = tour(&folder.0, arguments);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert!(stderr.starts_with("error: ") && output.stdout.is_empty(), "{arguments:?}: {stderr}");
        for part in expected {
            assert!(stderr.contains(part), "{arguments:?}: {part} is not in {stderr}");
        }
        assert!(!folder.0.exists(), "{arguments:?}");
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = Folder::new("blocked");
    fs::create_dir_all(&folder.0).unwrap();
    fs::write(folder.0.join("file"), "").unwrap();
    let output = tour(&folder.0.join("file/out"), &[]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr.starts_with("error: `") && stderr.contains("file/out"), "{stderr}");
    assert!(output.stdout.is_empty(), "it is said before the training");
}

#[test]
fn help_explains() {
    let output = Command::new(env!("CARGO_BIN_EXE_tour")).arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    for part in ["--rules", "--epochs", "--batch", "--seed", "--set", "--out", "rmsprop", "decay=0.9", "Examples:"] {
        assert!(help.contains(part), "{part}");
    }
}
