//! [`Product`]: two schedules, multiplied.

use super::{Schedule, state};
use crate::error::Error;

/// Two schedules, multiplied step by step: [`Schedule::times`]. PyTorch's `ChainedScheduler`, where one of the two is a
/// factor.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Product<A, B>(
    /// The one.
    pub A,
    /// The other.
    pub B,
);

impl<A: Schedule, B: Schedule> Schedule for Product<A, B> {
    fn at(&self, step: u64) -> f64 {
        self.0.at(step) * self.1.at(step)
    }

    fn check(&self) -> Result<(), Error> {
        self.0.check()?;
        self.1.check()
    }

    fn observe(&mut self, metric: f64) {
        self.0.observe(metric);
        self.1.observe(metric);
    }

    fn state(&self) -> Vec<f64> {
        state::of_both(&self.0, &self.1)
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), Error> {
        state::set_both(&mut self.0, &mut self.1, state)
    }
}
