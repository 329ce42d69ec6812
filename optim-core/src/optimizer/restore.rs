//! [`Restore`]: what takes the parameters back after a closure.

use super::Optimizer;
use crate::error::Error;
use crate::optimizable::Optimizable;
use crate::rule::Rule;

/// Takes the parameters back when it is dropped: after an evaluation, an error, or a panic.
pub(super) struct Restore<'o, R: Rule, M: Optimizable> {
    pub(super) optimizer: &'o mut Optimizer<R, M>,
    pub(super) model: &'o mut M,
    pub(super) armed: bool,
}

impl<R: Rule, M: Optimizable> Restore<'_, R, M> {
    pub(super) fn take_back(&mut self) -> Result<(), Error> {
        self.optimizer.parameters.take_back(self.model)
    }
}

impl<R: Rule, M: Optimizable> Drop for Restore<'_, R, M> {
    fn drop(&mut self) {
        if self.armed {
            // A closure that changed the structure has its own error, or has panicked.
            let _ = self.take_back();
        }
    }
}
