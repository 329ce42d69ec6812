//! `exp` and `tanh` for activations and losses: without branches and calls, so that loops over them become vectors.
//!
//! A layer calls them once a number, a library's function would take longer than the product of matrices before it.
//! They add, multiply and divide in a fixed order and never fuse: the same bits on every machine, whatever the vectors.
//! `exp` is within 2 units in the last place, `tanh` within 3.
#![allow(
    clippy::excessive_precision,
    clippy::inline_always,
    clippy::unreadable_literal,
    reason = "coefficients as they were published; a call would end the vectors"
)]

/// The two functions for one number type, under names that `Float` does not have.
pub trait Exponential: Sized {
    /// `eˣ`: 0 at −∞, infinite above the largest logarithm, NaN for NaN.
    fn layer_exp(x: Self) -> Self;

    /// `(eˣ − e⁻ˣ) / (eˣ + e⁻ˣ)`: ±1 at ±∞, NaN for NaN.
    fn layer_tanh(x: Self) -> Self;
}

/// `eˣ = 2ᵏ · eʳ` with `k` the whole number nearest to `x / ln 2`, and Taylor's polynomial for `eʳ`, `|r| ≤ ln 2 / 2`.
macro_rules! exp {
    (
        $x:expr, $float:ident, $bits:ident, range $low:literal, $high:literal, mantissa $mantissa:literal, bias $bias:literal,
        ln2 $ln2_high:literal, $ln2_low:literal, coefficients $($coefficient:literal)+
    ) => {{
        // Adding this rounds to a whole number, which then stands in the lowest bits.
        const ROUND: $float = 1.5 * (1_u64 << $mantissa) as $float;
        // Beyond these the result is 0 or infinite; NaN is neither.
        let x = if $x > $high { $high } else if $x < $low { $low } else { $x };
        let rounded = x * core::$float::consts::LOG2_E + ROUND;
        let k = rounded - ROUND;
        // ln 2 in two parts: the product with the first is exact.
        let r = (x - k * $ln2_high) - k * $ln2_low;
        let mut series = 0.0;
        $(series = series * r + $coefficient;)+
        // 2ᵏ as two factors, each of which is a normal number also where the result is not.
        let k = rounded.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(2 * $bias);
        let half = k >> 1;
        let factor = |exponent: $bits| $float::from_bits(exponent << $mantissa);
        series * factor(half) * factor(k - half)
    }};
}

impl Exponential for f32 {
    #[inline(always)]
    fn layer_exp(x: f32) -> f32 {
        exp!(
            x, f32, u32, range -104.0, 89.0, mantissa 23, bias 127, ln2 0.693359375, -2.12194440e-4,
            coefficients 1.98412698e-4 1.38888889e-3 8.33333333e-3 4.16666667e-2 1.66666667e-1 0.5 1.0 1.0
        )
    }

    #[inline(always)]
    fn layer_tanh(x: f32) -> f32 {
        let (size, square) = (x.abs(), x * x);
        let series = -5.70498872745e-3 * square + 2.06390887954e-2;
        let series = (series * square - 5.37397155531e-2) * square + 1.33314422036e-1;
        let small = (series * square - 3.33332819422e-1) * square * size + size;
        let large = 1.0 - 2.0 / (Self::layer_exp(size + size) + 1.0);
        (if size < 0.625 { small } else { large }).copysign(x)
    }
}

impl Exponential for f64 {
    #[inline(always)]
    fn layer_exp(x: f64) -> f64 {
        exp!(
            x, f64, u64, range -746.0, 710.0, mantissa 52, bias 1023,
            ln2 6.93145751953125e-1, 1.42860682030941723212e-6,
            coefficients 1.6059043836821613e-10 2.0876756987868100e-9 2.5052108385441720e-8 2.7557319223985893e-7
            2.7557319223985888e-6 2.4801587301587302e-5 1.9841269841269841e-4 1.3888888888888889e-3 8.3333333333333332e-3
            4.1666666666666664e-2 1.6666666666666666e-1 0.5 1.0 1.0
        )
    }

    /// S. Moshier's *Cephes* library: a rational function near 0, `exp` elsewhere.
    #[inline(always)]
    fn layer_tanh(x: f64) -> f64 {
        let (size, square) = (x.abs(), x * x);
        let above = -9.64399179425052238628e-1 * square - 9.92877231001918586564e1;
        let above = above * square - 1.61468768441708447952e3;
        let below = (square + 1.12811678491632931402e2) * square + 2.23548839060100448583e3;
        let below = below * square + 4.84406305325125486048e3;
        let small = size * square * (above / below) + size;
        let large = 1.0 - 2.0 / (Self::layer_exp(size + size) + 1.0);
        (if size < 0.625 { small } else { large }).copysign(x)
    }
}

