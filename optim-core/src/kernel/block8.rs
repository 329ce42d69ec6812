//! The format of 8 bits a number, in blocks of 64 that have a scale.
//!
//! Codes are roots (`root.rs`): at most 254, or, where there are signs, from -127 to 127. So numbers within a factor of 16
//! of the block's scale have 32 steps an octave (16 where there are signs), those of the next four octaves half as many,
//! and so on, down to 2⁻³² of it (2⁻²⁸).
//!
//! The scale is a power of 2, whose root is 256 (128): nothing is rounded but the root.

use super::bf16::{narrow, widen};
use super::dither::{Dither, Thresholds};
use super::format::Format;
use super::root::{Positive, Signed, code, word};
use crate::real::Real;

/// Numbers of a block.
pub(crate) const BLOCK: usize = 64;

/// Words of a block.
const WORDS: usize = Block8::WORDS;

/// The bits of a stored scale beside its exponent (biased, as in an `f32`).
const SIGNED: u16 = 0x100;
const NOT_A_NUMBER: u16 = 0x200;

/// The exponents that scales have at least: no code is a subnormal number, and where there are signs, the root of 0 is
/// nothing beside a threshold.
const LEAST: u32 = 33;
const LEAST_SIGNED: u32 = 89;

/// The sign of a number's bits.
const SIGN: u32 = 1 << 31;

/// The bits of the largest number that a scale has: infinity begins behind it.
const MOST: u32 = 0x7F78_0000;

/// The exponent of the scale for the bits of a block's largest number, without its sign: that of the next power of 2, or of
/// the one above where the largest is within 2⁻⁵ of it, since roots are at most 127 and 254.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
fn exponent(largest: u32) -> u32 {
    // Wrapping, which it never does: a debug build that looks would take the vector of the largest apart.
    (largest.wrapping_add(0x0007_FFFF) >> 23).wrapping_add(1)
}

/// The scale for the bits of the largest number of a block without signs; that is finite.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
#[expect(clippy::cast_possible_truncation, reason = "8 bits of an exponent")]
fn scale_of_positive(largest: u32) -> u16 {
    exponent(largest).max(LEAST) as u16
}

/// The scale for the bits of the largest number of a block that has signs, without its own.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
#[expect(clippy::cast_possible_truncation, reason = "8 bits of an exponent")]
fn scale_of_signed(largest: u32) -> u16 {
    if largest > MOST { NOT_A_NUMBER } else { exponent(largest).max(LEAST_SIGNED) as u16 | SIGNED }
}

/// 8 bits a number.
pub(super) struct Block8;

