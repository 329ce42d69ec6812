//! [`Histogram`]: how the numbers of a tensor are distributed.

use crate::error::Error;
use crate::real::Real;

/// How numbers are distributed: counts of intervals of equal width between the smallest and the largest.
///
/// With `n` intervals, `edgeₖ = min · (1 − k/n) + max · (k/n)`. A number is counted where `edgeₖ ≤ x < edgeₖ₊₁`, the largest
/// in the last. NaN and infinities are in no interval: they are counted apart.
///
/// ```
/// use optim_core::ndarray::array;
/// use optim_core::train::Histogram;
///
/// let weights = array![[0.0_f32, 0.1], [0.9, f32::NAN], [1.0, 0.3]];
/// let histogram = Histogram::of(weights.iter(), 2)?;
/// assert_eq!((histogram.edges(), histogram.counts()), (&[0.0, 0.5, 1.0][..], &[3, 2][..]));
/// assert_eq!((histogram.count(), histogram.nans()), (5, 1));
/// # Ok::<(), optim_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    edges: Vec<f64>,
    counts: Vec<u64>,
    sum: f64,
    sum_of_squares: f64,
    nans: u64,
    infinite: u64,
}

impl Histogram {
    /// Of `values`, which are gone through twice, with `intervals` (at least 1) intervals. Where all numbers are the same
    /// there is one interval, of no width; without a finite number there is none.
    ///
    /// # Errors
    /// When `intervals` is 0.
    pub fn of<'a, A: Real>(
        values: impl IntoIterator<Item = &'a A, IntoIter: Clone>,
        intervals: usize,
    ) -> Result<Self, Error> {
        if intervals == 0 {
            return Err(Error::range("Histogram", "intervals", "0".into(), "1.."));
        }
        let values = values.into_iter().map(|x| x.as_f64());
        let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
        let (mut sum, mut sum_of_squares, mut nans, mut infinite) = (0.0, 0.0, 0, 0);
        for x in values.clone() {
            if x.is_finite() {
                (min, max) = (min.min(x), max.max(x));
                sum += x;
                sum_of_squares += x * x;
            } else {
                nans += u64::from(x.is_nan());
                infinite += u64::from(x.is_infinite());
            }
        }
        let intervals = match min.partial_cmp(&max) {
            Some(order) if order.is_lt() => intervals,
            Some(order) if order.is_eq() => 1,
            _ => 0,
        };
        let edge = |k: usize| match k {
            0 => min,
            k if k == intervals => max,
            k => {
                let part = k as f64 / intervals as f64;
                // Not `min + part · (max − min)`, whose difference may be too large for an `f64`. Rounding keeps it inside.
                (min * (1.0 - part) + max * part).clamp(min, max)
            }
        };
        let edges: Vec<f64> = if intervals == 0 { Vec::new() } else { (0..=intervals).map(edge).collect() };
        let mut counts = vec![0; intervals];
        for x in values.filter(|x| x.is_finite()) {
            let above = edges[1..intervals].partition_point(|&edge| edge <= x);
            counts[above] += 1;
        }
        Ok(Histogram { edges, counts, sum, sum_of_squares, nans, infinite })
    }

    /// The edges of the intervals, one more than there are intervals; empty where there are none.
    pub fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// How many numbers are in each interval.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// The smallest finite number: NaN where there is none.
    pub fn min(&self) -> f64 {
        self.edges.first().copied().unwrap_or(f64::NAN)
    }

    /// The largest finite number: NaN where there is none.
    pub fn max(&self) -> f64 {
        self.edges.last().copied().unwrap_or(f64::NAN)
    }

    /// How many numbers are finite.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The sum of the finite numbers.
    pub fn sum(&self) -> f64 {
        self.sum
    }

    /// The sum of the squares of the finite numbers.
    pub fn sum_of_squares(&self) -> f64 {
        self.sum_of_squares
    }

    /// How many numbers are NaN.
    pub fn nans(&self) -> u64 {
        self.nans
    }

    /// How many numbers are infinite.
    pub fn infinite(&self) -> u64 {
        self.infinite
    }
}
