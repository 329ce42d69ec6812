//! [`Curve`]: how a value goes from one to another.

use std::f64::consts::PI;

/// How a value goes from `a` to `b` while `x` goes from 0 to 1.
///
/// ```
/// use optim_core::schedule::Curve;
///
/// let halfway = [Curve::Linear, Curve::Cosine, Curve::Sqrt, Curve::Hold].map(|curve| curve.between(1.0, 0.0, 0.25));
/// assert_eq!(halfway, [0.75, 0.853_553_390_593_273_7, 0.5, 1.0]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Curve {
    /// A straight line: `a + (b − a) · x`.
    #[default]
    Linear,
    /// Half a cosine, flat at both ends: `b + (a − b) · (1 + cos πx) / 2`.
    Cosine,
    /// Steep at first: `b + (a − b) · (1 − √x)`.
    Sqrt,
    /// Stays at `a` and jumps to `b` at the end.
    Hold,
}

impl Curve {
    /// The value at `x`: exactly `a` up to 0 and exactly `b` from 1 on.
    pub fn between(self, a: f64, b: f64, x: f64) -> f64 {
        if x <= 0.0 {
            return a;
        }
        if x >= 1.0 {
            return b;
        }
        match self {
            Curve::Linear => a + (b - a) * x,
            Curve::Cosine => b + (a - b) * (1.0 + libm::cos(PI * x)) / 2.0,
            Curve::Sqrt => b + (a - b) * (1.0 - libm::sqrt(x)),
            Curve::Hold => a,
        }
    }

    /// The value after `taken` of `steps` steps.
    pub(super) fn after(self, a: f64, b: f64, taken: u64, steps: u64) -> f64 {
        // Compared as whole numbers: without steps the end is reached at once.
        if taken >= steps { b } else { self.between(a, b, taken as f64 / steps as f64) }
    }
}
