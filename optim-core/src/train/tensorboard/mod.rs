//! [`TensorBoard`]: event files, as `TensorBoard` reads them.

mod event;
mod record;

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use self::event::Moment;
use super::log_file::{LogFile, failed};
use super::{Histogram, Logger};
use crate::error::Error;

/// Event files: `tensorboard --logdir <folder>` shows them while the run goes on.
///
/// Scalars, histograms and texts have their pages there; the part of a name in front of a `/` is the group it is shown in.
/// The format has scalars as `f32`: a number is rounded to that, and infinite beyond its range. NaN and infinities are
/// written as they are, and shown as such. A text is read as Markdown.
///
/// The file is `events.out.tfevents.<time>.<host>.<process>.<number>`; each run has a folder of its own. Every event is
/// handed to the operating system at once: when the process is killed, all are there, the last one perhaps in part, which
/// readers leave out.
///
/// ```
/// use optim_core::train::{Histogram, Logger, TensorBoard};
///
/// let folder = std::env::temp_dir().join(format!("optim-doc-tensorboard-{}", std::process::id()));
/// let mut log = TensorBoard::create(folder.join("run1"))?;
/// log.text(0, "settings", "Adam, lr = 3e-4")?;
/// log.scalar(1, "loss/train", 0.5)?;
/// log.histogram(1, "weight", &Histogram::of(&[0.1, 0.2, 0.7], 30)?)?;
/// # drop(log);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TensorBoard {
    file: LogFile,
    clock: fn() -> f64,
    record: Vec<u8>,
}

/// What the name of an event file begins with.
const PREFIX: &str = "events.out.tfevents.";

impl TensorBoard {
    /// A new event file in `folder`, which is made if it is not there. Event files that are there stay as they are, and
    /// `TensorBoard` shows them as one run with this one: give each run a folder of its own.
    ///
    /// # Errors
    /// When folder or file cannot be made.
    pub fn create(folder: impl AsRef<Path>) -> Result<Self, Error> {
        Self::with_clock(folder.as_ref(), now)
    }

    /// Goes on with a run in step `from`: a new event file in its folder, which tells readers to forget what they have of
    /// `from` and later steps.
    ///
    /// # Errors
    /// When folder or file cannot be made, or `from` is 2⁶³ or more.
    pub fn resume(folder: impl AsRef<Path>, from: u64) -> Result<Self, Error> {
        check_step(folder.as_ref(), from)?;
        let mut log = Self::create(folder)?;
        let at = log.moment(from)?;
        log.append(&event::start(at))?;
        Ok(log)
    }

    fn with_clock(folder: &Path, clock: fn() -> f64) -> Result<Self, Error> {
        fs::create_dir_all(folder).map_err(|error| failed(folder, "could not be created", &error))?;
        let time = clock();
        let second = next_second(folder, time)?;
        let (host, process) = (host(), std::process::id());
        // Another process, or another thread of this one, may choose the same name at the same time.
        let mut number = 0_u64;
        let file = loop {
            let path = folder.join(format!("{PREFIX}{second:010}.{host}.{process}.{number}"));
            match LogFile::create_new(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => number += 1,
                result => break result.map_err(|error| failed(&path, "could not be created", &error))?,
            }
        };
        let mut log = TensorBoard { file, clock, record: Vec::new() };
        log.append(&event::version(time))?;
        Ok(log)
    }

    /// The event file.
    pub fn path(&self) -> &Path {
        self.file.path()
    }

    fn moment(&self, step: u64) -> Result<Moment, Error> {
        check_step(self.path(), step)?;
        Ok(Moment { time: (self.clock)(), step })
    }

    fn append(&mut self, event: &[u8]) -> Result<(), Error> {
        self.record.clear();
        record::push_record(&mut self.record, event);
        self.file.append(&self.record)
    }
}

/// The format has steps as `i64`.
fn check_step(path: &Path, step: u64) -> Result<(), Error> {
    match i64::try_from(step) {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::other(format!("`{}`: step {step} is more than the format holds", path.display()))),
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |time| time.as_secs_f64())
}

/// The second for the name of a file. Readers go through files by name, so a run that goes on needs a later one than
/// those that are there.
fn next_second(folder: &Path, time: f64) -> Result<u64, Error> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Saturates, which is as good as any.
    let mut second = time as u64;
    for entry in fs::read_dir(folder).map_err(|error| failed(folder, "could not be read", &error))? {
        let name = entry.map_err(|error| failed(folder, "could not be read", &error))?.file_name();
        let there = name.to_str().and_then(|name| name.strip_prefix(PREFIX)?.split('.').next()?.parse::<u64>().ok());
        second = second.max(there.map_or(0, |there| there.saturating_add(1)));
    }
    Ok(second)
}

/// The name of this machine, with nothing in it that a file's name may not have.
fn host() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = name.or_else(|| std::env::var("HOSTNAME").ok()).or_else(|| std::env::var("COMPUTERNAME").ok());
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let name: String = name.unwrap_or_default().trim().chars().take(64).map(plain).collect();
    if name.is_empty() { "localhost".into() } else { name }
}

impl Logger for TensorBoard {
    fn scalar(&mut self, step: u64, name: &str, value: f64) -> Result<(), Error> {
        let at = self.moment(step)?;
        self.append(&event::scalar(at, name, value))
    }

    fn histogram(&mut self, step: u64, name: &str, histogram: &Histogram) -> Result<(), Error> {
        let at = self.moment(step)?;
        self.append(&event::histogram(at, name, histogram))
    }

    fn text(&mut self, step: u64, name: &str, text: &str) -> Result<(), Error> {
        let at = self.moment(step)?;
        self.append(&event::text(at, name, text))
    }

    /// Nothing is held back: every event is in the file already.
    fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
