//! [`WarmupStableDecay`]: up, along, down.

use super::{Curve, Schedule, check, taken};
use crate::error::Error;

/// Up to a peak in a straight line, along it for most of the time, and down at the end.
///
/// `at = from + (peak − from) · i / warmup` for `i < warmup`; then `peak` for `stable` steps; then along `curve` from
/// `peak` to `to` in `decay` steps, and `to` from there on. While it is stable, nobody has to know how long training
/// will take: it is cooled down whenever it is to end.
///
/// Hu et al., *MiniCPM: unveiling the potential of small language models*, 2024, <https://arxiv.org/abs/2404.06395>. The
/// decay `1 − √x` ([`Curve::Sqrt`]): Hägele et al., *Scaling laws and compute-optimal training beyond fixed training
/// durations*, 2024, <https://arxiv.org/abs/2405.18392>.
///
/// Its [`check`](Schedule::check) fails for values that are not finite, and where `warmup + stable + decay` is 0.
///
/// ```
/// use optim_core::schedule::{Curve, Schedule, WarmupStableDecay};
///
/// let lr = WarmupStableDecay::new(1.0, 2, 3, 4).with_curve(Curve::Sqrt);
/// assert_eq!([1, 2, 3, 5, 6].map(|step| lr.at(step)), [0.0, 0.5, 1.0, 1.0, 1.0]);
/// assert_eq!([7, 10, 11].map(|step| lr.at(step)), [0.5, 0.0, 0.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WarmupStableDecay {
    /// The value of the first step.
    pub from: f64,
    /// The value in the middle.
    pub peak: f64,
    /// The value at the end.
    pub to: f64,
    /// How many steps it goes up.
    pub warmup: u64,
    /// How many steps it stays.
    pub stable: u64,
    /// How many steps it goes down.
    pub decay: u64,
    /// How it goes down.
    pub curve: Curve,
}

impl WarmupStableDecay {
    /// From 0 to `peak` and back to 0, in straight lines.
    pub fn new(peak: f64, warmup: u64, stable: u64, decay: u64) -> Self {
        WarmupStableDecay { from: 0.0, peak, to: 0.0, warmup, stable, decay, curve: Curve::Linear }
    }

    /// With this value of the first step.
    #[must_use]
    pub fn with_from(self, from: f64) -> Self {
        WarmupStableDecay { from, ..self }
    }

    /// With this last value.
    #[must_use]
    pub fn with_to(self, to: f64) -> Self {
        WarmupStableDecay { to, ..self }
    }

    /// Down along this curve.
    #[must_use]
    pub fn with_curve(self, curve: Curve) -> Self {
        WarmupStableDecay { curve, ..self }
    }
}

impl Schedule for WarmupStableDecay {
    fn at(&self, step: u64) -> f64 {
        let i = taken(step);
        if i < self.warmup {
            return Curve::Linear.after(self.from, self.peak, i, self.warmup);
        }
        let before_decay = self.warmup.saturating_add(self.stable);
        if i < before_decay {
            return self.peak;
        }
        self.curve.after(self.peak, self.to, i - before_decay, self.decay)
    }

    fn check(&self) -> Result<(), Error> {
        check::finite("WarmupStableDecay", "from", self.from)?;
        check::finite("WarmupStableDecay", "peak", self.peak)?;
        check::finite("WarmupStableDecay", "to", self.to)?;
        if self.warmup == 0 && self.stable == 0 && self.decay == 0 {
            return Err(Error::require("WarmupStableDecay", "`warmup`, `stable` and `decay` are all 0"));
        }
        Ok(())
    }
}
