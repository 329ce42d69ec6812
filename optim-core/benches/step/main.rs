//! A step of every rule of the catalogue on four sets of weights, beside the floor: `cargo bench -p optim-core --bench
//! step`. What is printed and what words choose is in the README of `benches`.

mod choice;
mod floor;
mod list;
mod measure;
mod median;
mod memory;
mod output;
mod pages;
mod pin;
mod plain;
mod report;
mod run;
mod serve;
mod set;
mod streams;
mod subject;
mod team;
mod threads;

use std::process::ExitCode;

use choice::Choice;

fn main() -> ExitCode {
    // Cargo says `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--")).collect();
    let result = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["threads"] => threads::compare().map_err(|error| error.to_string()),
        ["pages"] => pages::compare_both().map_err(|error| error.to_string()),
        ["passes"] => {
            list::print();
            Ok(())
        }
        ["serve"] => serve::serve().map_err(|error| error.to_string()),
        _ => Choice::parse(&words).and_then(|choice| run::run(&choice).map_err(|error| error.to_string())),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
