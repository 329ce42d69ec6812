//! [`Format`]: what numbers are kept in that are not kept exactly, and slices of such.

use super::bf16::{narrow, widen};
use super::dither::{Dither, LANES, Thresholds};
use crate::real::Real;

/// A format of fewer bits, for blocks of numbers.
pub(super) trait Format {
    /// What a number becomes.
    type Code: Copy;

    /// Whether a block has a scale.
    const SCALED: bool;

    /// Words of 4 bytes that the codes of a whole block stand in: that of number `i` in word `i % WORDS`, the first numbers
    /// in the lowest bits. So vectors of numbers and vectors of words have the same lanes.
    const WORDS: usize = LANES * size_of::<Self::Code>() / 4;

    /// The scale of a block.
    fn scale<A: Real>(numbers: &[A]) -> u16;

    /// The code of number `i` of a block.
    fn code(x: f32, scale: u16, thresholds: Thresholds, i: usize) -> Self::Code;

    /// The number of a code; exact.
    fn number(code: Self::Code, scale: u16) -> f32;

    /// The codes of a whole block, and its scale: as above, but faster.
    fn write<A: Real>(numbers: &[A; LANES], thresholds: Thresholds) -> ([Self::Code; LANES], u16);

    /// The numbers of a whole block.
    fn read<A: Real>(codes: &[Self::Code; LANES], scale: u16, numbers: &mut [A; LANES]);
}

/// Reads blocks. Only the last may have fewer numbers; its codes are in their order.
#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
pub(super) fn read<F: Format, A: Real>(codes: &[F::Code], scales: &[u16], numbers: &mut [A]) {
    let (blocks, rest) = codes.as_chunks::<LANES>();
    let (numbers, last) = numbers.as_chunks_mut::<LANES>();
    let scale = |k: usize| if F::SCALED { scales[k] } else { 0 };
    for k in 0..blocks.len().min(numbers.len()) {
        // Hidden from the compiler, which would go through several blocks at once, gathering and scattering.
        F::read(core::hint::black_box(&blocks[k]), scale(k), &mut numbers[k]);
    }
    if !rest.is_empty() {
        let scale = scale(blocks.len());
        for i in 0..rest.len().min(last.len()) {
            last[i] = widen(F::number(rest[i], scale));
        }
    }
}

/// Writes blocks. Only the last may have fewer numbers. The first number's place is `first`.
#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
pub(super) fn write<F: Format, A: Real>(
    numbers: &[A],
    codes: &mut [F::Code],
    scales: &mut [u16],
    dither: Dither,
    first: usize,
) {
    let (numbers, last) = numbers.as_chunks::<LANES>();
    let (blocks, rest) = codes.as_chunks_mut::<LANES>();
    for k in 0..numbers.len().min(blocks.len()) {
        let (block, scale) = F::write(&numbers[k], dither.at(first + k * LANES));
        blocks[k] = block;
        if F::SCALED {
            scales[k] = scale;
        }
    }
    if !last.is_empty() {
        let (scale, thresholds) = (F::scale(last), dither.at(first + numbers.len() * LANES));
        for i in 0..last.len().min(rest.len()) {
            rest[i] = F::code(narrow(last[i]), scale, thresholds, i);
        }
        if F::SCALED {
            scales[numbers.len()] = scale;
        }
    }
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, reason = "numbers to test with")]
mod tests {
    use super::{Dither, Format, LANES, read, write};
    use crate::kernel::bf16::Bf16;
    use crate::kernel::block8::Block8;
    use crate::kernel::dither::Rounding;

    /// Whole blocks and blocks of fewer numbers: of those that have more of them, the first are the same.
    fn blocks_are_the_same<F: Format>(zero: F::Code)
    where
        F::Code: PartialEq + core::fmt::Debug,
    {
        let mut rng = crate::random::Rng::new(8);
        for round in 0..400 {
            let (size, power) = ([1.0, 1e-30, 1e30][round % 3], [1, 4, 40][round / 3 % 3]);
            let signs = round % 4 > 1;
            let mut numbers: Vec<f32> = (0..LANES)
                .map(|_| (rng.normal() as f32).powi(power) * size)
                .map(|x| if signs { x } else { x.abs() })
                .collect();
            // The largest first, so that the scale is that of all.
            numbers.sort_by(|a, b| b.abs().total_cmp(&a.abs()));
            let some = [0.0, if signs { -0.0 } else { 0.0 }, numbers[3], numbers[3], f32::from_bits(1)][round % 5];
            numbers[LANES - 2..].fill(some);
            numbers[0] = if round == 50 {
                f32::INFINITY
            } else if signs {
                -numbers[0].abs()
            } else {
                numbers[0]
            };
            let dither = if round % 7 == 0 {
                Dither::NEAREST
            } else {
                Rounding { seed: 2, step: round as u64, weights: false }.dither(1)
            };
            let coded = |n: usize| {
                let (mut codes, mut scale, mut found) = (vec![zero; n], [0], vec![0.0_f32; n]);
                write::<F, f32>(&numbers[..n], &mut codes, &mut scale, dither, 128);
                read::<F, f32>(&codes, &scale, &mut found);
                // The same of numbers of 64 bits.
                let wide: Vec<f64> = numbers[..n].iter().map(|&x| f64::from(x)).collect();
                let (mut wide_codes, mut wide_scale) = (vec![zero; n], [0]);
                write::<F, f64>(&wide, &mut wide_codes, &mut wide_scale, dither, 128);
                assert_eq!((&wide_codes, wide_scale), (&codes, scale));
                (scale, found)
            };
            let (scale, whole) = coded(LANES);
            for n in [1, 2, 17, LANES - 1] {
                let (scale_of_fewer, fewer) = coded(n);
                let same =
                    fewer.iter().zip(&whole).all(|(a, b)| a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan());
                assert!(same && scale == scale_of_fewer, "{round} {n}: {fewer:?} {whole:?}");
            }
        }
    }

    #[test]
    fn whole_blocks_are_as_their_numbers_are() {
        blocks_are_the_same::<Bf16>([0; 2]);
        blocks_are_the_same::<Block8>(0);
    }
}
