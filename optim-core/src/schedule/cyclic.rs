//! [`Cyclic`]: up and down in straight lines, again and again.

use super::{Schedule, check, taken};
use crate::error::Error;

/// What becomes of the height of a [`Cyclic`] schedule.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub enum CyclicKind {
    /// It stays.
    #[default]
    Triangular,
    /// Each cycle has half of the height of the one before it.
    Triangular2,
    /// It shrinks by a factor in each step: times `gamma^i`.
    ExpRange {
        /// The factor, in `0<..=1`.
        gamma: f64,
    },
}

/// Up and down in straight lines, again and again.
///
/// `at = base + (peak − base) · h · s`: in each cycle of `up + down` steps `h` goes from 0 to 1 in `up` steps and back to
/// 0 in `down` steps; `s` is 1, `2^−(cycle)` with cycles 0, 1, 2, …, or `gamma^i`, as `kind` says. PyTorch's `CyclicLR`
/// with `base_lr = base`, `max_lr = peak`, `step_size_up = up`, `step_size_down = down`.
///
/// Momentum goes the other way round: a `peak` below `base`.
///
/// Smith, *Cyclical learning rates for training neural networks*, 2017, <https://arxiv.org/abs/1506.01186>.
///
/// Its [`check`](Schedule::check) fails for values that are not finite, for 0 steps up or down and for a `gamma` that is
/// not in `0<..=1`.
///
/// ```
/// use optim_core::schedule::{Cyclic, CyclicKind, Schedule};
///
/// let lr = Cyclic { base: 1.0, peak: 2.0, up: 2, down: 1, kind: CyclicKind::Triangular2 };
/// assert_eq!([1, 2, 3, 4, 5, 6].map(|step| lr.at(step)), [1.0, 1.5, 2.0, 1.0, 1.25, 1.5]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cyclic {
    /// The value of the first step, and between two cycles.
    pub base: f64,
    /// The value at the top of the first cycle.
    pub peak: f64,
    /// How many steps it goes up, in `1..`.
    pub up: u64,
    /// How many steps it goes down, in `1..`.
    pub down: u64,
    /// What becomes of the height.
    pub kind: CyclicKind,
}

impl Schedule for Cyclic {
    fn at(&self, step: u64) -> f64 {
        let i = taken(step);
        let length = self.up.saturating_add(self.down).max(1);
        let (cycle, within) = (i / length, i % length);
        let height = if within < self.up {
            within as f64 / self.up as f64
        } else {
            (length - within) as f64 / self.down.max(1) as f64
        };
        let scale = match self.kind {
            CyclicKind::Triangular => 1.0,
            CyclicKind::Triangular2 => libm::pow(0.5, cycle as f64),
            CyclicKind::ExpRange { gamma } => libm::pow(gamma, i as f64),
        };
        self.base + (self.peak - self.base) * height * scale
    }

    fn check(&self) -> Result<(), Error> {
        check::finite("Cyclic", "base", self.base)?;
        check::finite("Cyclic", "peak", self.peak)?;
        check::some("Cyclic", "up", self.up)?;
        check::some("Cyclic", "down", self.down)?;
        match self.kind {
            CyclicKind::ExpRange { gamma } => check::decay("Cyclic", "gamma", gamma),
            CyclicKind::Triangular | CyclicKind::Triangular2 => Ok(()),
        }
    }
}
