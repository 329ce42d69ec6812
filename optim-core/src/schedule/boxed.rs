//! [`Boxed`]: a schedule of any kind behind one type.

use std::fmt;

use super::Schedule;
use crate::error::Error;

/// A schedule of any kind behind one type, for a kind that is chosen at run time: [`Schedule::boxed`].
///
/// ```
/// use optim_core::schedule::{Boxed, Constant, Cosine, Schedule};
///
/// fn by_name(name: &str) -> Boxed {
///     match name {
///         "cosine" => Cosine { from: 0.1, to: 0.0, steps: 100 }.warmup(10, 0.1).boxed(),
///         _ => Constant(0.1).boxed(),
///     }
/// }
///
/// assert_eq!((by_name("cosine").at(11), by_name("constant").at(1000)), (0.1, 0.1));
/// assert_eq!(format!("{:?}", by_name("constant")), "Constant(0.1)");
/// ```
pub struct Boxed(Box<dyn Erased>);

impl Boxed {
    pub(super) fn new(schedule: impl Schedule) -> Self {
        Boxed(Box::new(schedule))
    }
}

impl Clone for Boxed {
    fn clone(&self) -> Self {
        Boxed(self.0.clone_box())
    }
}

/// As the schedule within.
impl fmt::Debug for Boxed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Schedule for Boxed {
    fn at(&self, step: u64) -> f64 {
        self.0.erased_at(step)
    }

    fn check(&self) -> Result<(), Error> {
        self.0.erased_check()
    }

    fn observe(&mut self, metric: f64) {
        self.0.erased_observe(metric);
    }

    fn state(&self) -> Vec<f64> {
        self.0.erased_state()
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), Error> {
        self.0.erased_set_state(state)
    }

    fn boxed(self) -> Boxed {
        self
    }
}

/// What of [`Schedule`] can be called without its type.
trait Erased: fmt::Debug + Send + Sync {
    fn clone_box(&self) -> Box<dyn Erased>;
    fn erased_at(&self, step: u64) -> f64;
    fn erased_check(&self) -> Result<(), Error>;
    fn erased_observe(&mut self, metric: f64);
    fn erased_state(&self) -> Vec<f64>;
    fn erased_set_state(&mut self, state: &[f64]) -> Result<(), Error>;
}

impl<S: Schedule> Erased for S {
    fn clone_box(&self) -> Box<dyn Erased> {
        Box::new(self.clone())
    }

    fn erased_at(&self, step: u64) -> f64 {
        self.at(step)
    }

    fn erased_check(&self) -> Result<(), Error> {
        self.check()
    }

    fn erased_observe(&mut self, metric: f64) {
        self.observe(metric);
    }

    fn erased_state(&self) -> Vec<f64> {
        self.state()
    }

    fn erased_set_state(&mut self, state: &[f64]) -> Result<(), Error> {
        self.set_state(state)
    }
}
