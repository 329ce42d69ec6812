//! Codes of 8 bits: the fourth root of a number, linear between the powers of 2, which is what a quarter of the bits of an
//! `f32` say. It is an integer for the numbers that the format has.

// Arithmetic is wrapping, though exponents are never so small, or large: debug builds would look at each.

use super::dither::{BEHIND_POINT, Thresholds};

/// The codes of positive numbers, by the exponent of their scale.
#[derive(Clone, Copy)]
pub(super) struct Positive(pub(super) u32);

/// The codes where there are signs: a root and 128.
#[derive(Clone, Copy)]
pub(super) struct Signed(pub(super) u32);

/// What makes of a threshold's sum with 768, whose lowest byte is 0, one with 640, where it is 128.
const TURNED: u32 = 768_f32.to_bits() ^ 640_f32.to_bits();

/// A power of 2, by its exponent.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
fn power(biased: u32) -> f32 {
    f32::from_bits(biased << 23)
}

/// The bits of a number to put a code into, as its lowest or second byte: that adds 2⁻⁹⁶ times the code. So small are numbers
/// whose bits can be shifted.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
fn zero<const BYTE: u32>() -> u32 {
    (127 + 23 - 8 * BYTE - 96) << 23
}

/// 2⁻⁹⁶ times what the code in a byte of a word is more than that of 0.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
fn root<const BYTE: u32>(word: u32, zero_code: u32) -> f32 {
    let code = word & 0xFF << (8 * BYTE);
    f32::from_bits(zero::<BYTE>() | code) - f32::from_bits(zero::<BYTE>() | zero_code << (8 * BYTE))
}

impl Positive {
    /// The number whose code is in a byte of a word, the lowest or the second one.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a part of the loops")]
    pub(super) fn decode<const BYTE: u32>(self, word: u32) -> f32 {
        // 256 becomes 2²⁹.
        f32::from_bits(root::<BYTE>(word, 0).to_bits() << 2) * power(self.0.wrapping_sub(29))
    }

    /// The bits of the least number whose root is 1.
    pub(super) fn least(self) -> u32 {
        self.0.wrapping_sub(32) << 23
    }

    /// The sum of a number's root and its threshold, for a number that is not less than the least.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a part of the loops")]
    pub(super) fn sum(self, x: f32, thresholds: Thresholds, i: usize) -> u32 {
        let root = f32::from_bits((x.to_bits() >> 2).wrapping_add(0x4380_0000_u32.wrapping_sub(self.0 << 21)));
        (root + thresholds.sum(i, 0)).to_bits()
    }

    /// The same for any. A positive number does not vanish, since rules divide by such.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a part of the loops")]
    pub(super) fn sum_of_any(self, x: f32, thresholds: Thresholds, i: usize) -> u32 {
        if x.to_bits() == 0 { 768_f32.to_bits() } else { self.sum(x, thresholds, i).max(769_f32.to_bits()) }
    }
}

impl Signed {
    /// The number whose code is in a byte of a word, the lowest or the second one.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a part of the loops")]
    pub(super) fn decode<const BYTE: u32>(self, word: u32) -> f32 {
        // 128 becomes 2²⁵.
        let root = root::<BYTE>(word, 128);
        let magnitude = f32::from_bits(root.to_bits() << 2) * power(self.0.wrapping_sub(25));
        f32::from_bits(magnitude.to_bits() | root.to_bits() & 1 << 31)
    }

    /// The sum of a number's root and its threshold.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a part of the loops")]
    pub(super) fn sum(self, x: f32, thresholds: Thresholds, i: usize) -> u32 {
        // The sign stays where it is.
        let bits = (x.to_bits().cast_signed() >> 2).cast_unsigned() & !(3 << 29);
        let root = f32::from_bits(bits.wrapping_add(0x4300_0000_u32.wrapping_sub(self.0 << 21)));
        (root + thresholds.sum(i, TURNED)).to_bits()
    }
}

/// The code of a sum.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
#[expect(clippy::cast_possible_truncation, reason = "the lowest bits")]
pub(super) fn code(sum: u32) -> u8 {
    (sum >> BEHIND_POINT) as u8
}

/// A word of the codes of four sums.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
pub(super) fn word(sums: [u32; 4]) -> u32 {
    let merged = |low: u32, high: u32, mask: u32| low & mask | high & !mask;
    let low = merged(sums[0] >> BEHIND_POINT, sums[1] >> (BEHIND_POINT - 8), 0xFF);
    let high = merged(sums[2] << (16 - BEHIND_POINT), sums[3] << (24 - BEHIND_POINT), 0x00FF_FFFF);
    merged(low, high, 0xFFFF)
}
