//! [`Polynomial`]: a power of the part that is left.

use super::{Schedule, check, taken};
use crate::error::Error;

/// From one value to another with a power of the steps that are left.
///
/// `at = to + (from − to) · (1 − min(i, steps) / steps)^power`. PyTorch's `PolynomialLR` has `to = 0`, and computes each
/// value from the one before it.
///
/// Its [`check`](Schedule::check) fails for values that are not finite, for 0 steps and for a power that is not above 0.
///
/// ```
/// use optim_core::schedule::{Polynomial, Schedule};
///
/// let lr = Polynomial { from: 1.0, to: 0.0, steps: 4, power: 2.0 };
/// assert_eq!([1, 2, 3, 4, 5, 6].map(|step| lr.at(step)), [1.0, 0.5625, 0.25, 0.0625, 0.0, 0.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Polynomial {
    /// The value of the first step.
    pub from: f64,
    /// The value after `steps` steps, and of all that follow.
    pub to: f64,
    /// How long it takes, in `1..`.
    pub steps: u64,
    /// The power, in `0<..`: 1 is a straight line, above 1 the curve is steep first and flat at the end.
    pub power: f64,
}

impl Schedule for Polynomial {
    fn at(&self, step: u64) -> f64 {
        let i = taken(step);
        match i {
            0 => self.from,
            _ if i >= self.steps => self.to,
            _ => {
                let left = libm::pow(1.0 - i as f64 / self.steps as f64, self.power);
                self.to + (self.from - self.to) * left
            }
        }
    }

    fn check(&self) -> Result<(), Error> {
        check::finite("Polynomial", "from", self.from)?;
        check::finite("Polynomial", "to", self.to)?;
        check::some("Polynomial", "steps", self.steps)?;
        check::number("Polynomial", "power", self.power, self.power.is_finite() && self.power > 0.0, "0<..")
    }
}
