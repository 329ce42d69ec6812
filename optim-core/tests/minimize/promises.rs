//! What a step promises: whom it moves, what it leaves, and the same bits for every layout.

use std::panic::{AssertUnwindSafe, catch_unwind};

use optim_core::minimize::{Ending, Method};
use optim_core::ndarray::{Array1, Array2, Axis};
use optim_core::prelude::*;
use optim_core::{ErrorKind, Persist};

use crate::functions::rosenbrock;

#[derive(Optimizable, Clone, PartialEq, Debug)]
struct Model {
    a: Array2<f64>,
    #[optim(freeze)]
    frozen: Array1<f64>,
    b: Vec<f64>,
    #[optim(buffer)]
    calls: f64,
}

fn model() -> Model {
    let a = Array2::from_shape_fn((3, 4), |(i, j)| ((i * 4 + j) as f64 * 0.7).sin());
    Model { a, frozen: Array1::from(vec![2.0, 3.0]), b: vec![0.5, -0.5], calls: 0.0 }
}

/// Rosenbrock's function of `a` and `b` in logical order, times what is frozen.
fn loss(model: &mut Model, gradient: &mut Model) -> f64 {
    model.calls += 1.0;
    let x: Vec<f64> = model.a.iter().chain(&model.b).copied().collect();
    let mut g = vec![0.0; x.len()];
    let loss = rosenbrock(&x, &mut g);
    gradient.a.iter_mut().chain(&mut gradient.b).zip(g).for_each(|(to, g)| *to = model.frozen[0] * g);
    // Frozen ones have a gradient, which nobody follows.
    gradient.frozen[0] = loss;
    model.frozen[0] * loss
}

fn both(check: impl Fn(&dyn Fn(&Model) -> Box<dyn Steps>)) {
    check(&|model| Box::new(Lbfgs::default().init(model).unwrap()));
    check(&|model| Box::new(ConjugateGradient::default().init(model).unwrap()));
}

type Closure<'f> = &'f mut dyn FnMut(&mut Model, &mut Model) -> Result<f64, Error>;

trait Steps {
    fn step(&mut self, model: &mut Model, f: Closure<'_>) -> Result<optim_core::minimize::Progress, Error>;
    fn record(&self) -> optim_core::Record;
}

impl<D: Method> Steps for Minimizer<D, Model> {
    fn step(&mut self, model: &mut Model, f: Closure<'_>) -> Result<optim_core::minimize::Progress, Error> {
        self.try_step_with(model, f)
    }
    fn record(&self) -> optim_core::Record {
        self.save()
    }
}

#[test]
fn frozen_parameters_stay_buffers_keep_what_the_closure_did_and_its_changes_are_discarded() {
    both(|init| {
        let (mut honest, mut spoiled) = (model(), model());
        let (mut opt, mut other) = (init(&honest), init(&spoiled));
        for _ in 0..10 {
            opt.step(&mut honest, &mut |model, gradient| Ok(loss(model, gradient))).unwrap();
            let mut spoil = |model: &mut Model, gradient: &mut Model| {
                let loss = loss(model, gradient);
                model.a.fill(7.0);
                model.b[0] = f64::NAN;
                model.frozen.fill(-1.0);
                Ok(loss)
            };
            other.step(&mut spoiled, &mut spoil).unwrap();
            assert_eq!(honest, spoiled);
        }
        assert_eq!(honest.frozen, model().frozen);
        assert_ne!(honest.b, model().b);
        assert!(honest.calls > 10.0);
    });
}

#[test]
fn after_an_error_or_a_panic_all_is_as_before() {
    both(|init| {
        for call in 0..3 {
            let (mut model, mut undisturbed) = (model(), model());
            let (mut opt, mut other) = (init(&model), init(&undisturbed));
            let mut honest = |model: &mut Model, gradient: &mut Model| Ok(loss(model, gradient));
            for _ in 0..4 {
                opt.step(&mut model, &mut honest).unwrap();
                other.step(&mut undisturbed, &mut honest).unwrap();
            }
            let (before, record) = (model.clone(), opt.record());
            let parameters = |model: &Model| (model.a.clone(), model.b.clone(), model.frozen.clone());
            // So strict a search that a step takes more than one call: the loss falls by less than its slope says.
            let mut calls = 0;
            let mut fails = |model: &mut Model, gradient: &mut Model| {
                let loss = loss(model, gradient) + f64::from(calls) * 1e3 + 1e3;
                model.a.fill(9.0);
                calls += 1;
                if calls > call { Err(Error::other("no more")) } else { Ok(loss) }
            };
            let error = opt.step(&mut model, &mut fails).unwrap_err();
            assert_eq!(error.to_string(), "no more");
            assert_eq!((parameters(&model), opt.record()), (parameters(&before), record.clone()));
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                opt.step(&mut model, &mut |model, _| {
                    model.b.fill(3.0);
                    panic!("as a closure may")
                })
            }));
            assert!(panicked.is_err());
            assert_eq!((parameters(&model), opt.record()), (parameters(&before), record.clone()));
            // And it goes on as if nothing had been.
            let expected = other.step(&mut undisturbed, &mut honest).unwrap();
            assert_eq!(opt.step(&mut model, &mut honest).unwrap(), expected);
            assert_eq!((parameters(&model), opt.record()), (parameters(&undisturbed), other.record()));
        }
    });
}

