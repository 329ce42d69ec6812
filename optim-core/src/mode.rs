//! [`Mode`]: whether small or large values are good.

/// Whether small or large values of a metric are good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// A loss: the smallest is the best.
    #[default]
    Min,
    /// An accuracy: the largest is the best.
    Max,
}

impl Mode {
    /// Whether `value` lies on the good side of `bound`: never where one of them is NaN.
    pub(crate) fn is_better(self, value: f64, bound: f64) -> bool {
        match self {
            Mode::Min => value < bound,
            Mode::Max => value > bound,
        }
    }

    /// −1 or 1: where the good side lies.
    pub(crate) fn sign(self) -> f64 {
        match self {
            Mode::Min => -1.0,
            Mode::Max => 1.0,
        }
    }
}
