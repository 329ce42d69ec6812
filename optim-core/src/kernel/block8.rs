//! The format of 8 bits a number, in blocks of 64 that have a scale.
//!
//! A code is a root of the number. The fourth root of x, linear between the powers of 2 (a quarter of the bits of an `f32`
//! does that), is an integer for the numbers that the format has. So numbers within a factor of 16 of the block's largest
//! have 32 steps an octave (16 where there are signs), those of the next four octaves half as many, and so on; below
//! 2⁻²⁴ of the largest (2⁻²⁰) there is nothing but 0.
//!
//! The scale is a power of 2: nothing is rounded but the root, and what was read is written as the same again.

use super::bf16::{narrow, widen};
use super::dither::{Dither, Thresholds};
use crate::real::Real;

/// Numbers of a block.
pub(crate) const BLOCK: usize = 64;

/// The code 1 is this root more than none: below it the steps would be wider than an octave.
const OFFSET: i32 = 3;

/// The exponent that scales have at least (biased, as in an `f32`): no code is a subnormal number, and the root of 0 is less
/// than that of the code 1.
const LEAST: u32 = 27;

/// The bits of a stored scale beside its exponent.
const SIGNED: u16 = 0x100;
const NOT_A_NUMBER: u16 = 0x200;

/// What the codes of a block mean. With signs, 7 bits are those of the root.
#[derive(Clone, Copy)]
struct Scale<const SIGNED: bool> {
    /// What a quarter of the bits of a number's `f32` lacks to be those of its root.
    shift: i32,
}

