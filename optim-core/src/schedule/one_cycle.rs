//! [`OneCycle`]: up to a peak, and down again further.

use super::{Curve, Schedule, check, taken};
use crate::error::Error;

/// Up to a peak in a first share of all steps, and down again, further than from where it came.
///
/// Two phases: from `from` to `peak` while `i` goes from 0 to `rise · steps − 1`, then to `to` until `steps − 1`. Three
/// phases: up as before, down to `from` until `2 · rise · steps − 2`, then to `to`. Each along `curve`. The last value is
/// that of step `steps`, and stays. This is PyTorch's `OneCycleLR` with `total_steps = steps`, `pct_start = rise`, which
/// ends with an error where this stays.
///
/// Momentum goes the other way round: the same schedule with a `peak` below `from`, as in the example.
///
/// Smith & Topin, *Super-convergence: very fast training of neural networks using large learning rates*, 2018,
/// <https://arxiv.org/abs/1708.07120>. Two phases and the cosine are those of fast.ai.
///
/// Its [`check`](Schedule::check) fails for values that are not finite, for 0 steps and for a share that is not in
/// `0..=1` (with three phases: `0..=0.5`).
///
/// ```
/// use optim_core::schedule::{Curve, OneCycle, Schedule};
///
/// let lr = OneCycle::new(1.0, 10).with_curve(Curve::Linear);
/// assert_eq!([1, 3, 10, 11].map(|step| lr.at(step)), [0.04, 1.0, 4e-6, 4e-6]);
/// let momentum = OneCycle { from: 0.95, peak: 0.85, to: 0.95, ..lr };
/// assert_eq!([1, 3, 10].map(|step| momentum.at(step)), [0.95, 0.85, 0.95]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OneCycle {
    /// The value of the first step.
    pub from: f64,
    /// The value at the top.
    pub peak: f64,
    /// The value of step `steps`, and of all that follow.
    pub to: f64,
    /// How many steps there are in all, in `1..`.
    pub steps: u64,
    /// The share of them in which the value rises, in `0..=1`, with three phases in `0..=0.5`.
    pub rise: f64,
    /// Along which curve.
    pub curve: Curve,
    /// Whether it comes back to `from` before it goes on to `to`.
    pub three_phase: bool,
}

impl OneCycle {
    /// With PyTorch's defaults: from `peak / 25` up in the first 30 %, down to `peak / 250,000`, two phases of half a
    /// cosine each.
    pub fn new(peak: f64, steps: u64) -> Self {
        let from = peak / 25.0;
        OneCycle { from, peak, to: from / 1e4, steps, rise: 0.3, curve: Curve::Cosine, three_phase: false }
    }

    /// With this value of the first step.
    #[must_use]
    pub fn with_from(self, from: f64) -> Self {
        OneCycle { from, ..self }
    }

    /// With this last value.
    #[must_use]
    pub fn with_to(self, to: f64) -> Self {
        OneCycle { to, ..self }
    }

    /// With this share of all steps in which the value rises.
    #[must_use]
    pub fn with_rise(self, rise: f64) -> Self {
        OneCycle { rise, ..self }
    }

    /// Along this curve.
    #[must_use]
    pub fn with_curve(self, curve: Curve) -> Self {
        OneCycle { curve, ..self }
    }

    /// With three phases, or with two.
    #[must_use]
    pub fn with_three_phase(self, three_phase: bool) -> Self {
        OneCycle { three_phase, ..self }
    }
}

impl Schedule for OneCycle {
    fn at(&self, step: u64) -> f64 {
        let (i, steps) = (taken(step) as f64, self.steps as f64);
        let top = self.rise * steps - 1.0;
        let back = 2.0 * self.rise * steps - 2.0;
        // Where a phase begins and ends, and with which values.
        let (start, end, a, b) = if i <= top {
            (0.0, top, self.from, self.peak)
        } else if !self.three_phase {
            (top, steps - 1.0, self.peak, self.to)
        } else if i <= back {
            (top, back, self.peak, self.from)
        } else {
            (back, steps - 1.0, self.from, self.to)
        };
        // A phase without length is over.
        if end <= start { b } else { self.curve.between(a, b, (i - start) / (end - start)) }
    }

    fn check(&self) -> Result<(), Error> {
        check::finite("OneCycle", "from", self.from)?;
        check::finite("OneCycle", "peak", self.peak)?;
        check::finite("OneCycle", "to", self.to)?;
        check::some("OneCycle", "steps", self.steps)?;
        let (most, range) = if self.three_phase { (0.5, "0..=0.5") } else { (1.0, "0..=1") };
        check::number("OneCycle", "rise", self.rise, (0.0..=most).contains(&self.rise), range)
    }
}
