//! The bytes of an event file. `tests/train/tensorboard.rs` has `TensorBoard` itself read such files.

use std::fs;
use std::path::PathBuf;

use super::{Histogram, Logger, PREFIX, TensorBoard, host};

/// An event file that `TensorBoard` has read: `tools/tensorboard_check.py optim-core/tests/train/golden`.
const GOLDEN: &[u8] = include_bytes!("../../../tests/train/golden/events.out.tfevents.1700000000.golden.1.0");

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("optim-tensorboard-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    folder
}

#[test]
fn the_bytes_are_those_that_tensorboard_has_read() {
    let folder = folder("golden");
    let mut log = TensorBoard::with_clock(&folder, || 1_700_000_000.25).unwrap();
    log.scalar(0, "loss/train", 2.5).unwrap();
    log.scalar(1, "loss/train", f64::NAN).unwrap();
    log.scalar(300, "loss/train", f64::INFINITY).unwrap();
    log.scalar(1_u64 << 40, "größe", -1e-3).unwrap();
    let weights = [-1.0, -0.5, 0.25, 0.25, 1.0, f64::NAN];
    log.histogram(1, "weight", &Histogram::of(&weights, 4).unwrap()).unwrap();
    log.histogram(2, "empty", &Histogram::of(&[f64::NAN], 4).unwrap()).unwrap();
    log.text(2, "note", "**lr** = 1e-3").unwrap();
    let written = fs::read(log.path()).unwrap();
    if std::env::var_os("BLESS").is_some() {
        let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/train/golden/");
        fs::create_dir_all(golden).unwrap();
        fs::write(format!("{golden}{PREFIX}1700000000.golden.1.0"), &written).unwrap();
    } else {
        assert!(written == GOLDEN, "the bytes differ from the golden file's: {written:02x?}");
    }
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn each_file_has_a_name_of_its_own_that_comes_after_those_that_are_there() {
    let folder = folder("names");
    let name = |log: &TensorBoard| log.path().file_name().unwrap().to_str().unwrap().to_owned();
    let clock: fn() -> f64 = || 1_700_000_000.9;
    let names: Vec<String> = (0..3).map(|_| name(&TensorBoard::with_clock(&folder, clock).unwrap())).collect();
    let process = std::process::id();
    assert_eq!(names[0], format!("events.out.tfevents.1700000000.{}.{process}.0", host()));
    assert!(names.is_sorted() && names[0] < names[1] && names[1] < names[2], "{names:?}");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_step_that_the_format_does_not_hold_is_an_error_and_nothing_is_written() {
    let folder = folder("step");
    assert!(TensorBoard::resume(&folder, u64::MAX).is_err());
    assert!(!folder.exists());
    let mut log = TensorBoard::create(&folder).unwrap();
    let before = fs::read(log.path()).unwrap();
    let error = log.scalar(1 << 63, "loss", 0.0).unwrap_err().to_string();
    assert!(error.ends_with("step 9223372036854775808 is more than the format holds"), "{error}");
    assert_eq!(fs::read(log.path()).unwrap(), before);
    log.scalar((1 << 63) - 1, "loss", 0.0).unwrap();
    fs::remove_dir_all(folder).unwrap();
}
