//! The functions of the language of rules, for both number types.
//!
//! `sqrt` and `abs` are exact; `cbrt` is of this crate, `exp`, `ln`, `tanh` and `pow` come from a pure Rust library. The
//! result is the same bits on every machine.

use crate::real::Real;

macro_rules! exported {
    ($($(#[$doc:meta])* $name:ident($($argument:ident),*) = $value:expr;)*) => {
        $($(#[$doc])*
        ///
        /// Inlined: it is a part of every kernel's loop.
        #[inline(always)]
        #[allow(clippy::inline_always)]
        #[must_use]
        pub fn $name<A: Real>($($argument: A),*) -> A {
            $value
        })*
    };
}

exported! {
    /// The square root; NaN below zero.
    sqrt(x) = num_traits::Float::sqrt(x);
    /// The cube root, also of negative numbers.
    cbrt(x) = <A as crate::real::elementwise::Elementwise>::kernel_cbrt(x);
    /// The absolute value.
    abs(x) = num_traits::Float::abs(x);
    /// −1, 0 or 1; `sign(0) = 0`, and NaN stays NaN.
    sign(x) = if x > A::zero() { A::one() } else if x < A::zero() { -A::one() } else { x };
    /// The exponential function.
    exp(x) = <A as crate::real::elementwise::Elementwise>::kernel_exp(x);
    /// The natural logarithm; NaN below zero.
    ln(x) = <A as crate::real::elementwise::Elementwise>::kernel_ln(x);
    /// The hyperbolic tangent.
    tanh(x) = <A as crate::real::elementwise::Elementwise>::kernel_tanh(x);
    /// `x` to the power `y`.
    pow(x, y) = <A as crate::real::elementwise::Elementwise>::kernel_pow(x, y);
    /// The smaller of two; NaN if either is NaN.
    min(x, y) = if x < y || x.is_nan() { x } else { y };
    /// The larger of two; NaN if either is NaN.
    max(x, y) = if x > y || x.is_nan() { x } else { y };
    /// `x`, moved to the nearest of `lo` and `hi` where it lies beyond; `hi` wins where `lo > hi`. NaN stays NaN.
    clamp(x, lo, hi) = min(max(x, lo), hi);
}

/// The machine epsilon of `A`, as an `f64`.
#[must_use]
pub fn epsilon<A: Real>() -> f64 {
    A::epsilon().as_f64()
}

#[cfg(test)]
mod tests {
    use super::{clamp, max, min, sign};

    #[test]
    fn min_and_max_hand_nan_on_from_either_side() {
        assert!(min(f64::NAN, 1.0).is_nan() && min(1.0, f64::NAN).is_nan());
        assert!(max(f32::NAN, 1.0).is_nan() && max(1.0, f32::NAN).is_nan());
        assert_eq!((min(1.0, 2.0), max(1.0, 2.0)), (1.0, 2.0));
    }

    #[test]
    fn sign_of_zero_is_zero() {
        assert_eq!([sign(-3.0_f32), sign(0.0), sign(-0.0), sign(2.5)], [-1.0, 0.0, 0.0, 1.0]);
        assert!(sign(f64::NAN).is_nan());
    }

    #[test]
    fn clamp_never_panics() {
        assert_eq!(clamp(5.0, 1.0, 2.0), 2.0);
        assert_eq!(clamp(0.0, 1.0, 2.0), 1.0);
        assert_eq!(clamp(0.0, 2.0, 1.0), 1.0);
        assert!(clamp(f64::NAN, 1.0, 2.0).is_nan());
    }
}
