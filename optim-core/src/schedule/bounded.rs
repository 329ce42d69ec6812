//! [`Bounded`]: a schedule between two bounds.

use super::{Schedule, check};
use crate::error::Error;

/// A schedule, kept between two bounds: [`Schedule::at_least`], [`Schedule::at_most`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounded<S> {
    /// What it is made from.
    pub schedule: S,
    /// The lower bound, or minus infinity.
    pub low: f64,
    /// The upper bound, or infinity.
    pub high: f64,
}

impl<S: Schedule> Schedule for Bounded<S> {
    fn at(&self, step: u64) -> f64 {
        let value = self.schedule.at(step);
        // A NaN stays one: it is not hidden by a bound.
        if value < self.low {
            self.low
        } else if value > self.high {
            self.high
        } else {
            value
        }
    }

    fn check(&self) -> Result<(), Error> {
        check::number("Bounded", "low", self.low, self.low < f64::INFINITY, "the numbers below infinity")?;
        check::number("Bounded", "high", self.high, self.high >= self.low, "the numbers from `low` up")?;
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
