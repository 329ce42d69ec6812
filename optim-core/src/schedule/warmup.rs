//! [`Warmup`]: a ramp in front of a schedule.

use super::{Curve, Schedule, check, taken};
use crate::error::Error;

/// A linear ramp to the first value of a schedule, and then the schedule: [`Schedule::warmup`].
///
/// In front of [`ReduceOnPlateau`](super::ReduceOnPlateau) it leads to the value of now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Warmup<S> {
    /// What follows.
    pub schedule: S,
    /// How long the ramp is; 0 is none.
    pub steps: u64,
    /// With which part of the first value it begins: a finite number.
    pub factor: f64,
}

impl<S: Schedule> Schedule for Warmup<S> {
    fn at(&self, step: u64) -> f64 {
        let i = taken(step);
        if i < self.steps {
            return self.schedule.at(1) * Curve::Linear.after(self.factor, 1.0, i, self.steps);
        }
        self.schedule.at(i - self.steps + 1)
    }

    fn check(&self) -> Result<(), Error> {
        check::finite("Warmup", "factor", self.factor)?;
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
