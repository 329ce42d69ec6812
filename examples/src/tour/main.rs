//! The tour: every rule trains the same network on handwritten digits, and a report shows what each of them does.
//!
//! From arguments (`arguments.rs`) to rules (`registry.rs`), trained one after the other so that their times can be
//! compared (`training.rs`); then to the files `results.json` and `index.html` (`results.rs`, `report/`).

mod arguments;
mod figure;
mod output;
mod progress;
mod registry;
mod report;
mod results;
mod scene;
mod table;
mod training;

use std::error::Error;
use std::fmt::Display;
use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::arguments::Plan;
use crate::progress::Progress;
use crate::registry::TourRule;
use crate::report::Report;
use crate::results::Results;
use crate::scene::{Path, SCENES};
use crate::training::{Run, Task};

/// A rule, what it made of the network, and its path over each of [`SCENES`].
struct Entry {
    rule: Box<dyn TourRule>,
    run: Run,
    paths: Vec<Path>,
}

fn main() -> ExitCode {
    let plan = arguments::parse();
    match tour(plan) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn tour(plan: Plan) -> Result<(), Box<dyn Error>> {
    // Before the work, not after it: a folder that cannot be made is said at once.
    output::create_folder(&plan.out)?;
    let task = Task::new(plan.epochs, plan.batch, plan.seed)?;
    say(format_args!(
        "digits: {} to train, {} to test; network {}; {} epochs, batches of {}, seed {}",
        task.train.len(),
        task.test.len(),
        training::SIZES.map(|size| size.to_string()).join("-"),
        task.epochs,
        task.batch,
        task.seed
    ));
    let progress = Progress::new(&plan.rules, task.epochs);
    let mut entries = Vec::new();
    for (index, rule) in plan.rules.into_iter().enumerate() {
        let run = rule.train(&task, &mut |epoch| progress.epoch(index, rule.name(), epoch, task.epochs))?;
        let paths = SCENES.iter().map(|scene| rule.walk(scene)).collect::<Result<_, _>>()?;
        entries.push(Entry { rule, run, paths });
    }
    say(table::table(&entries));

    let report = Report { task: &task, entries: &entries };
    let (results, page) = (plan.out.join("results.json"), plan.out.join("index.html"));
    output::replace(&results, &Results::new(&task, &entries).json()?)?;
    output::replace(&page, &report.html())?;
    say(format_args!("numbers: {}\nreport:  {}", results.display(), page.display()));
    if let Some(path) = plan.picture {
        output::replace(&path, &report.picture())?;
        say(format_args!("picture: {}", path.display()));
    }
    Ok(())
}

/// A line for whoever reads along. That nobody does any more, as behind `| head`, does not keep the files from being
/// written.
fn say(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}
