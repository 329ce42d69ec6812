//! A step allocates nothing after the first.

use ndarray::{Array1, Array2, ArrayD, IxDyn};
use optim_core::Fused;
use optim_core::kernel::Execution;
use optim_core::prelude::*;

#[path = "allocation/everything.rs"]
mod everything;

#[path = "allocation/counting.rs"]
mod counting;

use counting::of_all_threads as count;

#[derive(Optimizable, Clone)]
struct Model {
    layers: Vec<(Array2<f32>, Array1<f32>)>,
    many: Vec<Array1<f32>>,
    deep: ArrayD<f32>,
    map: std::collections::BTreeMap<String, f32>,
    #[optim(freeze)]
    frozen: Array2<f32>,
    #[optim(buffer)]
    statistics: Array1<f32>,
    optional: Option<Box<Array1<f32>>>,
    #[optim(skip)]
    name: String,
}

fn model() -> Model {
    let mut column_major = Array2::from_elem((40, 30), 0.5).reversed_axes();
    column_major.invert_axis(ndarray::Axis(0));
    Model {
        layers: vec![(Array2::ones((300, 400)), Array1::ones(400)), (column_major, Array1::zeros(3))],
        many: (0..100).map(|i| Array1::from_elem(i, 1.0)).collect(),
        deep: ArrayD::from_elem(IxDyn(&[2, 3, 2, 2, 3, 2]), 1.0).reversed_axes(),
        map: [("a.b".to_owned(), 1.0), ("c".to_owned(), 2.0)].into(),
        frozen: Array2::ones((20, 20)).reversed_axes(),
        statistics: Array1::ones(7),
        optional: Some(Box::new(Array1::ones(5))),
        name: "a name that is long enough to stand on the heap".into(),
    }
}

/// Allocations of steps with groups, one of which is new, hyper-parameters that change, what is frozen, and a mask.
fn parts<R: Rule>(mut opt: Optimizer<R, Model>, model: &mut Model) -> usize {
    opt.define_group("vectors", |p| p.shape.len() == 1).unwrap();
    opt.set_in("vectors", "lr", 0.1).unwrap();
    opt.freeze(paths("map.*")).unwrap();
    opt.constrain(paths("many.*"), Constraint::simplex()).unwrap();
    opt.constrain(paths("layers.*.*"), Constraint::bounds(-1.0, 1.0)).unwrap();
    let moves = Array2::from_shape_fn((300, 400), |(row, col)| row > col);
    opt.mask("layers.0.0", moves.view().into_dyn()).unwrap();
    let mut step = |lr| {
        opt.set("lr", lr).unwrap();
        opt.step_with(model, |_, gradient| gradient.layers[0].1.fill(1.0)).unwrap();
        opt.evaluate_with(model, |_| ()).unwrap();
    };
    step(0.01);
    count(|| (1..50).for_each(|i| step(0.01 / f64::from(i))))
}

fn kept<R: Rule>(rule: R) -> optim_core::Storage<R> {
    rule.caches(optim_core::Precision::Block8).weights(optim_core::Precision::Bf16)
}

/// Allocations of steps that scale, clip and zero their gradient, and of clipped steps that an average follows.
fn fused<R: optim_core::rule::GradientAtWeights>(rule: R, model: &Model, execution: Execution) -> [usize; 2] {
    let (mut model, mut gradient) = (model.clone(), model.clone());
    let mut opt = rule.init(&model).unwrap();
    opt.set_execution(execution).unwrap();
    let fused = Fused::default().scale(0.5).clip_norm(1.0);
    // The first steps make their lists: one of a gradient that is read, one of a gradient that is used up.
    opt.step_fused(&mut model, &mut gradient, fused).unwrap();
    opt.step_fused(&mut model, &mut gradient, fused.zero_gradient()).unwrap();
    let given = count(|| {
        for _ in 0..20 {
            opt.step_fused(&mut model, &mut gradient, fused).unwrap();
            opt.step_fused(&mut model, &mut gradient, fused.zero_gradient()).unwrap();
        }
    });
    let mut opt = opt.clip_norm(1.0).unwrap().ema(0.9).unwrap();
    let mut step = || opt.step_with(&mut model, |_, gradient| gradient.layers[0].1.fill(1.0)).unwrap();
    // The average is begun in the first step, and moved on from the second on.
    step();
    step();
    [given, count(|| (0..20).for_each(|_| step()))]
}

