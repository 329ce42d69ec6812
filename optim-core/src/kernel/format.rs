//! [`Format`]: what numbers are kept in that are not kept exactly, and slices of such.

use super::dither::{Dither, LANES, Thresholds};
use crate::real::Real;

/// A format of fewer bits, for blocks of numbers.
pub(super) trait Format {
    /// What a number becomes. Codes of a block stand in words of 4 bytes, each as many as a word takes: number `i` in word
    /// `i % WORDS`. So vectors of numbers and one of words have the same lanes.
    type Code: Copy;

    /// Words of a block.
    const WORDS: usize = LANES * size_of::<Self::Code>() / 4;

    /// Whether a block has a scale.
    const SCALED: bool;

    /// A code of memory that is all zeros.
    const ZERO: Self::Code;

    /// The numbers of a block; exact.
    fn read<A: Real>(codes: &[Self::Code; LANES], scale: u16, numbers: &mut [A; LANES]);

    /// The codes of a block, and its scale.
    fn write<A: Real>(numbers: &[A; LANES], thresholds: Thresholds) -> ([Self::Code; LANES], u16);
}

/// Where the code of a number of a block stands.
fn place<F: Format>(i: usize) -> usize {
    i % F::WORDS * (LANES / F::WORDS) + i / F::WORDS
}

/// The codes of a block that may have fewer numbers; these are in their order then.
pub(super) fn whole<F: Format>(codes: &[F::Code]) -> [F::Code; LANES] {
    if let Ok(whole) = codes.try_into() {
        return whole;
    }
    let mut block = [F::ZERO; LANES];
    for (i, code) in codes.iter().enumerate() {
        block[place::<F>(i)] = *code;
    }
    block
}

/// Keeps the codes of a block that may have fewer numbers.
pub(super) fn keep<F: Format>(block: &[F::Code; LANES], codes: &mut [F::Code]) {
    if codes.len() == LANES {
        return codes.copy_from_slice(block);
    }
    for (i, code) in codes.iter_mut().enumerate() {
        *code = block[place::<F>(i)];
    }
}

/// Reads blocks; only the last may have fewer numbers.
#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
pub(super) fn read<F: Format, A: Real>(codes: &[F::Code], scales: &[u16], numbers: &mut [A]) {
    let (blocks, rest) = codes.as_chunks::<LANES>();
    let (numbers, last) = numbers.as_chunks_mut::<LANES>();
    let scale = |k: usize| if F::SCALED { scales[k] } else { 0 };
    for k in 0..blocks.len().min(numbers.len()) {
        F::read(&blocks[k], scale(k), &mut numbers[k]);
    }
    if !rest.is_empty() {
        let mut block = [A::zero(); LANES];
        F::read(&whole::<F>(rest), scale(blocks.len()), &mut block);
        last.copy_from_slice(&block[..last.len()]);
    }
}

/// Writes blocks; only the last may have fewer numbers. The first number's place is `first`.
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
        let mut padded = [A::zero(); LANES];
        padded[..last.len()].copy_from_slice(last);
        let (block, scale) = F::write(&padded, dither.at(first + numbers.len() * LANES));
        keep::<F>(&block, rest);
        if F::SCALED {
            scales[numbers.len()] = scale;
        }
    }
}
