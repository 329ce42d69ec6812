//! [`Tee`]: several loggers as one.

use core::fmt;

use super::{Histogram, Logger};
use crate::error::Error;

/// Several loggers as one: each gets everything, in the order they were added.
///
/// An error of one does not keep anything from the others: all are called, and the first error is returned.
///
/// ```
/// use optim_core::train::{Csv, JsonLines, Logger, Tee};
///
/// let folder = std::env::temp_dir().join(format!("optim-doc-tee-{}", std::process::id()));
/// std::fs::create_dir_all(&folder)?;
/// let mut logger =
///     Tee::new().with(Csv::create(folder.join("run.csv"))?).with(JsonLines::create(folder.join("run.jsonl"))?);
/// logger.scalar(1, "loss", 0.5)?;
/// logger.flush()?;
/// assert_eq!(std::fs::read_to_string(folder.join("run.csv"))?, "step,loss\n1,0.5\n");
/// assert_eq!(
///     std::fs::read_to_string(folder.join("run.jsonl"))?,
///     "{\"step\":1,\"name\":\"loss\",\"value\":0.5}\n"
/// );
/// # drop(logger);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct Tee<'l> {
    loggers: Vec<Box<dyn Logger + Send + 'l>>,
}

impl<'l> Tee<'l> {
    /// No logger yet: what is logged goes nowhere.
    pub fn new() -> Self {
        Tee::default()
    }

    /// And this logger: by value, or a `&mut` of one that is wanted back.
    #[must_use]
    pub fn with(mut self, logger: impl Logger + Send + 'l) -> Self {
        self.loggers.push(Box::new(logger));
        self
    }

    /// How many loggers there are.
    pub fn len(&self) -> usize {
        self.loggers.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.loggers.is_empty()
    }

    fn each(&mut self, mut f: impl FnMut(&mut dyn Logger) -> Result<(), Error>) -> Result<(), Error> {
        let mut first = Ok(());
        for logger in &mut self.loggers {
            let result = f(logger);
            first = first.and(result);
        }
        first
    }
}

impl fmt::Debug for Tee<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tee({} loggers)", self.len())
    }
}

impl Logger for Tee<'_> {
    fn scalar(&mut self, step: u64, name: &str, value: f64) -> Result<(), Error> {
        self.each(|logger| logger.scalar(step, name, value))
    }

    fn histogram(&mut self, step: u64, name: &str, histogram: &Histogram) -> Result<(), Error> {
        self.each(|logger| logger.histogram(step, name, histogram))
    }

    fn text(&mut self, step: u64, name: &str, text: &str) -> Result<(), Error> {
        self.each(|logger| logger.text(step, name, text))
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.each(|logger| logger.flush())
    }
}
