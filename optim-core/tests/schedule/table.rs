//! Every case of every table.

use std::collections::BTreeSet;
use std::path::Path;

use optim_core::schedule::Schedule;
use serde_json::Value;

use crate::kind::Numbers;

/// The relative error that is allowed. PyTorch computes many values from the one before, and near the end of a cosine
/// both have lost digits: found are 3e-13 there, 1e-14 elsewhere.
const ALLOWED: f64 = 1e-12;

/// The cases of one table.
pub(crate) fn cases(table: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schedule/tables").join(table).with_extension("json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str::<Value>(&text).unwrap().as_array().unwrap().clone()
}

pub(crate) fn values(case: &Value) -> Vec<f64> {
    case["values"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

#[test]
fn every_kind_is_what_the_table_says() {
    let tables = [
        "constant",
        "linear",
        "polynomial",
        "exponential",
        "step",
        "cosine",
        "one_cycle",
        "cyclic",
        "combined",
        "inverse_sqrt",
        "warmup_stable_decay",
        "piecewise",
    ];
    let mut wrong = Vec::new();
    let mut compared = 0;
    for table in tables {
        let mut farthest = 0.0_f64;
        for case in cases(table) {
            let schedule = Numbers(&case["schedule"]).schedule();
            schedule.check().unwrap();
            // PyTorch's straight line of `OneCycleLR` ends beside its end, by the rounding of its top.
            let values = values(&case);
            let top = values.iter().copied().fold(0.0, f64::max);
            let rounding = if table == "one_cycle" { f64::EPSILON * top } else { 0.0 };
            for (step, expected) in (1..).zip(values) {
                let (found, reference) = (schedule.at(step), &case["reference"]);
                let missed = (found - expected).abs();
                compared += 1;
                if missed.is_nan() || missed > ALLOWED * expected.abs() + rounding {
                    wrong.push(format!("{reference}: step {step}: {found:e}, not {expected:e}"));
                }
                farthest = farthest.max(if missed == 0.0 { 0.0 } else { missed / expected.abs() });
            }
        }
        println!("{table}: at most {farthest:.1e}");
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong[..wrong.len().min(40)].join("\n"));
    assert!(compared > 15_000, "{compared}");
}

#[test]
fn no_table_is_left_out() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/schedule/tables");
    let found: BTreeSet<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(found.len(), 13, "a table that no test reads: {found:?}");
}
