//! Lamb, with a cache of the tensor: two passes, norms, a dot product and the largest gradient.

use optim_core::Real;
use optim_core::private::{
    Cache, CacheScope, Formula, GradientAtWeights, Hyper, Level, Numbers, Pass, Rule, Section, Sum, SumKind, Tiled,
};

use crate::naive::{self, Matrices};
use crate::{SHAPES, gradient};

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Lamb;

impl GradientAtWeights for Lamb {}

impl Rule for Lamb {
    const NAME: &'static str = "Lamb";
    const LOOKS_AHEAD: bool = false;
    const EVALUATES: bool = false;
    type Step<A: Real> = [A; 7];
    type Caches<A: Real> = [A; 2];
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
        &[
            Cache { name: "m", scope: CacheScope::Weight, condition: None },
            Cache { name: "largest", scope: CacheScope::Tensor, condition: None },
            Cache { name: "v", scope: CacheScope::Weight, condition: None },
        ]
    }
    fn value(&self, _: usize) -> f64 {
        0.0
    }
    fn set_value(&mut self, _: usize, _: f64) {}
    fn start_number<A: Real>(&self, _: usize) -> f64 {
        0.1
    }
    fn scalars<A: Real>(&self, _: f64, _: &mut [f64; 0]) -> [A; 7] {
        unreachable!()
    }
    fn update<A: Real>(_: [A; 7], w: A, _: A, caches: [A; 2]) -> (A, [A; 2]) {
        (w, caches)
    }
}

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.99;
const EPS: f64 = 1e-6;

fn rate(t: f64, largest: f64, max: f64, w2: f64, u2: f64, dot: f64) -> f64 {
    let ratio = if w2 > 0.0 && u2 > 0.0 { w2.sqrt() / u2.sqrt() } else { 1.0 };
    0.01 * ratio / t.sqrt() / (largest.max(max) + dot.abs() + 1.0)
}

#[inline(always)]
#[allow(clippy::inline_always)]
fn direction<A: Real>([_, _, _, _, wd, eps, _]: [A; 7], w: A, m: A, v: A) -> A {
    m / (v.sqrt() + eps) + wd * w
}

impl Tiled<Self> for Lamb {
    const PASSES: &'static [Pass] = &[
        Pass { moves: false, writes: 0b11, ..Pass::of(Section::Update) },
        Pass { moves: true, writes: 0, ..Pass::of(Section::Update) },
    ];
    const SUMS: &'static [Sum] = &[
        Sum { pass: 0, kind: SumKind::MaxAbs, term: 2, over: Level::Tensor, place: 1 },
        Sum { pass: 0, kind: SumKind::Squares, term: 1, over: Level::Tensor, place: 2 },
        Sum { pass: 0, kind: SumKind::Squares, term: 0, over: Level::Tensor, place: 3 },
        Sum { pass: 0, kind: SumKind::Products, term: 1, over: Level::Tensor, place: 4 },
    ];
    const NUMBERS: [usize; 5] = [0, 5, 0, 0, 0];
    type Once = f64;
    type Row<A: Real> = [A; 0];
    type Col<A: Real> = [A; 0];
    type Terms<A: Real> = [A; 3];
    fn once<A: Real>(_: &Self, t: f64, _: &mut [f64; 0]) -> f64 {
        t
    }
    fn step<A: Real>(_: &Self, t: f64, at: &Numbers<'_>) -> [A; 7] {
        let &[largest, max, w2, u2, dot] = at.tensor else { unreachable!() };
        let rate = rate(t, largest, max, w2, u2, dot);
        [BETA1, 1.0 - BETA1, BETA2, 1.0 - BETA2, 0.01, EPS, rate].map(A::from_f64)
    }
    #[inline(always)]
    #[allow(clippy::inline_always)]
    fn pass<A: Real, const PASS: usize>(
        step: [A; 7],
        w: A,
        g: A,
        [m, v]: [A; 2],
        _: [A; 0],
        _: [A; 0],
    ) -> (A, [A; 2], [A; 3]) {
        if PASS == 0 {
            let m = step[0] * m + step[1] * g;
            let v = step[2] * v + step[3] * g * g;
            (w, [m, v], [direction(step, w, m, v), w, g])
        } else {
            (w - step[6] * direction(step, w, m, v), [m, v], [A::zero(); 3])
        }
    }
    fn commit<A: Real>(_: &Self, _: f64, level: Level, at: &Numbers<'_>, caches: &mut [f64]) {
        if level == Level::Tensor {
            caches[0] = at.tensor[0].max(at.tensor[1]);
        }
    }
}

pub(crate) struct Plain<A> {
    m: Vec<Vec<A>>,
    v: Vec<Vec<A>>,
    largest: Vec<f64>,
}

impl<A: Real> crate::Plain<A> for Plain<A> {
    fn new(weights: &[Vec<A>]) -> Self {
        let zeros: Vec<Vec<A>> = weights.iter().map(|w| vec![A::zero(); w.len()]).collect();
        Plain { m: zeros.clone(), v: zeros, largest: vec![0.1; weights.len()] }
    }

    fn step(&mut self, t: f64, weights: &mut [Vec<A>], noise: &[Vec<A>]) {
        let a = A::from_f64;
        for i in 0..weights.len() {
            let (w, m, v) = (&mut weights[i], &mut self.m[i], &mut self.v[i]);
            let g: Vec<A> = w.iter().zip(&noise[i]).map(|(&w, &noise)| gradient(noise, w)).collect();
            let direction = |w: A, m: A, v: A| m / (v.sqrt() + a(EPS)) + a(0.01) * w;
            for j in 0..w.len() {
                m[j] = a(BETA1) * m[j] + a(1.0 - BETA1) * g[j];
                v[j] = a(BETA2) * v[j] + a(1.0 - BETA2) * g[j] * g[j];
            }
            let u: Vec<A> = (0..w.len()).map(|j| direction(w[j], m[j], v[j])).collect();
            let matrices = Matrices::of(SHAPES[i], false);
            let sum = |x: &[A], y: &[A]| {
                let terms: Vec<f64> = x.iter().zip(y).map(|(x, y)| x.as_f64() * y.as_f64()).collect();
                naive::tensor(matrices, &terms, naive::plus)
            };
            let size: Vec<f64> = g.iter().map(|g| g.as_f64().abs()).collect();
            let max = naive::tensor(matrices, &size, f64::max);
            let rate = rate(t, self.largest[i], max, sum(w, w), sum(&u, &u), sum(w, &g));
            for j in 0..w.len() {
                w[j] -= a(rate) * u[j];
            }
            self.largest[i] = self.largest[i].max(max);
        }
    }

    fn caches(&self) -> Vec<(&'static str, Vec<Option<Vec<f64>>>)> {
        let weights = |cache: &[Vec<A>]| cache.iter().map(|x| Some(x.iter().map(|x| x.as_f64()).collect())).collect();
        // A copy of a cache is of the model's scalar type.
        let largest = self.largest.iter().map(|&x| Some(vec![A::from_f64(x).as_f64()])).collect();
        vec![("m", weights(&self.m)), ("v", weights(&self.v)), ("largest", largest)]
    }
}
