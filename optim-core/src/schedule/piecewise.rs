//! [`Piecewise`]: values at given steps, and a curve between them.

use super::{Curve, Schedule, check, taken};
use crate::error::Error;

/// Given values after given numbers of steps, and a curve from each to the next.
///
/// Between the points `(n, a)` and `(m, b)`: `at = curve(a, b, (i − n) / (m − n))`. Before the first point it has that
/// point's value, after the last that one's. With [`Curve::Hold`] each value stays until the next point.
///
/// Its [`check`](Schedule::check) fails without points, for values that are not finite and for numbers of steps that do
/// not rise.
///
/// ```
/// use optim_core::schedule::{Curve, Piecewise, Schedule};
///
/// let points = vec![(0, 1.0), (2, 3.0), (4, 2.0)];
/// let lr = Piecewise { points: points.clone(), curve: Curve::Linear };
/// assert_eq!([1, 2, 3, 4, 5, 6].map(|step| lr.at(step)), [1.0, 2.0, 3.0, 2.5, 2.0, 2.0]);
/// let lr = Piecewise { points, curve: Curve::Hold };
/// assert_eq!([1, 2, 3, 4, 5, 6].map(|step| lr.at(step)), [1.0, 1.0, 3.0, 3.0, 2.0, 2.0]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Piecewise {
    /// After how many steps which value, in rising order.
    pub points: Vec<(u64, f64)>,
    /// How it goes from one to the next.
    pub curve: Curve,
}

impl Schedule for Piecewise {
    fn at(&self, step: u64) -> f64 {
        let i = taken(step);
        let next = self.points.partition_point(|&(after, _)| after <= i);
        match (next.checked_sub(1).map(|last| self.points[last]), self.points.get(next)) {
            (Some((n, a)), Some(&(m, b))) => self.curve.after(a, b, i - n, m.saturating_sub(n)),
            (Some((_, value)), None) | (None, Some(&(_, value))) => value,
            (None, None) => f64::NAN,
        }
    }

    fn check(&self) -> Result<(), Error> {
        if self.points.is_empty() {
            return Err(Error::require("Piecewise", "`points` has no point"));
        }
        for &(_, value) in &self.points {
            check::finite("Piecewise", "value", value)?;
        }
        match self.points.windows(2).find(|pair| pair[0].0 >= pair[1].0) {
            Some(pair) => {
                let text = format!("the steps of `points` have to rise, and {} comes before {}", pair[0].0, pair[1].0);
                Err(Error::require("Piecewise", text))
            }
            None => Ok(()),
        }
    }
}
