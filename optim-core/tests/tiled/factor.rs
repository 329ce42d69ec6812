//! Adafactor in small: caches of rows and columns for matrices, of weights for the rest, folds, three passes.

use optim_core::Real;
use optim_core::private::{
    Cache, CacheScope, Fold, Formula, GradientAtWeights, Hyper, Level, Numbers, Pass, Rule, Section, Shape, Sum,
    SumKind, Tiled,
};

use crate::naive::{self, Matrices};
use crate::{SHAPES, gradient};

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Factor;

impl GradientAtWeights for Factor {}

impl Rule for Factor {
    const NAME: &'static str = "Factor";
    const LOOKS_AHEAD: bool = false;
    const EVALUATES: bool = false;
    type Step<A: Real> = (bool, [A; 2]);
    type Caches<A: Real> = [A; 2];
    type Model = [f64; 0];
    type Tiled = Self;
    const STARTS_AT_ZERO: bool = false;
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
            Cache { name: "r", scope: CacheScope::Row, condition: Some("ndim() >= 2") },
            Cache { name: "c", scope: CacheScope::Col, condition: Some("ndim() >= 2") },
            Cache { name: "v", scope: CacheScope::Weight, condition: Some("ndim() < 2") },
            Cache { name: "start", scope: CacheScope::Weight, condition: Some("ndim() != 1") },
        ]
    }
    fn value(&self, _: usize) -> f64 {
        0.0
    }
    fn set_value(&mut self, _: usize, _: f64) {}
    fn exists<A: Real>(&self, cache: usize, shape: &Shape) -> bool {
        match cache {
            0 | 1 => shape.ndim >= 2.0,
            2 => shape.ndim < 2.0,
            _ => shape.ndim != 1.0,
        }
    }
    fn start<A: Real>(&self, w: A) -> [A; 2] {
        [A::zero(), w]
    }
    fn start_number<A: Real>(&self, cache: usize) -> f64 {
        0.3 * cache as f64
    }
    fn scalars<A: Real>(&self, _: f64, _: &mut [f64; 0]) -> Self::Step<A> {
        unreachable!()
    }
    fn update<A: Real>(_: Self::Step<A>, w: A, _: A, caches: [A; 2]) -> (A, [A; 2]) {
        (w, caches)
    }
}

/// A row's or column's cache after the step.
fn moved(k: f64, cache: f64, sum: f64, count: f64) -> f64 {
    cache + k * (sum / count - cache)
}

fn decay(t: f64) -> f64 {
    t.powi(-1)
}

/// The mean of what the rows' caches become, as it divides.
fn divisor(sum: f64, rows: f64) -> f64 {
    (sum / rows).max(1e-30)
}

fn rate(numel: f64, u2: f64) -> f64 {
    0.01 / (u2 / numel).sqrt().max(1.0)
}

#[inline(always)]
#[allow(clippy::inline_always)]
fn direction<A: Real>(g: A, s: A) -> A {
    g / (s + A::from_f64(1e-12)).sqrt()
}

impl Tiled<Self> for Factor {
    const AXES: bool = true;
    const PASSES: &'static [Pass] = &[
        Pass { moves: false, writes: 0, ..Pass::of(Section::Update) },
        Pass { moves: false, writes: 0b1, ..Pass::of(Section::Update) },
        Pass { moves: true, writes: 0b10, ..Pass::of(Section::Update) },
    ];
    const SUMS: &'static [Sum] = &[
        Sum { pass: 0, kind: SumKind::Plain, term: 0, over: Level::Row, place: 1 },
        Sum { pass: 0, kind: SumKind::Plain, term: 0, over: Level::Col, place: 1 },
        Sum { pass: 1, kind: SumKind::Squares, term: 0, over: Level::Tensor, place: 0 },
    ];
    const FOLDS: &'static [Fold] = &[Fold { pass: 1, from: Level::Row, place: 0 }];
    const NUMBERS: [usize; 5] = [0, 1, 1, 2, 2];
    type Once = f64;
    type Row<A: Real> = [A; 1];
    type Col<A: Real> = [A; 1];
    type Terms<A: Real> = [A; 1];
    fn once<A: Real>(_: &Self, t: f64, _: &mut [f64; 0]) -> f64 {
        decay(t)
    }
    fn step<A: Real>(_: &Self, k: f64, at: &Numbers<'_>) -> <Self as Rule>::Step<A> {
        (at.shape.ndim >= 2.0, [k, rate(at.shape.numel, at.tensor[0])].map(A::from_f64))
    }
    fn row<A: Real>(_: &Self, k: f64, at: &Numbers<'_>) -> [A; 1] {
        let r = moved(k, at.row[0], at.row[1], at.shape.cols);
        [A::from_f64(r / divisor(at.matrix[0], at.shape.rows))]
    }
    fn col<A: Real>(_: &Self, k: f64, at: &Numbers<'_>) -> [A; 1] {
        [A::from_f64(moved(k, at.col[0], at.col[1], at.shape.rows))]
    }
    #[inline(always)]
    #[allow(clippy::inline_always)]
    fn pass<A: Real, const PASS: usize>(
        (matrix, step): <Self as Rule>::Step<A>,
        w: A,
        g: A,
        [v, start]: [A; 2],
        row: [A; 1],
        col: [A; 1],
    ) -> (A, [A; 2], [A; 1]) {
        match PASS {
            0 => (w, [v, start], [g * g]),
            1 => {
                let v = v + step[0] * (g * g - v);
                (w, [v, start], [direction(g, if matrix { row[0] * col[0] } else { v })])
            }
            _ => {
                let u = direction(g, if matrix { row[0] * col[0] } else { v });
                (w - step[1] * u + A::from_f64(1e-3) * start, [v, start + u], [A::zero()])
            }
        }
    }
    fn fold<A: Real>(_: &Self, k: f64, _: usize, at: &Numbers<'_>) -> f64 {
        moved(k, at.row[0], at.row[1], at.shape.cols)
    }
    fn commit<A: Real>(_: &Self, k: f64, level: Level, at: &Numbers<'_>, caches: &mut [f64]) {
        match level {
            Level::Row => caches[0] = moved(k, at.row[0], at.row[1], at.shape.cols),
            Level::Col => caches[0] = moved(k, at.col[0], at.col[1], at.shape.rows),
            _ => {}
        }
    }
}

