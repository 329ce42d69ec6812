//! [`InverseSqrt`]: up, and down with the square root of the step.

use super::{Schedule, check};
use crate::error::Error;

/// Up in a straight line, and down with one over the square root of the step.
///
/// `at = peak · min(t / warmup, √(warmup / t))` with `t = step`, counted from 1. It has no end. With
/// `peak = 1 / √(d · warmup)` it is the schedule of the Transformer, `d^−½ · min(t^−½, t · warmup^−1.5)`. A warm-up of 1
/// is none: `peak / √t`.
///
/// Vaswani et al., *Attention is all you need*, 2017, <https://arxiv.org/abs/1706.03762>.
///
/// Its [`check`](Schedule::check) fails for a value that is not finite and for a warm-up of 0 steps.
///
/// ```
/// use optim_core::schedule::{InverseSqrt, Schedule};
///
/// let lr = InverseSqrt { peak: 1.0, warmup: 4 };
/// assert_eq!([1, 2, 4, 16, 64].map(|step| lr.at(step)), [0.25, 0.5, 1.0, 0.5, 0.25]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InverseSqrt {
    /// The value of step `warmup`, the largest.
    pub peak: f64,
    /// How many steps it goes up, in `1..`.
    pub warmup: u64,
}

impl Schedule for InverseSqrt {
    fn at(&self, step: u64) -> f64 {
        let (step, warmup) = (step.max(1), self.warmup.max(1));
        let (t, w) = (step as f64, warmup as f64);
        self.peak * if step < warmup { t / w } else { libm::sqrt(w / t) }
    }

    fn check(&self) -> Result<(), Error> {
        check::finite("InverseSqrt", "peak", self.peak)?;
        check::some("InverseSqrt", "warmup", self.warmup)
    }
}
