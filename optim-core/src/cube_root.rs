//! The cube root without a branch, so that the loops of rules that take it are vectorised as a whole.
//!
//! Newton's method for 1/∛x, which divides nothing: y ← y (4 − x y³) / 3, from a guess that a third of the exponent gives.
//! Then ∛x = x y², and what that is off by is corrected to first order, so half of the bits are enough for y. The same
//! bits on every machine; never more than about one unit of the last place from the exact root.

/// A cube of two that lifts every number below the normal ones to them, and its root's inverse.
const UP: f64 = 18_014_398_509_481_984.0; // 2^54
const DOWN: f64 = 1.0 / 262_144.0; // 2^-18

macro_rules! cube_root {
    ($name:ident, $type:ident, $steps:literal, $guess:expr) => {
        /// The cube root, also of negative numbers; that of an infinity is itself, and NaN stays NaN.
        #[inline(always)]
        #[allow(clippy::inline_always, reason = "a part of the loops")]
        #[allow(clippy::cast_possible_truncation, reason = "powers of two")]
        pub(crate) fn $name(x: $type) -> $type {
            let magnitude = x.abs();
            // Halves of what is left are normal numbers.
            let is_small = magnitude < 4.0 * $type::MIN_POSITIVE;
            let lifted = if is_small { magnitude * UP as $type } else { magnitude };
            let mut y: $type = $guess(lifted);
            for _ in 0..$steps {
                // In this order nothing overflows and nothing is lost below the normal numbers.
                y = y * (4.0 - lifted * y * y * y) * (1.0 / 3.0);
            }
            let root = lifted * y * y;
            // What x y² has lost by rounding, to first order.
            // Of the halves: the cube of the root of the largest number may round over it.
            let root = root + (0.5 * lifted - 0.5 * root * root * root) * (2.0 / 3.0) * y * y;
            let root = if is_small { root * DOWN as $type } else { root };
            if magnitude < $type::INFINITY { root.copysign(x) } else { x }
        }
    };
}

cube_root!(cube_root_f32, f32, 2, |x: f32| {
    // The bits of a number are about its logarithm; a third of them by a product, which vectors have.
    #[allow(clippy::cast_possible_truncation, reason = "the upper half of a product")]
    let third = ((u64::from(x.to_bits()) * 0x5555_5556) >> 32) as u32;
    f32::from_bits(0x54a2_fa8c_u32.wrapping_sub(third))
});
cube_root!(cube_root_f64, f64, 3, |x: f64| {
    // The same with the upper half of the bits.
    let third = ((x.to_bits() >> 32) * 0x5555_5556) >> 32;
    f64::from_bits(0x553e_f0ff_u64.wrapping_sub(third) << 32)
});

#[cfg(test)]
mod tests {
    use super::{cube_root_f32, cube_root_f64};

    /// How far from `exact`, in units of its last place.
    fn ulps_f32(x: f32) -> f64 {
        let (exact, found) = (libm::cbrt(f64::from(x)), cube_root_f32(x));
        let unit = f64::from(f32::from_bits(found.to_bits() + 1)) - f64::from(found);
        (f64::from(found) - exact).abs() / unit
    }

    #[test]
    fn near_the_exact_root_for_every_exponent() {
        let (mut worst, mut worst_f64) = (0.0_f64, 0.0_f64);
        let mut bits = 1_u32;
        while bits < 0x7f80_0000 {
            worst = worst.max(ulps_f32(f32::from_bits(bits)));
            bits += 12_345;
        }
        let mut bits = 1_u64;
        while bits < 0x7ff0_0000_0000_0000 {
            let x = f64::from_bits(bits);
            let exact = libm::cbrt(x);
            let unit = f64::from_bits(exact.to_bits() + 1) - exact;
            worst_f64 = worst_f64.max((cube_root_f64(x) - exact).abs() / unit);
            bits += 0x0000_8765_4321_9abc;
        }
        assert!(worst < 1.1 && worst_f64 < 1.1, "{worst} {worst_f64}");
    }

    #[test]
    fn signs_zeros_infinities_and_nan() {
        assert_eq!([cube_root_f32(-8.0), cube_root_f32(27.0)], [-2.0, 3.0]);
        assert_eq!([cube_root_f64(-8.0), cube_root_f64(27.0), cube_root_f64(1e-300)], [-2.0, 3.0, 1e-100]);
        assert_eq!(cube_root_f32(-0.0).to_bits(), (-0.0_f32).to_bits());
        assert_eq!(cube_root_f64(0.0).to_bits(), 0);
        assert_eq!(
            [cube_root_f32(f32::INFINITY), cube_root_f32(f32::NEG_INFINITY)],
            [f32::INFINITY, f32::NEG_INFINITY]
        );
        assert_eq!(cube_root_f64(f64::MAX), libm::cbrt(f64::MAX));
        assert_eq!(cube_root_f32(f32::MAX), libm::cbrtf(f32::MAX));
        assert!(cube_root_f32(f32::NAN).is_nan() && cube_root_f64(f64::NAN).is_nan());
    }
}
