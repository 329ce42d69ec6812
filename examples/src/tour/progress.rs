//! What is seen while the rules train: bars on a terminal, plain lines anywhere else.

use std::io::{self, IsTerminal as _};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::figure::chart::loss;
use crate::registry::TourRule;
use crate::training::Epoch;

/// How often a rule's progress is told where there are no bars.
const LINES: usize = 4;

/// The progress of all rules.
pub(crate) enum Progress {
    /// A bar for each rule, in order.
    Bars(Vec<ProgressBar>),
    /// Lines on the standard output.
    Lines,
}

impl Progress {
    /// Bars when standard output and standard error are a terminal, otherwise lines.
    pub(crate) fn new(rules: &[Box<dyn TourRule>], epochs: usize) -> Progress {
        if !(io::stdout().is_terminal() && io::stderr().is_terminal()) {
            return Progress::Lines;
        }
        let style = ProgressStyle::with_template("{prefix:9} {bar:40.cyan/blue} {pos:>4}/{len} {msg}");
        let style = style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸─");
        let all = MultiProgress::new();
        let bar = |rule: &dyn TourRule| {
            let bar = all.add(ProgressBar::new(epochs as u64).with_style(style.clone()).with_prefix(rule.name()));
            bar.tick();
            bar
        };
        Progress::Bars(rules.iter().map(|rule| bar(&**rule)).collect())
    }

    /// A rule has done an epoch.
    pub(crate) fn epoch(&self, index: usize, rule: &str, epoch: Epoch, epochs: usize) {
        let reached = format!("train loss {:<8} test accuracy {:.3}", loss(epoch.train_loss), epoch.test_accuracy);
        match self {
            Progress::Bars(bars) => {
                let Some(bar) = bars.get(index) else { return };
                bar.set_message(reached);
                bar.set_position(epoch.done as u64);
                if epoch.done == epochs {
                    bar.finish();
                }
            }
            Progress::Lines => {
                let quarter = |done: usize| done * LINES / epochs;
                if quarter(epoch.done) > quarter(epoch.done - 1) {
                    crate::say(format_args!("{rule:9} epoch {:>3}/{epochs}  {reached}", epoch.done));
                }
            }
        }
    }
}
