//! [`Progress`]: how far a run is, as a bar on a terminal and as lines anywhere else.

use core::fmt;
use std::io::{self, IsTerminal as _, Write};

use indicatif::{ProgressBar, ProgressStyle};

use super::Logger;
use crate::error::Error;

/// How often progress is told where there is no bar.
const LINES: u64 = 10;

/// How many names are shown, where none are chosen.
const SHOWN: usize = 4;

/// How far a run is, with the latest numbers: a bar where standard error is a terminal, ten lines anywhere else.
///
/// The first four names are shown, or those that [`showing`](Self::showing) chooses. Texts are lines above the bar.
/// Histograms are left out. Nothing is held back by a bar; a line is written when the next step begins, or by
/// [`flush`](Logger::flush).
///
/// ```
/// use optim_core::train::{Logger, Progress};
///
/// let mut lines = Vec::new();
/// let mut progress = Progress::lines(1000, &mut lines).labelled("adam").showing(["loss"]);
/// for step in 1..=1000 {
///     progress.scalar(step, "loss", 1.0 / step as f64)?;
///     progress.scalar(step, "norm", 3.0)?; // not shown
/// }
/// progress.flush()?;
/// drop(progress);
/// let lines = String::from_utf8(lines)?;
/// assert_eq!(lines.lines().count(), 10);
/// assert_eq!(lines.lines().last(), Some("adam 1000/1000  loss 0.001000"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Progress<'w> {
    steps: u64,
    label: String,
    /// Whether the names to show are chosen: then no others are added.
    chosen: bool,
    /// What is shown: a name, and its latest number.
    shown: Vec<(String, Option<f64>)>,
    step: Option<u64>,
    target: Target<'w>,
}

enum Target<'w> {
    Bar(ProgressBar),
    Lines {
        out: Box<dyn Write + Send + 'w>,
        /// The last tenth that was told.
        told: u64,
    },
}

impl<'w> Progress<'w> {
    /// A run of `steps` steps: a bar where standard error is a terminal, otherwise lines there.
    pub fn new(steps: u64) -> Self {
        if io::stderr().is_terminal() {
            Self::bar(steps, ProgressBar::new(0))
        } else {
            Self::lines(steps, io::stderr())
        }
    }

    /// On a bar of one's own: one of several, or with another place to draw to. Its length and style are set here.
    pub fn bar(steps: u64, bar: ProgressBar) -> Self {
        let style = ProgressStyle::with_template("{prefix}{bar:30.cyan/blue} {pos:>4}/{len} {eta:>4}  {msg}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸─"));
        bar.set_length(steps);
        Self::on(steps, Target::Bar(bar))
    }

    /// As lines, to whatever takes text.
    pub fn lines(steps: u64, out: impl Write + Send + 'w) -> Self {
        Self::on(steps, Target::Lines { out: Box::new(out), told: 0 })
    }

    fn on(steps: u64, target: Target<'w>) -> Self {
        Progress { steps, label: String::new(), chosen: false, shown: Vec::new(), step: None, target }
    }

    /// A word in front.
    #[must_use]
    pub fn labelled(mut self, label: impl Into<String>) -> Self {
        self.label = printable(&label.into());
        if let Target::Bar(bar) = &self.target {
            bar.set_prefix(format!("{} ", self.label));
        }
        self
    }

    /// The names whose numbers are shown, in this order.
    #[must_use]
    pub fn showing<S: Into<String>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        self.chosen = true;
        self.shown = names.into_iter().map(|name| (name.into(), None)).collect();
        self
    }

    /// The names with their latest numbers.
    fn message(&self) -> String {
        let mut message = String::new();
        for (name, value) in &self.shown {
            if let Some(value) = value {
                message.push_str(if message.is_empty() { "" } else { "  " });
                message.push_str(&printable(name));
                message.push(' ');
                message.push_str(&short(*value));
            }
        }
        message
    }

    fn tenth(&self, step: u64) -> u64 {
        u64::try_from(u128::from(step) * u128::from(LINES) / u128::from(self.steps.max(1))).unwrap_or(u64::MAX)
    }

    /// Writes a line for the step that is over, if it is the first of its tenth.
    fn tell(&mut self) -> Result<(), Error> {
        let Some(step) = self.step else { return Ok(()) };
        let (tenth, message) = (self.tenth(step), self.message());
        if let Target::Lines { out, told } = &mut self.target
            && tenth > *told
        {
            let space = if self.label.is_empty() { "" } else { " " };
            let width = self.steps.to_string().len();
            write_out(out, &format!("{}{space}{step:>width$}/{}  {message}\n", self.label, self.steps))?;
            *told = tenth;
        }
        Ok(())
    }
}

fn write_out(out: &mut dyn Write, line: &str) -> Result<(), Error> {
    let written = out.write_all(line.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| Error::other(format!("progress: could not be written: {error}")))
}

/// Four digits, whatever the size.
fn short(x: f64) -> String {
    match x.abs() {
        0.0 => "0".to_owned(),
        1e-3..1e5 => {
            // As many decimals as leave four digits: the last one that is shown is of the size x / 1000.
            let mut decimals = 3_usize;
            let mut size = x.abs();
            while size >= 10.0 && decimals > 0 {
                size /= 10.0;
                decimals -= 1;
            }
            while size < 1.0 {
                size *= 10.0;
                decimals += 1;
            }
            format!("{x:.decimals$}")
        }
        _ if x.is_finite() => format!("{x:.3e}"),
        _ => x.to_string(),
    }
}

/// What a terminal would take for a command is a space.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

impl fmt::Debug for Progress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Progress({}/{}, {:?})", self.step.unwrap_or(0), self.steps, self.message())
    }
}

impl Logger for Progress<'_> {
    fn scalar(&mut self, step: u64, name: &str, value: f64) -> Result<(), Error> {
        if self.step.is_some_and(|now| now != step) {
            self.tell()?;
        }
        let known = self.shown.iter().position(|(shown, _)| shown == name);
        if let Some(known) = known {
            self.shown[known].1 = Some(value);
        } else if !self.chosen && self.shown.len() < SHOWN {
            self.shown.push((name.to_owned(), Some(value)));
        } else if self.step == Some(step) {
            return Ok(());
        }
        self.step = Some(step);
        if let Target::Bar(bar) = &self.target {
            bar.set_message(self.message());
            bar.set_position(step);
        }
        Ok(())
    }

    fn text(&mut self, step: u64, name: &str, text: &str) -> Result<(), Error> {
        let mut line = format!("step {step}: {}:", printable(name));
        for part in text.lines() {
            line.push_str(if text.contains('\n') { "\n  " } else { " " });
            line.push_str(&printable(part));
        }
        match &mut self.target {
            Target::Bar(bar) => {
                bar.println(line);
                Ok(())
            }
            Target::Lines { out, .. } => write_out(out, &(line + "\n")),
        }
    }

    fn flush(&mut self) -> Result<(), Error> {
        if let Target::Bar(bar) = &self.target {
            bar.tick();
        }
        self.tell()
    }
}

/// Leaves the bar where it is.
impl Drop for Progress<'_> {
    fn drop(&mut self) {
        let _ = self.tell();
        if let Target::Bar(bar) = &self.target
            && !bar.is_finished()
        {
            bar.abandon();
        }
    }
}
