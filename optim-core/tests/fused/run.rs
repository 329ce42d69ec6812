//! A model with everything that is treated in a way of its own, random gradients for it, and the numbers of both.

use ndarray::{Array, Array1, Array2, Array3, Axis, Dimension, ShapeBuilder};
use optim_core::Role;
use optim_core::kernel::{Execution, Isa};
use optim_core::prelude::*;

use crate::erased::Erased;
use crate::normals::normals;

/// Rows shorter than a block, as long as several, longer than a tile; tensors that end anywhere, or are empty; what is
/// frozen, and a buffer. Longer than a piece of the length, so that pieces are added.
#[derive(Optimizable, Clone, Debug, PartialEq)]
pub(crate) struct Model<A: Real> {
    pub(crate) matrix: Array2<A>,
    #[optim(freeze)]
    pub(crate) frozen: Array2<A>,
    pub(crate) rest: Option<(Vec<A>, A, Array3<A>, Array2<A>)>,
    #[optim(buffer)]
    pub(crate) seen: Array1<A>,
    #[optim(group = "wide")]
    pub(crate) wide: Array2<A>,
}

/// How the numbers of a tensor lie in memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Layout {
    Standard,
    ColumnMajor,
    Reversed,
}

/// Layouts of weights and gradient, and who computes.
pub(crate) type Setting = (Layout, Layout, Execution);

/// What all others are compared with.
pub(crate) fn plain() -> Setting {
    (Layout::Standard, Layout::Standard, Execution::default().threads(1).isa(Isa::Portable))
}

/// Every instruction set with several numbers of threads, and other layouts.
pub(crate) fn settings() -> Vec<Setting> {
    use Layout::{ColumnMajor, Reversed, Standard};
    let with = |isa, threads| (Standard, Standard, Execution::default().threads(threads).isa(isa));
    let mut all: Vec<Setting> = Isa::available().iter().flat_map(|&isa| [1, 2, 3].map(|n| with(isa, n))).collect();
    for (n, (of_weights, of_gradient)) in
        [(ColumnMajor, Standard), (Standard, ColumnMajor), (Reversed, Reversed)].into_iter().enumerate()
    {
        all.push((of_weights, of_gradient, Execution::default().threads(n + 1)));
    }
    all
}

pub(crate) fn laid_out<A: Real, D: Dimension>(values: Array<A, D>, layout: Layout) -> Array<A, D> {
    match layout {
        Layout::Standard => values,
        Layout::ColumnMajor => {
            let mut array = Array::zeros(values.raw_dim().f());
            array.assign(&values);
            array
        }
        Layout::Reversed => {
            let mut array = values.clone();
            (0..values.ndim()).for_each(|axis| array.invert_axis(Axis(axis)));
            array.assign(&values);
            array
        }
    }
}

/// Normal numbers of this size. Of matrices alone where a rule wants no others.
pub(crate) fn model<A: Real>(seed: u64, size: f64, layout: Layout, of_matrices: bool) -> Model<A> {
    let mut normal = normals(seed);
    let mut next = || A::from_f64(size * normal());
    let matrix = Array::from_shape_simple_fn((37, 53), &mut next);
    // Large in a gradient too: it would show in a length that it has no part in.
    let frozen = Array::from_shape_simple_fn((3, 5), &mut next) * A::from_f64(1000.0);
    let vector = (0..701).map(|_| next()).collect();
    let number = next();
    let cube = Array::from_shape_simple_fn((3, 129, 11), &mut next);
    let seen = Array::from_shape_simple_fn(3, &mut next) * A::from_f64(1000.0);
    let wide =
        Array::from_shape_simple_fn((if of_matrices { 40 } else { 3 }, if of_matrices { 530 } else { 4_700 }), next);
    Model {
        matrix: laid_out(matrix, layout),
        frozen: laid_out(frozen, layout),
        rest: (!of_matrices).then(|| (vector, number, laid_out(cube, layout), Array2::zeros((0, 2)))),
        seen: laid_out(seen, layout),
        wide: laid_out(wide, layout),
    }
}

