//! [`Step`] and [`MultiStep`]: a factor from time to time.

use super::{Schedule, check, taken};
use crate::error::Error;

/// A factor every so many steps.
///
/// `at = from · gamma^⌊i / every⌋`: PyTorch's `StepLR`.
///
/// Its [`check`](Schedule::check) fails for a value that is not finite, for a factor that is not in `0<..=1` and for
/// `every` 0.
///
/// ```
/// use optim_core::schedule::{Schedule, Step};
///
/// let lr = Step { from: 1.0, gamma: 0.5, every: 2 };
/// assert_eq!([1, 2, 3, 4, 5].map(|step| lr.at(step)), [1.0, 1.0, 0.5, 0.5, 0.25]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The value of the first steps.
    pub from: f64,
    /// The factor, in `0<..=1`.
    pub gamma: f64,
    /// For how many steps a value lasts, in `1..`.
    pub every: u64,
}

impl Schedule for Step {
    fn at(&self, step: u64) -> f64 {
        self.from * libm::pow(self.gamma, (taken(step) / self.every.max(1)) as f64)
    }

    fn check(&self) -> Result<(), Error> {
        check::finite("Step", "from", self.from)?;
        check::decay("Step", "gamma", self.gamma)?;
        check::some("Step", "every", self.every)
    }
}

/// A factor after given numbers of steps.
///
/// `at = from · gamma^(how many of after are ≤ i)`: PyTorch's `MultiStepLR`. A number that stands there twice counts
/// twice.
///
/// Its [`check`](Schedule::check) fails for a value that is not finite, for a factor that is not in `0<..=1` and for
/// numbers of steps that fall.
///
/// ```
/// use optim_core::schedule::{MultiStep, Schedule};
///
/// let lr = MultiStep { from: 1.0, gamma: 0.1, after: vec![30, 60] };
/// assert_eq!([1, 30, 31, 60].map(|step| lr.at(step)), [1.0, 1.0, 0.1, 0.1]);
/// assert!((lr.at(61) - 0.01).abs() < 1e-17);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct MultiStep {
    /// The value of the first steps.
    pub from: f64,
    /// The factor, in `0<..=1`.
    pub gamma: f64,
    /// After how many steps, in rising order.
    pub after: Vec<u64>,
}

impl Schedule for MultiStep {
    fn at(&self, step: u64) -> f64 {
        let passed = self.after.partition_point(|&after| after <= taken(step));
        self.from * libm::pow(self.gamma, passed as f64)
    }

    fn check(&self) -> Result<(), Error> {
        check::finite("MultiStep", "from", self.from)?;
        check::decay("MultiStep", "gamma", self.gamma)?;
        match self.after.windows(2).find(|pair| pair[0] > pair[1]) {
            Some(pair) => {
                Err(Error::require("MultiStep", format!("`after` has to rise, and has {} before {}", pair[0], pair[1])))
            }
            None => Ok(()),
        }
    }
}
