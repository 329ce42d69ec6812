//! What numbers are rounded with: stochastic rounding whose chances follow from a seed, the step and the place.
//!
//! A number between two that a format has goes up with the probability that makes the result right on average. The
//! thresholds of 64 places are spread evenly and scrambled by a start that is random: its bits say which of theirs are
//! turned over, which leaves them as even (Owen, 1995). From step to step the start moves by the golden ratio (modulo 1).
//! So each threshold is as likely as any other, and what rounding adds to a sum, over places or over steps, is less than
//! chance would add. It costs an operation a number.

/// Places that have a random start in common.
pub(super) const LANES: usize = 64;

/// Thresholds of 64 places before they are scrambled, in the forms that codes add to numbers.
#[derive(Debug)]
struct Spread {
    /// As parts of 2¹⁶.
    parts: [u32; LANES],
    /// The bits of 768 and a threshold of 14 bits: a sum with a number from -128 to 255 has its integer in the bits from
    /// the 14th on.
    sums: [u32; LANES],
}

/// The bits of a random start: thresholds have no more.
const START_BITS: u32 = 16;

/// The streams that a random number has starts for.
const STREAMS: usize = (u64::BITS / START_BITS) as usize;

/// The bits that stand behind the point in a sum.
pub(super) const BEHIND_POINT: u32 = 14;

impl Spread {
    const fn of(thresholds: &[u32; LANES]) -> Self {
        let (mut parts, mut sums, mut i) = ([0; LANES], [0; LANES], 0);
        while i < LANES {
            parts[i] = thresholds[i] >> 16;
            sums[i] = 768_f32.to_bits() | thresholds[i] >> (32 - BEHIND_POINT);
            i += 1;
        }
        Spread { parts, sums }
    }
}

/// Multiples of 0.7548776662 (1/ρ, with ρ³ = ρ + 1), which are spread evenly whatever the steps do that are multiples of
/// the golden ratio (Roberts, 2018).
static SPREAD: Spread = {
    let (mut thresholds, mut i) = ([0; LANES], 1);
    while i < LANES {
        thresholds[i] = 0xC13F_A9A9_u32.wrapping_add(thresholds[i - 1]);
        i += 1;
    }
    Spread::of(&thresholds)
};

/// All in the middle.
static HALVES: Spread = Spread::of(&[1 << 31; LANES]);

/// A step of a seed: what everything that is rounded in it has in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rounding {
    pub(crate) seed: u64,
    pub(crate) step: u64,
    /// Whether a weight becomes one that bf16 has, where the rule has moved it.
    pub(crate) weights: bool,
}

/// What the numbers of one cache, or the weights, are rounded with in one pass.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dither {
    key: u64,
    /// Which bits of a random number it takes.
    shift: u32,
    /// How far the thresholds have moved.
    turn: u32,
    spread: &'static Spread,
    /// Whether starts are random.
    random: bool,
}

/// The thresholds of 64 places.
#[derive(Clone, Copy)]
pub(super) struct Thresholds {
    start: u32,
    spread: &'static Spread,
}

impl Rounding {
    /// `stream` tells caches and weights apart.
    pub(super) fn dither(self, stream: usize) -> Dither {
        // A random number has the starts of as many.
        let key = mix(self.seed ^ mix((stream / STREAMS) as u64 + 1));
        let shift = low((stream % STREAMS) as u64) * START_BITS;
        Dither { key, shift, turn: low(self.step).wrapping_mul(0x9E37_79B9), spread: &SPREAD, random: true }
    }

    /// The same for a later pass of the same step.
    pub(super) fn in_pass(self, pass: usize) -> Self {
        // Far from the numbers of streams, which are mixed in too.
        Rounding { seed: self.seed ^ mix((pass as u64) << 32), ..self }
    }
}

impl Dither {
    /// Rounds to the nearest, halves up.
    pub(super) const NEAREST: Dither = Dither { key: 0, shift: 0, turn: 0, spread: &HALVES, random: false };

    /// The thresholds of the 64 places from this one on.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a part of the loops")]
    pub(super) fn at(self, place: usize) -> Thresholds {
        self.of(self.random_at(place))
    }

    /// A random number for the 64 places from this one on; the same for as many streams as it has starts of.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a part of the loops")]
    pub(super) fn random_at(self, place: usize) -> u64 {
        if self.random { mix(self.key ^ place as u64) } else { 0 }
    }

    /// Whether random numbers are those of the other one.
    pub(super) fn shares(self, other: Dither) -> bool {
        self.key == other.key && self.random == other.random
    }

