//! [`Then`]: one schedule after another.

use super::{Schedule, state, taken};
use crate::error::Error;

/// One schedule for some steps, then another from its first step on: [`Schedule::then`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Then<A, B> {
    /// What comes first.
    pub first: A,
    /// For how many steps; with 0 it never comes.
    pub steps: u64,
    /// What follows.
    pub next: B,
}

impl<A: Schedule, B: Schedule> Schedule for Then<A, B> {
    fn at(&self, step: u64) -> f64 {
        let i = taken(step);
        if i < self.steps { self.first.at(i + 1) } else { self.next.at(i - self.steps + 1) }
    }

    fn check(&self) -> Result<(), Error> {
        self.first.check()?;
        self.next.check()
    }

    fn observe(&mut self, metric: f64) {
        self.first.observe(metric);
        self.next.observe(metric);
    }

    fn state(&self) -> Vec<f64> {
        state::of_both(&self.first, &self.next)
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), Error> {
        state::set_both(&mut self.first, &mut self.next, state)
    }
}
