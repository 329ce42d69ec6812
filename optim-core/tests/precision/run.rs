//! A model with tensors of many shapes, and steps of any rule with it.

use ndarray::{Array, Array2, Array3, Axis, Dimension, ShapeBuilder};
use optim_core::kernel::Execution;
use optim_core::prelude::*;
use optim_core::{Precision, Storage};

/// Rows that are shorter than a block, as long as several, and longer than a tile; tensors that end anywhere.
#[derive(Optimizable, Clone, Debug, PartialEq)]
pub(crate) struct Model<A: Real> {
    pub(crate) matrix: Array2<A>,
    pub(crate) rest: Option<(Vec<A>, A, Array3<A>, Array2<A>)>,
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

fn laid_out<A: Real, D: Dimension>(values: Array<A, D>, layout: Layout) -> Array<A, D> {
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

/// Normal numbers. Of matrices alone where a rule wants no others.
pub(crate) fn model<A: Real>(seed: u64, layout: Layout, of_matrices: bool) -> Model<A> {
    let mut rng = Rng::new(seed);
    let mut next = || A::from_f64(rng.normal());
    let matrix = Array::from_shape_simple_fn((37, 53), &mut next);
    let vector = (0..701).map(|_| next()).collect();
    let number = next();
    let cube = Array::from_shape_simple_fn((3, 129, 11), &mut next);
    let empty = Array2::zeros((0, 2));
    let wide = Array::from_shape_simple_fn((3, if of_matrices { 530 } else { 4_700 }), &mut next);
    Model {
        matrix: laid_out(matrix, layout),
        rest: (!of_matrices).then(|| (vector, number, laid_out(cube, layout), empty)),
        wide: laid_out(wide, layout),
    }
}

/// Whether a rule moves matrices alone.
pub(crate) fn of_matrices<R: Rule>(rule: &R) -> bool {
    rule.clone().init(&model::<f64>(1, Layout::Standard, false)).is_err()
}

/// Every kind of storage.
pub(crate) fn storages<R: Rule>(rule: &R) -> [Storage<R>; 4] {
    let caches = |precision| rule.clone().caches(precision).seed(5);
    [
        caches(Precision::Bf16),
        caches(Precision::Block8),
        caches(Precision::Exact).weights(Precision::Bf16),
        caches(Precision::Block8).weights(Precision::Bf16),
    ]
}

/// A step whose gradient depends on where it is taken.
pub(crate) fn step<R: Rule, A: Real>(opt: &mut Optimizer<R, Model<A>>, model: &mut Model<A>, noise: &Model<A>) {
    opt.step_with(model, |model, gradient| {
        gradient.clone_from(noise);
        gradient.add_scaled(1.5, model).unwrap();
    })
    .unwrap();
}

/// The bits of all weights and caches, and of the evaluation point.
pub(crate) fn state<R: Rule, A: Real>(opt: &mut Optimizer<R, Model<A>>, model: &mut Model<A>) -> Vec<u64> {
    let mut bits = Vec::new();
    let of = |x: &A| x.as_f64().to_bits();
    model.for_each_param(|_, values| bits.extend(values.iter().map(of)));
    for cache in R::declared_caches() {
        model.for_each_param(|path, _| bits.extend(opt.cache(cache.name, path).iter().flatten().map(of)));
    }
    let point = opt.evaluate_with(model, |model| {
        let mut bits = Vec::new();
        model.for_each_param(|_, values| bits.extend(values.iter().map(of)));
        bits
    });
    bits.extend(point.unwrap());
    bits
}

/// The state after some steps.
pub(crate) fn run<R: Rule, A: Real>(
    storage: &Storage<R>,
    layouts: (Layout, Layout),
    execution: Execution,
    steps: u64,
) -> Vec<u64> {
    let matrices = of_matrices(storage.rule());
    let mut model = model::<A>(1, layouts.0, matrices);
    let mut opt = storage.clone().init(&model).unwrap();
    opt.set_execution(execution).unwrap();
    for t in 0..steps {
        let noise = self::model::<A>(10 + t, layouts.1, matrices);
        step(&mut opt, &mut model, &noise);
    }
    state(&mut opt, &mut model)
}
