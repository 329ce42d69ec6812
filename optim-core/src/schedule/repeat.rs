//! [`Repeat`]: the beginning of a schedule, again and again.

use super::{Schedule, check, taken};
use crate::error::Error;

/// The first steps of a schedule, again and again: [`Schedule::repeat`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Repeat<S> {
    /// What it is made from.
    pub schedule: S,
    /// How many steps are repeated, in `1..`.
    pub steps: u64,
}

impl<S: Schedule> Schedule for Repeat<S> {
    fn at(&self, step: u64) -> f64 {
        self.schedule.at(taken(step) % self.steps.max(1) + 1)
    }

    fn check(&self) -> Result<(), Error> {
        check::some("Repeat", "steps", self.steps)?;
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
