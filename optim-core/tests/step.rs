//! What a step promises: where the gradient is taken, what moves and what does not, and what happens when it goes wrong.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ndarray::{Array1, Array2, array};
use optim_core::ErrorKind;
use optim_core::prelude::*;

define_optimizer! {
    /// Descent with a running average of the weights, at which the model is evaluated.
    struct Averaged {
        lr: f64 = 0.25 in 0.0..,
        decay: f64 = 0.5 in 0.0..1.0,
        bounded: bool = false,
    }
    require decay < 0.9 || lr < 1, "`decay` of 0.9 and more needs an `lr` below 1"
    cache { average = w, largest if bounded }
    update(w, g) {
        if bounded { largest = max(largest, abs(g)); }
        w -= lr * g;
        average = decay * average + (1 - decay) * w;
    }
    evaluate(w) { average }
}

#[derive(Optimizable, Clone, Debug, PartialEq)]
struct Model {
    weight: Array2<f64>,
    #[optim(freeze)]
    frozen: Array1<f64>,
    #[optim(buffer)]
    seen: Array1<f64>,
    list: Vec<Array1<f64>>,
    #[optim(skip)]
    calls: usize,
}

fn model() -> Model {
    Model {
        weight: array![[1.0, -2.0], [0.3, 0.1]],
        frozen: array![5.0, 6.0],
        seen: array![0.0],
        list: vec![array![0.7], array![0.2, 0.4]],
        calls: 0,
    }
}

/// The gradient of half the sum of squares.
fn squares(model: &Model, gradient: &mut Model) {
    gradient.weight.assign(&model.weight);
    gradient.frozen.assign(&model.frozen);
    for (gradient, weight) in gradient.list.iter_mut().zip(&model.list) {
        gradient.assign(weight);
    }
}

#[test]
fn nag_takes_its_gradient_at_the_look_ahead_point_exactly() {
    let mut w = vec![0.1_f64, -3.0, 1e10, 1e-10];
    let mut opt = Nag { lr: 0.1, momentum: 0.9 }.init(&w).unwrap();
    for _ in 0..5 {
        let before = w.clone();
        let velocity = opt.cache("velocity", "").unwrap();
        opt.step_with(&mut w, |w, gradient| {
            for i in 0..4 {
                assert_eq!(w[i].to_bits(), (before[i] + 0.9 * velocity[i]).to_bits());
                gradient[i] = 0.3 * w[i];
            }
        })
        .unwrap();
        for i in 0..4 {
            let ahead = before[i] + 0.9 * velocity[i];
            let expected = before[i] + (0.9 * velocity[i] - 0.1 * (0.3 * ahead));
            assert_eq!(w[i].to_bits(), expected.to_bits(), "no rounding from going there and back");
        }
    }
}

#[test]
fn frozen_parameters_and_buffers_stay_and_what_a_closure_does_to_parameters_is_discarded() {
    for looks_ahead in [false, true] {
        let (mut ours, mut expected) = (model(), model());
        let spoil = |model: &mut Model, gradient: &mut Model| {
            squares(model, gradient);
            model.weight.fill(77.0);
            model.frozen.fill(77.0);
            model.list[1].fill(77.0);
            model.seen += 1.0;
            model.calls += 1;
        };
        let plain = |model: &mut Model, gradient: &mut Model| squares(model, gradient);
        for _ in 0..3 {
            if looks_ahead {
                let (mut a, mut b) = (Nag::default().init(&ours).unwrap(), Nag::default().init(&ours).unwrap());
                a.step_with(&mut ours, spoil).unwrap();
                b.step_with(&mut expected, plain).unwrap();
            } else {
                let (mut a, mut b) = (Adam::default().init(&ours).unwrap(), Adam::default().init(&ours).unwrap());
                a.step_with(&mut ours, spoil).unwrap();
                b.step_with(&mut expected, plain).unwrap();
            }
        }
        assert_eq!(ours.frozen, model().frozen);
        assert_ne!(ours.weight, model().weight);
        assert_eq!((ours.seen[0], ours.calls), (3.0, 3), "buffers and skipped fields keep what the closure did");
        (ours.seen, ours.calls) = (expected.seen.clone(), expected.calls);
        assert_eq!(ours, expected);
    }
}

#[test]
fn every_call_gets_a_zeroed_gradient_and_step_with_returns_what_the_closure_returns() {
    let mut w = vec![1.0_f32, 2.0];
    let mut opt = Sgd::default().init(&w).unwrap();
    for call in 0..3 {
        let value = opt.step_with(&mut w, |_, gradient| {
            assert_eq!(*gradient, [0.0, 0.0]);
            gradient.fill(1.0);
            call
        });
        assert_eq!(value.unwrap(), call);
    }
    assert_eq!(opt.steps(), 3);
}

