//! [`Noise`]: gradients with noise that fades.

use super::assign::Given;
use super::check;
use super::flat::Flat;
use super::frame::{forward, state_inside, wrapper};
use crate::error::Error;
use crate::optimizable::{Optimizable, RealOf};
use crate::optimize::Optimize;
use crate::random::Rng;
use crate::real::Real;
use crate::record::{Persist, Record, Value};

/// Adds normal noise to the gradient: `g + σ · n`, `σ² = eta / (1 + t)^gamma`, with `t` the steps that were taken before
/// this one. Made by [`Wrap::noise`](super::Wrap::noise).
///
/// The numbers depend on the seed alone: the gradient that comes after `d` others takes its own from
/// [`Rng::new(seed ^ d · 0xd1b5_4a32_d192_ed03)`](Rng::new), one [`normal`](Rng::normal) each, in walking order. A step
/// that fails has drawn none; of a rule with two gradients a step each has its own.
///
/// Neelakantan et al., *Adding Gradient Noise Improves Learning for Very Deep Networks*, 2015,
/// <https://arxiv.org/abs/1511.06807>: `eta` of 0.01, 0.3 or 1, `gamma` 0.55.
pub struct Noise<O, M: Optimizable> {
    inner: O,
    eta: f64,
    gamma: f64,
    seed: u64,
    drawn: u64,
    flat: Flat<M>,
    given: Given<M>,
}

wrapper!(Noise { eta, gamma, seed, drawn } with { flat, given });

impl<O, M: Optimizable> Noise<O, M> {
    pub(super) fn new(inner: O, eta: f64, gamma: f64, seed: u64) -> Result<Self, Error> {
        check(eta, gamma)?;
        Ok(Noise { inner, eta, gamma, seed, drawn: 0, flat: Flat::new(), given: Given::new() })
    }

    /// The variance in the first step.
    pub fn eta(&self) -> f64 {
        self.eta
    }

    /// How fast the variance falls.
    pub fn gamma(&self) -> f64 {
        self.gamma
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How many gradients have had noise added.
    pub fn drawn(&self) -> u64 {
        self.drawn
    }
}

fn check(eta: f64, gamma: f64) -> Result<(), Error> {
    check::number("noise", "eta", eta, eta >= 0.0 && eta.is_finite(), "0..")?;
    check::number("noise", "gamma", gamma, gamma >= 0.0 && gamma.is_finite(), "0..")
}

impl<M: Optimizable, O: Optimize<M>> Optimize<M> for Noise<O, M> {
    forward!();

    fn try_step_with<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        mut f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        let Noise { inner, seed, flat, .. } = self;
        let variance = self.eta / libm::pow(1.0 + inner.steps() as f64, self.gamma);
        let (deviation, mut drawn) = (variance.sqrt(), self.drawn);
        flat.prepare(model, inner);
        let value = inner.try_step_with::<T, E>(model, |model, gradient| {
            flat.confirm();
            let value = f(model, gradient)?;
            flat.change_gradient(gradient, |_, numbers| {
                let mut rng = Rng::new(*seed ^ drawn.wrapping_mul(0xd1b5_4a32_d192_ed03));
                for g in numbers {
                    *g += RealOf::<M>::from_f64(deviation * rng.normal());
                }
                drawn += 1;
                true
            })?;
            Ok(value)
        })?;
        self.drawn = drawn;
        Ok(value)
    }
}

impl<O: Persist, M: Optimizable> Persist for Noise<O, M> {
    fn save(&self) -> Record {
        let mut record = check::record("noise", &self.inner);
        record.put("eta", Value::Number(self.eta));
        record.put("gamma", Value::Number(self.gamma));
        record.put("seed", Value::Count(self.seed));
        record.put("drawn", Value::Count(self.drawn));
        record
    }

    fn load(&mut self, record: &Record) -> Result<(), Error> {
        check::is_of("noise", record, &["eta", "gamma", "seed", "drawn"])?;
        let (eta, gamma) = (record.number("eta")?, record.number("gamma")?);
        check(eta, gamma)?;
        let (seed, drawn) = (record.count("seed")?, record.count("drawn")?);
        self.inner.load(&record.part("inner"))?;
        (self.eta, self.gamma, self.seed, self.drawn) = (eta, gamma, seed, drawn);
        Ok(())
    }

    state_inside!();
}
