//! [`Declared`]: what there is to ask of a rule by those who do not know its type.

use crate::error::Error;
use crate::kernel::{Kernels, kernels_of};
use crate::outline::Place;
use crate::real::Real;
use crate::rule::{Cache, CacheArray, Rule};
use crate::tiled::{Shape, Tiled};

/// A rule with its hyper-parameters, for a model of this number type.
pub(super) trait Declared<A: Real> {
    fn name(&self) -> &'static str;
    fn caches(&self) -> &'static [Cache];
    fn kernels(&self) -> &'static Kernels<A>;
    /// Whether it is computed pass by pass.
    fn is_tiled(&self) -> bool;
    /// Which of all caches exist for a tensor of this shape, a bit each.
    fn existing(&self, shape: &Shape) -> u64;
    /// What a cache that is not one number a weight starts at, by its place among all.
    fn start_number(&self, cache: usize) -> f64;
    /// What the caches of a weight start at, to as many numbers; `false` where all start at zero.
    fn start(&self, w: A, caches: &mut [A]) -> bool;
    /// Checks ranges and requirements.
    fn check(&self) -> Result<(), Error>;
    /// Checks what is required of the shape of a parameter.
    fn check_shape(&self, place: &Place) -> Result<(), Error>;
}

impl<R: Rule, A: Real> Declared<A> for R {
    fn name(&self) -> &'static str {
        R::NAME
    }

    fn caches(&self) -> &'static [Cache] {
        R::declared_caches()
    }

    fn kernels(&self) -> &'static Kernels<A> {
        kernels_of::<R, A>()
    }

    fn is_tiled(&self) -> bool {
        R::Tiled::TILED
    }

    fn existing(&self, shape: &Shape) -> u64 {
        (0..R::declared_caches().len()).map(|index| u64::from(self.exists::<A>(index, shape)) << index).sum()
    }

    fn start_number(&self, cache: usize) -> f64 {
        Rule::start_number::<A>(self, cache)
    }

    fn start(&self, w: A, caches: &mut [A]) -> bool {
        if !R::STARTS_AT_ZERO {
            let start = Rule::start(self, w);
            caches.iter_mut().enumerate().for_each(|(k, cache)| *cache = start.get(k));
        }
        !R::STARTS_AT_ZERO
    }

    fn check(&self) -> Result<(), Error> {
        self.check_for::<A>()
    }

    fn check_shape(&self, place: &Place) -> Result<(), Error> {
        let met = self.require_shape::<A>(&Shape::of(&place.shape));
        met.map_err(|text| Error::require_shape(R::NAME, &place.path, &place.shape, text))
    }
}
