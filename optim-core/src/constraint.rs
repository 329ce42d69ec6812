//! [`Constraint`]: what weights have to keep to, whatever a step makes of them.

use std::fmt;
use std::sync::Arc;

use crate::error::Error;
use crate::real::Real;

/// A function over the numbers of a tensor in logical order, and its shape.
type Own<A> = dyn Fn(&mut [A], &[usize]) + Send + Sync;

/// What the weights of a parameter have to keep to: after a step, they are moved to the nearest point that does. Each
/// parameter is looked at by itself. Given to [`Optimizer::constrain`](crate::Optimizer::constrain).
///
/// Computed in `f64`, one element after the other, and rounded once; NaN stays NaN. An empty tensor stays as it is.
///
/// ```
/// use optim_core::prelude::*;
///
/// let mut w = vec![0.5_f64, 0.25, 0.25];
/// let mut opt = Sgd::default().with_lr(1.0).init(&w)?;
/// opt.constrain(|_| true, Constraint::simplex())?;
/// opt.step(&mut w, &vec![-0.5, 0.0, 0.0])?;
/// // (1, 1/4, 1/4) is half too much.
/// for (w, expected) in w.iter().zip([5.0 / 6.0, 1.0 / 12.0, 1.0 / 12.0]) {
///     assert!((w - expected).abs() < 1e-15);
/// }
/// # Ok::<(), optim_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Constraint<A>(Kind<A>);

#[derive(Clone)]
enum Kind<A> {
    Bounds { low: A, high: A },
    NormAtMost(f64),
    Simplex,
    Own(Arc<Own<A>>),
}

impl<A: Real> Constraint<A> {
    /// Every element between `low` and `high`: `w ← min(max(w, low), high)`. A bound may be infinite; one that is no
    /// number of the model's type is the nearest that is.
    pub fn bounds(low: f64, high: f64) -> Self {
        Constraint(Kind::Bounds { low: A::from_f64(low), high: A::from_f64(high) })
    }

    /// No element below 0: `w ← max(w, 0)`.
    pub fn non_negative() -> Self {
        Self::bounds(0.0, f64::INFINITY)
    }

    /// A Euclidean norm of at most `r`: `w ← w · min(1, r / ‖w‖₂)`; what is within stays as it is. `r` is at least 0.
    pub fn norm_at_most(r: f64) -> Self {
        Constraint(Kind::NormAtMost(r))
    }

    /// Elements that are not negative and have the sum 1: `w ← max(w − θ, 0)` with the θ that makes the sum 1.
    ///
    /// Reference: Duchi, Shalev-Shwartz, Singer & Chandra, 2008, <https://doi.org/10.1145/1390156.1390176>, figure 1.
    pub fn simplex() -> Self {
        Constraint(Kind::Simplex)
    }

    /// A function of one's own, which gets the elements in logical order, and the shape. It may not panic: if it does, the
    /// step has been taken, and it is unknown which constraints have been.
    ///
    /// ```
    /// use optim_core::prelude::*;
    ///
    /// // Multiples of a quarter.
    /// let quarters = |w: &mut [f32], _: &[usize]| w.iter_mut().for_each(|w| *w = (*w * 4.0).round() / 4.0);
    /// let mut w = vec![1.0_f32, 2.0];
    /// let mut opt = Sgd::default().with_lr(0.1).init(&w)?;
    /// opt.constrain(|_| true, Constraint::own(quarters))?;
    /// opt.step(&mut w, &vec![1.0, 2.0])?;
    /// assert_eq!(w, [1.0, 1.75]);
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    pub fn own(f: impl Fn(&mut [A], &[usize]) + Send + Sync + 'static) -> Self {
        Constraint(Kind::Own(Arc::new(f)))
    }

    /// # Errors
    /// When a number is not in its range.
    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.0 {
            Kind::Bounds { low, high } if low <= high => Ok(()),
            Kind::NormAtMost(r) if r >= 0.0 && r.is_finite() => Ok(()),
            Kind::Bounds { low, high } => Err(Error::other(format!("`bounds`: {low} is not below {high}"))),
            Kind::NormAtMost(r) => Err(Error::other(format!("`norm_at_most`: {r} is not in 0.."))),
            Kind::Simplex | Kind::Own(_) => Ok(()),
        }
    }

    /// Whether each element is looked at by itself.
    pub(crate) fn is_elementwise(&self) -> bool {
        matches!(self.0, Kind::Bounds { .. })
    }

    /// Whether memory is needed for as many numbers as the tensor has.
    pub(crate) fn sorts(&self) -> bool {
        matches!(self.0, Kind::Simplex)
    }

    /// Moves the numbers of a tensor; `memory` has as many, where it [sorts](Self::sorts). `moves` says which of the
    /// elements move, where each is looked at by itself.
    pub(crate) fn apply(&self, numbers: &mut [A], shape: &[usize], memory: &mut [A], moves: impl Fn(usize) -> bool) {
        match &self.0 {
            Kind::Bounds { low, high } => {
                for (_, w) in numbers.iter_mut().enumerate().filter(|(index, _)| moves(*index)) {
                    // NaN is neither.
                    if *w < *low {
                        *w = *low;
                    } else if *w > *high {
                        *w = *high;
                    }
                }
            }
            Kind::NormAtMost(r) => scale_to(*r, numbers),
            Kind::Simplex => to_simplex(numbers, memory),
            Kind::Own(f) => f(numbers, shape),
        }
    }
}

