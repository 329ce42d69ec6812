//! A process that is killed while it logs leaves files that are read, and a run that goes on has every step once. So does
//! one whose disk is full.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use optim_core::random::Rng;
use optim_core::train::{Csv, JsonLines, Logger, Tee, TensorBoard};
use serde_json::Value;

use crate::tensorboard::found;
use crate::{Folder, read};

/// The folder to log to, for a process that is to be killed.
const FOLDER: &str = "OPTIM_TRAIN_LOG_UNTIL_KILLED";
/// The step it begins with.
const FROM: &str = "OPTIM_TRAIN_LOG_FROM";
/// The folder to log to, for a process whose files may not grow.
const FULL: &str = "OPTIM_TRAIN_LOG_UNTIL_FULL";
/// How often it is killed.
const KILLS: usize = 20;

/// Not a test of its own: what the process does that is to be killed.
#[test]
fn log_until_killed() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let folder = Path::new(&folder);
    let from = std::env::var(FROM).unwrap().parse().unwrap();
    let mut log = Tee::new()
        .with(Csv::resume(folder.join("run.csv"), from).unwrap())
        .with(JsonLines::resume(folder.join("run.jsonl"), from).unwrap())
        .with(TensorBoard::resume(folder.join("board"), from).unwrap());
    for step in from..from + 1_000_000 {
        log.scalar(step, "loss", 1.0 / step as f64).unwrap();
        // The table gets a new column now and then, and is rewritten.
        log.scalar(step, &format!("part {}", step.ilog2()), step as f64).unwrap();
        log.text(step, "note", "two\nlines").unwrap();
    }
}

/// The steps of the lines that are whole, and how many are not.
fn steps(path: &Path) -> (Vec<u64>, usize) {
    let content = fs::read(path).unwrap_or_default();
    let (mut steps, mut torn) = (Vec::new(), 0);
    for line in content.split_inclusive(|&byte| byte == b'\n') {
        if line.ends_with(b"\n") {
            let line: Value = serde_json::from_slice(line).unwrap();
            if line["name"] == "loss" {
                steps.push(line["step"].as_u64().unwrap());
            }
        } else {
            torn += 1;
        }
    }
    (steps, torn)
}

#[test]
fn a_killed_process_leaves_readable_files() {
    let folder = Folder::new("killed");
    let (csv, json) = (folder.file("run.csv"), folder.file("run.jsonl"));
    let mut rng = Rng::new(11);
    let mut from = 1;
    for _ in 0..KILLS {
        let before = fs::metadata(&json).map_or(0, |file| file.len());
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed::log_until_killed"])
            .env(FOLDER, &folder.0)
            .env(FROM, from.to_string())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let begin = Instant::now();
        while fs::metadata(&json).map_or(0, |file| file.len()) <= before && begin.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_micros(rng.bits() % 20_000));
        assert!(child.try_wait().unwrap().is_none(), "it is logging still");
        child.kill().unwrap();
        child.wait().unwrap();
        let (steps, torn) = steps(&json);
        let expected: Vec<u64> = (1..=steps.len() as u64).collect();
        assert_eq!(steps, expected);
        assert!(torn <= 1 && !steps.is_empty());
        // The checkpoint was a few steps before.
        from = (steps.len() as u64).saturating_sub(rng.bits() % 5).max(1);
    }
    let mut log = Csv::resume(&csv, from).unwrap();
    log.scalar(from, "loss", 0.0).unwrap();
    drop(log);
    let table = read(&csv);
    // A row is two lines, since its text is.
    let rows: Vec<&str> = table.lines().skip(1).step_by(2).collect();
    for (step, row) in (1..from).zip(&rows) {
        assert!(row.starts_with(&format!("{step},{:?},", 1.0 / step as f64)), "{row}");
    }
    assert_eq!(rows.len() as u64, from);
    drop(TensorBoard::resume(folder.file("board"), from).unwrap());
    let Some(found) = found(&folder.file("board"), false) else { return };
    let scalars = found["scalars"]["loss"].as_array().unwrap();
    let steps: Vec<u64> = scalars.iter().map(|scalar| scalar[0].as_u64().unwrap()).collect();
    assert!(steps == (1..from).collect::<Vec<_>>(), "{} steps, not {}", steps.len(), from - 1);
}

/// Not a test of its own: what the process does whose files may not grow.
#[test]
fn log_until_full() {
    let Ok(folder) = std::env::var(FULL) else { return };
    let path = Path::new(&folder).join("run.jsonl");
    let mut log = JsonLines::create(&path).unwrap();
    let mut written = 0;
    let error = loop {
        match log.scalar(written, "loss", 1.0 / (written as f64 + 3.0)) {
            Ok(()) => written += 1,
            Err(error) => break error.to_string(),
        }
    };
    assert!(error.contains("run.jsonl`: could not be written: "), "{error}");
    let (steps, torn) = steps(&path);
    assert_eq!((steps, torn), ((0..written).collect(), 0), "what fitted in part is taken back");
    // A shorter line may fit still.
    if log.text(written, "loss", "").is_ok() {
        assert!(read(&path).ends_with("\"text\":\"\"}\n"));
    }
    println!("{written} lines were written");
}

#[test]
#[cfg(unix)]
fn a_line_that_fits_in_part_is_taken_back() {
    let folder = Folder::new("full");
    // Files of at most a few thousand bytes; a write beyond that is an error, not a signal.
    let limit = "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"";
    let output = Command::new("sh")
        .args(["-c", limit, std::env::current_exe().unwrap().to_str().unwrap()])
        .args(["--exact", "killed::log_until_full", "--nocapture"])
        .env(FULL, &folder.0)
        .output()
        .unwrap();
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{stdout}{}", String::from_utf8_lossy(&output.stderr));
    assert!(stdout.contains(" lines were written"), "{stdout}");
}
