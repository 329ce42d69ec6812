//! [`Skip`]: a schedule from a later step on.

use super::Schedule;
use crate::error::Error;

/// A schedule without its first steps: [`Schedule::skip`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Skip<S> {
    /// What it is made from.
    pub schedule: S,
    /// How many steps are left out.
    pub steps: u64,
}

impl<S: Schedule> Schedule for Skip<S> {
    fn at(&self, step: u64) -> f64 {
        self.schedule.at(step.max(1).saturating_add(self.steps))
    }

    fn check(&self) -> Result<(), Error> {
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