#[test]
fn the_layout_of_memory_does_not_show_in_a_bit() {
    both(|init| {
        let standard = model();
        let mut column_major = standard.clone();
        column_major.a = Array2::from_shape_fn((4, 3), |(j, i)| standard.a[[i, j]]).reversed_axes();
        let mut reversed = standard.clone();
        reversed.a = Array2::from_shape_fn((3, 4), |(i, j)| standard.a[[2 - i, 3 - j]]);
        reversed.a.invert_axis(Axis(0));
        reversed.a.invert_axis(Axis(1));
        assert_eq!((&column_major, &reversed), (&standard, &standard));
        assert!(!column_major.a.is_standard_layout() && !reversed.a.is_standard_layout());
        let mut models = [standard, column_major, reversed];
        let mut opts: Vec<_> = models.iter().map(init).collect();
        for _ in 0..20 {
            let steps = models.iter_mut().zip(&mut opts);
            let progress: Vec<_> =
                steps.map(|(model, opt)| opt.step(model, &mut |m, g| Ok(loss(m, g))).unwrap()).collect();
            assert_eq!((progress[0], progress[0]), (progress[1], progress[2]));
            let bits = |model: &Model| model.a.iter().chain(&model.b).map(|x| x.to_bits()).collect::<Vec<_>>();
            assert_eq!((bits(&models[0]), bits(&models[0])), (bits(&models[1]), bits(&models[2])));
        }
    });
}

#[test]
fn weights_that_were_changed_between_steps_are_noticed() {
    both(|init| {
        for frozen in [false, true] {
            let mut changed = model();
            let mut opt = init(&changed);
            let step = |opt: &mut Box<dyn Steps>, model: &mut Model| {
                opt.step(model, &mut |model, gradient| Ok(loss(model, gradient))).unwrap()
            };
            for _ in 0..3 {
                step(&mut opt, &mut changed);
            }
            if frozen {
                changed.frozen[0] = 2.5;
            } else {
                changed.b[1] += 0.1;
            }
            let mut fresh = changed.clone();
            let mut other = init(&fresh);
            assert_eq!(step(&mut opt, &mut changed), step(&mut other, &mut fresh));
            assert_eq!(changed, fresh);
        }
    });
}

#[test]
fn a_start_that_is_not_finite_names_the_place() {
    both(|init| {
        let mut model = model();
        let mut opt = init(&model);
        let mut error = |model: &mut Model, f: Closure<'_>| {
            let before = model.clone();
            let error = opt.step(model, f).unwrap_err();
            assert_eq!((model.b.len(), &model.a), (before.b.len(), &before.a));
            assert_eq!(error.kind(), ErrorKind::Data);
            error.to_string()
        };
        let nan = error(&mut model, &mut |_, gradient| {
            gradient.b[1] = f64::NAN;
            Ok(1.0)
        });
        assert!(nan.ends_with("cannot start here: the gradient of element 1 of `b` is NaN"), "{nan}");
        let infinite = error(&mut model, &mut |_, _| Ok(f64::INFINITY));
        assert!(
            infinite.ends_with("the loss is inf, though every parameter and the gradient are finite"),
            "{infinite}"
        );
        model.a[[1, 2]] = f64::INFINITY;
        let weight = error(&mut model, &mut |_, _| Ok(f64::NAN));
        assert!(weight.ends_with("cannot start here: the loss is NaN, element 6 of `a` is inf"), "{weight}");
    });
}

#[test]
fn other_shapes_are_errors_that_name_the_path() {
    both(|init| {
        let mut model = model();
        let mut opt = init(&model);
        let before = model.clone();
        let error = opt.step(&mut model, &mut |_, gradient| {
            gradient.a = Array2::zeros((2, 2));
            Ok(1.0)
        });
        assert_eq!(error.unwrap_err().to_string(), "the gradient: `a` has the shape [2, 2], not [3, 4]");
        assert_eq!(model, before);
        let error = opt.step(&mut model, &mut |model, _| {
            model.b.push(1.0);
            model.a.fill(4.0);
            Ok(1.0)
        });
        assert_eq!(error.unwrap_err().to_string(), "the model: `b` has 3 elements, not 2");
        assert_eq!(model.a, before.a);
        model.b.pop();
        assert!(opt.step(&mut model, &mut |model, gradient| Ok(loss(model, gradient))).unwrap().ending.moved());
    });
}

#[test]
fn evaluate_with_leaves_the_weights() {
    let mut model = model();
    let mut opt = Lbfgs::default().init(&model).unwrap();
    let progress = opt.step_with(&mut model, loss).unwrap();
    assert_eq!(progress.ending, Ending::Wolfe);
    let before = model.clone();
    let sum = opt.evaluate_with(&mut model, |model| {
        let sum = model.a.sum();
        model.a.fill(0.0);
        sum
    });
    assert_eq!((sum.unwrap(), &model), (before.a.sum(), &before));
    // What is known at the weights is still known.
    assert!(opt.step_with(&mut model, loss).unwrap().evaluations >= 1);
    opt.forget();
    assert!(opt.step_with(&mut model, loss).unwrap().steepest);
}

#[test]
fn a_clone_goes_on_with_the_same_bits() {
    fn shared<T: Clone + Send + Sync + std::fmt::Debug>(value: &T) -> T {
        value.clone()
    }
    let mut model = model();
    let mut opt = Lbfgs::default().init(&model).unwrap();
    for _ in 0..3 {
        opt.step_with(&mut model, loss).unwrap();
    }
    let (mut second, mut copy) = (shared(&opt), model.clone());
    for _ in 0..3 {
        assert_eq!(opt.step_with(&mut model, loss).unwrap(), second.step_with(&mut copy, loss).unwrap());
        assert_eq!(model, copy);
    }
    assert!(format!("{opt:?}").starts_with("Minimizer { method: Lbfgs { history: 10,"), "{opt:?}");
}
