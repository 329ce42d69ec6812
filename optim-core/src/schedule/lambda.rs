//! [`Lambda`]: any function of the step.

use std::fmt;

use super::Schedule;

/// Any function of the step: PyTorch's `LambdaLR`, but that the function returns the value and counts from 1.
///
/// It has to be pure: a value that changes from one call to the next makes a run that cannot be resumed.
///
/// ```
/// use optim_core::schedule::{Lambda, Schedule};
///
/// let lr = Lambda::new(|step| if step % 2 == 0 { 0.1 } else { 0.2 });
/// assert_eq!([1, 2, 3].map(|step| lr.at(step)), [0.2, 0.1, 0.2]);
/// assert_eq!(format!("{lr:?}"), "Lambda");
/// ```
#[derive(Clone, Copy)]
pub struct Lambda<F>(F);

impl<F: Fn(u64) -> f64> Lambda<F> {
    /// A schedule of this function, which is given the step: 1, 2, 3, …
    pub fn new(function: F) -> Self {
        Lambda(function)
    }
}

impl<F> fmt::Debug for Lambda<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lambda")
    }
}

impl<F: Fn(u64) -> f64 + Clone + Send + Sync + 'static> Schedule for Lambda<F> {
    fn at(&self, step: u64) -> f64 {
        (self.0)(step)
    }
}
