//! [`Linear`]: a straight line from one value to another.

use super::{Curve, Schedule, check, taken};
use crate::error::Error;

/// A straight line from one value to another.
///
/// `at = from + (to − from) · min(i, steps) / steps`. PyTorch's `LinearLR` with `start_factor = from / lr`,
/// `end_factor = to / lr`, `total_iters = steps`; there, values are products of the ones before them and carry their
/// rounding along.
///
/// Its [`check`](Schedule::check) fails for values that are not finite and for 0 steps.
///
/// ```
/// use optim_core::schedule::{Linear, Schedule};
///
/// let lr = Linear { from: 1.0, to: 0.5, steps: 4 };
/// assert_eq!([1, 2, 3, 4, 5, 6].map(|step| lr.at(step)), [1.0, 0.875, 0.75, 0.625, 0.5, 0.5]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Linear {
    /// The value of the first step.
    pub from: f64,
    /// The value after `steps` steps, and of all that follow.
    pub to: f64,
    /// How long it takes, in `1..`.
    pub steps: u64,
}

impl Schedule for Linear {
    fn at(&self, step: u64) -> f64 {
        Curve::Linear.after(self.from, self.to, taken(step), self.steps)
    }

    fn check(&self) -> Result<(), Error> {
        check::finite("Linear", "from", self.from)?;
        check::finite("Linear", "to", self.to)?;
        check::some("Linear", "steps", self.steps)
    }
}