    /// The thresholds by a random number.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a part of the loops")]
    pub(super) fn of(self, random: u64) -> Thresholds {
        let start = low(random >> self.shift) << (32 - START_BITS);
        Thresholds { start: start.wrapping_add(self.turn), spread: self.spread }
    }
}

impl Thresholds {
    /// That of the place `i` of them, as parts of 2¹⁶.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a part of the loops")]
    pub(super) fn parts(self, i: usize) -> u32 {
        self.spread.parts[i] ^ self.start >> 16
    }

    /// 768 and that of the place `i` of them, or what becomes of it where bits of 768 are turned over.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a part of the loops")]
    pub(super) fn sum(self, i: usize, turned: u32) -> f32 {
        f32::from_bits(self.spread.sums[i] ^ (self.start >> (32 - BEHIND_POINT) ^ turned))
    }
}

/// The lower half.
#[expect(clippy::cast_possible_truncation, reason = "what it is for")]
fn low(bits: u64) -> u32 {
    bits as u32
}

/// `SplitMix64`'s output function; 0 stays 0.
fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ bits >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    bits = (bits ^ bits >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    bits ^ bits >> 31
}

#[cfg(test)]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "places in a list")]
mod tests {
    use super::{LANES, Rounding};

    /// Thresholds as numbers from 0 to 1, of places and steps, of a stream.
    fn threshold(seed: u64, step: u64, stream: usize, place: usize) -> f64 {
        let dither = Rounding { seed, step, weights: false }.dither(stream);
        f64::from(dither.at(place / LANES * LANES).parts(place % LANES)) / 2_f64.powi(16)
    }

    /// The correlation of pairs, which is about 1/√n for chance.
    fn correlation(pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
        let (mut n, mut sum) = (0.0, 0.0);
        for (a, b) in pairs {
            n += 1.0;
            sum += (a - 0.5) * (b - 0.5) * 12.0;
        }
        sum / n
    }

    #[test]
    fn each_threshold_is_as_likely_as_any_other() {
        // Of one place in 64, which have nothing but chance.
        let mut counts = [0_u32; 64];
        for block in 0..64_000 {
            counts[(threshold(7, 3, 1, block * LANES + 5) * 64.0) as usize] += 1;
        }
        let chi: f64 = counts.iter().map(|&count| (f64::from(count) - 1e3).powi(2) / 1e3).sum();
        assert!((25.0..115.0).contains(&chi), "{chi}");
    }

    #[test]
    fn both_forms_are_the_same_threshold() {
        for place in 0..1_000 {
            let dither = Rounding { seed: 3, step: 8, weights: false }.dither(1).at(place / LANES * LANES);
            let sum = f64::from(dither.sum(place % LANES, 0)) - 768.0;
            let parts = f64::from(dither.parts(place % LANES)) / 2_f64.powi(16);
            assert!((0.0..2_f64.powi(-14)).contains(&(parts - sum)));
        }
    }

    #[test]
    fn blocks_caches_and_seeds_have_nothing_in_common() {
        let n = 100_000;
        let bound = 5.0 / (n as f64 / 64.0).sqrt();
        for distance in [64, 128, 512, 4_096] {
            let blocks = (0..n).map(|i| (threshold(1, 1, 0, i), threshold(1, 1, 0, i + distance)));
            assert!(correlation(blocks).abs() < bound, "{distance}");
        }
        let caches = (0..n).map(|i| (threshold(1, 1, 0, i), threshold(1, 1, 1, i)));
        assert!(correlation(caches).abs() < bound);
        let seeds = (0..n).map(|i| (threshold(1, 1, 0, i), threshold(2, 1, 0, i)));
        assert!(correlation(seeds).abs() < bound);
    }

    #[test]
    fn the_thresholds_of_a_place_and_of_a_block_are_spread_evenly() {
        // As many as there should be are below any bound, up to a few.
        for (place, bound) in [(0, 0.5), (77, 0.1), (1_000, 0.93)] {
            let below = (0..1_000).filter(|&step| threshold(5, step, 2, place) < bound).count();
            assert!((below as f64 - 1e3 * bound).abs() < 4.0, "{place} {bound} {below}");
        }
        for bound in [0.25, 0.5, 0.8] {
            let below = (0..LANES).filter(|&i| threshold(5, 1, 2, 640 + i) < bound).count();
            assert!((below as f64 - 64.0 * bound).abs() < 4.0, "{bound} {below}");
        }
    }
}
