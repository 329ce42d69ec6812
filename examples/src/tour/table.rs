//! The table at the end of the tour.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, ContentArrangement, Table};

use crate::Entry;
use crate::figure::chart::loss;
use crate::registry::TourRule;

/// What each rule reached.
pub(crate) fn table(entries: &[Entry]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Dynamic).set_header([
        "rule",
        "hyper-parameters",
        "train loss",
        "test accuracy",
        "time",
    ]);
    for entry in entries {
        let last = entry.run.last();
        table.add_row([
            entry.rule.name().to_owned(),
            hyper_parameters(&*entry.rule),
            loss(last.train_loss),
            format!("{:.3}", last.test_accuracy),
            time(entry),
        ]);
    }
    for column in 2..5 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Those that do something, as `name value`.
pub(crate) fn hyper_parameters(rule: &dyn TourRule) -> String {
    let settings = rule.settings();
    let on = settings.iter().filter(|setting| setting.is_on() || setting.name == "lr");
    on.map(|setting| format!("{} {}", setting.name, setting.shown())).collect::<Vec<_>>().join(", ")
}

/// How long the steps took.
pub(crate) fn time(entry: &Entry) -> String {
    let seconds = entry.run.time.as_secs_f64();
    if seconds < 1.0 { format!("{:.0} ms", 1000.0 * seconds) } else { format!("{seconds:.2} s") }
}
