//! A gradient at the weights, a step against its norm over the model, and the gradient there; caches of the model.

use optim_core::Real;
use optim_core::private::{
    Cache, CacheScope, Formula, Hyper, Level, Numbers, Pass, Rule, Section, Sum, SumKind, Tiled,
};

use crate::naive::{self, Matrices};
use crate::{SHAPES, gradient};

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sam;

impl Rule for Sam {
    const NAME: &'static str = "Sam";
    const LOOKS_AHEAD: bool = true;
    const EVALUATES: bool = true;
    type Step<A: Real> = [A; 3];
    type Caches<A: Real> = [A; 1];
    type Model = [f64; 2];
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
            Cache { name: "d", scope: CacheScope::Model, condition: None },
            Cache { name: "s", scope: CacheScope::Weight, condition: None },
            Cache { name: "count", scope: CacheScope::Model, condition: None },
        ]
    }
    fn value(&self, _: usize) -> f64 {
        0.0
    }
    fn set_value(&mut self, _: usize, _: f64) {}
    fn start_number<A: Real>(&self, _: usize) -> f64 {
        0.5
    }
    fn scalars<A: Real>(&self, _: f64, _: &mut [f64; 2]) -> [A; 3] {
        unreachable!()
    }
    fn update<A: Real>(_: [A; 3], w: A, _: A, caches: [A; 1]) -> (A, [A; 1]) {
        (w, caches)
    }
}

fn ahead(squares: f64) -> f64 {
    if squares > 0.0 { 0.05 / squares.sqrt() } else { 0.0 }
}

/// `d` after the step.
fn distance(d: f64, products: f64, largest: f64) -> f64 {
    d.max(products / (1.0 + largest))
}

fn rate(d: f64, count: f64) -> f64 {
    0.01 * d / count
}

impl Tiled<Self> for Sam {
    const LOOK_AHEAD_GRADIENT: bool = true;
    const PASSES: &'static [Pass] = &[
        Pass { moves: false, writes: 0, ..Pass::of(Section::LookAhead) },
        Pass { moves: true, writes: 0, ..Pass::of(Section::LookAhead) },
        Pass { moves: false, writes: 0b1, ..Pass::of(Section::Update) },
        Pass { moves: true, writes: 0, ..Pass::of(Section::Update) },
        Pass { moves: true, writes: 0, ..Pass::of(Section::Evaluate) },
    ];
    const SUMS: &'static [Sum] = &[
        Sum { pass: 0, kind: SumKind::Squares, term: 0, over: Level::Model, place: 2 },
        Sum { pass: 2, kind: SumKind::Products, term: 0, over: Level::Model, place: 3 },
        Sum { pass: 2, kind: SumKind::MaxAbs, term: 0, over: Level::Model, place: 4 },
    ];
    const NUMBERS: [usize; 5] = [5, 0, 0, 0, 0];
    type Once = ();
    type Row<A: Real> = [A; 0];
    type Col<A: Real> = [A; 0];
    type Terms<A: Real> = [A; 2];
    fn once<A: Real>(_: &Self, _: f64, model: &mut [f64; 2]) {
        model[1] += 1.0;
    }
    fn step<A: Real>(_: &Self, (): (), at: &Numbers<'_>) -> [A; 3] {
        let &[d, count, squares, products, largest] = at.model else { unreachable!() };
        [ahead(squares), rate(distance(d, products, largest), count), d].map(A::from_f64)
    }
    #[inline(always)]
    #[allow(clippy::inline_always)]
    fn pass<A: Real, const PASS: usize>(
        [ahead, rate, d]: [A; 3],
        w: A,
        g: A,
        [s]: [A; 1],
        _: [A; 0],
        _: [A; 0],
    ) -> (A, [A; 1], [A; 2]) {
        match PASS {
            0 => (w, [s], [g, A::zero()]),
            1 => (w + ahead * g, [s], [A::zero(); 2]),
            2 => (w, [s + g], [s + g, w]),
            3 => (w - rate * s, [s], [A::zero(); 2]),
            _ => (w * d, [s], [A::zero(); 2]),
        }
    }
    fn commit<A: Real>(_: &Self, (): (), level: Level, at: &Numbers<'_>, caches: &mut [f64]) {
        if level == Level::Model {
            caches[0] = distance(at.model[0], at.model[3], at.model[4]);
        }
    }
}

pub(crate) struct Plain<A> {
    s: Vec<Vec<A>>,
    d: f64,
    count: f64,
}

impl<A: Real> crate::Plain<A> for Plain<A> {
    fn new(weights: &[Vec<A>]) -> Self {
        Plain { s: weights.iter().map(|w| vec![A::zero(); w.len()]).collect(), d: 0.5, count: 0.5 }
    }

    fn step(&mut self, _: f64, weights: &mut [Vec<A>], noise: &[Vec<A>]) {
        let gradients = |weights: &[Vec<A>]| -> Vec<Vec<A>> {
            let pairs = weights.iter().zip(noise);
            pairs.map(|(w, noise)| w.iter().zip(noise).map(|(&w, &noise)| gradient(noise, w)).collect()).collect()
        };
        let sum = |x: &[Vec<A>], y: &[Vec<A>]| {
            let mut total = 0.0;
            for (i, (x, y)) in x.iter().zip(y).enumerate() {
                let terms: Vec<f64> = x.iter().zip(y).map(|(x, y)| x.as_f64() * y.as_f64()).collect();
                total += naive::tensor(Matrices::of(SHAPES[i], false), &terms, naive::plus);
            }
            total
        };
        let move_by = |weights: &mut [Vec<A>], rate: f64, by: &[Vec<A>]| {
            for (w, by) in weights.iter_mut().flatten().zip(by.iter().flatten()) {
                *w += A::from_f64(rate) * *by;
            }
        };
        let g = gradients(weights);
        let mut point = weights.to_vec();
        move_by(&mut point, ahead(sum(&g, &g)), &g);
        let g = gradients(&point);
        move_by(&mut self.s, 1.0, &g);
        self.count += 1.0;
        let largest = self.s.iter().flatten().fold(0.0_f64, |largest, s| largest.max(s.as_f64().abs()));
        self.d = distance(self.d, sum(&self.s, weights), largest);
        move_by(weights, -rate(self.d, self.count), &self.s);
    }

    fn caches(&self) -> Vec<(&'static str, Vec<Option<Vec<f64>>>)> {
        let s = self.s.iter().map(|x| Some(x.iter().map(|x| x.as_f64()).collect())).collect();
        let number = |x: f64| vec![Some(vec![A::from_f64(x).as_f64()])];
        vec![("s", s), ("d", number(self.d)), ("count", number(self.count))]
    }
}
