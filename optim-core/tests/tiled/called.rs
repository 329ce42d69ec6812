//! A call of a function over matrices, from scratch into scratch; a fold over columns and a number of the tensor.

use ndarray::{ArrayView2, ArrayViewMut2};
use optim_core::Real;
use optim_core::private::{
    CALL_NUMBERS, Cache, CacheScope, Call, Fold, Formula, GradientAtWeights, Hyper, Level, Numbers, Pass, Rule,
    Section, Sum, SumKind, Tiled,
};

use crate::naive::{self, Matrices};
use crate::{SHAPES, gradient};

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Called;

impl GradientAtWeights for Called {}

impl Rule for Called {
    const NAME: &'static str = "Called";
    const LOOKS_AHEAD: bool = false;
    const EVALUATES: bool = false;
    type Step<A: Real> = [A; 2];
    /// `b`; what the function is called with, and its result.
    type Caches<A: Real> = [A; 3];
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
        &[Cache { name: "b", scope: CacheScope::Weight, condition: None }]
    }
    fn value(&self, _: usize) -> f64 {
        0.0
    }
    fn set_value(&mut self, _: usize, _: f64) {}
    fn scalars<A: Real>(&self, _: f64, _: &mut [f64; 0]) -> [A; 2] {
        unreachable!()
    }
    fn update<A: Real>(_: [A; 2], w: A, _: A, caches: [A; 3]) -> (A, [A; 3]) {
        (w, caches)
    }
}

/// Each number with the one that stands diagonally behind it, round the edges, and a constant.
fn mix<A: Real>(x: ArrayView2<'_, A>, mut y: ArrayViewMut2<'_, A>, by: f64) {
    let (rows, cols) = x.dim();
    for ((i, j), y) in y.indexed_iter_mut() {
        *y = x[(i, j)] - x[((i + 1) % rows, (j + 1) % cols)] * A::from_f64(by);
    }
}

impl Tiled<Self> for Called {
    const AXES: bool = true;
    const PASSES: &'static [Pass] = &[
        Pass { moves: false, writes: 0b11, ..Pass::of(Section::Update) },
        Pass { moves: true, writes: 0, ..Pass::of(Section::Update) },
    ];
    const SUMS: &'static [Sum] = &[
        Sum { pass: 0, kind: SumKind::Products, term: 0, over: Level::Col, place: 0 },
        Sum { pass: 0, kind: SumKind::MaxAbs, term: 0, over: Level::Row, place: 0 },
        Sum { pass: 0, kind: SumKind::Plain, term: 1, over: Level::Tensor, place: 0 },
    ];
    const FOLDS: &'static [Fold] =
        &[Fold { pass: 1, from: Level::Col, place: 0 }, Fold { pass: 1, from: Level::Row, place: 1 }];
    const CALLS: &'static [Call] = &[Call { pass: 1, input: 1, output: 2 }];
    const SCRATCH: usize = 2;
    const NUMBERS: [usize; 5] = [0, 1, 2, 1, 1];
    type Once = ();
    type Row<A: Real> = [A; 0];
    type Col<A: Real> = [A; 0];
    type Terms<A: Real> = [A; 2];
    fn once<A: Real>(_: &Self, _: f64, _: &mut [f64; 0]) {}
    fn step<A: Real>(_: &Self, (): (), at: &Numbers<'_>) -> [A; 2] {
        [0.9, 0.01 * at.tensor[0].cos() / (1.0 + at.matrix[1])].map(A::from_f64)
    }
    #[inline(always)]
    #[allow(clippy::inline_always)]
    fn pass<A: Real, const PASS: usize>(
        step: [A; 2],
        w: A,
        g: A,
        [b, input, output]: [A; 3],
        _: [A; 0],
        _: [A; 0],
    ) -> (A, [A; 3], [A; 2]) {
        if PASS == 0 {
            let b = step[0] * b + g;
            (w, [b, b + w, output], [b, g])
        } else {
            (w - step[1] * output, [b, input, output], [A::zero(); 2])
        }
    }
    fn fold<A: Real>(_: &Self, (): (), fold: usize, at: &Numbers<'_>) -> f64 {
        if fold == 0 { at.col[0] } else { at.row[0] * at.matrix[0].cos().abs() }
    }
    fn call_numbers<A: Real>(_: &Self, (): (), _: usize, at: &Numbers<'_>, numbers: &mut [f64; CALL_NUMBERS]) -> bool {
        numbers[0] = at.matrix[0].sin();
        true
    }
    fn call<A: Real>(_: usize, input: ArrayView2<'_, A>, output: ArrayViewMut2<'_, A>, numbers: &[f64; CALL_NUMBERS]) {
        mix(input, output, numbers[0]);
    }
}

pub(crate) struct Plain<A>(Vec<Vec<A>>);

impl<A: Real> crate::Plain<A> for Plain<A> {
    fn new(weights: &[Vec<A>]) -> Self {
        Plain(weights.iter().map(|w| vec![A::zero(); w.len()]).collect())
    }

    fn step(&mut self, _: f64, weights: &mut [Vec<A>], noise: &[Vec<A>]) {
        let a = A::from_f64;
        for i in 0..weights.len() {
            let (m, w, b) = (Matrices::of(SHAPES[i], true), &mut weights[i], &mut self.0[i]);
            let g: Vec<A> = w.iter().zip(&noise[i]).map(|(&w, &noise)| gradient(noise, w)).collect();
            for j in 0..w.len() {
                b[j] = a(0.9) * b[j] + g[j];
            }
            let terms: Vec<f64> = g.iter().map(|g| g.as_f64()).collect();
            let total = naive::tensor(m, &terms, naive::plus);
            let products: Vec<f64> = b.iter().zip(&g).map(|(b, g)| b.as_f64() * g.as_f64()).collect();
            let cols = naive::cols(m, &products);
            for matrix in 0..m.count {
                let size = m.rows * m.cols;
                let range = matrix * size..(matrix + 1) * size;
                let fold = cols[matrix * m.cols..(matrix + 1) * m.cols].iter().fold(0.0, |sum, x| sum + x);
                let largest = |row: usize| {
                    let first = matrix * size + row * m.cols;
                    b[first..first + m.cols].iter().fold(0.0, |max: f64, b| max.max(b.as_f64().abs()))
                };
                let rows = (0..m.rows).fold(0.0, |sum, row| sum + largest(row) * fold.cos().abs());
                let input: Vec<A> = range.clone().map(|j| b[j] + w[j]).collect();
                let mut output = input.clone();
                if size > 0 {
                    let shape = (m.rows, m.cols);
                    let view = ArrayView2::from_shape(shape, &input).unwrap();
                    mix(view, ArrayViewMut2::from_shape(shape, &mut output).unwrap(), fold.sin());
                }
                for j in range {
                    w[j] -= a(0.01 * total.cos() / (1.0 + rows)) * output[j - matrix * size];
                }
            }
        }
    }

    fn caches(&self) -> Vec<(&'static str, Vec<Option<Vec<f64>>>)> {
        vec![("b", self.0.iter().map(|x| Some(x.iter().map(|x| x.as_f64()).collect())).collect())]
    }
}
