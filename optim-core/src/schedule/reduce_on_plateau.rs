//! [`ReduceOnPlateau`]: smaller whenever a metric gets no better.

use super::{Schedule, check, state};
use crate::error::Error;
use crate::mode::Mode;

/// By how much a metric has to be better than the best so far, to count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Threshold {
    /// By a share of the best, in `0..1`: below `best · (1 − share)`, or above `best · (1 + share)`. For metrics that are
    /// positive: below 0 the bound lies on the other side of the best.
    Relative(f64),
    /// By a difference, in `0..`: below `best − difference`, or above `best + difference`.
    Absolute(f64),
}

/// A value that is multiplied by a factor whenever a metric has got no better for a while.
///
/// `at = max(from · factor^n, min)`, whatever the step, where `n` is the number of reductions so far, which follows from
/// what was [observed](Schedule::observe). An observation is *bad* where the metric is not better than the best so far
/// by the `threshold`, or NaN. After more than `patience` bad ones in a row comes a reduction; after it, `cooldown`
/// observations are not counted as bad. A reduction by `eps` or less does not take place. PyTorch's `ReduceLROnPlateau`,
/// with its defaults.
///
/// Its [`check`](Schedule::check) fails for numbers that are not in the ranges that stand at the fields.
///
/// ```
/// use optim_core::schedule::{ReduceOnPlateau, Schedule};
///
/// let mut lr = ReduceOnPlateau::new(0.8).with_factor(0.5).with_patience(1);
/// let mut values = Vec::new();
/// for loss in [2.0, 1.0, 1.0, 1.0, 0.9, 1.1, 1.2] {
///     lr.observe(loss);
///     values.push(lr.at(1));
/// }
/// assert_eq!(values, [0.8, 0.8, 0.8, 0.4, 0.4, 0.4, 0.2]);
/// assert_eq!(lr.best(), Some(0.9));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReduceOnPlateau {
    /// The value before the first reduction: finite, not below `min`.
    pub from: f64,
    /// The factor of a reduction, in `0..1`.
    pub factor: f64,
    /// How many bad observations in a row go unpunished.
    pub patience: u64,
    /// By how much a metric has to be better.
    pub threshold: Threshold,
    /// For how many observations after a reduction none counts as bad.
    pub cooldown: u64,
    /// The lowest value, in `0..`.
    pub min: f64,
    /// A reduction has to be by more than this, in `0..`.
    pub eps: f64,
    /// Whether low or high metrics are good.
    pub mode: Mode,
    best: Option<f64>,
    bad: u64,
    cooling: u64,
    reductions: u64,
}

/// The most that a count of observations can be: above it an `f64` does not tell one from the next.
const COUNTS: f64 = 9_007_199_254_740_992.0;

impl ReduceOnPlateau {
    /// With PyTorch's defaults: a tenth after more than ten observations in a row that are not lower by 0.01 %.
    pub fn new(from: f64) -> Self {
        ReduceOnPlateau {
            from,
            factor: 0.1,
            patience: 10,
            threshold: Threshold::Relative(1e-4),
            cooldown: 0,
            min: 0.0,
            eps: 1e-8,
            mode: Mode::Min,
            best: None,
            bad: 0,
            cooling: 0,
            reductions: 0,
        }
    }

    /// With this factor.
    #[must_use]
    pub fn with_factor(self, factor: f64) -> Self {
        ReduceOnPlateau { factor, ..self }
    }

    /// With this patience.
    #[must_use]
    pub fn with_patience(self, patience: u64) -> Self {
        ReduceOnPlateau { patience, ..self }
    }

    /// With this threshold.
    #[must_use]
    pub fn with_threshold(self, threshold: Threshold) -> Self {
        ReduceOnPlateau { threshold, ..self }
    }

    /// With this cooldown.
    #[must_use]
    pub fn with_cooldown(self, cooldown: u64) -> Self {
        ReduceOnPlateau { cooldown, ..self }
    }

