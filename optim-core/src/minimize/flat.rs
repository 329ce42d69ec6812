//! Arithmetic on flat vectors: numbers of the model's type, sums in `f64`, in an order that is always the same.

use crate::real::Real;

/// How many partial sums run side by side: enough that additions do not wait for each other.
const LANES: usize = 8;

/// `Σ aᵢ bᵢ`. Element `i` goes into lane `i mod 8`; the lanes are added in order at the end.
pub(super) fn dot<A: Real>(a: &[A], b: &[A]) -> f64 {
    let mut lanes = [0.0; LANES];
    let (a_blocks, b_blocks) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let rest = a_blocks.remainder().iter().zip(b_blocks.remainder());
    for (a, b) in a_blocks.zip(b_blocks) {
        for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += a.as_f64() * b.as_f64();
        }
    }
    for (lane, (a, b)) in lanes.iter_mut().zip(rest) {
        *lane += a.as_f64() * b.as_f64();
    }
    lanes.iter().sum()
}

/// `√Σ aᵢ²`.
pub(super) fn norm<A: Real>(a: &[A]) -> f64 {
    dot(a, a).sqrt()
}

/// `√Σ (aᵢ bᵢ)²`.
pub(super) fn norm_of_products<A: Real>(a: &[A], b: &[A]) -> f64 {
    let mut lanes = [0.0; LANES];
    for (a, b) in a.chunks(LANES).zip(b.chunks(LANES)) {
        for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            let product = a.as_f64() * b.as_f64();
            *lane += product * product;
        }
    }
    lanes.iter().sum::<f64>().sqrt()
}

/// The largest `|aᵢ|`; NaN where there is one.
pub(super) fn max_abs<A: Real>(a: &[A]) -> f64 {
    a.iter().fold(0.0, |max: f64, x| {
        let x = x.as_f64().abs();
        if x <= max || max.is_nan() { max } else { x }
    })
}

/// `a ← a + factor · b`, each element rounded once.
pub(super) fn add_scaled<A: Real>(a: &mut [A], factor: f64, b: &[A]) {
    a.iter_mut().zip(b).for_each(|(a, b)| *a = A::from_f64(a.as_f64() + factor * b.as_f64()));
}

/// `a ← factor · b`, each element rounded once.
pub(super) fn set_scaled<A: Real>(a: &mut [A], factor: f64, b: &[A]) {
    a.iter_mut().zip(b).for_each(|(a, b)| *a = A::from_f64(factor * b.as_f64()));
}

/// `a ← b − c`, each element rounded once.
pub(super) fn set_difference<A: Real>(a: &mut [A], b: &[A], c: &[A]) {
    a.iter_mut().zip(b.iter().zip(c)).for_each(|(a, (&b, &c))| *a = b - c);
}

#[cfg(test)]
mod tests {
    use super::{dot, max_abs, norm, norm_of_products};

    #[test]
    fn sums_count_every_element_once() {
        for n in 0..40 {
            let a: Vec<f32> = (0..n).map(|i| i as f32).collect();
            let expected: f64 = (0..n).map(|i| f64::from(i) * f64::from(i)).sum();
            assert_eq!(dot(&a, &a), expected);
            assert_eq!(norm(&a), expected.sqrt());
            assert!(
                (norm_of_products(&a, &a) - a.iter().map(|a| f64::from(*a).powi(4)).sum::<f64>().sqrt()).abs() < 1e-9
            );
            assert_eq!(max_abs(&a), f64::from((n - 1).max(0)));
        }
        assert!(max_abs(&[1.0, f64::NAN, 2.0]).is_nan());
    }
}