#[cfg(test)]
mod tests {
    use super::Exponential;

    /// Numbers of all sizes, of both signs.
    fn numbers() -> impl Iterator<Item = f64> {
        let small = (-400..=0).flat_map(|power| [1.0, 1.37, 1.9].map(|x| x * 2.0_f64.powi(power / 8)));
        let range = (0..200_000).map(|i| f64::from(i) * 0.00375);
        small.chain(range).flat_map(|x| [x, -x])
    }

    /// The largest error, in units in the last place of the exact result.
    fn worst(found: impl Fn(f64) -> f64, exact: impl Fn(f64) -> f64, ulp: impl Fn(f64) -> f64) -> f64 {
        let error = |x: f64| (found(x) - exact(x)).abs() / ulp(exact(x).abs());
        numbers().map(error).filter(|error| !error.is_nan()).fold(0.0, f64::max)
    }

    fn ulp_64(x: f64) -> f64 {
        (f64::from_bits(x.to_bits() + 1) - x).max(f64::MIN_POSITIVE * f64::EPSILON)
    }

    #[expect(clippy::cast_possible_truncation, reason = "of the nearest number")]
    fn ulp_32(x: f64) -> f64 {
        let x = (x as f32).clamp(0.0, f32::MAX / 2.0);
        f64::from(f32::from_bits(x.to_bits() + 1) - x)
    }

    #[test]
    fn errors_are_a_few_units_in_the_last_place() {
        let exp_64 = worst(<f64 as Exponential>::layer_exp, libm::exp, ulp_64);
        let tanh_64 = worst(<f64 as Exponential>::layer_tanh, libm::tanh, ulp_64);
        #[expect(clippy::cast_possible_truncation, reason = "f32 is what is tested")]
        let single = |f: fn(f32) -> f32| move |x: f64| f64::from(f(x as f32));
        #[expect(clippy::cast_possible_truncation, reason = "f32 is what is tested")]
        let exact = |f: fn(f64) -> f64| {
            move |x: f64| Some(f(f64::from(x as f32))).filter(|&y| y <= f64::from(f32::MAX)).unwrap_or(f64::INFINITY)
        };
        let exp_32 = worst(single(<f32 as Exponential>::layer_exp), exact(libm::exp), ulp_32);
        let tanh_32 = worst(single(<f32 as Exponential>::layer_tanh), exact(libm::tanh), ulp_32);
        assert!(exp_64 <= 2.0 && exp_32 <= 2.0, "{exp_64} {exp_32}");
        assert!(tanh_64 <= 3.0 && tanh_32 <= 3.0, "{tanh_64} {tanh_32}");
    }

    #[test]
    fn limits_are_exact() {
        assert_eq!([0.0, -0.0, f64::NEG_INFINITY, -1e300].map(<f64 as Exponential>::layer_exp), [1.0, 1.0, 0.0, 0.0]);
        assert_eq!([f64::INFINITY, 1e300, 709.9].map(<f64 as Exponential>::layer_exp), [f64::INFINITY; 3]);
        assert_eq!([f32::INFINITY, f32::MAX, 88.8].map(<f32 as Exponential>::layer_exp), [f32::INFINITY; 3]);
        assert_eq!([0.0, f32::NEG_INFINITY, -104.0].map(<f32 as Exponential>::layer_exp), [1.0, 0.0, 0.0]);
        assert!(
            <f64 as Exponential>::layer_exp(f64::NAN).is_nan() && <f32 as Exponential>::layer_exp(f32::NAN).is_nan()
        );
        assert!(
            <f64 as Exponential>::layer_exp(-745.0) > 0.0 && <f32 as Exponential>::layer_exp(-103.0) > 0.0,
            "subnormal"
        );
        let tanh = <f64 as Exponential>::layer_tanh;
        assert_eq!([f64::INFINITY, f64::NEG_INFINITY, 400.0, 0.0, 1e-300].map(tanh), [1.0, -1.0, 1.0, 0.0, 1e-300]);
        assert!(tanh(f64::NAN).is_nan() && tanh(-0.0).is_sign_negative());
    }
}