pub(crate) struct Plain<A> {
    r: Vec<Vec<f64>>,
    c: Vec<Vec<f64>>,
    v: Vec<Vec<A>>,
    start: Vec<Vec<A>>,
}

impl<A: Real> crate::Plain<A> for Plain<A> {
    fn new(weights: &[Vec<A>]) -> Self {
        let matrices = || SHAPES.iter().map(|shape| Matrices::of(shape, true));
        let start = weights.iter().zip(SHAPES);
        Plain {
            r: matrices().map(|m| vec![0.0; m.count * m.rows]).collect(),
            c: matrices().map(|m| vec![A::from_f64(0.3).as_f64(); m.count * m.cols]).collect(),
            v: weights.iter().map(|w| vec![A::zero(); w.len()]).collect(),
            start: start
                .map(|(w, shape)| if shape.len() == 1 { vec![A::zero(); w.len()] } else { w.clone() })
                .collect(),
        }
    }

    fn step(&mut self, t: f64, weights: &mut [Vec<A>], noise: &[Vec<A>]) {
        let (a, k) = (A::from_f64, decay(t));
        for i in 0..weights.len() {
            let (m, w) = (Matrices::of(SHAPES[i], true), &mut weights[i]);
            let g: Vec<A> = w.iter().zip(&noise[i]).map(|(&w, &noise)| gradient(noise, w)).collect();
            let terms: Vec<f64> = g.iter().map(|&g| (g * g).as_f64()).collect();
            let new = |old: &[f64], sums: Vec<f64>, count: usize| -> Vec<f64> {
                old.iter().zip(sums).map(|(&old, sum)| moved(k, old, sum, count as f64)).collect()
            };
            let r = new(&self.r[i], naive::rows(m, &terms), m.cols);
            let c = new(&self.c[i], naive::cols(m, &terms), m.rows);
            let second = |j: usize, v: A| {
                let (matrix, row, col) = (j / (m.rows * m.cols), j / m.cols, j % m.cols);
                if SHAPES[i].len() < 2 {
                    return v;
                }
                let sum = r[matrix * m.rows..(matrix + 1) * m.rows].iter().fold(0.0, |sum, r| sum + r);
                a(r[row] / divisor(sum, m.rows as f64)) * a(c[matrix * m.cols + col])
            };
            for (v, &g) in self.v[i].iter_mut().zip(&g) {
                *v += a(k) * (g * g - *v);
            }
            let u: Vec<A> = (0..w.len()).map(|j| direction(g[j], second(j, self.v[i][j]))).collect();
            let squares: Vec<f64> = u.iter().map(|u| u.as_f64() * u.as_f64()).collect();
            let rate = rate(w.len() as f64, naive::tensor(m, &squares, naive::plus));
            for j in 0..w.len() {
                w[j] = w[j] - a(rate) * u[j] + a(1e-3) * self.start[i][j];
                if SHAPES[i].len() != 1 {
                    self.start[i][j] += u[j];
                }
            }
            self.r[i] = r.into_iter().map(|x| a(x).as_f64()).collect();
            self.c[i] = c.into_iter().map(|x| a(x).as_f64()).collect();
        }
    }

    fn caches(&self) -> Vec<(&'static str, Vec<Option<Vec<f64>>>)> {
        let lines = |cache: &[Vec<f64>]| {
            cache.iter().zip(SHAPES).map(|(x, shape)| (shape.len() >= 2).then(|| x.clone())).collect()
        };
        let weights = |cache: &[Vec<A>], exists: fn(usize) -> bool| {
            let values = |x: &Vec<A>| x.iter().map(|x| x.as_f64()).collect();
            cache.iter().zip(SHAPES).map(|(x, shape)| exists(shape.len()).then(|| values(x))).collect()
        };
        vec![
            ("r", lines(&self.r)),
            ("c", lines(&self.c)),
            ("v", weights(&self.v, |ndim| ndim < 2)),
            ("start", weights(&self.start, |ndim| ndim != 1)),
        ]
    }
}
