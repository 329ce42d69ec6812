//! [`Cosine`] and [`CosineRestarts`]: half a cosine from one value to another.

use super::{Curve, Schedule, check, taken};
use crate::error::Error;

/// Half a cosine from one value to another: flat at both ends.
///
/// `at = to + (from − to) · (1 + cos(π · min(i, steps) / steps)) / 2`. PyTorch's `CosineAnnealingLR` has `from` as the
/// optimizer's `lr`, `to` as `eta_min`, `steps` as `T_max`; there, values are computed from the ones before them, and go
/// up again after `T_max`. Here they stay.
///
/// Loshchilov & Hutter, *SGDR: stochastic gradient descent with warm restarts*, 2017, <https://arxiv.org/abs/1608.03983>.
///
/// Its [`check`](Schedule::check) fails for values that are not finite and for 0 steps.
///
/// ```
/// use optim_core::schedule::{Cosine, Schedule};
///
/// let lr = Cosine { from: 1.0, to: 0.0, steps: 2 };
/// assert_eq!([1, 2, 3, 4].map(|step| lr.at(step)), [1.0, 0.5, 0.0, 0.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cosine {
    /// The value of the first step.
    pub from: f64,
    /// The value after `steps` steps, and of all that follow.
    pub to: f64,
    /// How long it takes, in `1..`.
    pub steps: u64,
}

impl Schedule for Cosine {
    fn at(&self, step: u64) -> f64 {
        Curve::Cosine.after(self.from, self.to, taken(step), self.steps)
    }

    fn check(&self) -> Result<(), Error> {
        check::finite("Cosine", "from", self.from)?;
        check::finite("Cosine", "to", self.to)?;
        check::some("Cosine", "steps", self.steps)
    }
}

/// [`Cosine`] again and again, each time longer by a factor.
///
/// Run `k = 0, 1, 2, …` takes `T = first · multiplier^k` steps. In it, `j` steps after its beginning,
/// `at = to + (from − to) · (1 + cos(π · j / T)) / 2`; after `T` steps the next begins with `from`. PyTorch's
/// `CosineAnnealingWarmRestarts` with `T_0 = first`, `T_mult = multiplier`, `eta_min = to`.
///
/// Loshchilov & Hutter, *SGDR: stochastic gradient descent with warm restarts*, 2017, <https://arxiv.org/abs/1608.03983>.
///
/// Its [`check`](Schedule::check) fails for values that are not finite and for a length or multiplier of 0.
///
/// ```
/// use optim_core::schedule::{CosineRestarts, Schedule};
///
/// let lr = CosineRestarts { from: 1.0, to: 0.0, first: 2, multiplier: 2 };
/// assert_eq!([1, 2, 3, 5, 7, 11].map(|step| lr.at(step)), [1.0, 0.5, 1.0, 0.5, 1.0, 0.5]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CosineRestarts {
    /// The value of the first step of each run.
    pub from: f64,
    /// The value that each run goes to, and does not reach.
    pub to: f64,
    /// How many steps the first run takes, in `1..`.
    pub first: u64,
    /// How many times longer each run is than the one before it, in `1..`.
    pub multiplier: u64,
}

impl CosineRestarts {
    /// How many steps of its run have been taken after `taken` steps, and how many the run has.
    fn run(&self, taken: u64) -> (u64, u64) {
        let (first, multiplier) = (self.first.max(1), self.multiplier.max(1));
        if multiplier == 1 {
            return (taken % first, first);
        }
        let (mut taken, mut length) = (taken, first);
        // Lengths at least double: no more than 64 rounds.
        while taken >= length {
            taken -= length;
            length = length.saturating_mul(multiplier);
        }
        (taken, length)
    }
}

impl Schedule for CosineRestarts {
    fn at(&self, step: u64) -> f64 {
        let (taken, length) = self.run(taken(step));
        Curve::Cosine.after(self.from, self.to, taken, length)
    }

    fn check(&self) -> Result<(), Error> {
        check::finite("CosineRestarts", "from", self.from)?;
        check::finite("CosineRestarts", "to", self.to)?;
        check::some("CosineRestarts", "first", self.first)?;
        check::some("CosineRestarts", "multiplier", self.multiplier)
    }
}
