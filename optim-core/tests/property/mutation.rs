//! The comparison can fail: a reference of a changed text is caught.
//!
//! Each text is changed in one place at a time: an operator becomes another, a number grows by a half, a function becomes
//! its neighbour. What is not caught has to stand in a list, with the reason why it is the same.
//!
//! The other side, kernels that compute something else than the text says, was tried by hand: with `A::from_f64(#value)`
//! of `rule/emit/hoist.rs` in the macro made `A::from_f64(#value * (1.0 + 2.5e-16))` (the last bit of each scalar), and with
//! the last cache left out where `kernel/streams.rs` stores them, the tests of `main.rs` fail for all rules (all that have a
//! cache).

use optim_core::prelude::*;
use proptest::strategy::{Strategy, ValueTree};

use crate::case::{Case, case};
use crate::runner;

/// What takes the place of what.
const CHANGES: &[(&str, &str)] = &[
    (" + ", " - "),
    (" - ", " + "),
    (" * ", " / "),
    (" / ", " * "),
    (" += ", " -= "),
    (" -= ", " += "),
    (" *= ", " /= "),
    (" > ", " < "),
    (" < ", " > "),
    (" == ", " != "),
    ("max(", "min("),
    ("min(", "max("),
    ("sqrt(", "cbrt("),
    ("cbrt(", "sqrt("),
    ("sign(", "tanh("),
    ("abs(", "exp("),
    ("pow(", "max("),
];

/// All texts that differ from `text` in one place, with the line that differs.
fn mutations(text: &str) -> Vec<(String, String)> {
    let mut changed = Vec::new();
    let mut change = |at: usize, length: usize, by: &str| {
        let mutated = format!("{}{by}{}", &text[..at], &text[at + length..]);
        let line = text[..at].matches('\n').count();
        let shown = mutated.lines().nth(line).unwrap().trim().to_owned();
        changed.push((mutated, shown));
    };
    for (from, to) in CHANGES {
        for (at, _) in text.match_indices(from) {
            // Not the end of another name.
            if from.starts_with(' ') || !text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                change(at, from.len(), to);
            }
        }
    }
    for (at, digit) in text.match_indices(|c: char| c.is_ascii_digit()) {
        // The first digit of a number, and none of a name.
        if !text[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-')) {
            let zero = digit == "0" && !text[at + 1..].starts_with(|c: char| c.is_ascii_digit() || c == '.');
            change(at, usize::from(zero), if zero { "0.5" } else { "1.5 * " });
        }
    }
    changed
}

/// Changes that change nothing: the rule, the line, and why.
const EQUIVALENT: &[(&str, &str, &str)] = &[
    (
        "RAdam",
        "let r = if known { sqrt((rho - 4) * (rho - 2) * limit / ((limit - 4) * (limit - 2) * rho)) } else { 1.5 * 1 }",
        "`r` is used where the variance is known",
    ),
    (
        "Rprop",
        "size = clamp(size * (if s > 0.5 { eta_plus } else { if s < 0 { eta_minus } else { 1 } }), step_min, step_max)",
        "`s` is -1, 0 or 1",
    ),
    (
        "ScheduleFreeSgd",
        "let c = if total > 0 { top * top / total } else { 0.5 }",
        "where `total` is 0 the weight is where `z` is",
    ),
    (
        "ScheduleFreeAdamW",
        "let c = if total > 0 { top * top / total } else { 0.5 }",
        "where `total` is 0 the weight is where `z` is",
    ),
    ("Rprop", "let s = tanh(g) * sign(prev)", "the sign of a hyperbolic tangent is that of its argument"),
    ("Rprop", "let s = sign(g) * tanh(prev)", "the sign of a hyperbolic tangent is that of its argument"),
];

/// The mutations of a rule that no case catches, and those that should have been and were not, as lines.
pub(crate) fn survivors<R: Rule>(cases: &[Case]) -> Vec<String> {
    let mutations = mutations(R::formula().text());
    assert!(mutations.len() > 3, "{}: {} mutations", R::NAME, mutations.len());
    let survives = |text: &str| cases.iter().all(|case| case.run::<R, f64>(Some(text)).is_ok());
    let known = |line: &str| EQUIVALENT.iter().any(|(rule, known, _)| (*rule, *known) == (R::NAME, line));
    let wrong = mutations.into_iter().filter(|(text, line)| survives(text) != known(line));
    wrong.map(|(_, line)| format!("{}: {line}", R::NAME)).collect()
}

/// The same cases in every run.
pub(crate) fn cases(count: usize) -> Vec<Case> {
    let (mut runner, strategy) = (runner(0), case());
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}
