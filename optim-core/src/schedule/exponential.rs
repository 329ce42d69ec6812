//! [`Exponential`]: a factor from each step to the next.

use super::{Schedule, check, taken};
use crate::error::Error;

/// A factor from each step to the next.
///
/// `at = from · gamma^i`: PyTorch's `ExponentialLR`. With an end: [`at_least`](Schedule::at_least). To lose a factor `f`
/// over `n` steps, `gamma = f.powf(1.0 / n)`.
///
/// Its [`check`](Schedule::check) fails for a value that is not finite and for a factor that is not in `0<..=1`.
///
/// ```
/// use optim_core::schedule::{Exponential, Schedule};
///
/// let lr = Exponential { from: 0.5, gamma: 0.5 };
/// assert_eq!([1, 2, 3, 4].map(|step| lr.at(step)), [0.5, 0.25, 0.125, 0.0625]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exponential {
    /// The value of the first step.
    pub from: f64,
    /// The factor, in `0<..=1`.
    pub gamma: f64,
}

impl Schedule for Exponential {
    fn at(&self, step: u64) -> f64 {
        self.from * libm::pow(self.gamma, taken(step) as f64)
    }

    fn check(&self) -> Result<(), Error> {
        check::finite("Exponential", "from", self.from)?;
        check::decay("Exponential", "gamma", self.gamma)
    }
}