/// A program of its own (`harness = false`): the threads of the test runner allocate when they like.
fn main() {
    for execution in [Execution::default(), Execution::default().threads(1), Execution::default().threads(4)] {
        let mut model = model();
        let gradient = model.clone();
        let mut opt = Adam::default().init(&model).unwrap();
        opt.set_execution(execution).unwrap();
        assert!(count(|| opt.step(&mut model, &gradient).unwrap()) > 0, "the first step makes its lists");
        let allocations = count(|| (0..200).for_each(|_| opt.step(&mut model, &gradient).unwrap()));
        assert_eq!(allocations, 0, "step, {execution:?}");

        for (name, allocations) in [
            ("Adam", fused(Adam::default(), &model, execution)),
            ("Lamb", fused(Lamb::default(), &model, execution)),
            ("Adafactor", fused(Adafactor::default(), &model, execution)),
        ] {
            assert_eq!(allocations, [0, 0], "{name} with what rides along, {execution:?}");
        }

        let mut opt = Nag::default().init(&model).unwrap();
        opt.set_execution(execution).unwrap();
        let mut step = || {
            opt.step_with(&mut model, |_, gradient| gradient.layers[0].1.fill(1.0)).unwrap();
            opt.evaluate_with(&mut model, |_| ()).unwrap();
        };
        step();
        let allocations = count(|| (0..200).for_each(|_| step()));
        assert_eq!(allocations, 0, "step_with and evaluate_with, {execution:?}");

        let mut scheduled = everything::Everything.init(&model).unwrap();
        scheduled.set_execution(execution).unwrap();
        let mut step = || {
            scheduled.step_with(&mut model, |_, gradient| gradient.layers[0].1.fill(1.0)).unwrap();
            scheduled.evaluate_with(&mut model, |_| ()).unwrap();
        };
        step();
        let allocations = count(|| (0..50).for_each(|_| step()));
        assert_eq!(allocations, 0, "a rule with a schedule, {execution:?}");

        let mut lbfgs = Lbfgs::default().with_history(3).init(&model).unwrap();
        let mut cg = ConjugateGradient::default().init(&model).unwrap();
        let loss = |model: &mut Model, gradient: &mut Model| {
            // Not of `deep`: `ndarray` allocates where there are more than four axes.
            let mut loss = 0.0;
            for (g, w) in gradient.layers[0].1.iter_mut().zip(&model.layers[0].1) {
                (*g, loss) = (w.powi(3), loss + 0.25 * w.powi(4));
            }
            loss.into()
        };
        let mut step = |model: &mut Model| {
            lbfgs.step_with(model, loss).unwrap();
            lbfgs.evaluate_with(model, |_| ()).unwrap();
            cg.step_with(model, loss).unwrap();
        };
        step(&mut model);
        let allocations = count(|| (0..20).for_each(|_| step(&mut model)));
        assert_eq!(allocations, 0, "a line search, {execution:?}");

        let mut other = model.clone();
        for (name, allocations) in [
            ("Adam", parts(Adam::default().init(&other).unwrap(), &mut other)),
            ("Lamb", parts(Lamb::default().init(&other).unwrap(), &mut other)),
            ("Adam in blocks", parts(kept(Adam::default()).init(&other).unwrap(), &mut other)),
            ("Lamb in blocks", parts(kept(Lamb::default()).init(&other).unwrap(), &mut other)),
            ("ScheduleFreeSgd", parts(ScheduleFreeSgd::default().init(&other).unwrap(), &mut other)),
        ] {
            assert_eq!(allocations, 0, "{name} with groups, {execution:?}");
        }

        // A batch that is skipped by an error costs nothing later either.
        let skipped = |opt: &mut Optimizer<Nag, Model>, model: &mut Model| {
            let error = optim_core::Error::other("");
            let result: Result<(), _> = opt.try_step_with(model, |_, _| Err(error.clone()));
            assert!(result.is_err());
        };
        skipped(&mut opt, &mut model);
        assert_eq!(count(|| opt.step_with(&mut model, |_, _| ()).unwrap()), 0, "after an error, {execution:?}");
    }
}
