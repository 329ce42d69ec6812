//! What a step promises, where a rule has a schedule.

use ndarray::{Array1, Array2};
use optim_core::ErrorKind;
use optim_core::kernel::Execution;
use optim_core::prelude::*;
use optim_core::private::Shape;

use crate::ahead::Ahead;
use crate::factor::Factor;
use crate::lamb::Lamb;
use crate::picky::Picky;
use crate::sam::Sam;

type Model = (Array2<f64>, Array1<f64>);

fn model() -> Model {
    (Array2::from_shape_fn((3, 4), |(i, j)| 1.0 + (i * j) as f64), Array1::from_elem(5, -2.0))
}

fn fill(model: &mut Model, gradient: &mut Model) {
    gradient.0.assign(&model.0);
    gradient.1.fill(0.5);
}

/// What is to be as before.
fn state<R: Rule>(opt: &mut Optimizer<R, Model>, model: &mut Model) -> (u64, Vec<Vec<f64>>) {
    let mut numbers = vec![model.0.iter().copied().collect(), model.1.to_vec()];
    for cache in R::declared_caches() {
        for path in ["", "0", "1"] {
            numbers.push(opt.cache(cache.name, path).map_or(Vec::new(), |cache| cache.iter().copied().collect()));
        }
    }
    let point = opt.evaluate_with(model, |model| model.0.iter().copied().collect()).unwrap();
    numbers.push(point);
    (opt.steps(), numbers)
}

/// A closure that fails or panics at its call number `call`, after it has spoiled the weights.
fn failed_steps_leave_everything_as_before<R: Rule>(call: usize) {
    for panics in [false, true] {
        let mut model = model();
        let mut opt = R::default().init(&model).unwrap();
        opt.step_with(&mut model, fill).unwrap();
        let before = state(&mut opt, &mut model);
        let mut calls = 0;
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            opt.try_step_with(&mut model, |model, gradient| {
                fill(model, gradient);
                model.0.fill(7.0);
                calls += 1;
                assert!(!(panics && calls == call), "on purpose");
                if calls == call { Err(Error::other("on purpose")) } else { Ok(()) }
            })
        }));
        assert!(!matches!(result, Ok(Ok(()))));
        assert_eq!(calls, call);
        assert_eq!(state(&mut opt, &mut model), before, "{} {panics}", R::NAME);
        // And the next step is as if nothing had been.
        let (mut other, mut twin) = (self::model(), R::default().init(&self::model()).unwrap());
        twin.step_with(&mut other, fill).unwrap();
        twin.step_with(&mut other, fill).unwrap();
        opt.step_with(&mut model, fill).unwrap();
        assert_eq!(state(&mut opt, &mut model), state(&mut twin, &mut other));
    }
}

#[test]
fn errors_and_panics_change_nothing() {
    failed_steps_leave_everything_as_before::<Lamb>(1);
    failed_steps_leave_everything_as_before::<Factor>(1);
    failed_steps_leave_everything_as_before::<Ahead>(1);
    failed_steps_leave_everything_as_before::<Sam>(1);
    failed_steps_leave_everything_as_before::<Sam>(2);
}

#[test]
fn a_gradient_of_another_shape_moves_nothing() {
    for wrong in [1, 2] {
        let mut model = model();
        let mut opt = Sam.init(&model).unwrap();
        let before = state(&mut opt, &mut model);
        let mut calls = 0;
        let result = opt.step_with(&mut model, |_, gradient| {
            calls += 1;
            if calls == wrong {
                gradient.1 = Array1::zeros(6);
            }
        });
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Shape);
        assert_eq!((calls, state(&mut opt, &mut model)), (wrong, before));
        opt.step_with(&mut model, fill).unwrap();
    }
    let mut model = model();
    let mut opt = Lamb.init(&model).unwrap();
    let before = state(&mut opt, &mut model);
    let error = opt.step(&mut model, &(Array2::zeros((4, 3)), Array1::zeros(5))).unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Shape, Some("0")));
    assert_eq!(state(&mut opt, &mut model), before);
}

#[test]
fn what_the_first_closure_says_is_returned() {
    let mut model = model();
    let (weights, mut calls) = (model.0.clone(), 0);
    let mut opt = Sam.init(&model).unwrap();
    let value = opt.step_with(&mut model, |model, gradient| {
        calls += 1;
        assert_eq!(model.0 == weights, calls == 1, "first at the weights, then elsewhere");
        assert!(gradient.0.iter().all(|&g| g == 0.0), "zeroed both times");
        fill(model, gradient);
        calls
    });
    assert_eq!((value.unwrap(), calls), (1, 2));
}

#[test]
fn evaluation_is_at_the_weights_before_the_first_step_and_leaves_them() {
    let mut model = model();
    let weights = model.clone();
    let mut opt = Sam.init(&model).unwrap();
    opt.evaluate_with(&mut model, |model| assert_eq!(*model, weights)).unwrap();
    opt.step_with(&mut model, fill).unwrap();
    let (weights, d) = (model.clone(), opt.cache("d", "").unwrap().sum());
    opt.evaluate_with(&mut model, |model| assert_eq!(model.0, &weights.0 * d)).unwrap();
    assert_eq!(model, weights);
}

#[test]
fn a_clone_goes_its_own_way() {
    let mut model = model();
    let mut opt = Factor.init(&model).unwrap();
    opt.step_with(&mut model, fill).unwrap();
    let (mut twin, mut other) = (opt.clone(), model.clone());
    twin.step_with(&mut other, fill).unwrap();
    assert_ne!(state(&mut twin, &mut other), state(&mut opt, &mut model));
    opt.step_with(&mut model, fill).unwrap();
    assert_eq!(state(&mut twin, &mut other), state(&mut opt, &mut model));
}