impl<A: fmt::Debug> fmt::Debug for Constraint<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::Bounds { low, high } => write!(f, "bounds({low:?}, {high:?})"),
            Kind::NormAtMost(r) => write!(f, "norm_at_most({r:?})"),
            Kind::Simplex => f.write_str("simplex()"),
            Kind::Own(_) => f.write_str("own(…)"),
        }
    }
}

fn scale_to<A: Real>(r: f64, numbers: &mut [A]) {
    // Divided by the largest, squares neither overflow nor vanish.
    let largest = numbers.iter().fold(0.0_f64, |largest, w| largest.max(w.as_f64().abs()));
    if largest == 0.0 || !largest.is_finite() {
        return;
    }
    let squares = numbers.iter().fold(0.0, |sum, w| sum + (w.as_f64() / largest) * (w.as_f64() / largest));
    let norm = largest * squares.sqrt();
    if norm > r {
        for w in numbers {
            *w = A::from_f64(w.as_f64() * (r / norm));
        }
    }
}

fn to_simplex<A: Real>(numbers: &mut [A], sorted: &mut [A]) {
    if numbers.is_empty() || numbers.iter().any(|w| !w.is_finite()) {
        return;
    }
    sorted.copy_from_slice(numbers);
    sorted.sort_unstable_by(|a, b| b.as_f64().total_cmp(&a.as_f64()));
    // θ is what the largest have too much, shared among them; they are those that are above it.
    let (mut sum, mut theta) = (0.0, 0.0);
    for (count, w) in sorted.iter().enumerate() {
        sum += w.as_f64();
        let shared = (sum - 1.0) / (count + 1) as f64;
        if w.as_f64() <= shared {
            break;
        }
        theta = shared;
    }
    for w in numbers {
        *w = A::from_f64((w.as_f64() - theta).max(0.0));
    }
}

#[cfg(test)]
mod tests {
    use super::Constraint;

    fn apply(constraint: &Constraint<f64>, numbers: &[f64]) -> Vec<f64> {
        let (mut numbers, mut memory) = (numbers.to_vec(), vec![0.0; numbers.len()]);
        constraint.check().unwrap();
        constraint.apply(&mut numbers, &[], &mut memory, |_| true);
        numbers
    }

    #[test]
    fn each_of_them() {
        assert_eq!(apply(&Constraint::bounds(-1.0, 0.5), &[-2.0, -1.0, 0.0, 0.75]), [-1.0, -1.0, 0.0, 0.5]);
        assert_eq!(apply(&Constraint::non_negative(), &[-2.0, f64::INFINITY, 3.0]), [0.0, f64::INFINITY, 3.0]);
        assert!(apply(&Constraint::non_negative(), &[f64::NAN])[0].is_nan());
        assert_eq!(apply(&Constraint::norm_at_most(2.5), &[3.0, -4.0]), [1.5, -2.0]);
        assert_eq!(apply(&Constraint::norm_at_most(5.0), &[3.0, -4.0]), [3.0, -4.0]);
        assert_eq!(apply(&Constraint::norm_at_most(0.0), &[3.0, -4.0]), [0.0, -0.0]);
        let huge = 2.0_f64.powi(600);
        assert_eq!(apply(&Constraint::norm_at_most(5.0), &[3.0 * huge, -4.0 * huge]), [3.0, -4.0]);
        assert_eq!(apply(&Constraint::norm_at_most(1.0), &[]), []);
        assert_eq!(apply(&Constraint::simplex(), &[0.25, 0.75]), [0.25, 0.75]);
        assert_eq!(apply(&Constraint::simplex(), &[2.0, 0.0, 1.0]), [1.0, 0.0, 0.0]);
        assert_eq!(apply(&Constraint::simplex(), &[-8.0]), [1.0]);
        assert_eq!(apply(&Constraint::simplex(), &[1.0, 0.5, -5.0]), [0.75, 0.25, 0.0]);
        assert_eq!(apply(&Constraint::simplex(), &[-1.0; 4]), [0.25; 4]);
    }

    /// No point of the simplex is nearer: the way to the projection makes no acute angle with any way on to a corner.
    #[test]
    fn the_projection_onto_the_simplex_is_the_nearest_point() {
        let mut state = 1.0_f64;
        for n in 1..40 {
            let w: Vec<f64> = (0..n)
                .map(|_| {
                    state = (state * 97.3 + 0.1).sin();
                    3.0 * state
                })
                .collect();
            let p = apply(&Constraint::simplex(), &w);
            assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12 && p.iter().all(|&p| p >= 0.0));
            let inner = |to: &[f64]| (0..n).map(|i| (w[i] - p[i]) * (to[i] - p[i])).sum::<f64>();
            for corner in 0..n {
                let to: Vec<f64> = (0..n).map(|i| f64::from(u8::from(i == corner))).collect();
                assert!(inner(&to) < 1e-12, "{w:?}");
            }
        }
    }

    #[test]
    fn what_is_out_of_range() {
        let text = |constraint: Constraint<f64>| constraint.check().unwrap_err().to_string();
        assert_eq!(text(Constraint::bounds(1.0, 0.5)), "`bounds`: 1 is not below 0.5");
        assert!(Constraint::<f64>::bounds(f64::NAN, 0.5).check().is_err());
        assert_eq!(text(Constraint::norm_at_most(-1.0)), "`norm_at_most`: -1 is not in 0..");
        assert!(Constraint::<f64>::norm_at_most(f64::INFINITY).check().is_err());
    }
}