impl<const SIGNED: bool> Scale<SIGNED> {
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a part of the loops")]
    fn of(stored: u16) -> Self {
        // The power of 2 that the largest number does not exceed, whose root is 128 or 256.
        let exponent = i32::from(stored & 0xFF) << 23;
        let root = if SIGNED { 0x4300_0000 } else { 0x4380_0000 };
        Scale { shift: root - (exponent >> 2) }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a part of the loops")]
    #[expect(clippy::cast_possible_wrap, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "8 bits; bits")]
    fn decode(self, code: u8) -> f32 {
        let code = i32::from(code);
        let magnitude = if SIGNED { code & 0x7F } else { code };
        let root = ((magnitude + OFFSET) as f32).to_bits() as i32;
        let bits = (root << 2).wrapping_sub(self.shift << 2);
        let bits = if magnitude == 0 { 0 } else { bits };
        let sign = if SIGNED { code << 24 & i32::MIN } else { 0 };
        f32::from_bits((bits | sign) as u32)
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a part of the loops")]
    #[expect(clippy::cast_possible_wrap, clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "bits")]
    fn encode(self, x: f32, threshold: u32) -> u8 {
        let bits = x.to_bits() as i32;
        let magnitude = if SIGNED { bits & i32::MAX } else { bits };
        let root = f32::from_bits(((magnitude >> 2) + self.shift) as u32);
        // From -3 to -2, in steps that the sum still has: an integer stays what it is.
        let threshold = f32::from_bits(0xC000_0040 | threshold >> 10 & 0x003F_FF80);
        let sum = root + threshold;
        // SAFETY: a root is from 0 to 257, since no number of the block exceeds its scale by more.
        let code = unsafe { sum.to_int_unchecked::<i32>() };
        // A positive number does not vanish where there are no signs, since rules divide by such.
        let code = code.max(if SIGNED { 0 } else { magnitude.min(1) });
        let sign = if SIGNED { bits >> 24 & 0x80 } else { 0 };
        (code | sign) as u8
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
    fn read<A: Real>(self, codes: &[u8; BLOCK], numbers: &mut [A; BLOCK]) {
        for (number, &code) in numbers.iter_mut().zip(codes) {
            *number = widen(self.decode(code));
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
    fn write<A: Real>(self, numbers: &[A; BLOCK], codes: &mut [u8; BLOCK], thresholds: Thresholds) {
        for i in 0..BLOCK {
            codes[i] = self.encode(narrow(numbers[i]), thresholds.of(i));
        }
    }
}

/// The scale for the bits of a block's largest number, without its sign. A power of 2 is the largest that its own exponent
/// has.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
#[expect(clippy::cast_possible_truncation, reason = "8 bits of an exponent")]
fn stored(largest: u32) -> u16 {
    if largest >= 0x7F80_0000 {
        return NOT_A_NUMBER;
    }
    (((largest.max(1) - 1) >> 23).max(LEAST - 1) + 1) as u16
}

/// Reads blocks; only the last may have fewer numbers.
#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
pub(super) fn read<A: Real>(codes: &[u8], scales: &[u16], numbers: &mut [A]) {
    let (whole, rest) = codes.as_chunks::<BLOCK>();
    let (blocks, last) = numbers.as_chunks_mut::<BLOCK>();
    for ((block, codes), &scale) in blocks.iter_mut().zip(whole).zip(scales) {
        read_block(codes, scale, block);
    }
    if let (false, Some(&scale)) = (rest.is_empty(), scales.get(whole.len())) {
        let (mut padded, mut block) = ([0; BLOCK], [A::zero(); BLOCK]);
        padded[..rest.len()].copy_from_slice(rest);
        read_block(&padded, scale, &mut block);
        last.copy_from_slice(&block[..last.len()]);
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
fn read_block<A: Real>(codes: &[u8; BLOCK], scale: u16, numbers: &mut [A; BLOCK]) {
    if scale & NOT_A_NUMBER != 0 {
        numbers.fill(A::nan());
    } else if scale & SIGNED == 0 {
        Scale::<false>::of(scale).read(codes, numbers);
    } else {
        Scale::<true>::of(scale).read(codes, numbers);
    }
}

/// Writes blocks; only the last may have fewer numbers. The first number's place is `first`.
#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
pub(super) fn write<A: Real>(numbers: &[A], codes: &mut [u8], scales: &mut [u16], dither: Dither, first: usize) {
    let (blocks, last) = numbers.as_chunks::<BLOCK>();
    let (whole, rest) = codes.as_chunks_mut::<BLOCK>();
    let mut place = first;
    for ((block, codes), scale) in blocks.iter().zip(whole).zip(&mut *scales) {
        *scale = write_block(block, codes, dither, place);
        place += BLOCK;
    }
    if let (false, Some(scale)) = (last.is_empty(), scales.get_mut(blocks.len())) {
        let (mut block, mut padded) = ([A::zero(); BLOCK], [0; BLOCK]);
        block[..last.len()].copy_from_slice(last);
        *scale = write_block(&block, &mut padded, dither, place);
        rest.copy_from_slice(&padded[..rest.len()]);
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
fn write_block<A: Real>(numbers: &[A; BLOCK], codes: &mut [u8; BLOCK], dither: Dither, first: usize) -> u16 {
    let (mut largest, mut all) = (0, 0);
    for &number in numbers {
        let bits = narrow(number).to_bits();
        largest = (bits & 0x7FFF_FFFF).max(largest);
        all |= bits;
    }
    let (scale, thresholds) = (stored(largest), dither.at(first));
    if scale & NOT_A_NUMBER != 0 {
        return scale;
    }
    if all >> 31 == 0 {
        Scale::<false>::of(scale).write(numbers, codes, thresholds);
        scale
    } else {
        Scale::<true>::of(scale).write(numbers, codes, thresholds);
        scale | SIGNED
    }
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "numbers to test with")]
mod tests {
    use super::{BLOCK, read, write};
    use crate::kernel::dither::{Dither, Rounding};

    fn coded(numbers: &[f32], dither: Dither) -> Vec<f32> {
        let (mut codes, mut scales) = (vec![0; numbers.len()], vec![0; numbers.len().div_ceil(BLOCK)]);
        write(numbers, &mut codes, &mut scales, dither, 0);
        let mut read_again = vec![f32::MIN; numbers.len()];
        read(&codes, &scales, &mut read_again);
        read_again
    }

    fn at(step: u64) -> Dither {
        Rounding { seed: 9, step, weights: false }.dither(0)
    }

    /// Every number that a scale has, in blocks with the largest: without signs or with.
    fn all_numbers(scale: u16) -> Vec<f32> {
        let top = if scale & super::SIGNED == 0 { 253_u8 } else { 125 };
        let mut numbers = Vec::new();
        for sign in if scale & super::SIGNED == 0 { 0..1 } else { 0..2_u8 } {
            for first in (0..=top).step_by(BLOCK - 1) {
                let codes: Vec<u8> =
                    (0..63_u8).map(|i| sign << 7 | first.saturating_add(i).min(top)).chain([top]).collect();
                let mut block = [0.0; BLOCK];
                read(&codes, &[scale], &mut block);
                numbers.extend(block);
            }
        }
        numbers
    }

    #[test]
    fn every_number_of_the_format_stays_what_it_is() {
        for exponent in [27, 28, 100, 127, 200, 254] {
            for scale in [exponent, exponent | super::SIGNED] {
                let numbers = all_numbers(scale);
                for dither in [Dither::NEAREST, at(1), at(2), at(3)] {
                    // A block of positive numbers takes another scale than one with signs; those of this one have both.
                    for block in numbers.chunks(BLOCK) {
                        if scale < 256 || block.iter().any(|x| x.is_sign_negative()) {
                            assert_eq!(coded(block, dither), block, "{scale:x}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn errors_are_those_of_the_documentation() {
        let mut rng = crate::random::Rng::new(4);
        for signs in [false, true] {
            let numbers: Vec<f32> = (0..6_400)
                .map(|i| (rng.normal().abs().powi(6) * if signs && i % 2 == 0 { -1.0 } else { 1.0 }) as f32)
                .collect();
            let (step, range) = if signs { (2_f32.powi(-4), 20) } else { (2_f32.powi(-5), 24) };
            for (block, found) in numbers.chunks(BLOCK).zip(coded(&numbers, at(1)).chunks(BLOCK)) {
                let largest = block.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
                for (&x, &found) in block.iter().zip(found) {
                    assert!(signs || (x == 0.0) == (found == 0.0), "{x} {found}");
                    let factors = (largest / x.abs()).log2() / 4.0;
                    // The largest may be a power of 2 less than it could be.
                    let bound = step * 2_f32.powi((factors + 0.25) as i32);
                    if factors * 4.0 < (range - 2) as f32 {
                        assert!((found - x).abs() <= bound * x.abs(), "{x} of {largest}: {found}");
                    }
                    assert!(x * found >= 0.0);
                }
            }
        }
    }

    #[test]
    fn right_on_average() {
        let mut rng = crate::random::Rng::new(5);
        for signs in [false, true] {
            let block: Vec<f32> = (0..BLOCK)
                .map(|i| (rng.normal().abs().powi(4) * if signs && i % 2 == 0 { -1.0 } else { 1.0 }) as f32)
                .collect();
            let largest = block.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
            let n = 4_096_u32;
            let mut sums = [0.0; BLOCK];
            for step in 0..u64::from(n) {
                let found = coded(&block, at(step));
                sums.iter_mut().zip(found).for_each(|(sum, x)| *sum += f64::from(x));
            }
            for (&x, sum) in block.iter().zip(sums) {
                let mean = sum / f64::from(n);
                if x.abs() > largest * 2_f32.powi(-18) {
                    assert!((mean / f64::from(x) - 1.0).abs() < 1e-3, "{x} of {largest}: {mean}");
                }
            }
        }
    }

    #[test]
    fn the_largest_of_a_block_can_grow() {
        // A number that grows by less than a step goes up in time, over powers of 2 too, at the speed that it should have.
        let mut x = [1.0_f32; BLOCK];
        for step in 0..2_000 {
            x = coded(&x.map(|x| x * 1.001), at(step)).try_into().unwrap();
        }
        let expected = 1.001_f64.powi(2_000);
        let mean = x.iter().map(|x| f64::from(*x)).sum::<f64>() / BLOCK as f64;
        assert!((mean / expected - 1.0).abs() < 0.05, "{mean} {expected}");
    }

    #[test]
    fn what_is_not_finite_is_seen_in_the_whole_block_alone() {
        for odd in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut numbers = [1.0; 3 * BLOCK + 5];
            numbers[BLOCK + 3] = odd;
            let found = coded(&numbers, at(1));
            for (i, x) in found.iter().enumerate() {
                assert!(if i / BLOCK == 1 { x.is_nan() } else { *x == 1.0 }, "{i} {x}");
            }
        }
    }

    #[test]
    fn zeros_and_the_smallest_numbers() {
        assert_eq!(coded(&[0.0; 40], at(1)), [0.0; 40]);
        // The codes of memory that is all zeros.
        let mut numbers = [1.0_f32; BLOCK];
        read(&[0; BLOCK], &[0], &mut numbers);
        assert_eq!(numbers, [0.0; BLOCK]);
        let tiny = [f32::from_bits(1), f32::MIN_POSITIVE, 1e-37, 1e-33];
        for x in coded(&tiny, at(1)) {
            assert!((f32::MIN_POSITIVE..2e-33).contains(&x), "{x:e}");
        }
        assert!(coded(&[f32::MAX, 1.0], at(1))[0] >= 2_f32.powi(127));
    }
}
