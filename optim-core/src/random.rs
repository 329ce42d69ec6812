//! [`Rng`]: random numbers from a seed, the same on every platform and in every version.
//!
//! Initialisation ([`init`](crate::init)) and the order of batches take their numbers from here, and a layer that needs
//! some keeps an `Rng` in its workspace: nothing draws from hidden state.

use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::{Rng as _, SeedableRng};

use crate::error::Error;
use crate::record::{Persist, Record, Value};

/// A stream of random numbers that depends on its seed and on nothing else.
///
/// The generator is xoshiro256++, its state filled from the seed with SplitMix64, as its authors recommend. What the
/// functions here make of its numbers is defined in their documentation: the stream of a seed does not change from one
/// version of this crate to the next, nor between platforms.
///
/// ```
/// use optim_core::random::Rng;
///
/// let mut rng = Rng::new(7);
/// let mut order: Vec<usize> = (0..5).collect();
/// rng.shuffle(&mut order);
/// assert_eq!(order, [1, 3, 2, 4, 0]);
/// assert!((0.0..1.0).contains(&rng.uniform()));
/// ```
///
/// D. Blackman, S. Vigna, *Scrambled Linear Pseudorandom Number Generators*, ACM Transactions on Mathematical Software
/// 47 (2021), <https://arxiv.org/abs/1805.01407>.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rng(Xoshiro256PlusPlus);

impl Rng {
    /// The stream of this seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Rng(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// 64 random bits: the generator's next number.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number in `[0, 1)`: the upper 53 bits of the generator's next number, divided by 2⁵³.
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number from the normal distribution of mean 0 and standard deviation 1.
    ///
    /// `√(−2 ln(1 − u)) · cos(2π v)` for two uniform numbers, `u` drawn first (Box and Muller's transform), with
    /// logarithm and cosine from a library that is the same everywhere.
    pub fn normal(&mut self) -> f64 {
        let (u, v) = (self.uniform(), self.uniform());
        libm::sqrt(-2.0 * libm::log(1.0 - u)) * libm::cos(core::f64::consts::TAU * v)
    }

    /// A whole number in `0..end`, each equally likely; 0 where `end` is 0.
    ///
    /// The upper half of the product of `end` and the generator's next number, drawn again where the lower half is in
    /// the part that would make some numbers likelier (D. Lemire, *Fast Random Integer Generation in an Interval*, 2019).
    pub fn below(&mut self, end: usize) -> usize {
        let end = end as u64;
        let biased = if end == 0 { 0 } else { end.wrapping_neg() % end };
        loop {
            let product = u128::from(self.bits()) * u128::from(end);
            // The lower half, by truncation.
            #[expect(clippy::cast_possible_truncation, reason = "halves of a number of 128 bits; less than `end`")]
            if product as u64 >= biased {
                return (product >> 64) as usize;
            }
        }
    }

    /// Puts the elements in random order, each order equally likely: from the last element down to the second, each
    /// changes places with one that is drawn from those up to and including itself (Fisher and Yates).
    pub fn shuffle<T>(&mut self, slice: &mut [T]) {
        for last in (1..slice.len()).rev() {
            slice.swap(last, self.below(last + 1));
        }
    }
}

/// Where the stream stands: the next number is the same after an interruption.
impl Persist for Rng {
    fn save(&self) -> Record {
        let mut record = Record::new();
        record.put("xoshiro256++", Value::Bytes(self.0.state().to_vec()));
        record
    }

    fn load(&mut self, record: &Record) -> Result<(), Error> {
        let state = record.bytes("xoshiro256++")?;
        // The state of zeros stays what it is: no seed leads to it.
        let state = <[u8; 32]>::try_from(state).ok().filter(|state| *state != [0; 32]);
        let state = state.ok_or_else(|| Error::data("`xoshiro256++` is not the state of a generator"))?;
        self.0 = Xoshiro256PlusPlus::from_seed(state);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Rng;
    use crate::record::{Persist, Record, Value};

    #[test]
    fn a_stream_goes_on_where_it_was() {
        let (mut rng, mut again) = (Rng::new(5), Rng::new(6));
        rng.bits();
        again.load(&rng.save()).unwrap();
        assert_eq!((0..9).map(|_| again.bits()).collect::<Vec<_>>(), (0..9).map(|_| rng.bits()).collect::<Vec<_>>());
        let before = again.clone();
        for state in [vec![0; 32], vec![1; 31]] {
            let mut record = Record::new();
            record.put("xoshiro256++", Value::Bytes(state));
            again.load(&record).unwrap_err();
        }
        again.load(&Record::new()).unwrap_err();
        assert_eq!(again, before);
    }

    #[test]
    fn the_stream_of_a_seed_is_that_of_the_paper() {
        // SplitMix64 fills the state; both as published, computed apart from this crate.
        let mut rng = Rng::new(0);
        assert_eq!([rng.bits(), rng.bits()], [0x5317_5d61_490b_23df, 0x61da_6f3d_c380_d507]);
        assert_eq!((2..1000).map(|_| rng.bits()).last(), Some(0x3763_00fa_032f_6483));
        assert_eq!(Rng::new(42).bits(), 0xd076_4d4f_4476_689f);
    }

    #[test]
    fn uniform_numbers_fill_their_range_evenly() {
        let mut rng = Rng::new(1);
        let numbers: Vec<f64> = (0..10_000).map(|_| rng.uniform()).collect();
        assert!(numbers.iter().all(|x| (0.0..1.0).contains(x)));
        let mean = numbers.iter().sum::<f64>() / 1e4;
        // The mean of 10,000 has a standard deviation of 0.0029.
        assert!((mean - 0.5).abs() < 0.01, "{mean}");
    }

    #[test]
    fn normal_numbers_have_mean_0_and_deviation_1() {
        let mut rng = Rng::new(2);
        let numbers: Vec<f64> = (0..10_000).map(|_| rng.normal()).collect();
        let mean = numbers.iter().sum::<f64>() / 1e4;
        let variance = numbers.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 1e4;
        assert!(mean.abs() < 0.04 && (variance - 1.0).abs() < 0.05, "{mean} {variance}");
        let beyond_two = numbers.iter().filter(|x| x.abs() > 2.0).count();
        assert!((400..510).contains(&beyond_two), "{beyond_two}");
    }

    #[test]
    fn whole_numbers_are_equally_likely() {
        let mut rng = Rng::new(3);
        let mut counts = [0_u32; 6];
        for _ in 0..60_000 {
            counts[rng.below(6)] += 1;
        }
        assert!(counts.iter().all(|count| (9_600..10_400).contains(count)), "{counts:?}");
        assert_eq!((rng.below(1), rng.below(0)), (0, 0));
    }

    #[test]
    fn shuffling_is_a_permutation() {
        let mut order: Vec<usize> = (0..100).collect();
        Rng::new(4).shuffle(&mut order);
        assert_ne!(order, (0..100).collect::<Vec<_>>());
        order.sort_unstable();
        assert_eq!(order, (0..100).collect::<Vec<_>>());
    }
}