impl Format for Block8 {
    type Code = u8;
    const SCALED: bool = true;

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
    fn scale<A: Real>(numbers: &[A]) -> u16 {
        let (mut largest, mut sign) = (0, 0);
        for &x in numbers {
            let bits = narrow(x).to_bits();
            largest = (bits & !SIGN).max(largest);
            sign |= bits & SIGN;
        }
        if sign == 0 && largest <= MOST { scale_of_positive(largest) } else { scale_of_signed(largest) }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
    fn code(x: f32, scale: u16, thresholds: Thresholds, i: usize) -> u8 {
        let exponent = u32::from(scale & 0xFF);
        let sum = if scale & NOT_A_NUMBER != 0 {
            0
        } else if scale & SIGNED == 0 {
            Positive(exponent).sum_of_any(x, thresholds, i)
        } else {
            Signed(exponent).sum(x, thresholds, i)
        };
        code(sum)
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
    fn number(code: u8, scale: u16) -> f32 {
        let (code, exponent) = (u32::from(code), u32::from(scale & 0xFF));
        if scale & NOT_A_NUMBER != 0 {
            f32::NAN
        } else if scale & SIGNED == 0 {
            // Memory that is all zeros has no exponent.
            Positive(exponent.max(LEAST)).decode::<0>(code)
        } else {
            Signed(exponent).decode::<0>(code)
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
    fn write<A: Real>(numbers: &[A; BLOCK], thresholds: Thresholds) -> ([u8; BLOCK], u16) {
        // As integers without signs, negative numbers are larger than positive ones; with signs, smaller.
        let bits = |i: usize| narrow(numbers[i]).to_bits();
        let mut largest_of_four = [0; WORDS];
        for (i, largest) in largest_of_four.iter_mut().enumerate() {
            *largest = of_four(i, bits, u32::max);
        }
        // A loop of its own, which is a comparison of vectors.
        let mut has_others = false;
        for largest in largest_of_four {
            has_others |= largest > MOST;
        }
        if has_others {
            // There are signs, or something that is not finite.
            let mut largest = 0;
            for (i, of_four_unsigned) in largest_of_four.into_iter().enumerate() {
                let of_four_signed = of_four(i, |i| bits(i).cast_signed(), i32::max);
                let of_four = (of_four_unsigned & !SIGN).cast_signed().max(of_four_signed);
                largest = largest.max(of_four.cast_unsigned());
            }
            let scale = scale_of_signed(largest);
            return (scaled(numbers, scale, thresholds), scale);
        }
        let mut largest = 0;
        for of_four in largest_of_four {
            largest = of_four.max(largest);
        }
        let scale = scale_of_positive(largest);
        let format = Positive(u32::from(scale & 0xFF));
        let mut has_less = false;
        for i in 0..WORDS {
            has_less |= of_four(i, bits, u32::min) < format.least();
        }
        // Most blocks have not.
        if has_less {
            (scaled(numbers, scale, thresholds), scale)
        } else {
            (codes(numbers, |x, i| format.sum(x, thresholds, i)), scale)
        }
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
    fn read<A: Real>(codes: &[u8; BLOCK], scale: u16, numbers: &mut [A; BLOCK]) {
        let exponent = u32::from(scale & 0xFF);
        if scale & NOT_A_NUMBER != 0 {
            numbers.fill(A::nan());
        } else if scale & SIGNED == 0 {
            let format = Positive(exponent.max(LEAST));
            read_words(codes, numbers, |word| format.decode::<0>(word), |word| format.decode::<1>(word));
        } else {
            let format = Signed(exponent);
            read_words(codes, numbers, |word| format.decode::<0>(word), |word| format.decode::<1>(word));
        }
    }
}

/// The numbers of a block, by those of the two lower bytes of a word.
#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
fn read_words<A: Real>(
    codes: &[u8; BLOCK],
    numbers: &mut [A; BLOCK],
    lowest: impl Fn(u32) -> f32,
    second: impl Fn(u32) -> f32,
) {
    let (words, _) = codes.as_chunks::<4>();
    for i in 0..WORDS {
        let word = u32::from_le_bytes(words[i]);
        numbers[i] = widen(lowest(word));
        numbers[WORDS + i] = widen(second(word));
        numbers[2 * WORDS + i] = widen(lowest(word >> 16));
        numbers[3 * WORDS + i] = widen(second(word >> 16));
    }
}

/// What is picked of the numbers whose codes share a word.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
fn of_four<T>(i: usize, of: impl Fn(usize) -> T, pick: impl Fn(T, T) -> T) -> T {
    pick(pick(of(i), of(WORDS + i)), pick(of(2 * WORDS + i), of(3 * WORDS + i)))
}

/// The codes of a block that has a scale.
#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
fn scaled<A: Real>(numbers: &[A; BLOCK], scale: u16, thresholds: Thresholds) -> [u8; BLOCK] {
    let exponent = u32::from(scale & 0xFF);
    if scale & NOT_A_NUMBER != 0 {
        [0; BLOCK]
    } else if scale & SIGNED == 0 {
        codes(numbers, |x, i| Positive(exponent).sum_of_any(x, thresholds, i))
    } else {
        codes(numbers, |x, i| Signed(exponent).sum(x, thresholds, i))
    }
}

/// The codes of a block, by the sum of each root and its threshold.
#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
fn codes<A: Real>(numbers: &[A; BLOCK], sum: impl Fn(f32, usize) -> u32) -> [u8; BLOCK] {
    let mut codes = [0; BLOCK];
    let (words, _) = codes.as_chunks_mut::<4>();
    let sum = |i: usize| sum(narrow(numbers[i]), i);
    for (i, bytes) in words.iter_mut().enumerate() {
        *bytes = word([sum(i), sum(WORDS + i), sum(2 * WORDS + i), sum(3 * WORDS + i)]).to_le_bytes();
    }
    codes
}

/// As [`write`](super::format::write), rounded to the nearest, where the numbers may be such that were read: these stay
/// what they are. A block does not tell its scale, if its largest number was rounded down to what the next smaller one has.
/// Where all that had signs was rounded to 0, the codes without signs have the others.
pub(super) fn write_again<A: Real>(numbers: &[A], codes: &mut [u8], scales: &mut [u16]) {
    let nearest = Dither::NEAREST.at(0);
    for ((numbers, codes), kept) in numbers.chunks(BLOCK).zip(codes.chunks_mut(BLOCK)).zip(scales) {
        let code = |x: A, scale: u16| Block8::code(narrow(x), scale, nearest, 0);
        let stay = |scale: u16| numbers.iter().all(|&x| widen::<A>(Block8::number(code(x, scale), scale)) == x);
        let mut scale = Block8::scale(numbers);
        // The largest exponent has no next one: one more would be the bit of signs.
        let has_next = scale & NOT_A_NUMBER == 0 && scale & 0xFF < 0xFF;
        if has_next && !stay(scale) && stay(scale + 1) {
            scale += 1;
        }
        *kept = scale;
        match numbers.try_into() {
            Ok(whole) => codes.copy_from_slice(&scaled(whole, scale, nearest)),
            Err(_) => codes.iter_mut().zip(numbers).for_each(|(kept, &x)| *kept = code(x, scale)),
        }
    }
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "numbers to test with")]
mod tests {
    use super::{BLOCK, Block8, write_again};
    use crate::kernel::dither::{Dither, Rounding};
    use crate::kernel::format::{read, write};

    fn coded(numbers: &[f32], dither: Dither) -> Vec<f32> {
        let (mut codes, mut scales) = (vec![0; numbers.len()], vec![0; numbers.len().div_ceil(BLOCK)]);
        write::<Block8, _>(numbers, &mut codes, &mut scales, dither, 0);
        let mut read_again = vec![f32::MIN; numbers.len()];
        read::<Block8, _>(&codes, &scales, &mut read_again);
        read_again
    }

    fn at(step: u64) -> Dither {
        Rounding { seed: 9, step, weights: false }.dither(0)
    }

    /// Every number that a scale has, in blocks with the largest: without signs or with.
    fn all_numbers(scale: u16) -> Vec<f32> {
        let signed = scale & super::SIGNED != 0;
        let codes: Vec<u8> = if signed { (1..=255).collect() } else { (0..=254).collect() };
        let mut numbers = Vec::new();
        for part in codes.chunks(BLOCK - 1) {
            let mut codes = [if signed { 255 } else { 254 }; BLOCK];
            codes[..part.len()].copy_from_slice(part);
            let mut block = [0.0; BLOCK];
            read::<Block8, _>(&codes, &[scale], &mut block);
            numbers.extend(block);
        }
        numbers
    }

    #[test]
    fn every_number_of_the_format_stays_what_it_is() {
        for exponent in [33, 34, 88, 89, 100, 127, 200, 254, 255] {
            for scale in [exponent, exponent | super::SIGNED] {
                if scale & super::SIGNED != 0 && u32::from(exponent) < super::LEAST_SIGNED {
                    continue;
                }
                let numbers = all_numbers(scale);
                assert!(numbers.iter().all(|x| x.is_finite()), "{scale:x}");
                for dither in [Dither::NEAREST, at(1), at(2), at(3)] {
                    // A block of positive numbers takes another scale than one with signs.
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
    fn what_was_read_is_written_as_the_same_again_whatever_it_was_read_from() {
        let mut rng = crate::random::Rng::new(6);
        for round in 0..4_000 {
            // Blocks whose largest are rounded down to a smaller scale's, or with signs that become 0.
            let (n, power) = (1 + round % 70, [1, 2, 6, 14][round % 4]);
            let signs = if round % 3 == 0 { -1e-12 } else { -1.0 };
            let numbers: Vec<f32> = (0..n)
                .map(|i| rng.normal().abs().powi(power) as f32 * if i % 2 == 0 && round % 5 > 0 { signs } else { 1.0 })
                .collect();
            let scale = if round % 7 == 0 { 1e-15 } else { 1.0 / numbers.iter().fold(0.0, |m: f32, x| m.max(x.abs())) };
            let numbers: Vec<f32> = numbers.iter().map(|x| x * scale * 0.9692).collect();
            let read_once = coded(&numbers, at(round as u64));
            let (mut codes, mut scales) = (vec![0; n], vec![0; n.div_ceil(BLOCK)]);
            write_again(&read_once, &mut codes, &mut scales);
            let mut read_again = vec![f32::MIN; n];
            read::<Block8, _>(&codes, &scales, &mut read_again);
            assert_eq!(read_once, read_again, "{round}");
        }
    }

    #[test]
    fn errors_are_those_of_the_documentation() {
        let mut rng = crate::random::Rng::new(4);
        for signs in [false, true] {
            let numbers: Vec<f32> = (0..6_400)
                .map(|i| (rng.normal().abs().powi(6) * if signs && i % 2 == 0 { -1.0 } else { 1.0 }) as f32)
                .collect();
            // Down to a root of 4.
            let (step, range) = if signs { (2_f32.powi(-4), 19.0) } else { (2_f32.powi(-5), 23.0) };
            for (block, found) in numbers.chunks(BLOCK).zip(coded(&numbers, at(1)).chunks(BLOCK)) {
                let largest = block.iter().fold(0.0_f32, |largest, x| largest.max(x.abs()));
                for (&x, &found) in block.iter().zip(found) {
                    assert!(signs || (x == 0.0) == (found == 0.0), "{x} {found}");
                    let below = (largest / x.abs()).log2();
                    // The scale may be an octave above the largest, and a bit more.
                    let bound = step * 2_f32.powi(((below + 1.1) / 4.0) as i32);
                    if below < range {
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
    fn zeros_stay_zeros_beside_the_smallest_numbers_whatever_the_threshold() {
        for smallest in [-1e-15, -1e-30, -f32::from_bits(1), -0.0, 1e-30, f32::from_bits(1)] {
            for step in 0..1 << 14 {
                let found = coded(&[smallest, 0.0, 0.0], at(step));
                assert_eq!(found[1..], [0.0; 2], "{smallest:e} {step}");
            }
        }
    }

    #[test]
    fn zeros_and_the_smallest_numbers() {
        assert_eq!(coded(&[0.0; 40], at(1)), [0.0; 40]);
        // The codes of memory that is all zeros.
        let mut numbers = [1.0_f32; BLOCK];
        read::<Block8, _>(&[0; BLOCK], &[0], &mut numbers);
        assert_eq!(numbers, [0.0; BLOCK]);
        let tiny = [f32::from_bits(1), f32::MIN_POSITIVE, 1e-37, 1e-33];
        for x in coded(&tiny, at(1)) {
            assert!((f32::MIN_POSITIVE..2e-33).contains(&x), "{x:e}");
        }
        let most = f32::from_bits(super::MOST);
        assert_eq!(coded(&[most, 1.0], at(1))[0], most);
        assert_eq!(coded(&[-most, 1.0], at(1))[0], -most);
        assert!(coded(&[f32::MAX, 1.0], at(1))[0].is_nan());
    }
}
