//! [`Logger`]: where the numbers of a training run go.

use super::Histogram;
use crate::error::Error;

/// Where the numbers of a training run go: a file, a terminal, a page. What can go wrong is returned, nothing panics.
///
/// There are [`Progress`](super::Progress), [`Csv`](super::Csv), [`JsonLines`](super::JsonLines),
/// [`TensorBoard`](super::TensorBoard), and [`Tee`](super::Tee) for several. A `&mut` of a logger is one, a `Box`, an
/// `Option` (of which `None` logs nothing), and `()`, which logs nothing either. One's own needs two functions:
///
/// ```
/// use optim_core::prelude::*;
/// use optim_core::train::Logger;
///
/// #[derive(Default)]
/// struct Latest(f64);
///
/// impl Logger for Latest {
///     fn scalar(&mut self, _step: u64, name: &str, value: f64) -> Result<(), Error> {
///         if name == "loss" {
///             self.0 = value;
///         }
///         Ok(())
///     }
///
///     fn flush(&mut self) -> Result<(), Error> {
///         Ok(())
///     }
/// }
///
/// fn train(logger: &mut dyn Logger) -> Result<(), Error> {
///     for step in 1..=3 {
///         logger.scalar(step, "loss", 1.0 / step as f64)?;
///     }
///     logger.flush()
/// }
/// let mut latest = Latest::default();
/// train(&mut latest)?;
/// assert_eq!(latest.0, 1.0 / 3.0);
/// # Ok::<(), optim_core::Error>(())
/// ```
pub trait Logger {
    /// Takes in a number of a step. It may be NaN or infinite.
    ///
    /// # Errors
    /// When it cannot be written, or the name is one that the logger has no place for.
    fn scalar(&mut self, step: u64, name: &str, value: f64) -> Result<(), Error>;

    /// Takes in how numbers are distributed. A logger without a place for that leaves it out, as this one does.
    ///
    /// # Errors
    /// As [`scalar`](Self::scalar).
    fn histogram(&mut self, step: u64, name: &str, histogram: &Histogram) -> Result<(), Error> {
        let _ = (step, name, histogram);
        Ok(())
    }

    /// Takes in a text: a setting, a note. A logger without a place for that leaves it out, as this one does.
    ///
    /// # Errors
    /// As [`scalar`](Self::scalar).
    fn text(&mut self, step: u64, name: &str, text: &str) -> Result<(), Error> {
        let _ = (step, name, text);
        Ok(())
    }

    /// Hands on what has been held back, so that it survives the end of the process.
    ///
    /// # Errors
    /// When it cannot be written.
    fn flush(&mut self) -> Result<(), Error>;
}

/// Logs nothing.
impl Logger for () {
    fn scalar(&mut self, _: u64, _: &str, _: f64) -> Result<(), Error> {
        Ok(())
    }

    fn flush(&mut self) -> Result<(), Error> {
        Ok(())
    }
}

/// `None` logs nothing.
impl<L: Logger> Logger for Option<L> {
    fn scalar(&mut self, step: u64, name: &str, value: f64) -> Result<(), Error> {
        self.as_mut().map_or(Ok(()), |logger| logger.scalar(step, name, value))
    }

    fn histogram(&mut self, step: u64, name: &str, histogram: &Histogram) -> Result<(), Error> {
        self.as_mut().map_or(Ok(()), |logger| logger.histogram(step, name, histogram))
    }

    fn text(&mut self, step: u64, name: &str, text: &str) -> Result<(), Error> {
        self.as_mut().map_or(Ok(()), |logger| logger.text(step, name, text))
    }

    fn flush(&mut self) -> Result<(), Error> {
        self.as_mut().map_or(Ok(()), Logger::flush)
    }
}

macro_rules! pointers {
    ($($pointer:ty),+) => {
        $(impl<L: Logger + ?Sized> Logger for $pointer {
            fn scalar(&mut self, step: u64, name: &str, value: f64) -> Result<(), Error> {
                (**self).scalar(step, name, value)
            }

            fn histogram(&mut self, step: u64, name: &str, histogram: &Histogram) -> Result<(), Error> {
                (**self).histogram(step, name, histogram)
            }

            fn text(&mut self, step: u64, name: &str, text: &str) -> Result<(), Error> {
                (**self).text(step, name, text)
            }

            fn flush(&mut self) -> Result<(), Error> {
                (**self).flush()
            }
        })+
    };
}

pointers!(&mut L, Box<L>);