/// Whether a rule moves matrices alone.
pub(crate) fn of_matrices<R: Rule>(rule: &R) -> bool {
    rule.clone().init(&model::<f64>(1, 1.0, Layout::Standard, false)).is_err()
}

/// The gradient of a step; of other sizes, so that some are longer than [`LIMIT`] and some are not.
pub(crate) fn noise<A: Real>(t: usize, layout: Layout, of_matrices: bool) -> Model<A> {
    model(100 + t as u64, [1.5, 0.25, 1.0][t % 3], layout, of_matrices)
}

/// Longer than some gradients, shorter than others.
pub(crate) const LIMIT: f64 = 100.0;

/// What of a model moves, where not all does.
pub(crate) fn moves(row: usize, col: usize) -> bool {
    !(row + col).is_multiple_of(3)
}

/// One parameter is frozen for a while, of another some elements.
pub(crate) fn hold<A: Real>(opt: &mut Erased<Model<A>>, model: &Model<A>) {
    opt.hidden().freeze(&|p| p.path == "matrix");
    let mask = Array2::from_shape_fn(model.wide.dim(), |(row, col)| moves(row, col));
    opt.hidden().mask("wide", mask.view().into_dyn());
}

/// Zeros where nothing moves: what has no part in a length. `held`: as [`hold`] leaves it.
pub(crate) fn without_still<A: Real>(gradient: &Model<A>, held: bool) -> Model<A> {
    let mut gradient = gradient.clone();
    gradient.frozen.fill(A::zero());
    if held {
        gradient.matrix.fill(A::zero());
        let still = gradient.wide.indexed_iter_mut().filter(|((row, col), _)| !moves(*row, *col));
        still.for_each(|(_, g)| *g = A::zero());
    }
    gradient
}

/// The length, added up as is laid down: pieces of 16 Ki numbers in order, each in 16 lanes that every parameter begins
/// with the first of, added by halves.
pub(crate) fn length<A: Real>(gradient: &Model<A>) -> f64 {
    const PIECE: usize = 16 * 1024;
    let (mut pieces, mut place) = (vec![[0.0_f64; 16]], 0);
    gradient.for_each_tensor(|_, role, values| {
        if role != Role::Parameter {
            return;
        }
        let mut lane = 0;
        for g in values.iter().map(|g| g.as_f64()) {
            if place == PIECE {
                pieces.push([0.0; 16]);
                (place, lane) = (0, 0);
            }
            let last = pieces.len() - 1;
            pieces[last][lane % 16] += g * g;
            (place, lane) = (place + 1, lane + 1);
        }
    });
    let by_halves = |mut lanes: [f64; 16]| {
        for half in [8, 4, 2, 1] {
            (0..half).for_each(|i| lanes[i] += lanes[i + half]);
        }
        lanes[0]
    };
    pieces.into_iter().map(by_halves).sum::<f64>().sqrt()
}

/// Every number of every tensor, in walking order.
pub(crate) fn bits<A: Real>(model: &Model<A>) -> Vec<u64> {
    let mut bits = Vec::new();
    model.for_each_tensor(|_, _, values| bits.extend(values.iter().map(|x| x.as_f64().to_bits())));
    bits
}

/// Every weight and every cache.
pub(crate) fn state<A: Real>(opt: &Erased<Model<A>>, model: &Model<A>) -> Vec<u64> {
    [bits(model), opt.cache_bits(model)].concat()
}

pub(crate) fn is_zero<A: Real>(model: &Model<A>) -> bool {
    bits(model).iter().all(|&bits| bits == 0)
}

/// Multiplies every number, rounding the factor once.
pub(crate) fn multiply<A: Real>(gradient: &mut Model<A>, factor: f64) {
    let factor = A::from_f64(factor);
    gradient.for_each_tensor_mut(|_, _, mut values| values.iter_mut().for_each(|g| *g *= factor));
}
