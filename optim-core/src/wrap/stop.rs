//! [`Stop`]: how a wrapper ends a step of the inner optimizer before it moves anything.

use crate::error::Error;

/// The error that the closure of the inner optimizer returns: it leaves weights, caches and step count as they were.
#[derive(Debug)]
pub(super) enum Stop<E> {
    /// The wrapper has the gradient, and there is to be no step.
    Stopped,
    /// Something went wrong.
    Failed(E),
}

impl<E: From<Error>> From<Error> for Stop<E> {
    fn from(error: Error) -> Self {
        Stop::Failed(error.into())
    }
}