/// Weights, caches and step count, to compare before and after.
fn state<R: Rule>(opt: &Optimizer<R, Model>, model: &Model) -> (Model, u64, Vec<Vec<f64>>) {
    let mut caches = Vec::new();
    for cache in R::declared_caches() {
        for path in ["weight", "list.0", "list.1"] {
            caches.push(opt.cache(cache.name, path).map_or_else(Vec::new, |values| values.into_iter().collect()));
        }
    }
    (model.clone(), opt.steps(), caches)
}

fn refuses_and_keeps<R: Rule>(rule: R) {
    let mut model = model();
    let mut opt = rule.init(&model).unwrap();
    opt.step_with(&mut model, |model, gradient| squares(model, gradient)).unwrap();
    let before = state(&opt, &model);

    let error: Result<(), String> = opt
        .try_step_with(&mut model, |model, gradient| {
            squares(model, gradient);
            model.weight.fill(9.0);
            Err::<(), Problem>(Problem("no data".into()))
        })
        .map_err(|problem| problem.0);
    assert_eq!(error, Err("no data".into()));
    assert_eq!(state(&opt, &model), before, "{}: after an error", R::NAME);

    let panicked = catch_unwind(AssertUnwindSafe(|| {
        opt.step_with(&mut model, |model, _| {
            model.weight.fill(9.0);
            model.frozen.fill(9.0);
            panic!("on purpose");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(state(&opt, &model), before, "{}: after a panic", R::NAME);

    let panicked = catch_unwind(AssertUnwindSafe(|| {
        opt.evaluate_with(&mut model, |model| {
            model.weight.fill(9.0);
            panic!("on purpose");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(state(&opt, &model), before, "{}: after a panic in an evaluation", R::NAME);

    let error = opt.step_with(&mut model, |_, gradient| gradient.list[1] = array![1.0, 2.0, 3.0]).unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Shape, Some("list.1")));
    assert_eq!(state(&opt, &model), before, "{}: after a gradient of another shape", R::NAME);

    let error = opt.step_with(&mut model, |model, _| model.list[0] = array![1.0, 2.0]).unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Shape, Some("list.0")));
    model.list[0].clone_from(&before.0.list[0]);
    assert_eq!(state(&opt, &model), before, "{}: after a closure that changed a shape", R::NAME);

    // And it goes on as if nothing had been.
    let (mut other_model, mut other) = (model.clone(), opt.clone());
    opt.step_with(&mut model, |model, gradient| squares(model, gradient)).unwrap();
    other.step_with(&mut other_model, |model, gradient| squares(model, gradient)).unwrap();
    assert_eq!(state(&opt, &model), state(&other, &other_model));
    assert_ne!(model, before.0);
}

#[derive(Debug)]
struct Problem(String);

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Problem(error.to_string())
    }
}

#[test]
fn errors_and_panics_of_closures_leave_everything_as_it_was() {
    refuses_and_keeps(Adam { amsgrad: true, ..Adam::default() });
    refuses_and_keeps(Nag::default());
    refuses_and_keeps(Averaged::default());
}

#[test]
fn a_gradient_or_a_model_that_does_not_fit_is_named_and_nothing_moves() {
    let mut model = model();
    let mut opt = Momentum::default().init(&model).unwrap();
    let good = model.clone();
    opt.step(&mut model, &good).unwrap();
    let before = state(&opt, &model);

    let mut gradient = good.clone();
    gradient.list[0] = array![];
    let error = opt.step(&mut model, &gradient).unwrap_err();
    assert_eq!(error.to_string(), "the gradient: `list.0` has the shape [0], not [1]");

    let mut gradient = good.clone();
    gradient.list.pop();
    let error = opt.step(&mut model, &gradient).unwrap_err();
    assert_eq!(error.to_string(), "the gradient: `list` has 1 elements, not 2");
    assert_eq!(error.kind(), ErrorKind::Structure);
    assert_eq!(state(&opt, &model), before);

    let mut other = good.clone();
    other.weight = Array2::zeros((2, 3));
    let error = opt.step(&mut other, &good).unwrap_err();
    assert_eq!(error.to_string(), "the model: `weight` has the shape [2, 3], not [2, 2]");
}

#[test]
fn hyper_parameters_are_checked_at_init_and_at_every_step() {
    let mut model = model();
    let error = Adam::default().with_beta1(1.0).init(&model).unwrap_err();
    assert_eq!(error.to_string(), "`Adam`: `beta1` is 1, which is not in 0..1");
    assert!(Adam::default().with_lr(f64::NAN).init(&model).is_err());
    assert!(Adam::default().with_lr(f64::INFINITY).init(&model).is_err());
    let error = Averaged { lr: 2.0, decay: 0.95, bounded: false }.init(&model).unwrap_err();
    assert_eq!(error.to_string(), "`Averaged`: `decay` of 0.9 and more needs an `lr` below 1");

    let mut opt = Averaged::default().init(&model).unwrap();
    let gradient = model.clone();
    opt.step(&mut model, &gradient).unwrap();
    let before = state(&opt, &model);
    opt.rule_mut().lr = -1.0;
    assert!(opt.step(&mut model, &gradient).is_err());
    opt.rule_mut().lr = 0.1;
    opt.rule_mut().bounded = true;
    let error = opt.step(&mut model, &gradient).unwrap_err();
    assert_eq!(error.to_string(), "`Averaged`: the cache `largest` would appear; `init` the optimizer anew");
    assert_eq!(error.kind(), ErrorKind::Cache);
    assert_eq!(state(&opt, &model), before);
    opt.rule_mut().bounded = false;
    opt.step(&mut model, &gradient).unwrap();
    assert_eq!(opt.steps(), 2);
}

#[test]
fn hyper_parameters_by_name() {
    let mut rule = Sgd::default();
    rule.set("lr", 0.5).unwrap();
    rule.set("nesterov", 1.0).unwrap();
    assert_eq!((rule.get("lr").unwrap(), rule.get("nesterov").unwrap(), rule.nesterov), (0.5, 1.0, true));
    let error = rule.set("learning_rate", 0.1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`Sgd`: the hyper-parameter `learning_rate` is not known; known: `lr`, `momentum`, `dampening`, \
         `weight_decay`, `nesterov`"
    );
    assert_eq!(rule.set("nesterov", 0.5).unwrap_err().kind(), ErrorKind::Hyper);
    assert_eq!(rule.set("lr", -0.5).unwrap_err().kind(), ErrorKind::Hyper);
    assert_eq!(rule, Sgd { lr: 0.5, nesterov: true, ..Sgd::default() });
    let names: Vec<_> = Sgd::hyper().iter().map(|hyper| (hyper.name, hyper.default)).collect();
    assert_eq!(names[0], ("lr", 0.01));
    assert_eq!(Sgd::hyper()[0].doc, "Learning rate.");
}

#[test]
fn the_evaluation_point_is_where_the_rule_says_and_the_weights_before_the_first_step() {
    let mut w = array![4.0_f64];
    let mut opt = Averaged::default().init(&w).unwrap();
    assert_eq!(opt.cache("average", "").unwrap()[0], 4.0, "starts at the weight");
    assert_eq!(opt.evaluate_with(&mut w, |w| w[0]).unwrap(), 4.0);
    opt.step(&mut w, &array![4.0]).unwrap();
    assert_eq!(w, array![3.0]);
    let point = opt.evaluate_with(&mut w, |w| {
        let point = w[0];
        w.fill(99.0);
        point
    });
    assert_eq!(point.unwrap(), 3.5);
    assert_eq!(w, array![3.0]);
}

#[test]
fn caches_by_name_and_path() {
    let model = model();
    let opt = Adam::default().init(&model).unwrap();
    assert_eq!(opt.cache("m", "weight").unwrap().shape(), [2, 2]);
    assert_eq!(opt.cache("m", "list.1").unwrap().shape(), [2]);
    for (cache, path) in [("v_max", "weight"), ("n", "weight"), ("m", "frozen"), ("m", "seen"), ("m", "weigth")] {
        assert!(opt.cache(cache, path).is_none(), "{cache}, {path}");
    }
}

#[test]
fn models_without_weights_and_tensors_without_numbers_are_models_too() {
    let mut nothing = ();
    let mut opt = Adam::default().init(&nothing).unwrap();
    opt.step(&mut nothing, &()).unwrap();
    opt.step_with(&mut nothing, |(), ()| ()).unwrap();
    assert_eq!(opt.steps(), 2);

    let mut empty = (Array2::<f32>::zeros((0, 3)), vec![0.0_f32; 0], array![1.0_f32]);
    let gradient = (Array2::<f32>::zeros((0, 3)), vec![0.0_f32; 0], array![1.0_f32]);
    let mut opt = Nag::default().init(&empty).unwrap();
    opt.step_with(&mut empty, |_, g| *g = gradient.clone()).unwrap();
    assert_eq!(empty.2, array![0.99_f32]);
    assert_eq!(opt.cache("velocity", "0").unwrap().shape(), [0, 3]);
}

#[test]
fn optimizers_are_values() {
    fn is_value<T: Clone + std::fmt::Debug + Send + Sync>(_: &T) {}
    let opt = Adam::default().init(&model()).unwrap();
    is_value(&opt);
    let text = format!("{opt:?}");
    assert!(text.contains("Adam") && text.contains("steps: 0"), "{text}");
}

#[test]
fn nan_and_infinity_propagate_as_ieee_says() {
    let mut w = array![1.0_f32, 1.0, 1.0];
    let mut opt = Adam::default().init(&w).unwrap();
    opt.step(&mut w, &array![f32::NAN, f32::INFINITY, 1.0]).unwrap();
    assert!(w[0].is_nan() && w[1].is_nan() && w[2].is_finite());
}

define_optimizer! {
    /// Names of the sections' own, each of them given to something else as well.
    struct Shadowing { lr: f64 = 0.5 }
    cache { m }
    step(k) { let rate = lr / k; }
    look_ahead(point) { let point = point + 0 * m; point }
    update(weight, gradient) {
        m = gradient;
        if lr > 100 { let k = 2 * k; m += k; }
        let gradient = gradient * 2;
        if gradient > 0 { let rate = 7; m += rate; }
        weight -= rate * gradient + k - 1;
        let weight = weight * 100;
        m += 0 * weight;
    }
    evaluate(point) { let m = m * 0; point + m }
}

#[test]
fn a_let_may_take_any_name_without_taking_it_away() {
    let mut w = 1.0_f64;
    let mut opt = Shadowing::default().init(&w).unwrap();
    opt.step_with(&mut w, |w, g| *g = *w).unwrap();
    assert_eq!((w, opt.cache("m", "").unwrap()[[]]), (0.0, 8.0));
    opt.step_with(&mut w, |_, g| *g = 1.0).unwrap();
    assert_eq!((w, opt.evaluate_with(&mut w, |w| *w).unwrap()), (-1.5, -1.5));
}

/// A skipped field whose clone may panic: that is the user's code, run in a step.
struct Explosive(std::sync::Arc<std::sync::atomic::AtomicBool>);

impl Clone for Explosive {
    fn clone(&self) -> Self {
        assert!(!self.0.load(std::sync::atomic::Ordering::Relaxed), "on purpose");
        Explosive(self.0.clone())
    }
}

#[derive(Optimizable)]
struct WithExplosive {
    w: f64,
    #[optim(skip)]
    field: Explosive,
}

#[test]
fn a_panic_while_the_gradient_is_made_leaves_everything_as_it_was() {
    let lit = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let mut model = WithExplosive { w: 1.0, field: Explosive(lit.clone()) };
    let mut opt = Averaged { lr: 0.5, ..Averaged::default() }.init(&model).unwrap();
    let panicked = catch_unwind(AssertUnwindSafe(|| opt.step_with(&mut model, |_, _| ())));
    assert!(panicked.is_err());
    assert_eq!((model.w, opt.steps()), (1.0, 0));
    lit.store(false, std::sync::atomic::Ordering::Relaxed);
    opt.step_with(&mut model, |_, gradient| gradient.w = 1.0).unwrap();
    assert_eq!((model.w, opt.steps()), (0.5, 1));
    assert!(model.field.0.load(std::sync::atomic::Ordering::Relaxed) == lit.load(std::sync::atomic::Ordering::Relaxed));
}

#[test]
fn a_closure_that_changes_the_structure_is_told_so_and_the_rest_is_taken_back() {
    let mut model = model();
    let mut opt = Nag::default().init(&model).unwrap();
    let before = model.clone();
    let error = opt.evaluate_with(&mut model, |model| {
        model.weight.fill(9.0);
        model.list.clear();
    });
    assert_eq!(error.unwrap_err().path(), Some("list"));
    assert_eq!((&model.weight, model.list.len()), (&before.weight, 0));
}

#[test]
fn any_number_of_threads_may_be_asked_for() {
    let mut w = Array1::from_elem(1000, 1.0_f32);
    let gradient = w.clone();
    let mut opt = Sgd::default().init(&w).unwrap();
    for threads in [0, 1, 63, 1 << 20, usize::MAX] {
        opt.set_execution(optim_core::kernel::Execution::default().threads(threads)).unwrap();
        opt.step(&mut w, &gradient).unwrap();
    }
    assert_eq!(opt.steps(), 5);
}
