//! [`Affine`]: a schedule times a number, plus a number.

use super::{Schedule, check};
use crate::error::Error;

/// A schedule times a number, plus a number: [`Schedule::scale`], [`Schedule::offset`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine<S> {
    /// What it is made from.
    pub schedule: S,
    /// The number it is multiplied by.
    pub factor: f64,
    /// The number that is added then.
    pub offset: f64,
}

impl<S: Schedule> Schedule for Affine<S> {
    fn at(&self, step: u64) -> f64 {
        self.factor * self.schedule.at(step) + self.offset
    }

    fn check(&self) -> Result<(), Error> {
        check::finite("Affine", "factor", self.factor)?;
        check::finite("Affine", "offset", self.offset)?;
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
