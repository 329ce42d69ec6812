//! A model with tensors of many shapes, and steps of any rule with it.

use std::collections::BTreeMap;

use ndarray::{Array, Array2, Array3, Axis, Dimension, ShapeBuilder};
use optim_core::kernel::Execution;
use optim_core::prelude::*;
use optim_core::rule::CacheScope;
use optim_core::{Precision, Storage};

use crate::erased::{Closure, Erased, Hidden};
use crate::normals::normals;

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
    let mut normal = normals(seed);
    let mut next = || A::from_f64(normal());
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

/// A rule in a storage.
pub(crate) struct Subject<'s, A: Real> {
    init: Box<dyn Fn(&Model<A>) -> Erased<Model<A>> + 's>,
    pub(crate) what: String,
    pub(crate) matrices: bool,
}

impl<'s, A: Real> Subject<'s, A> {
    pub(crate) fn of<R: Rule>(storage: &'s Storage<R>) -> Self {
        let init = Box::new(|model: &_| Erased::new(storage.clone().init(model).unwrap()));
        Subject { init, what: format!("{} {storage:?}", A::NAME), matrices: of_matrices(storage.rule()) }
    }

    pub(crate) fn init(&self, model: &Model<A>) -> Erased<Model<A>> {
        (self.init)(model)
    }
}

/// A step whose gradient depends on where it is taken.
pub(crate) fn step<A: Real>(opt: &mut impl Optimize<Model<A>>, model: &mut Model<A>, noise: &Model<A>) {
    go(opt, model, noise, 1.5);
}

/// The bits of all weights and caches, and of the evaluation point.
pub(crate) fn state<A: Real>(opt: &mut Erased<Model<A>>, model: &mut Model<A>) -> Vec<u64> {
    let mut bits = Vec::new();
    let of = |x: &A| x.as_f64().to_bits();
    model.for_each_param(|_, values| bits.extend(values.iter().map(of)));
    bits.extend(opt.cache_bits(model));
    opt.hidden().evaluate(model, &mut |model| model.for_each_param(|_, w| bits.extend(w.iter().map(of)))).unwrap();
    bits
}

/// The state after some steps.
pub(crate) fn run<A: Real>(
    subject: &Subject<'_, A>,
    layouts: (Layout, Layout),
    execution: Execution,
    steps: u64,
) -> Vec<u64> {
    let mut model = model::<A>(1, layouts.0, subject.matrices);
    let mut opt = subject.init(&model);
    opt.hidden().set_execution(execution);
    for t in 0..steps {
        let noise = self::model::<A>(10 + t, layouts.1, subject.matrices);
        step(&mut opt, &mut model, &noise);
    }
    state(&mut opt, &mut model)
}

/// The bits of every weight, of every cache that belongs to a parameter, and of the point of evaluation, by what they are and the path.
pub(crate) type Numbers = BTreeMap<(&'static str, String), Vec<u64>>;

/// What belongs to the parameters at a path and below it, by the path from there on.
pub(crate) fn below(numbers: &Numbers, whole: &str) -> Numbers {
    let rest = |path: &str| {
        let rest = path.strip_prefix(whole)?;
        if rest.is_empty() { Some(String::new()) } else { rest.strip_prefix('.').map(str::to_owned) }
    };
    let found = numbers.iter().filter_map(|((what, path), bits)| Some(((*what, rest(path)?), bits.clone())));
    found.collect()
}

/// What belongs to all others.
pub(crate) fn without(numbers: &Numbers, whole: &str) -> Numbers {
    let is_other = |path: &str| path != whole && !path.starts_with(&format!("{whole}."));
    numbers.iter().filter(|((_, path), _)| is_other(path)).map(|(name, bits)| (name.clone(), bits.clone())).collect()
}

/// The same names with the same bits, or a panic that says where.
#[track_caller]
pub(crate) fn same(found: &Numbers, expected: &Numbers, what: &str) {
    assert!(found.keys().eq(expected.keys()), "{what}: {:?} and {:?}", found.keys(), expected.keys());
    assert!(!found.is_empty(), "{what}: nothing is compared");
    for ((name, found), expected) in found.iter().zip(expected.values()) {
        let differ = found.iter().zip(expected).position(|(found, expected)| found != expected);
        assert!(found.len() == expected.len() && differ.is_none(), "{what}: {name:?} from {differ:?} on");
    }
}

fn put<M: Optimizable>(what: &'static str, model: &M, numbers: &mut Numbers) {
    model.for_each_param(|path, values| {
        numbers.insert((what, path.to_owned()), values.iter().map(|x| x.as_f64().to_bits()).collect());
    });
}

/// All that an optimizer and its model are.
pub(crate) fn numbers<M: Optimizable>(opt: &mut dyn Hidden<M>, model: &mut M) -> Numbers {
    let mut numbers = Numbers::new();
    put("weight", model, &mut numbers);
    for cache in opt.caches().iter().filter(|cache| cache.scope != CacheScope::Model) {
        model.for_each_param(|path, _| {
            if let Some(values) = opt.cache(cache.name, path) {
                numbers.insert((cache.name, path.to_owned()), values.iter().map(|x| x.as_f64().to_bits()).collect());
            }
        });
    }
    opt.evaluate(model, &mut |model| put("evaluation", model, &mut numbers)).unwrap();
    numbers
}

/// A step with the gradient `noise + slope · w`.
pub(crate) fn go<M: Optimizable + Clone>(opt: &mut impl Optimize<M>, model: &mut M, noise: &M, slope: f64) {
    let f: &mut Closure<'_, M> = &mut |model, gradient| {
        gradient.clone_from(noise);
        gradient.add_scaled(slope, model)
    };
    opt.try_step_with(model, f).unwrap();
}

/// An optimizer with its model.
#[derive(Clone)]
pub(crate) struct Run<M: Optimizable> {
    pub(crate) opt: Erased<M>,
    pub(crate) model: M,
}

impl<M: Optimizable + Clone + 'static> Run<M> {
    pub(crate) fn new<R: Rule>(storage: &Storage<R>, model: M, threads: usize) -> Self {
        Run::with(Erased::new(storage.clone().init(&model).unwrap()), model, threads)
    }

    pub(crate) fn with(mut opt: Erased<M>, model: M, threads: usize) -> Self {
        opt.hidden().set_execution(Execution::default().threads(threads));
        Run { opt, model }
    }

    pub(crate) fn step(&mut self, noise: &M, slope: f64) {
        go(&mut self.opt, &mut self.model, noise, slope);
    }

    pub(crate) fn numbers(&mut self) -> Numbers {
        numbers(self.opt.hidden(), &mut self.model)
    }
}
