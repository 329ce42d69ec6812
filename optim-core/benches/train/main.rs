//! Whole steps of training: zeroed gradient, forward, loss, backward, step; `f32`, threads as the crate chooses them:
//! `cargo bench -p optim-core --bench train`.
//!
//! Dense networks alone: this crate has no convolutions, so there is no `LeNet`.

mod network;

#[path = "../step/median.rs"]
mod median;
#[path = "../step/output.rs"]
mod output;
#[path = "../step/pin.rs"]
mod pin;

use std::io::{BufRead, Write, stdin, stdout};
use std::process::ExitCode;

use network::{CASES, RULES, Steps};
use optim_core::Error;
use serde_json::json;

/// Measurements of each case, of which the median counts; all cases in turn, so that a machine's moods meet all.
const ROUNDS: usize = 21;

/// Seconds of a measurement, unless a step takes as long.
const SPAN: f64 = 5e-3;

fn measure() -> Result<(), Error> {
    let mut all = Vec::new();
    for case in &CASES {
        for rule in RULES {
            let mut training = network::start(case, rule)?;
            // The first step makes room, and the next ones find how long one takes.
            training.time(3)?;
            let count = (SPAN / training.time(3)?).ceil();
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few thousand at most")]
            let count = count.clamp(1.0, 10_000.0) as usize;
            all.push((case, rule, training, count, Vec::new()));
        }
    }
    pin::spread();
    for _ in 0..ROUNDS {
        for (_, _, training, count, times) in &mut all {
            times.push(training.time(*count)?);
        }
    }
    println!("{:18} {:>6} {:6} {:>12}", "network", "batch", "rule", "us a step");
    let mut rows = Vec::new();
    for (case, rule, _, _, times) in all {
        let microseconds = median::median(times) * 1e6;
        println!("{:18} {:6} {rule:6} {microseconds:12.1}", case.name, case.batch);
        rows.push(json!({ "network": case.name, "batch": case.batch, "rule": rule, "microseconds": microseconds }));
    }
    let all = json!({ "cpu": output::cpu(), "date": output::date(), "steps": rows });
    output::write("train.json", &all).map_err(|error| Error::other(format!("`train.json`: {error}")))
}

/// A line `network rule count` is answered by the microseconds of a step, on average: for `peers.py`.
fn serve() -> Result<(), Error> {
    let mut served: Option<(String, Box<dyn Steps>)> = None;
    for line in stdin().lock().lines() {
        let line = line.map_err(|error| Error::other(error.to_string()))?;
        let answer = answer(&line, &mut served).unwrap_or_else(|error| format!("error: {error}"));
        println!("{answer}");
        stdout().flush().map_err(|error| Error::other(error.to_string()))?;
    }
    Ok(())
}

fn answer(line: &str, served: &mut Option<(String, Box<dyn Steps>)>) -> Result<String, Error> {
    let wrong = || Error::other(format!("found `{line}`, write `network rule count`"));
    let &[name, rule, count] = &line.split_whitespace().collect::<Vec<_>>()[..] else { return Err(wrong()) };
    let count: usize = count.parse().ok().filter(|count| *count > 0).ok_or_else(wrong)?;
    let key = format!("{name} {rule}");
    if served.as_ref().is_none_or(|(known, _)| *known != key) {
        let case = CASES.iter().find(|case| case.name == name).ok_or_else(wrong)?;
        *served = Some((key, network::start(case, rule)?));
    }
    let Some((_, training)) = served else { return Err(wrong()) };
    pin::spread();
    Ok(format!("{:.2}", training.time(count)? * 1e6))
}

fn main() -> ExitCode {
    // Cargo says `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let result = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => measure(),
        ["serve"] => serve(),
        _ => Err(Error::other(format!("found {words:?}, write nothing or `serve`"))),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
