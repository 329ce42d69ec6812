//! The format bf16: the upper half of an `f32`.

use super::dither::{Dither, LANES, Thresholds};
use crate::real::Real;

/// The number of a code; exact.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
fn decode(code: u16) -> f32 {
    f32::from_bits(u32::from(code) << 16)
}

/// The code for a number, rounded by a threshold (of 2¹⁶ parts). What is not finite stays so; a number that the format
/// has, too.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
fn encode(x: f32, threshold: u32) -> u16 {
    let bits = x.to_bits();
    // A NaN could become infinity, or a zero.
    let rounded = if x.is_nan() { bits | 0x0040_0000 } else { bits.wrapping_add(threshold) };
    (rounded >> 16) as u16
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

#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
pub(super) fn read_block<A: Real>(codes: &[u16; LANES], numbers: &mut [A; LANES]) {
    for i in 0..LANES {
        numbers[i] = widen(decode(codes[i]));
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
pub(super) fn write_block<A: Real>(numbers: &[A; LANES], codes: &mut [u16; LANES], thresholds: Thresholds) {
    for i in 0..LANES {
        codes[i] = encode(narrow(numbers[i]), thresholds.parts(i));
    }
}

/// Reads codes.
#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
pub(super) fn read<A: Real>(codes: &[u16], numbers: &mut [A]) {
    let n = numbers.len().min(codes.len());
    let (numbers, codes) = (&mut numbers[..n], &codes[..n]);
    for i in 0..n {
        numbers[i] = widen(decode(codes[i]));
    }
}

/// Writes codes; the first number's place is `first`.
#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
pub(super) fn write<A: Real>(numbers: &[A], codes: &mut [u16], dither: Dither, first: usize) {
    let mut place = first;
    let (blocks, last) = numbers.as_chunks::<LANES>();
    let (whole, rest) = codes.as_chunks_mut::<LANES>();
    for k in 0..blocks.len().min(whole.len()) {
        write_block(&blocks[k], &mut whole[k], dither.at(place));
        place += LANES;
    }
    let thresholds = dither.at(place);
    for i in 0..last.len().min(rest.len()) {
        rest[i] = encode(narrow(last[i]), thresholds.parts(i));
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
            *number = widen(decode(encode(narrow(*number), thresholds.parts(i))));
        }
        place += LANES;
    }
    let thresholds = dither.at(place);
    for (i, number) in last.iter_mut().enumerate() {
        *number = widen(decode(encode(narrow(*number), thresholds.parts(i))));
    }
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};
    use crate::kernel::dither::Rounding;

    #[test]
    fn every_code_stays_what_it_is() {
        for code in 0..=u16::MAX {
            let x = decode(code);
            for threshold in [0, 1 << 15, 0xFFFF, 0x1234] {
                let again = encode(x, threshold);
                assert!(again == code || x.is_nan() && decode(again).is_nan(), "{code:x} {x} {again:x}");
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
                let rounded = decode(encode(x, Rounding { seed: 3, step, weights: false }.dither(0).at(11).parts(0)));
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
            assert_eq!(decode(encode(f32::INFINITY, threshold)), f32::INFINITY);
            assert_eq!(decode(encode(f32::NEG_INFINITY, threshold)), f32::NEG_INFINITY);
            for nan in [f32::NAN, -f32::NAN, f32::from_bits(0x7F80_0001), f32::from_bits(0xFFFF_FFFF)] {
                assert!(decode(encode(nan, threshold)).is_nan());
            }
        }
        assert_eq!(encode(-0.0, 0xFFFF), 0x8000);
    }
}
