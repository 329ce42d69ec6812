//! [`JsonLines`]: a log in which every line is a JSON object.

use core::fmt::Write as _;
use std::path::Path;

use super::log_file::LogFile;
use super::{Histogram, Logger};
use crate::error::Error;

/// A log in which every line is a JSON object: `{"step":1,"name":"loss","value":0.5}`.
///
/// A text has `"text"` in place of `"value"`, a histogram has `"histogram"`, an object with `edges`, `counts`, `sum`,
/// `sum_of_squares`, `nans` and `infinite`. Numbers are the shortest that read back to the same bits. JSON has no NaN and
/// no infinities: they are the strings `"NaN"`, `"Infinity"` and `"-Infinity"`, which `float(…)` of Python and `Number(…)`
/// of JavaScript read.
///
/// Every line is handed to the operating system at once: when the process is killed, all lines are there, the last one
/// perhaps in part.
///
/// ```
/// use optim_core::train::{JsonLines, Logger};
///
/// let path = std::env::temp_dir().join(format!("optim-doc-{}.jsonl", std::process::id()));
/// let mut log = JsonLines::create(&path)?;
/// log.scalar(1, "loss", 0.5)?;
/// log.scalar(2, "loss", f64::NAN)?;
/// log.text(2, "note", "a \"note\"")?;
/// assert_eq!(
///     std::fs::read_to_string(&path)?,
///     r#"{"step":1,"name":"loss","value":0.5}
/// {"step":2,"name":"loss","value":"NaN"}
/// {"step":2,"name":"note","text":"a \"note\""}
/// "#
/// );
/// # drop(log);
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct JsonLines {
    file: LogFile,
    line: String,
}

/// What every line begins with.
const START: &str = "{\"step\":";

impl JsonLines {
    /// A new log; a file of this name is overwritten.
    ///
    /// # Errors
    /// When the file cannot be created.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, Error> {
        Ok(JsonLines { file: LogFile::create(path.as_ref())?, line: String::new() })
    }

    /// Goes on with a log, for a run that goes on with step `from`: a torn last line and the lines of `from` and later
    /// steps, which are about to come again, are taken out. Without a file it is a new one.
    ///
    /// ```
    /// use optim_core::train::{JsonLines, Logger};
    ///
    /// let path = std::env::temp_dir().join(format!("optim-doc-resume-{}.jsonl", std::process::id()));
    /// std::fs::write(&path, "{\"step\":1,\"name\":\"loss\",\"value\":0.5}\n{\"step\":2,\"na")?;
    /// JsonLines::resume(&path, 2)?.scalar(2, "loss", 0.25)?;
    /// assert!(std::fs::read_to_string(&path)?.ends_with("0.5}\n{\"step\":2,\"name\":\"loss\",\"value\":0.25}\n"));
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the file cannot be read or written, or has a line that this logger does not write: the error names the line,
    /// and the file is as before.
    pub fn resume(path: impl AsRef<Path>, from: u64) -> Result<Self, Error> {
        let mut file = LogFile::open(path.as_ref())?;
        let content = file.read()?;
        let mut kept = Vec::with_capacity(content.len());
        for (number, line) in (1..).zip(content.split_inclusive(|&byte| byte == b'\n')) {
            if !line.ends_with(b"\n") {
                break;
            }
            let step = step_of(line).ok_or_else(|| {
                let path = file.path().display();
                Error::data(format!("`{path}`: line {number} is not of this log: it does not begin with `{START}`"))
            })?;
            if step < from {
                kept.extend_from_slice(line);
            }
        }
        if kept != content {
            file.replace(&kept)?;
        }
        Ok(JsonLines { file, line: String::new() })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    fn write(&mut self, step: u64, name: &str, value: impl FnOnce(&mut String)) -> Result<(), Error> {
        self.line.clear();
        // Writing to a `String` does not fail.
        let _ = write!(self.line, "{START}{step},\"name\":");
        push_text(&mut self.line, name);
        self.line.push(',');
        value(&mut self.line);
        self.line.push_str("}\n");
        self.file.append(self.line.as_bytes())
    }
}

/// The step of a line, if it begins as ours do.
fn step_of(line: &[u8]) -> Option<u64> {
    let rest = line.strip_prefix(START.as_bytes())?;
    let digits = &rest[..rest.iter().position(|&byte| byte == b',')?];
    str::from_utf8(digits).ok()?.parse().ok()
}

fn push_number(line: &mut String, x: f64) {
    let _ = match x {
        _ if x.is_nan() => write!(line, "\"NaN\""),
        f64::INFINITY => write!(line, "\"Infinity\""),
        f64::NEG_INFINITY => write!(line, "\"-Infinity\""),
        // `Debug` has an exponent where `Display` writes three hundred digits.
        _ => write!(line, "{x:?}"),
    };
}

fn push_text(line: &mut String, text: &str) {
    line.push('"');
    for c in text.chars() {
        match c {
            '"' => line.push_str("\\\""),
            '\\' => line.push_str("\\\\"),
            '\n' => line.push_str("\\n"),
            // The other control characters of JSON, and the line ends of Unicode, at which some readers split.
            '\0'..='\x1f' | '\u{7f}' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(line, "\\u{:04x}", u32::from(c));
            }
            c => line.push(c),
        }
    }
    line.push('"');
}

fn push_list<T: Copy>(line: &mut String, name: &str, list: &[T], push: impl Fn(&mut String, T)) {
    let _ = write!(line, "\"{name}\":[");
    for (index, &element) in list.iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        push(line, element);
    }
    line.push_str("],");
}

impl Logger for JsonLines {
    fn scalar(&mut self, step: u64, name: &str, value: f64) -> Result<(), Error> {
        self.write(step, name, |line| {
            line.push_str("\"value\":");
            push_number(line, value);
        })
    }

    fn histogram(&mut self, step: u64, name: &str, histogram: &Histogram) -> Result<(), Error> {
        self.write(step, name, |line| {
            line.push_str("\"histogram\":{");
            push_list(line, "edges", histogram.edges(), push_number);
            push_list(line, "counts", histogram.counts(), |line, count| {
                let _ = write!(line, "{count}");
            });
            line.push_str("\"sum\":");
            push_number(line, histogram.sum());
            line.push_str(",\"sum_of_squares\":");
            push_number(line, histogram.sum_of_squares());
            let _ = write!(line, ",\"nans\":{},\"infinite\":{}}}", histogram.nans(), histogram.infinite());
        })
    }

    fn text(&mut self, step: u64, name: &str, text: &str) -> Result<(), Error> {
        self.write(step, name, |line| {
            line.push_str("\"text\":");
            push_text(line, text);
        })
    }

    /// Nothing is held back: every line is in the file already.
    fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }
}
