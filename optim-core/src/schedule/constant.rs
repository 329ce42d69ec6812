//! [`Constant`]: one value for all steps.

use super::{Schedule, check};
use crate::error::Error;

/// One value for all steps.
///
/// Its [`check`](Schedule::check) fails for a value that is not finite.
///
/// ```
/// use optim_core::schedule::{Constant, Schedule};
///
/// // PyTorch's `ConstantLR`: a smaller value at first.
/// let lr = Constant(0.03).then(5, Constant(0.1));
/// assert_eq!((lr.at(5), lr.at(6)), (0.03, 0.1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Constant(
    /// The value.
    pub f64,
);

impl Schedule for Constant {
    fn at(&self, _step: u64) -> f64 {
        self.0
    }

    fn check(&self) -> Result<(), Error> {
        check::finite("Constant", "value", self.0)
    }
}
