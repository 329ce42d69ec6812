//! What a run prints and writes.

use serde_json::{Value, json};

use crate::measure::Compared;
use crate::output::{cpu, date, write};

/// What was measured of a rule.
pub(crate) struct Row {
    pub(crate) rule: &'static str,
    pub(crate) set: &'static str,
    pub(crate) scalar: &'static str,
    pub(crate) threads: usize,
    /// Weights that the rule moves.
    pub(crate) weights: usize,
    /// Bytes that a step reads and writes.
    pub(crate) bytes: usize,
    pub(crate) passes: usize,
    pub(crate) compared: Compared,
}

/// Collects rows, and prints them as they come.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Value>,
    plain: Vec<Value>,
}

impl Report {
    pub(crate) fn set(name: &str, scalar: &str, threads: usize) {
        let many = if threads == 1 { "thread" } else { "threads" };
        println!("\n{name}, {scalar}, {threads} {many}");
        println!(
            "{:18} {:>11} {:>11} {:>8} {:>9} {:>7} {:>9} {:>6}",
            "rule", "us a step", "Gweight/s", "GB/s", "of floor", "passes", "B/weight", "pairs"
        );
    }

    pub(crate) fn row(&mut self, row: &Row) {
        let seconds = row.compared.ours;
        let (per_second, bandwidth) = (row.weights as f64 / seconds, row.bytes as f64 / seconds);
        let per_weight = row.bytes as f64 / row.weights as f64;
        println!(
            "{:18} {:11.1} {:11.3} {:8.1} {:9.2} {:7} {:9.1} {:6}",
            row.rule,
            seconds * 1e6,
            per_second / 1e9,
            bandwidth / 1e9,
            row.compared.ratio,
            row.passes,
            per_weight,
            row.compared.pairs,
        );
        self.rows.push(json!({
            "rule": row.rule,
            "set": row.set,
            "scalar": row.scalar,
            "threads": row.threads,
            "microseconds": seconds * 1e6,
            "floor_microseconds": row.compared.other * 1e6,
            "weights": row.weights,
            "weights_per_second": per_second,
            "bytes_per_second": bandwidth,
            "ratio_to_floor": row.compared.ratio,
            "passes": row.passes,
            "bytes_per_weight": per_weight,
            "pairs": row.compared.pairs,
        }));
    }

    pub(crate) fn plain(&mut self, set: &str, threads: usize, compared: Compared) {
        println!(
            "Adam / plain: {:.3} ({:.1} us, the loop by hand {:.1} us; {} pairs)",
            1.0 / compared.ratio,
            compared.ours * 1e6,
            compared.other * 1e6,
            compared.pairs
        );
        self.plain.push(json!({
            "set": set,
            "scalar": "f32",
            "threads": threads,
            "microseconds": compared.ours * 1e6,
            "plain_microseconds": compared.other * 1e6,
            "adam_over_plain": 1.0 / compared.ratio,
            "pairs": compared.pairs,
        }));
    }

    /// Writes what was measured to `bench/<name>` in the target folder.
    pub(crate) fn write(self, name: &str) -> std::io::Result<()> {
        let all = json!({ "cpu": cpu(), "date": date(), "rules": self.rows, "adam_and_plain": self.plain });
        write(name, &all)
    }
}