#[test]
fn caches_have_the_shape_of_what_they_belong_to() {
    let model =
        (Array2::<f32>::zeros((3, 4)), Array1::<f32>::zeros(5), ndarray::Array3::<f32>::zeros((2, 3, 4)), 0.0_f32);
    let opt = Factor.init(&model).unwrap();
    let shape = |name, path| opt.cache(name, path).map(|cache| cache.shape().to_vec());
    assert_eq!((shape("r", "0"), shape("c", "0"), shape("v", "0")), (Some(vec![3]), Some(vec![4]), None));
    assert_eq!((shape("r", "1"), shape("c", "1"), shape("v", "1")), (None, None, Some(vec![5])));
    assert_eq!((shape("r", "2"), shape("c", "2")), (Some(vec![2, 3]), Some(vec![2, 4])));
    assert_eq!((shape("r", "3"), shape("v", "3"), shape("v", "4")), (None, Some(vec![]), None));
    assert_eq!(Lamb.init(&model).unwrap().cache("largest", "2").unwrap().shape(), [0; 0]);
}

#[derive(Optimizable, Clone)]
struct Partly {
    #[optim(freeze)]
    frozen: Array1<f64>,
    weights: Array1<f64>,
    #[optim(buffer)]
    statistics: Array1<f64>,
}

#[test]
fn what_is_frozen_takes_no_part_in_sums() {
    let make = |size| Partly {
        frozen: Array1::from_elem(3, size),
        weights: Array1::from_elem(7, 1.0),
        statistics: Array1::from_elem(2, size),
    };
    let moved = |size| {
        let (mut model, gradient) = (make(size), make(size));
        let mut opt = Sam.init(&model).unwrap();
        opt.step_with(&mut model, |_, into| into.clone_from(&gradient)).unwrap();
        assert_eq!((model.frozen, model.statistics), (make(size).frozen, make(size).statistics));
        model.weights
    };
    assert_eq!(moved(1.0), moved(100.0));
}

#[test]
fn models_of_nothing() {
    for threads in 1..3 {
        let mut nothing = Vec::<Array1<f64>>::new();
        let mut opt = Sam.init(&nothing).unwrap();
        opt.set_execution(Execution::default().threads(threads)).unwrap();
        opt.step_with(&mut nothing, |_, _| ()).unwrap();
        assert_eq!(opt.cache("d", "").unwrap().sum(), 0.5);
        let mut model = vec![Array1::<f64>::zeros(0)];
        Factor.init(&model).unwrap().step_with(&mut model, |_, _| ()).unwrap();
    }
}

#[test]
fn memory_says_what_rows_and_tensors_cost() {
    let memory = optim_core::rules::Entry::of::<Factor>().memory();
    let (some, others) = ("and 4 if `ndim() < 2`, and 4 if `ndim() != 1`", "if `ndim() >= 2`");
    assert_eq!(memory, format!("0, {some}, and 8 a row {others}, and 8 a column {others}"));
    assert_eq!(optim_core::rules::Entry::of::<Lamb>().memory(), "8, and 8 a tensor");
    assert_eq!((Factor.cache_bytes::<f32>(), Lamb.cache_bytes::<f64>()), (4, 16));
}

#[test]
fn a_shape_that_is_refused_and_a_cache_that_would_appear() {
    let mut model = model();
    let error = Picky { matrices: true, extra: false }.init(&model).unwrap_err();
    assert_eq!(error.to_string(), "`Picky`: `1` (shape [5]): it moves matrices: give this another rule");
    assert_eq!((error.kind(), error.path()), (ErrorKind::Hyper, Some("1")));
    let error = Picky { matrices: true, extra: false }.init(&1.0_f32).unwrap_err();
    assert_eq!(error.to_string(), "`Picky`: the whole model (shape []): it moves matrices: give this another rule");

    let before = model.clone();
    let mut opt = Picky { matrices: false, extra: false }.init(&model).unwrap();
    opt.rule_mut().matrices = true;
    assert_eq!(opt.step(&mut model, &before).unwrap_err().path(), Some("1"));
    *opt.rule_mut() = Picky { matrices: false, extra: true };
    let error = opt.step(&mut model, &before).unwrap_err();
    assert_eq!(error.to_string(), "`Picky`: the cache `a` would appear; `init` the optimizer anew");
    assert_eq!((opt.steps(), &model), (0, &before));
    assert!(opt.cache("a", "0").is_none());

    let mut opt = Picky { matrices: false, extra: true }.init(&model).unwrap();
    opt.step(&mut model, &before).unwrap();
    assert_eq!((opt.cache("a", "0").unwrap().sum(), opt.cache("a", "1")), (7.0, None));
    opt.rule_mut().extra = false;
    let error = opt.step(&mut model, &before).unwrap_err();
    assert_eq!(error.to_string(), "`Picky`: the cache `a` would vanish; `init` the optimizer anew");
}

#[test]
fn shapes_are_numbers() {
    let shape = Shape::of(&[2, 3, 4]);
    assert_eq!((shape.ndim, shape.numel, shape.rows, shape.cols), (3.0, 24.0, 3.0, 4.0));
    let shape = Shape::of(&[5]);
    assert_eq!((shape.ndim, shape.numel, shape.rows, shape.cols), (1.0, 5.0, 1.0, 5.0));
}
