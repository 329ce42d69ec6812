//! A rule with all that a schedule may have: sums over every level, folds, a call, caches of every scope.

use ndarray::{ArrayView2, ArrayViewMut2};
use optim_core::Real;
use optim_core::private::{
    CALL_NUMBERS, Cache, CacheScope, Call, Fold, Formula, Hyper, Level, Numbers, Pass, Rule, Section, Shape, Sum,
    SumKind, Tiled,
};

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Everything;

impl Rule for Everything {
    const NAME: &'static str = "Everything";
    const LOOKS_AHEAD: bool = true;
    const EVALUATES: bool = true;
    type Step<A: Real> = [A; 2];
    type Caches<A: Real> = [A; 3];
    type Model = [f64; 1];
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
            Cache { name: "m", scope: CacheScope::Weight, condition: Some("ndim() < 2") },
            Cache { name: "r", scope: CacheScope::Row, condition: None },
            Cache { name: "c", scope: CacheScope::Col, condition: Some("ndim() >= 2") },
            Cache { name: "a", scope: CacheScope::Tensor, condition: None },
            Cache { name: "d", scope: CacheScope::Model, condition: None },
        ]
    }
    fn value(&self, _: usize) -> f64 {
        0.0
    }
    fn set_value(&mut self, _: usize, _: f64) {}
    fn exists<A: Real>(&self, cache: usize, shape: &Shape) -> bool {
        match cache {
            0 => shape.ndim < 2.0,
            2 => shape.ndim >= 2.0,
            _ => true,
        }
    }
    fn scalars<A: Real>(&self, _: f64, _: &mut [f64; 1]) -> [A; 2] {
        unreachable!()
    }
    fn update<A: Real>(_: [A; 2], w: A, _: A, caches: [A; 3]) -> (A, [A; 3]) {
        (w, caches)
    }
}

impl Tiled<Self> for Everything {
    const AXES: bool = true;
    const LOOK_AHEAD_GRADIENT: bool = true;
    const PASSES: &'static [Pass] = &[
        Pass { moves: true, writes: 0, ..Pass::of(Section::LookAhead) },
        Pass { moves: false, writes: 0b11, ..Pass::of(Section::Update) },
        Pass { moves: true, writes: 0, ..Pass::of(Section::Update) },
        Pass { moves: true, writes: 0, ..Pass::of(Section::Evaluate) },
    ];
    const SUMS: &'static [Sum] = &[
        Sum { pass: 0, kind: SumKind::Products, term: 0, over: Level::Model, place: 1 },
        Sum { pass: 1, kind: SumKind::Squares, term: 0, over: Level::Tensor, place: 1 },
        Sum { pass: 1, kind: SumKind::Plain, term: 1, over: Level::Row, place: 1 },
        Sum { pass: 1, kind: SumKind::MaxAbs, term: 1, over: Level::Col, place: 1 },
    ];
    const FOLDS: &'static [Fold] = &[Fold { pass: 2, from: Level::Col, place: 0 }];
    const CALLS: &'static [Call] = &[Call { pass: 2, input: 1, output: 2 }];
    const SCRATCH: usize = 2;
    const NUMBERS: [usize; 5] = [2, 2, 1, 2, 2];
    type Once = ();
    type Row<A: Real> = [A; 1];
    type Col<A: Real> = [A; 1];
    type Terms<A: Real> = [A; 2];
    fn once<A: Real>(_: &Self, _: f64, model: &mut [f64; 1]) {
        model[0] += 1.0;
    }
    fn step<A: Real>(_: &Self, (): (), at: &Numbers<'_>) -> [A; 2] {
        [0.001 / (1.0 + at.model[0] + at.tensor[1]), at.matrix[0]].map(A::from_f64)
    }
    fn row<A: Real>(_: &Self, (): (), at: &Numbers<'_>) -> [A; 1] {
        [A::from_f64(at.row[1])]
    }
    fn col<A: Real>(_: &Self, (): (), at: &Numbers<'_>) -> [A; 1] {
        [A::from_f64(at.col[1])]
    }
    #[inline(always)]
    #[allow(clippy::inline_always)]
    fn pass<A: Real, const PASS: usize>(
        step: [A; 2],
        w: A,
        g: A,
        [m, x, y]: [A; 3],
        row: [A; 1],
        col: [A; 1],
    ) -> (A, [A; 3], [A; 2]) {
        let terms = [g, w];
        match PASS {
            0 => (w + step[0] * g, [m, x, y], terms),
            1 => (w, [m + g, g, y], terms),
            _ => (w - step[0] * (m + y + row[0] + col[0] + step[1]), [m, x, y], terms),
        }
    }
    fn fold<A: Real>(_: &Self, (): (), _: usize, at: &Numbers<'_>) -> f64 {
        at.col[1]
    }
    fn call_numbers<A: Real>(_: &Self, (): (), _: usize, _: &Numbers<'_>, _: &mut [f64; CALL_NUMBERS]) -> bool {
        true
    }
    fn call<A: Real>(_: usize, input: ArrayView2<'_, A>, mut output: ArrayViewMut2<'_, A>, _: &[f64; CALL_NUMBERS]) {
        output.assign(&input);
    }
    fn commit<A: Real>(_: &Self, (): (), level: Level, at: &Numbers<'_>, caches: &mut [f64]) {
        caches[0] = match level {
            Level::Model => at.model[0],
            Level::Tensor => at.tensor[1],
            Level::Row => at.row[1],
            _ => at.col[1],
        };
    }
}