    /// With this lowest value.
    #[must_use]
    pub fn with_min(self, min: f64) -> Self {
        ReduceOnPlateau { min, ..self }
    }

    /// With this least reduction.
    #[must_use]
    pub fn with_eps(self, eps: f64) -> Self {
        ReduceOnPlateau { eps, ..self }
    }

    /// With this kind of metric.
    #[must_use]
    pub fn with_mode(self, mode: Mode) -> Self {
        ReduceOnPlateau { mode, ..self }
    }

    /// The best metric so far, as far as better by the threshold counts.
    pub fn best(&self) -> Option<f64> {
        self.best
    }

    /// How often the value has been reduced.
    pub fn reductions(&self) -> u64 {
        self.reductions
    }

    /// The value after so many reductions.
    fn after(&self, reductions: u64) -> f64 {
        if reductions == 0 {
            return self.from;
        }
        let reduced = self.from * libm::pow(self.factor, reductions as f64);
        if reduced < self.min { self.min } else { reduced }
    }

    fn is_better(&self, metric: f64) -> bool {
        let sign = self.mode.sign();
        let bound = match (self.best, self.threshold) {
            // Anything but the worst there is.
            (None, _) => -sign * f64::INFINITY,
            (Some(best), Threshold::Relative(share)) => best * (1.0 + sign * share),
            (Some(best), Threshold::Absolute(difference)) => best + sign * difference,
        };
        self.mode.is_better(metric, bound)
    }
}

impl Schedule for ReduceOnPlateau {
    fn at(&self, _step: u64) -> f64 {
        self.after(self.reductions)
    }

    fn check(&self) -> Result<(), Error> {
        const NAME: &str = "ReduceOnPlateau";
        check::finite(NAME, "from", self.from)?;
        check::number(NAME, "factor", self.factor, (0.0..1.0).contains(&self.factor), "0..1")?;
        match self.threshold {
            Threshold::Relative(share) => check::number(NAME, "threshold", share, (0.0..1.0).contains(&share), "0..1")?,
            Threshold::Absolute(difference) => check::not_negative(NAME, "threshold", difference)?,
        }
        check::not_negative(NAME, "min", self.min)?;
        check::not_negative(NAME, "eps", self.eps)?;
        if self.min > self.from {
            return Err(Error::require(NAME, format!("`min` is {}, above `from`, {}", self.min, self.from)));
        }
        Ok(())
    }

    fn observe(&mut self, metric: f64) {
        if self.is_better(metric) {
            self.best = Some(metric);
            self.bad = 0;
        } else {
            self.bad = self.bad.saturating_add(1);
        }
        if self.cooling > 0 {
            self.cooling -= 1;
            self.bad = 0;
        }
        if self.bad > self.patience {
            if self.after(self.reductions) - self.after(self.reductions.saturating_add(1)) > self.eps {
                self.reductions += 1;
            }
            self.cooling = self.cooldown;
            self.bad = 0;
        }
    }

    /// The best metric (NaN for none), bad observations in a row, observations of the cooldown to come, reductions.
    fn state(&self) -> Vec<f64> {
        vec![self.best.unwrap_or(f64::NAN), self.bad as f64, self.cooling as f64, self.reductions as f64]
    }

    fn set_state(&mut self, state: &[f64]) -> Result<(), Error> {
        state::expect(state, 4)?;
        let names = ["bad", "cooling", "reductions"];
        for (name, &count) in names.into_iter().zip(&state[1..]) {
            if !((0.0..=COUNTS).contains(&count) && count.fract() == 0.0) {
                return Err(Error::data(format!(
                    "the state of `ReduceOnPlateau` has {count} for `{name}`, not a count"
                )));
            }
        }
        self.best = if state[0].is_nan() { None } else { Some(state[0]) };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole numbers from 0 to 2^53")]
        let count = |index: usize| state[index] as u64;
        (self.bad, self.cooling, self.reductions) = (count(1), count(2), count(3));
        Ok(())
    }
}
