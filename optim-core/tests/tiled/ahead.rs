//! A step ahead without a gradient, as far as a norm of the tensor says.

use optim_core::Real;
use optim_core::private::{
    Cache, CacheScope, Formula, Hyper, Level, Numbers, Pass, Rule, Section, Sum, SumKind, Tiled,
};

use crate::naive::{self, Matrices};
use crate::{SHAPES, gradient};

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ahead;

impl Rule for Ahead {
    const NAME: &'static str = "Ahead";
    const LOOKS_AHEAD: bool = true;
    const EVALUATES: bool = false;
    type Step<A: Real> = [A; 2];
    type Caches<A: Real> = [A; 1];
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
        &[Cache { name: "s", scope: CacheScope::Weight, condition: None }]
    }
    fn value(&self, _: usize) -> f64 {
        0.0
    }
    fn set_value(&mut self, _: usize, _: f64) {}
    fn scalars<A: Real>(&self, _: f64, _: &mut [f64; 0]) -> [A; 2] {
        unreachable!()
    }
    fn update<A: Real>(_: [A; 2], w: A, _: A, caches: [A; 1]) -> (A, [A; 1]) {
        (w, caches)
    }
}

fn far(squares: f64) -> f64 {
    0.1 / (1.0 + squares.sqrt())
}

impl Tiled<Self> for Ahead {
    const PASSES: &'static [Pass] = &[
        Pass { moves: false, writes: 0, ..Pass::of(Section::LookAhead) },
        Pass { moves: true, writes: 0, ..Pass::of(Section::LookAhead) },
        Pass { moves: true, writes: 0b1, ..Pass::of(Section::Update) },
    ];
    const SUMS: &'static [Sum] = &[Sum { pass: 0, kind: SumKind::Squares, term: 0, over: Level::Tensor, place: 0 }];
    const NUMBERS: [usize; 5] = [0, 1, 0, 0, 0];
    type Once = f64;
    type Row<A: Real> = [A; 0];
    type Col<A: Real> = [A; 0];
    type Terms<A: Real> = [A; 1];
    fn once<A: Real>(_: &Self, t: f64, _: &mut [f64; 0]) -> f64 {
        0.01 / t
    }
    fn step<A: Real>(_: &Self, rate: f64, at: &Numbers<'_>) -> [A; 2] {
        [far(at.tensor[0]), rate].map(A::from_f64)
    }
    #[inline(always)]
    #[allow(clippy::inline_always)]
    fn pass<A: Real, const PASS: usize>(
        [far, rate]: [A; 2],
        w: A,
        g: A,
        [s]: [A; 1],
        _: [A; 0],
        _: [A; 0],
    ) -> (A, [A; 1], [A; 1]) {
        match PASS {
            0 => (w, [s], [s]),
            1 => (w + far * s, [s], [A::zero()]),
            _ => (w - rate * (s + g), [s + g], [A::zero()]),
        }
    }
}

pub(crate) struct Plain<A>(Vec<Vec<A>>);

impl<A: Real> crate::Plain<A> for Plain<A> {
    fn new(weights: &[Vec<A>]) -> Self {
        Plain(weights.iter().map(|w| vec![A::zero(); w.len()]).collect())
    }

    fn step(&mut self, t: f64, weights: &mut [Vec<A>], noise: &[Vec<A>]) {
        for (i, ((w, s), noise)) in weights.iter_mut().zip(&mut self.0).zip(noise).enumerate() {
            let squares: Vec<f64> = s.iter().map(|s| s.as_f64() * s.as_f64()).collect();
            let far = far(naive::tensor(Matrices::of(SHAPES[i], false), &squares, naive::plus));
            for ((w, s), &noise) in w.iter_mut().zip(s).zip(noise) {
                *s += gradient(noise, *w + A::from_f64(far) * *s);
                *w -= A::from_f64(0.01 / t) * *s;
            }
        }
    }

    fn caches(&self) -> Vec<(&'static str, Vec<Option<Vec<f64>>>)> {
        vec![("s", self.0.iter().map(|x| Some(x.iter().map(|x| x.as_f64()).collect())).collect())]
    }
}
