//! [`Csv`]: a log as a table, a row for each step.

use core::fmt::Write as _;
use std::collections::BTreeMap;
use std::path::Path;

use super::Logger;
use super::log_file::LogFile;
use crate::error::Error;

/// A log as a table: a row for each step, a column for each name, in the order they came. Histograms are left out.
///
/// - A row is written when the next step begins, by [`flush`](Logger::flush), and when the log is dropped. A name that
///   comes a second time in a step begins another row of that step: nothing is lost.
/// - **A new name is a new column**: the file is rewritten with the longer header, and earlier rows are empty there. It is
///   written beside and renamed, so that at any moment the file is the old one or the new one. Who logs all names in the
///   first step never has it rewritten.
/// - Numbers are the shortest that read back to the same bits; `NaN`, `inf` and `-inf`, as Python and pandas read them.
///   Names and texts with a comma, a quote or a line end are quoted, quotes in them doubled.
/// - The first column is the step. A name must not be `step`.
/// - A row is handed to the operating system at once: when the process is killed, all rows but the one that was being
///   gathered are there, the last one perhaps in part.
///
/// ```
/// use optim_core::train::{Csv, Logger};
///
/// let path = std::env::temp_dir().join(format!("optim-doc-{}.csv", std::process::id()));
/// let mut log = Csv::create(&path)?;
/// log.scalar(1, "loss", 0.5)?;
/// log.scalar(2, "loss", 0.25)?;
/// log.scalar(2, "accuracy", 0.875)?;
/// log.flush()?;
/// assert_eq!(std::fs::read_to_string(&path)?, "step,loss,accuracy\n1,0.5,\n2,0.25,0.875\n");
/// # drop(log);
/// # std::fs::remove_file(&path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Csv {
    file: LogFile,
    /// The names, and which column each has.
    columns: BTreeMap<String, usize>,
    header: Vec<String>,
    /// How many columns the header in the file has.
    written: usize,
    /// The row that is being gathered, and its step: a cell for each column.
    step: Option<u64>,
    row: Vec<Option<String>>,
}

/// The name of the first column.
const STEP: &str = "step";

impl Csv {
    /// A new log; a file of this name is overwritten.
    ///
    /// # Errors
    /// When the file cannot be created.
    pub fn create(path: impl AsRef<Path>) -> Result<Self, Error> {
        Ok(Self::on(LogFile::create(path.as_ref())?))
    }

    /// Goes on with a log, for a run that goes on with step `from`: a torn last row and the rows of `from` and later steps,
    /// which are about to come again, are taken out; the columns stay. Without a file it is a new one.
    ///
    /// ```
    /// use optim_core::train::{Csv, Logger};
    ///
    /// let path = std::env::temp_dir().join(format!("optim-doc-resume-{}.csv", std::process::id()));
    /// std::fs::write(&path, "step,loss\n1,0.5\n2,0.25\n3,0.1")?;
    /// Csv::resume(&path, 2)?.scalar(2, "loss", 0.125)?;
    /// assert_eq!(std::fs::read_to_string(&path)?, "step,loss\n1,0.5\n2,0.125\n");
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// When the file cannot be read or written, or is not a log of this kind: the error names the row, and the file is as
    /// before.
    pub fn resume(path: impl AsRef<Path>, from: u64) -> Result<Self, Error> {
        let mut file = LogFile::open(path.as_ref())?;
        let content = file.read()?;
        let wrong = |row: usize, what: &str| {
            Error::data(format!("`{}`: row {row} is not of this log: {what}", path.as_ref().display()))
        };
        let text = str::from_utf8(&content[..complete(&content)]).map_err(|_| wrong(1, "not UTF-8"))?;
        let mut kept = String::with_capacity(text.len());
        let mut header = Vec::new();
        for (number, record) in (1..).zip(records(text)) {
            let fields = fields(record);
            if number == 1 {
                if fields[0] != STEP {
                    return Err(wrong(1, "its first column is not `step`"));
                }
                header = fields;
                kept.push_str(record);
                continue;
            }
            if fields.len() != header.len() {
                return Err(wrong(number, &format!("{} columns, the header has {}", fields.len(), header.len())));
            }
            let step: u64 = fields[0].parse().map_err(|_| wrong(number, "its step is not a number"))?;
            if step < from {
                kept.push_str(record);
            }
        }
        let mut columns = BTreeMap::new();
        for (column, name) in header.iter().skip(1).enumerate() {
            if columns.insert(name.clone(), column).is_some() {
                return Err(wrong(1, &format!("two columns `{name}`")));
            }
        }
        if kept.as_bytes() != content {
            file.replace(kept.as_bytes())?;
        }
        let header: Vec<String> = header.into_iter().skip(1).collect();
        let (written, row) = (header.len(), vec![None; header.len()]);
        Ok(Csv { file, columns, header, written, step: None, row })
    }

