//! Event files, read by `TensorBoard` itself where Python has it: `pip install tensorboard`, and `OPTIM_PYTHON` for a
//! Python that is not `python3`. The bytes are compared with a file that it has read in any case, beside the writer.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use optim_core::train::{Histogram, Logger, TensorBoard};
use serde_json::{Value, json};

use crate::{Folder, python};

/// What `TensorBoard` finds in a folder; none where there is no `TensorBoard`.
pub(crate) fn found(folder: &Path, serve: bool) -> Option<Value> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../tools/tensorboard_check.py");
    let mut arguments = vec![script, folder.to_str().unwrap()];
    arguments.extend(serve.then_some("--serve"));
    let Some(output) = python(&arguments) else {
        println!("skipped: no Python here");
        return None;
    };
    let stderr = String::from_utf8_lossy(&output.stderr);
    if output.status.code() == Some(77) {
        println!("skipped: {stderr}");
        return None;
    }
    assert!(output.status.success(), "{stderr}");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn tensorboard_reads_what_was_written() {
    let folder = Folder::new("tensorboard");
    let mut log = TensorBoard::create(folder.file("run")).unwrap();
    let values = [0.5, -0.0, 1e-3, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, 1e-300];
    for (step, &value) in (0..).zip(&values) {
        log.scalar(step * 1000, "loss/train", value).unwrap();
    }
    log.scalar(i64::MAX.unsigned_abs(), "größe \"λ\"", 7.0).unwrap();
    log.histogram(3, "weight", &Histogram::of(&[0.0_f32, 0.1, 0.9, 2.0], 4).unwrap()).unwrap();
    log.histogram(4, "weight", &Histogram::of(&[f64::NAN], 4).unwrap()).unwrap();
    log.text(5, "note", "**two**\nlines").unwrap();
    log.flush().unwrap();
    let Some(found) = found(&folder.file("run"), true) else { return };
    let rounded = |x: f32| json!(f64::from(x));
    assert_eq!(
        found["scalars"],
        json!({
            "loss/train": [
                [0, 0.5], [1000, -0.0], [2000, rounded(1e-3)], [3000, "NaN"], [4000, "Infinity"], [5000, "-Infinity"],
                [6000, "Infinity"], [7000, 0.0],
            ],
            "größe \"λ\"": [[i64::MAX, 7.0]],
        })
    );
    assert_eq!(found["texts"], json!({ "note": [[5, "**two**\nlines"]] }));
    let histograms = found["histograms"]["weight"].as_array().unwrap();
    assert_eq!(histograms.len(), 2, "{found}");
    assert_eq!(histograms[0], json!([3, [[0.0, 0.5, 2.0], [0.5, 1.0, 1.0], [1.0, 1.5, 0.0], [1.5, 2.0, 1.0]]]));
}

#[test]
fn the_golden_file_is_read_by_tensorboard() {
    let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/train/golden");
    let Some(found) = found(Path::new(golden), false) else { return };
    assert_eq!(found["scalars"]["loss/train"], json!([[0, 2.5], [1, "NaN"], [300, "Infinity"]]));
    assert_eq!(found["scalars"]["größe"], json!([[1_u64 << 40, f64::from(-1e-3_f32)]]));
    assert_eq!(found["texts"], json!({ "note": [[2, "**lr** = 1e-3"]] }));
    assert_eq!(
        found["histograms"]["weight"],
        json!([[1, [[-1.0, -0.5, 1.0], [-0.5, 0.0, 1.0], [0.0, 0.5, 2.0], [0.5, 1.0, 1.0]]]])
    );
}

#[test]
fn a_torn_record_and_a_run_that_goes_on() {
    let folder = Folder::new("tensorboard-resume");
    let mut log = TensorBoard::create(&folder.0).unwrap();
    for step in 1..=9 {
        log.scalar(step, "loss", step as f64).unwrap();
    }
    let first = log.path().to_owned();
    drop(log);
    // The last record in part, as a killed process may leave it.
    let length = fs::metadata(&first).unwrap().len();
    OpenOptions::new().write(true).open(&first).unwrap().set_len(length - 5).unwrap();
    let mut log = TensorBoard::resume(&folder.0, 5).unwrap();
    assert!(first.as_path() < log.path());
    for step in 5..=7 {
        log.scalar(step, "loss", -(step as f64)).unwrap();
    }
    let Some(found) = found(&folder.0, true) else { return };
    let expected = [1.0, 2.0, 3.0, 4.0, -5.0, -6.0, -7.0];
    let expected: Vec<Value> = (1..).zip(expected).map(|(step, value)| json!([step, value])).collect();
    assert_eq!(found["scalars"]["loss"], json!(expected));
}

#[test]
fn a_wrong_byte_is_noticed_by_the_reader() {
    // The test above would pass without checksums if the reader did not look at them.
    let folder = Folder::new("tensorboard-wrong");
    let mut log = TensorBoard::create(&folder.0).unwrap();
    log.scalar(1, "loss", 1.0).unwrap();
    log.scalar(2, "loss", 2.0).unwrap();
    let path = log.path().to_owned();
    drop(log);
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.len() - 6;
    bytes[last] ^= 1;
    OpenOptions::new().write(true).truncate(true).open(&path).unwrap().write_all(&bytes).unwrap();
    let Some(found) = found(&folder.0, false) else { return };
    assert_eq!(found["scalars"]["loss"], json!([[1, 1.0]]));
}
