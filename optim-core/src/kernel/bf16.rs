//! The format bf16: the upper half of an `f32`.

use super::dither::{Dither, LANES, Thresholds};
use super::format::Format;
use crate::real::Real;

/// The bits of a number, rounded by a threshold (of 2¹⁶ parts): the upper half is its code. What is not finite stays so;
/// a number that the format has, too.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
fn rounded(x: f32, threshold: u32) -> u32 {
    let bits = x.to_bits();
    // A NaN could become infinity, or a zero.
    if x.is_nan() { bits | 0x0040_0000 } else { bits.wrapping_add(threshold) }
}

/// The number of that code.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
fn rounded_number(x: f32, threshold: u32) -> f32 {
    f32::from_bits(rounded(x, threshold) & 0xFFFF_0000)
}

/// A number as an `f32`.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
#[expect(clippy::cast_possible_truncation, reason = "the nearest `f32`; of an `f32` itself")]
pub(super) fn narrow<A: Real>(x: A) -> f32 {
    x.as_f64() as f32
}

/// The number of an `f32`; exact.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
pub(super) fn widen<A: Real>(x: f32) -> A {
    A::from_f64(f64::from(x))
}

/// 16 bits a number.
pub(super) struct Bf16;

impl Format for Bf16 {
    type Code = [u8; 2];
    const SCALED: bool = false;

    fn scale<A: Real>(_: &[A]) -> u16 {
        0
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
    fn code(x: f32, _: u16, thresholds: Thresholds, i: usize) -> [u8; 2] {
        let [_, _, low, high] = rounded(x, thresholds.parts(i)).to_le_bytes();
        [low, high]
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
    fn number([low, high]: [u8; 2], _: u16) -> f32 {
        f32::from_le_bytes([0, 0, low, high])
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
    fn read<A: Real>(codes: &[[u8; 2]; LANES], _: u16, numbers: &mut [A; LANES]) {
        let (words, _) = codes.as_flattened().as_chunks::<4>();
        for i in 0..Self::WORDS {
            let word = u32::from_le_bytes(words[i]);
            numbers[i] = widen(f32::from_bits(word << 16));
            numbers[Self::WORDS + i] = widen(f32::from_bits(word & 0xFFFF_0000));
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
    fn write<A: Real>(numbers: &[A; LANES], thresholds: Thresholds) -> ([[u8; 2]; LANES], u16) {
        let mut codes = [[0; 2]; LANES];
        let (words, _) = codes.as_flattened_mut().as_chunks_mut::<4>();
        let rounded = |i: usize| rounded(narrow(numbers[i]), thresholds.parts(i));
        for (i, word) in words.iter_mut().enumerate() {
            *word = (rounded(i) >> 16 | rounded(Self::WORDS + i) & 0xFFFF_0000).to_le_bytes();
        }
        (codes, 0)
    }
}

/// Rounds numbers to such that the format has.
#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
pub(super) fn round<A: Real>(numbers: &mut [A], dither: Dither, first: usize) {
    let mut place = first;
    let (blocks, last) = numbers.as_chunks_mut::<LANES>();
    for block in blocks {
        let thresholds = dither.at(place);
        for (i, number) in block.iter_mut().enumerate() {
            *number = widen(rounded_number(narrow(*number), thresholds.parts(i)));
        }
        place += LANES;
    }
    let thresholds = dither.at(place);
    for (i, number) in last.iter_mut().enumerate() {
        *number = widen(rounded_number(narrow(*number), thresholds.parts(i)));
    }
}

#[cfg(test)]
mod tests {
    use super::rounded_number;
    use crate::kernel::dither::Rounding;

    #[test]
    fn every_code_stays_what_it_is() {
        for code in 0..=u16::MAX {
            let x = f32::from_bits(u32::from(code) << 16);
            for threshold in [0, 1 << 15, 0xFFFF, 0x1234] {
                let again = rounded_number(x, threshold);
                assert!(again.to_bits() == x.to_bits() || x.is_nan() && again.is_nan(), "{code:x} {x} {again}");
            }
        }
    }

    #[test]
    fn rounds_to_one_of_the_two_beside_it_and_is_right_on_average() {
        for x in [1.003_f32, -0.7123, 3.3e-39, 1e30, 123.456] {
            let below = f32::from_bits(x.to_bits() & 0xFFFF_0000);
            let above = f32::from_bits((x.to_bits() & 0xFFFF_0000) + 0x1_0000);
            let n = 4_096_u32;
            let mut sum = 0.0;
            for step in 0..u64::from(n) {
                let rounded = rounded_number(x, Rounding { seed: 3, step, weights: false }.dither(0).at(11).parts(0));
                assert!(rounded == below || rounded == above);
                sum += f64::from(rounded);
            }
            let ulp = f64::from(above) - f64::from(below);
            assert!((sum / f64::from(n) - f64::from(x)).abs() < 2e-3 * ulp.abs(), "{x}");
        }
    }

    #[test]
    fn what_is_not_finite_stays_so() {
        for threshold in [0, 0xFFFF] {
            assert_eq!(rounded_number(f32::INFINITY, threshold), f32::INFINITY);
            assert_eq!(rounded_number(f32::NEG_INFINITY, threshold), f32::NEG_INFINITY);
            for nan in [f32::NAN, -f32::NAN, f32::from_bits(0x7F80_0001), f32::from_bits(0xFFFF_FFFF)] {
                assert!(rounded_number(nan, threshold).is_nan());
            }
        }
        assert_eq!(rounded_number(-0.0, 0xFFFF).to_bits(), 1 << 31);
    }
}
