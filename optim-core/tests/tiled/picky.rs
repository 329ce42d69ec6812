//! A rule that may require matrices, with a cache of matrices that an option brings.

use optim_core::Real;
use optim_core::private::{
    Cache, CacheScope, Formula, GradientAtWeights, Hyper, Level, Numbers, Pass, Rule, Section, Shape, Tiled,
};

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Picky {
    pub(crate) matrices: bool,
    pub(crate) extra: bool,
}

impl GradientAtWeights for Picky {}

impl Rule for Picky {
    const NAME: &'static str = "Picky";
    const LOOKS_AHEAD: bool = false;
    const EVALUATES: bool = false;
    type Step<A: Real> = ();
    type Caches<A: Real> = [A; 0];
    type Model = [f64; 0];
    type Tiled = Self;
    fn hyper() -> &'static [Hyper] {
        &[]
    }
    fn doc() -> &'static str {
        ""
    }
    fn formula() -> Formula {
        Formula::new("", "", "")
    }
    fn declared_caches() -> &'static [Cache] {
        &[Cache { name: "a", scope: CacheScope::Tensor, condition: Some("extra && ndim() == 2") }]
    }
    fn value(&self, _: usize) -> f64 {
        0.0
    }
    fn set_value(&mut self, _: usize, _: f64) {}
    fn require_shape<A: Real>(&self, shape: &Shape) -> Result<(), &'static str> {
        let met = !self.matrices || shape.ndim == 2.0;
        if met { Ok(()) } else { Err("it moves matrices: give this another rule") }
    }
    fn exists<A: Real>(&self, _: usize, shape: &Shape) -> bool {
        self.extra && shape.ndim == 2.0
    }
    fn scalars<A: Real>(&self, _: f64, _: &mut [f64; 0]) {}
    fn update<A: Real>((): (), w: A, _: A, caches: [A; 0]) -> (A, [A; 0]) {
        (w, caches)
    }
}

impl Tiled<Self> for Picky {
    const PASSES: &'static [Pass] = &[Pass { moves: true, writes: 0, ..Pass::of(Section::Update) }];
    const NUMBERS: [usize; 5] = [0, 1, 0, 0, 0];
    type Once = ();
    type Row<A: Real> = [A; 0];
    type Col<A: Real> = [A; 0];
    type Terms<A: Real> = [A; 0];
    fn once<A: Real>(_: &Self, _: f64, _: &mut [f64; 0]) {}
    fn step<A: Real>(_: &Self, (): (), _: &Numbers<'_>) {}
    fn pass<A: Real, const PASS: usize>(
        (): (),
        w: A,
        g: A,
        caches: [A; 0],
        _: [A; 0],
        _: [A; 0],
    ) -> (A, [A; 0], [A; 0]) {
        (w - g, caches, [])
    }
    fn commit<A: Real>(_: &Self, (): (), level: Level, _: &Numbers<'_>, caches: &mut [f64]) {
        if level == Level::Tensor {
            caches[0] = 7.0;
        }
    }
}
