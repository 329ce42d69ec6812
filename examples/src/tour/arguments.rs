//! The command line: what the user asks for, checked before anything is trained.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches, Parser};
use optim_core::Error;

use crate::registry::{self, TourRule, key};

/// Trains a 64-32-10 network on handwritten digits with each rule, from the same weights, on the same batches.
///
/// Shows a table of what each rule reached, and writes two files: results.json, every number of it, and index.html, an
/// illustrated report that needs nothing but a browser.
#[derive(Parser)]
#[command(name = "tour", version)]
struct Arguments {
    /// The rules to train with, separated by commas; upper and lower case are the same
    #[arg(long, value_name = "RULES", value_delimiter = ',', default_value = "all")]
    rules: Vec<String>,

    /// How often the whole training set is gone through
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    epochs: u32,

    /// How many digits are averaged over in each step; from 1,437 on, a step sees all of them
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..))]
    batch: u32,

    /// What the initial weights and the order of the digits are drawn from; the same seed gives the same numbers
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,

    /// Sets a hyper-parameter of a rule; may be given several times
    #[arg(long, value_name = "RULE.NAME=VALUE")]
    set: Vec<String>,

    /// The folder for results.json and index.html; files that exist are replaced once the new ones are complete
    #[arg(long, value_name = "DIR", default_value = "target/tour")]
    out: PathBuf,

    /// Also draws the picture of the README, as one SVG file
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
}

/// What is to be done.
pub(crate) struct Plan {
    pub(crate) rules: Vec<Box<dyn TourRule>>,
    pub(crate) epochs: usize,
    pub(crate) batch: usize,
    pub(crate) seed: u64,
    pub(crate) out: PathBuf,
    pub(crate) picture: Option<PathBuf>,
}

/// What the program was called with. Ends the program with exit code 2 where that makes no sense.
pub(crate) fn parse() -> Plan {
    let mut command = Arguments::command().after_long_help(after_help());
    let arguments = match command.try_get_matches_from_mut(std::env::args_os()) {
        Ok(matches) => Arguments::from_arg_matches(&matches),
        Err(error) => Err(error),
    };
    let arguments = arguments.unwrap_or_else(|error| error.exit());
    let rules = select(&arguments.rules).and_then(|rules| configure(rules, &arguments.set));
    Plan {
        rules: rules.unwrap_or_else(|error| command.error(ErrorKind::InvalidValue, error).exit()),
        epochs: arguments.epochs as usize,
        batch: arguments.batch as usize,
        seed: arguments.seed,
        out: arguments.out,
        picture: arguments.picture,
    }
}

/// The rules of these names, each once, in this order.
fn select(names: &[String]) -> Result<Vec<Box<dyn TourRule>>, Error> {
    let mut known: Vec<_> = registry::rules();
    if matches!(names, [all] if key(all.trim()) == "all") {
        return Ok(known);
    }
    let mut selected: Vec<Box<dyn TourRule>> = Vec::new();
    for name in names {
        let name = key(name.trim());
        if selected.iter().any(|rule| key(rule.name()) == name) {
            continue;
        }
        match known.iter().position(|rule| key(rule.name()) == name) {
            Some(index) => selected.push(known.swap_remove(index)),
            None => return Err(unknown_rule(&name)),
        }
    }
    Ok(selected)
}

/// The rules with what `--set` says; `settings` are `rule.name=value`.
fn configure(mut rules: Vec<Box<dyn TourRule>>, settings: &[String]) -> Result<Vec<Box<dyn TourRule>>, Error> {
    for setting in settings {
        let malformed =
            || Error::other(format!("`--set {setting}` is not of the form RULE.NAME=VALUE, as in adam.lr=0.01"));
        let (place, value) = setting.split_once('=').ok_or_else(malformed)?;
        let (rule, name) = place.split_once('.').ok_or_else(malformed)?;
        let (rule, name) = (key(rule.trim()), name.trim());
        let value = match value.trim() {
            "true" => 1.0,
            "false" => 0.0,
            number => number.parse().map_err(|_| {
                Error::other(format!("`--set {setting}`: the value `{number}` is neither a number nor true or false"))
            })?,
        };
        match rules.iter_mut().find(|candidate| key(candidate.name()) == rule) {
            Some(rule) => rule.set(name, value)?,
            None if registry::rules().iter().any(|candidate| key(candidate.name()) == rule) => {
                let selected: Vec<String> = rules.iter().map(|rule| format!("`{}`", key(rule.name()))).collect();
                let selected = selected.join(", ");
                return Err(Error::other(format!(
                    "`--set {setting}`: `--rules` leaves `{rule}` out; it has {selected}"
                )));
            }
            None => return Err(unknown_rule(&rule)),
        }
    }
    for rule in &rules {
        rule.check()?;
    }
    Ok(rules)
}

