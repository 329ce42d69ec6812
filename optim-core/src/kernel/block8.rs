//! The format of 8 bits a number, in blocks of 64 that have a scale.
//!
//! A code is a root of the number. The fourth root of x, linear between the powers of 2 (a quarter of the bits of an `f32`
//! does that), is an integer for the numbers that the format has. So numbers within a factor of 16 of the block's largest
//! have 32 steps an octave (16 where there are signs), those of the next four octaves half as many, and so on; below
//! 2⁻²⁴ of the largest (2⁻²⁰) there is nothing but 0.
//!
//! The scale is a power of 2: nothing is rounded but the root, and what was read is written as the same again.

use super::bf16::{narrow, widen};
use super::dither::Dither;
use crate::real::Real;

/// Numbers of a block.
pub(crate) const BLOCK: usize = 64;

/// The code 1 is this root more than none: below it the steps would be wider than an octave.
const OFFSET: i32 = 3;

/// The exponent that scales have at least (biased, as in an `f32`), so that no code is a subnormal.
const LEAST: u32 = 25;

/// The bits of a stored scale beside its exponent.
const SIGNED: u16 = 0x100;
const NOT_A_NUMBER: u16 = 0x200;

/// What the codes of a block mean.
#[derive(Clone, Copy)]
struct Scale {
    /// The power of 2 that the largest number does not exceed, as the bits of an `f32`.
    exponent: i32,
    /// The root of this power, as the bits of an `f32`.
    root: i32,
    /// The bits of a code that are no sign.
    magnitude: u32,
    sign: u32,
    /// What a positive number has at least as its code: it never vanishes where there are no signs, since rules divide by
    /// such.
    least: i32,
    /// Set where the block is not of numbers.
    nan: u32,
}

impl Scale {
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a part of the loops")]
    fn of(stored: u16) -> Self {
        let exponent = i32::from(stored & 0xFF) << 23;
        let nan = if stored & NOT_A_NUMBER == 0 { 0 } else { 0x7FC0_0000 };
        // The roots are 128 and 256.
        if stored & SIGNED == 0 {
            Scale { exponent, root: 0x4380_0000, magnitude: 0xFF, sign: 0, least: 1, nan }
        } else {
            Scale { exponent, root: 0x4300_0000, magnitude: 0x7F, sign: 0x80, least: 0, nan }
        }
    }

    /// The scale for the bits of a block's largest number without its sign, and of all its numbers together.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a part of the loops")]
    #[expect(clippy::cast_possible_truncation, reason = "8 bits of an exponent")]
    fn stored(largest: u32, all: u32) -> u16 {
        // A power of 2 is the largest that its own exponent has.
        let exponent = ((largest.max(1) - 1) >> 23).max(LEAST - 1) + 1;
        let sign = if all >> 31 == 0 { 0 } else { SIGNED };
        let nan = if largest < 0x7F80_0000 { 0 } else { NOT_A_NUMBER };
        exponent.min(255) as u16 | sign | nan
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a part of the loops")]
    #[expect(clippy::cast_possible_wrap, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "8 bits; bits")]
    fn decode(self, code: u8) -> f32 {
        let code = u32::from(code);
        let magnitude = (code & self.magnitude) as i32;
        let root = ((magnitude + OFFSET) as f32).to_bits() as i32;
        let bits = (root.wrapping_sub(self.root) << 2).wrapping_add(self.exponent) as u32;
        let bits = if magnitude == 0 { 0 } else { bits };
        f32::from_bits(bits | (code & self.sign) << 24 | self.nan)
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a part of the loops")]
    #[expect(clippy::cast_possible_wrap, clippy::cast_sign_loss, clippy::cast_possible_truncation, reason = "bits")]
    fn encode(self, x: f32, threshold: u32) -> u8 {
        let bits = x.to_bits();
        let magnitude = (bits & 0x7FFF_FFFF) as i32;
        let root = f32::from_bits((magnitude.wrapping_sub(self.exponent) >> 2).wrapping_add(self.root) as u32);
        // From 1 to 2, in steps that the sum still has: an integer stays what it is.
        let threshold = f32::from_bits(0x3F80_0000 | threshold >> 17 << 8);
        let sum = root + threshold;
        // SAFETY: a root is from 0 to 257, since no number of the block exceeds its scale by more.
        let floor = unsafe { sum.to_int_unchecked::<i32>() };
        let code = (floor - 1 - OFFSET).max(magnitude.min(self.least));
        (code as u32 | bits >> 24 & 0x80) as u8
    }
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
    let scale = Scale::of(scale);
    for (number, &code) in numbers.iter_mut().zip(codes) {
        *number = widen(scale.decode(code));
    }
}

/// Writes blocks; only the last may have fewer numbers. The first number's place is `first`.
#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
pub(super) fn write<A: Real>(numbers: &[A], codes: &mut [u8], scales: &mut [u16], dither: Dither, first: u32) {
    let (blocks, last) = numbers.as_chunks::<BLOCK>();
    let (whole, rest) = codes.as_chunks_mut::<BLOCK>();
    let mut place = first;
    for ((block, codes), scale) in blocks.iter().zip(whole).zip(&mut *scales) {
        *scale = write_block(block, codes, dither, place);
        place = place.wrapping_add(64);
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
fn write_block<A: Real>(numbers: &[A; BLOCK], codes: &mut [u8; BLOCK], dither: Dither, first: u32) -> u16 {
    let (mut largest, mut all) = (0, 0);
    for &number in numbers {
        let bits = narrow(number).to_bits();
        largest = (bits & 0x7FFF_FFFF).max(largest);
        all |= bits;
    }
    let stored = Scale::stored(largest, all);
    if stored & NOT_A_NUMBER != 0 {
        // One that is not finite is seen, wherever it stands.
        codes.fill(0);
        return stored;
    }
    let scale = Scale::of(stored);
    for (place, (&number, code)) in (0..).zip(numbers.iter().zip(codes)) {
        *code = scale.encode(narrow(number), dither.at(first.wrapping_add(place)));
    }
    stored
}
