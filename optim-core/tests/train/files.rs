//! CSV and JSON lines, read back by readers of other people.

use std::fs;

use optim_core::prelude::*;
use optim_core::train::{Csv, Histogram, JsonLines, Logger, Tee};
use serde_json::Value;

use crate::{Folder, python, read};

/// Names and texts that need care.
const HARD: [&str; 10] =
    ["a,b", "\"", "a\"\"b", "line\nline", "\r", " spaced ", "größe/λ", "\\n\t\u{1}\u{2028}", "'", "loss"];

/// Numbers that need care.
const NUMBERS: [f64; 9] =
    [0.1, -0.0, 1e-310, f64::MAX, f64::MIN_POSITIVE, 1e21, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];

#[test]
fn json_lines_read_back_to_the_same_bits() {
    let folder = Folder::new("json");
    let path = folder.file("run.jsonl");
    let mut log = JsonLines::create(&path).unwrap();
    for (step, &value) in (0..).zip(&NUMBERS) {
        log.scalar(step, "loss", value).unwrap();
    }
    log.scalar(u64::MAX, "", 1.0).unwrap();
    for text in HARD {
        log.text(1, text, text).unwrap();
    }
    log.histogram(7, "w", &Histogram::of(&[0.0, 1.0, 4.0, f64::NAN], 2).unwrap()).unwrap();
    log.flush().unwrap();
    let content = read(&path);
    let lines: Vec<Value> = content.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), NUMBERS.len() + 1 + HARD.len() + 1);
    for (line, &value) in content.lines().zip(&NUMBERS) {
        // Not with `serde_json`, whose numbers are not exact. `parse` knows `Infinity`, as Python and JavaScript do.
        let text = line.split_once("\"value\":").unwrap().1.trim_end_matches('}').trim_matches('"');
        let found: f64 = text.parse().unwrap();
        assert!(found.to_bits() == value.to_bits() || (found.is_nan() && value.is_nan()), "{line}");
    }
    for (line, value) in lines[6..].iter().zip(["NaN", "Infinity", "-Infinity"]) {
        assert_eq!(line["value"], value);
    }
    assert_eq!(lines[9]["step"].as_u64(), Some(u64::MAX));
    for (line, text) in lines[10..].iter().zip(HARD) {
        assert_eq!((line["name"].as_str(), line["text"].as_str()), (Some(text), Some(text)));
    }
    let expected = r#"{"step":7,"name":"w","histogram":{"edges":[0.0,2.0,4.0],"counts":[2,1],"sum":5.0,"sum_of_squares":17.0,"nans":1,"infinite":0}}"#;
    assert_eq!(content.lines().last(), Some(expected));
}

#[test]
fn csv_has_a_row_for_each_step_and_a_column_for_each_name() {
    let folder = Folder::new("csv");
    let path = folder.file("run.csv");
    let mut log = Csv::create(&path).unwrap();
    log.scalar(1, "loss", 0.5).unwrap();
    log.scalar(1, "accuracy", 0.25).unwrap();
    assert_eq!(read(&path), "", "the row is being gathered");
    log.scalar(2, "accuracy", f64::NAN).unwrap();
    assert_eq!(read(&path), "step,loss,accuracy\n1,0.5,0.25\n");
    // A name again: another row of the step.
    log.scalar(2, "accuracy", f64::NEG_INFINITY).unwrap();
    log.text(2, "note", "").unwrap();
    log.flush().unwrap();
    log.flush().unwrap();
    assert_eq!(read(&path), "step,loss,accuracy,note\n1,0.5,0.25,\n2,,NaN,\n2,,-inf,\"\"\n");
    log.scalar(1, "loss", 1e-7).unwrap();
    drop(log);
    assert!(read(&path).ends_with("\n1,1e-7,,\n"));
    assert_eq!(folder.names(), ["run.csv"]);
}

#[test]
fn a_column_of_steps_is_there_already() {
    let folder = Folder::new("step");
    let mut log = Csv::create(folder.file("run.csv")).unwrap();
    log.scalar(1, "loss", 0.5).unwrap();
    let error = log.scalar(1, "step", 1.0).unwrap_err().to_string();
    assert!(error.ends_with("run.csv`: a column `step` is there already: choose another name"), "{error}");
    log.flush().unwrap();
    assert_eq!(read(log.path()), "step,loss\n1,0.5\n");
}