fn unknown_rule(name: &str) -> Error {
    let known: Vec<String> = registry::rules().iter().map(|rule| key(rule.name())).collect();
    Error::unknown_name("the rule", name, known.iter().map(String::as_str))
}

/// What `--help` says after the options: the rules with the tour's settings, and examples.
fn after_help() -> String {
    let mut text = String::from("Rules and their hyper-parameters, as the tour sets them:\n");
    for rule in registry::rules() {
        let settings: Vec<String> =
            rule.settings().iter().map(|setting| format!("{}={}", setting.name, setting.shown())).collect();
        let _ = writeln!(text, "  {:<9} {}", key(rule.name()), settings.join(" "));
    }
    text.push_str(
        "\nExamples:\n  \
         tour                                           all rules, 40 epochs: less than a second\n  \
         tour --rules adam,nag --epochs 10              two rules, ten epochs\n  \
         tour --set adam.lr=0.01 --set sgd.momentum=0.9 other hyper-parameters\n  \
         tour --rules rmsprop --set rmsprop.centered=true --seed 7 --out /tmp/tour\n\n\
         From the sources: cargo run --release -- --rules adam,nag\n",
    );
    text
}

#[cfg(test)]
mod tests {
    use super::{configure, select};

    fn error(rules: &[&str], settings: &[&str]) -> String {
        let owned = |list: &[&str]| list.iter().map(|&text| text.to_owned()).collect::<Vec<_>>();
        let rules = select(&owned(rules)).and_then(|rules| configure(rules, &owned(settings)));
        rules.err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn names_are_found_in_any_case_once_in_the_order_given() {
        let names: Vec<String> = ["NAG", " adamW", "nag", "Sgd"].iter().map(|&name| name.to_owned()).collect();
        let rules: Vec<_> = select(&names).unwrap().iter().map(|rule| rule.name()).collect();
        assert_eq!(rules, ["Nag", "AdamW", "Sgd"]);
        assert_eq!(select(&["all".into()]).unwrap().len(), 7);
    }

    #[test]
    fn settings_reach_their_rule() {
        let rules = select(&["adam".into(), "sgd".into()]).unwrap();
        let set = ["Adam.lr=0.01", "adam.amsgrad=true", "sgd.nesterov=1", "sgd.momentum=0.5"].map(str::to_owned);
        let rules = configure(rules, &set).unwrap();
        let value = |rule: usize, name| rules[rule].settings().iter().find(|set| set.name == name).unwrap().value;
        assert_eq!((value(0, "lr"), value(0, "amsgrad")), (0.01, 1.0));
        assert_eq!((value(1, "lr"), value(1, "nesterov"), value(1, "momentum")), (0.1, 1.0, 0.5));
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        assert_eq!(
            error(&["adam", "adma"], &[]),
            "the rule `adma` is not known; known: `sgd`, `momentum`, `nag`, `adagrad`, `rmsprop`, `adam`, `adamw`"
        );
        assert!(error(&["all"], &["adma.lr=1"]).starts_with("the rule `adma` is not known; known: `sgd`"));
        assert_eq!(
            error(&["nag"], &["nag.rate=1"]),
            "`Nag`: the hyper-parameter `rate` is not known; known: `lr`, `momentum`"
        );
        assert_eq!(error(&["nag"], &["nag.momentum=1"]), "`Nag`: `momentum` is 1, which is not in 0..1");
        assert_eq!(error(&["nag"], &["nag.lr=nan"]), "`Nag`: `lr` is NaN, which is not in the finite numbers");
        assert!(error(&["nag"], &["nag.lr"]).contains("RULE.NAME=VALUE"));
        assert!(error(&["nag"], &["lr=1"]).contains("RULE.NAME=VALUE"));
        assert!(error(&["nag"], &["nag.lr=fast"]).contains("neither a number nor true or false"));
        assert!(error(&["nag"], &["adam.lr=1"]).contains("leaves `adam` out; it has `nag`"));
        assert!(error(&["sgd"], &["sgd.nesterov=true"]).contains("needs `momentum`"));
    }
}
