//! [`Stretch`]: a schedule over epochs, step by step.

use super::{Schedule, check, taken};
use crate::error::Error;

/// A schedule whose values last for several steps each: [`Schedule::stretch`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stretch<S> {
    /// What it is made from.
    pub schedule: S,
    /// How many steps a value lasts, in `1..`.
    pub steps: u64,
}

impl<S: Schedule> Schedule for Stretch<S> {
    fn at(&self, step: u64) -> f64 {
        self.schedule.at(taken(step) / self.steps.max(1) + 1)
    }

    fn check(&self) -> Result<(), Error> {
        check::some("Stretch", "steps", self.steps)?;
        self.schedule.check()
    }

    fn observe(&mut self, metric: f64) {
        self.schedule.observe(metric);
    }

    fn state(&self) -> Vec<f64> {
        self.schedule.state()
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), Error> {
        self.schedule.set_state(state)
    }
}
