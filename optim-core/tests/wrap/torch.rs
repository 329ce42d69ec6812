//! Clipping, averages and Lookahead against PyTorch, step by step: the table is made by `tools/wrappers.py`.

use ndarray::{Array1, Array2};
use optim_core::prelude::*;
use serde_json::Value;

/// The error that is allowed, of numbers around 1, after twelve steps in `f64`: sums of squares are added in another order,
/// and averages are written as `a + (1 − decay) · (w − a)` there. Found are 7e-16.
const ALLOWED: f64 = 1e-14;

type Model = (Array2<f64>, Array1<f64>);

fn model(numbers: &Value) -> Model {
    let numbers: Vec<f64> = list(numbers);
    (Array2::from_shape_vec((2, 3), numbers[..6].to_vec()).unwrap(), Array1::from_vec(numbers[6..].to_vec()))
}

fn list(numbers: &Value) -> Vec<f64> {
    numbers.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

/// How far weights and evaluation points are from the table.
fn farthest(table: &Value, case: &Value, mut opt: impl Step<Model>) -> f64 {
    let (mut w, mut farthest) = (model(&table["start"]), 0.0_f64);
    let mut compare = |found: &Model, expected: &Value| {
        let found = found.0.iter().chain(&found.1);
        for (found, expected) in found.zip(list(expected)) {
            assert!(found.is_finite());
            farthest = farthest.max((found - expected).abs());
        }
    };
    let gradients = table["gradients"].as_array().unwrap();
    assert_eq!(gradients.len(), 12);
    for (step, gradient) in gradients.iter().enumerate() {
        opt.step(&mut w, &model(gradient)).unwrap();
        compare(&w, &case["weights"][step]);
        let point = opt.evaluate_with(&mut w, |w| w.clone()).unwrap();
        compare(&point, &case["points"][step]);
    }
    farthest
}

#[test]
fn every_case_is_what_the_table_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/wrap/torch.json");
    let table: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let rule = || {
        let rule = Sgd::default().with_lr(table["lr"].as_f64().unwrap());
        rule.with_momentum(table["momentum"].as_f64().unwrap()).init(&model(&table["start"])).unwrap()
    };
    let cases = table["cases"].as_array().unwrap();
    for case in cases {
        let number = |name: &str| case[name].as_f64().unwrap();
        let count = |name: &str| case[name].as_u64().unwrap();
        let farthest = match case["wrapper"].as_str().unwrap() {
            "clip_norm" => farthest(&table, case, rule().clip_norm(number("limit")).unwrap()),
            "clip_tensor_norm" => farthest(&table, case, rule().clip_tensor_norm(number("limit")).unwrap()),
            "clip_value" => farthest(&table, case, rule().clip_value(number("limit")).unwrap()),
            "ema" => farthest(&table, case, rule().ema(number("decay")).unwrap()),
            "swa" => farthest(&table, case, rule().swa(count("start"), count("every")).unwrap()),
            "lookahead" => farthest(&table, case, rule().lookahead(count("k"), number("alpha")).unwrap()),
            other => panic!("{other}"),
        };
        println!("{}: {farthest:.1e}", case["wrapper"]);
        assert!(farthest <= ALLOWED, "{}: {farthest:e}, {}", case["wrapper"], table["reference"]);
    }
    assert_eq!(cases.len(), 15);
}