#[test]
fn csv_is_what_python_reads() {
    let folder = Folder::new("python");
    let path = folder.file("run.csv");
    let mut log = Csv::create(&path).unwrap();
    for (step, &value) in (0..).zip(&NUMBERS) {
        log.scalar(step, "loss", value).unwrap();
    }
    // New columns after rows with line ends in them.
    for (step, text) in (100..).zip(HARD) {
        log.text(step, text, text).unwrap();
    }
    drop(log);
    let reader = "import csv, json, sys; \
                  json.dump(list(csv.reader(open(sys.argv[1], newline='', encoding='utf-8'))), sys.stdout)";
    let Some(output) = python(&["-c", reader, path.to_str().unwrap()]) else {
        println!("skipped: no Python here to read the file");
        return;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let rows: Vec<Vec<String>> = serde_json::from_slice(&output.stdout).unwrap();
    // `loss` is a column already.
    assert_eq!(rows[0][..2], ["step", "loss"]);
    assert_eq!(rows[0][2..], HARD[..9]);
    for (row, &value) in rows[1..].iter().zip(&NUMBERS) {
        let found: f64 = row[1].parse().unwrap();
        assert!(found.to_bits() == value.to_bits() || (found.is_nan() && value.is_nan()), "{row:?}");
    }
    for (row, text) in rows[10..].iter().zip(HARD) {
        let column = rows[0].iter().position(|name| name == text).unwrap();
        assert_eq!(row[column], text);
        assert_eq!(row.iter().filter(|cell| !cell.is_empty()).count(), 2, "{row:?}");
    }
    // And it goes on with it, in the same columns.
    let before = read(&path);
    let mut log = Csv::resume(&path, 1000).unwrap();
    assert_eq!(read(&path), before);
    log.scalar(1000, HARD[3], 1.0).unwrap();
    drop(log);
    let added = read(&path).strip_prefix(&before).unwrap().to_owned();
    assert_eq!(added, "1000,,,,,1.0,,,,,\n");
}

#[test]
fn a_run_that_goes_on_has_every_step_once() {
    let folder = Folder::new("resume");
    let (csv, json) = (folder.file("run.csv"), folder.file("run.jsonl"));
    let log = |from: u64, to: u64| {
        let mut tee = Tee::new().with(Csv::resume(&csv, from).unwrap()).with(JsonLines::resume(&json, from).unwrap());
        for step in from..to {
            tee.scalar(step, "loss", step as f64).unwrap();
            tee.text(step, "note", "two\nlines").unwrap();
        }
    };
    log(0, 20);
    let (whole_csv, whole_json) = (fs::read(&csv).unwrap(), fs::read(&json).unwrap());
    // Wherever the files end: the checkpoint was at step 3.
    for cut in (0..whole_csv.len()).step_by(7).chain([whole_csv.len()]) {
        fs::write(&csv, &whole_csv[..cut]).unwrap();
        fs::write(&json, &whole_json[..whole_json.len() * cut / whole_csv.len()]).unwrap();
        let steps_there = read(&json).lines().count();
        if steps_there < 8 {
            continue;
        }
        log(3, 20);
        let same = |path, whole: &Vec<u8>| assert!(fs::read(path).unwrap() == *whole, "cut at {cut}");
        same(&csv, &whole_csv);
        same(&json, &whole_json);
    }
    assert_eq!(folder.names(), ["run.csv", "run.jsonl"]);
}

#[test]
fn files_that_are_something_else_are_errors_and_stay_as_they_are() {
    let folder = Folder::new("foreign");
    let path = folder.file("log");
    let cases = [
        ("time,loss\n1,2\n", "row 1 is not of this log: its first column is not `step`"),
        ("step,loss\n1,2\n2,3,4\n", "row 3 is not of this log: 3 columns, the header has 2"),
        ("step,loss\nx,2\n", "row 2 is not of this log: its step is not a number"),
        ("step,loss,loss\n1,2,3\n", "row 1 is not of this log: two columns `loss`"),
    ];
    for (content, expected) in cases {
        fs::write(&path, content).unwrap();
        let error = Csv::resume(&path, 0).unwrap_err().to_string();
        assert!(error.ends_with(expected), "{error}");
        assert_eq!(read(&path), content);
    }
    let content = "{\"step\":1,\"name\":\"loss\",\"value\":0.5}\n{\"name\":\"loss\"}\n";
    fs::write(&path, content).unwrap();
    let error = JsonLines::resume(&path, 0).unwrap_err().to_string();
    assert!(error.ends_with("line 2 is not of this log: it does not begin with `{\"step\":`"), "{error}");
    assert_eq!(read(&path), content);
    fs::write(&path, b"step,\xff\n").unwrap();
    assert!(Csv::resume(&path, 0).is_err());
}

#[test]
fn a_tee_calls_all_and_returns_the_first_error() {
    struct Fails(&'static str);
    impl Logger for Fails {
        fn scalar(&mut self, _: u64, _: &str, _: f64) -> Result<(), Error> {
            Err(Error::other(self.0))
        }
        fn flush(&mut self) -> Result<(), Error> {
            Err(Error::other(self.0))
        }
    }
    let folder = Folder::new("tee");
    let path = folder.file("run.jsonl");
    let mut json = JsonLines::create(&path).unwrap();
    let mut none: Option<JsonLines> = None;
    let boxed: Box<dyn Logger + Send> = Box::new(());
    let mut tee = Tee::new().with(Fails("first")).with(Fails("second")).with(&mut json).with(&mut none).with(boxed);
    assert_eq!((tee.len(), tee.is_empty(), Tee::new().is_empty()), (5, false, true));
    assert_eq!(tee.scalar(1, "loss", 0.5).unwrap_err().to_string(), "first");
    assert_eq!(tee.flush().unwrap_err().to_string(), "first");
    tee.histogram(2, "w", &Histogram::of(&[1.0], 1).unwrap()).unwrap();
    tee.text(3, "note", "x").unwrap();
    drop(tee);
    assert_eq!(read(&path).lines().count(), 3);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error() {
    let mut log = JsonLines::create("/dev/full").unwrap();
    let error = log.scalar(1, "loss", 0.5).unwrap_err().to_string();
    assert!(error.starts_with("`/dev/full`: could not be written: "), "{error}");
}