    fn on(file: LogFile) -> Self {
        let (columns, header) = (BTreeMap::new(), Vec::new());
        Csv { file, columns, header, written: 0, step: None, row: Vec::new() }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    fn put(&mut self, step: u64, name: &str, cell: String) -> Result<(), Error> {
        if name == STEP {
            let path = self.path().display();
            return Err(Error::other(format!("`{path}`: a column `step` is there already: choose another name")));
        }
        let known = self.columns.get(name).copied();
        let again = known.is_some_and(|column| self.row[column].is_some());
        if self.step.is_some_and(|gathered| gathered != step || again) {
            self.write_row()?;
        }
        let column = known.unwrap_or_else(|| {
            self.columns.insert(name.to_owned(), self.header.len());
            self.header.push(name.to_owned());
            self.row.push(None);
            self.header.len() - 1
        });
        self.row[column] = Some(cell);
        self.step = Some(step);
        Ok(())
    }

    /// Writes the row that has been gathered; after an error it is still there.
    fn write_row(&mut self) -> Result<(), Error> {
        let Some(step) = self.step else { return Ok(()) };
        if self.written != self.header.len() {
            self.write_header()?;
        }
        let mut record = step.to_string();
        for cell in &self.row {
            record.push(',');
            record.push_str(cell.as_deref().unwrap_or(""));
        }
        record.push('\n');
        self.file.append(record.as_bytes())?;
        self.row.fill(None);
        self.step = None;
        Ok(())
    }

    /// The header with all columns, and under it the rows that are there.
    fn write_header(&mut self) -> Result<(), Error> {
        let mut content = STEP.to_owned();
        for name in &self.header {
            content.push(',');
            push_quoted(&mut content, name);
        }
        content.push('\n');
        if self.file.is_empty() {
            self.file.append(content.as_bytes())?;
        } else {
            let old = self.file.read()?;
            let old = String::from_utf8_lossy(&old);
            let more = ",".repeat(self.header.len() - self.written);
            for record in records(&old).skip(1) {
                content.push_str(record.strip_suffix('\n').unwrap_or(record));
                content.push_str(&more);
                content.push('\n');
            }
            self.file.replace(content.as_bytes())?;
        }
        self.written = self.header.len();
        Ok(())
    }
}

impl Logger for Csv {
    fn scalar(&mut self, step: u64, name: &str, value: f64) -> Result<(), Error> {
        self.put(step, name, format!("{value:?}"))
    }

    fn text(&mut self, step: u64, name: &str, text: &str) -> Result<(), Error> {
        let mut cell = String::new();
        push_quoted(&mut cell, text);
        self.put(step, name, cell)
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.write_row()
    }
}

/// Writes the last row; who wants to know whether that failed calls [`flush`](Logger::flush).
impl Drop for Csv {
    fn drop(&mut self) {
        let _ = self.write_row();
    }
}

fn push_quoted(out: &mut String, text: &str) {
    let plain = !text.is_empty() && text.trim() == text && !text.contains([',', '"', '\n', '\r']);
    if plain {
        out.push_str(text);
    } else {
        // Writing to a `String` does not fail.
        let _ = write!(out, "\"{}\"", text.replace('"', "\"\""));
    }
}

/// How much of it is whole records: up to the last line end outside of quotes.
fn complete(content: &[u8]) -> usize {
    let (mut quoted, mut end) = (false, 0);
    for (index, &byte) in content.iter().enumerate() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => end = index + 1,
            _ => {}
        }
    }
    end
}

/// The records, each with its line end.
fn records(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split_inclusive(move |c: char| {
        quoted ^= c == '"';
        c == '\n' && !quoted
    })
}

/// The fields of a record.
fn fields(record: &str) -> Vec<String> {
    let record = record.strip_suffix('\n').unwrap_or(record);
    let mut quoted = false;
    let fields = record.split(|c: char| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    let unquoted = |field: &str| match field.strip_prefix('"').and_then(|field| field.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => field.to_owned(),
    };
    fields.map(unquoted).collect()
}
