//! Traces: what they say of a step is what the step does, and they change nothing.

use ndarray::{Array1, Array2, array};
use optim_core::ErrorKind;
use optim_core::prelude::*;
use optim_core::reference::{Origin, Rate, Reference};
use optim_core::rule::CacheScope;

type Model<A> = (Array2<A>, Array1<A>);

fn model<A: Real>(seed: u8) -> Model<A> {
    let number = |i: usize| A::from_f64((f64::from(seed) * 7.3 + i as f64 * 1.7).sin());
    (Array2::from_shape_fn((3, 2), |(row, col)| number(2 * row + col)), Array1::from_shape_fn(4, |i| number(10 + i)))
}

/// Every weight at every step: what is before it, and what becomes of weight and caches.
fn check_in<R: Rule, A: Real>(rule: &R) {
    let mut weights = model::<A>(1);
    let mut opt = rule.clone().init(&weights).unwrap();
    let text = R::formula().text();
    for step in 1..5_u8 {
        let gradient = model::<A>(10 + step);
        let mut traces = Vec::new();
        weights.for_each_param(|path, values| {
            for (index, _) in values.indexed_iter() {
                use ndarray::Dimension;
                let index = index.slice().to_vec();
                let trace = opt.trace(&weights, &gradient, path, &index).unwrap();
                traces.push((path.to_owned(), index, trace));
            }
        });
        let before = weights.clone();
        opt.step_with(&mut weights, |_, g| g.clone_from(&gradient)).unwrap();
        let at = |model: &Model<A>, path: &str, index: &[usize]| {
            if path == "0" { model.0[[index[0], index[1]]].as_f64() } else { model.1[index[0]].as_f64() }
        };
        for (path, index, trace) in &traces {
            assert_eq!(trace.get("t"), Some(f64::from(step)), "{text}");
            let first = |name: &str| trace.iter().find(|quantity| quantity.name == name).unwrap();
            assert_eq!((first("w").value, first("w").origin), (at(&before, path, index), Origin::Before));
            assert_eq!(first("g").value, at(&gradient, path, index));
            assert_eq!(trace.get("w"), Some(at(&weights, path, index)), "{trace}\n{text}");
            for cache in R::declared_caches() {
                let whole = cache.scope == CacheScope::Model;
                let place = match (cache.scope, &index[..]) {
                    (CacheScope::Row, [batch @ .., _]) => batch.to_vec(),
                    (CacheScope::Col, [batch @ .., _, col]) => [batch, &[*col]].concat(),
                    (CacheScope::Weight | CacheScope::Col, index) => index.to_vec(),
                    _ => Vec::new(),
                };
                let found = opt.cache(cache.name, if whole { "" } else { path });
                let found = found.map(|numbers| numbers[&place[..]].as_f64());
                // As `cache` shows it: in the model's scalar type.
                let traced = trace.get(cache.name).map(|x| A::from_f64(x).as_f64());
                assert_eq!(traced, found, "{}: {trace}", cache.name);
            }
        }
    }
}

fn check<R: Rule>(rule: R) {
    check_in::<R, f32>(&rule);
    check_in::<R, f64>(&rule);
}

#[test]
fn a_trace_is_what_the_step_does() {
    check(Sgd { momentum: 0.9, nesterov: true, weight_decay: 0.1, ..Sgd::default() });
    check(Sgd::default());
    check(Nag::default());
    check(RmsProp { momentum: 0.5, centered: true, ..RmsProp::default() });
    check(Adam { amsgrad: true, ..Adam::default() });
    check(NAdam::default());
    check(RAdam { beta2: 0.6, ..RAdam::default() });
    check(Rprop::default());
    check(Adopt::default());
    check(Asgd::default());
    check(ScheduleFreeAdamW { warmup_steps: 3, ..ScheduleFreeAdamW::default() });
}

#[test]
fn only_what_is_computed_is_in_it() {
    let weights = vec![1.0_f64, -2.0];
    let names = |rule: Adopt, steps: usize| {
        let mut opt = rule.init(&weights).unwrap();
        let mut moved = weights.clone();
        (0..steps).for_each(|_| opt.step(&mut moved, &weights).unwrap());
        let trace = opt.trace(&moved, &weights, "", &[1]).unwrap();
        trace.iter().map(|quantity| quantity.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(Adopt::default(), 0), ["t", "w", "g", "m", "v", "most", "v"]);
    assert_eq!(names(Adopt::default(), 1), ["t", "w", "g", "m", "v", "most", "w", "m", "w", "v"]);
    let opt = Sgd::default().init(&weights).unwrap();
    let trace = opt.trace(&weights, &weights, "", &[0]).unwrap();
    assert!(trace.get("b").is_none(), "a cache that does not exist: {trace}");
}

define_optimizer! {
    struct Nested {
        lr: f64 = 0.5 in 0.0..,
    }
    update(w, g) {
        let x = if g > 0 { let up = g * 2; up + 1 } else { let down = lr; down };
        if x > 2 { let far = x; w -= far * lr; } else { let near = x; w -= near; }
    }
}

#[test]
fn branches_of_values_and_of_statements() {
    let (weights, gradient) = (vec![1.0_f64, 2.0], vec![1.0, -1.0]);
    let opt = Nested::default().init(&weights).unwrap();
    let quantities = |i: usize| {
        let trace = opt.trace(&weights, &gradient, "", &[i]).unwrap();
        let shown = trace.iter().skip(3).map(|quantity| (quantity.name.clone(), quantity.value, quantity.rate));
        shown.collect::<Vec<_>>()
    };
    let named = |name: &str, value: f64, rate| (name.to_owned(), value, rate);
    let (once, weight) = (Rate::Once, Rate::Weight);
    assert_eq!(
        quantities(0),
        [named("up", 2.0, weight), named("x", 3.0, weight), named("far", 3.0, weight), named("w", -0.5, weight)]
    );
    assert_eq!(
        quantities(1),
        [named("down", 0.5, once), named("x", 0.5, weight), named("near", 0.5, weight), named("w", 1.5, weight)]
    );
}

#[test]
fn it_displays_as_a_table() {
    let weights = (array![[1.0_f64, -2.0]], array![0.5]);
    let opt = Momentum::default().init(&weights).unwrap();
    let trace = opt.trace(&weights, &weights, "0", &[0, 1]).unwrap();
    let lines: Vec<String> = trace.to_string().lines().map(|line| line.trim_end().to_owned()).collect();
    assert_eq!(
        lines,
        [
            "step 1, weight [0, 1] of `0`",
            "  t          1                        once",
            "  w          -2                       weight",
            "  g          -2                       weight",
            "  velocity   0                        weight",
            "  velocity ← 0.02                     weight",
            "  w        ← -1.98                    weight",
        ]
    );
}

#[test]
fn numbers_of_a_single_precision_model_are_printed_as_such() {
    let weights = vec![0.1_f32, 3e-9];
    let opt = Momentum { lr: 1e-9, ..Momentum::default() }.init(&weights).unwrap();
    let lines = |i| -> Vec<String> {
        let trace = opt.trace(&weights, &vec![0.1_f32, 2e8], "", &[i]).unwrap();
        trace.to_string().lines().map(|line| line.trim_end().to_owned()).collect()
    };
    assert_eq!(
        lines(0),
        [
            "step 1, weight [0] of the whole model",
            "  t          1                        once",
            "  w          0.1                      weight",
            "  g          0.1                      weight",
            "  velocity   0                        weight",
            "  velocity ← -1e-10                   weight",
            "  w        ← 0.1                      weight",
        ]
    );
    assert_eq!(
        lines(1)[2..4],
        ["  w          3e-9                     weight", "  g          2e8                      weight"]
    );
}

#[test]
fn numbers_of_a_tensor_are_not_rounded_to_the_type_of_the_model() {
    let mut weights = vec![0.1_f32, 0.7];
    let mut opt = NovoGrad::default().init(&weights).unwrap();
    let gradient = vec![0.3_f32, 0.9];
    opt.step(&mut weights, &gradient).unwrap();
    let exact: f64 = gradient.iter().map(|&g| f64::from(g) * f64::from(g)).sum();
    assert_ne!(exact.to_bits() & 0x1fff_ffff, 0, "the sum needs more than `f32`");
    let trace = opt.trace(&weights, &gradient, "", &[0]).unwrap();
    let before = trace.iter().find(|quantity| quantity.name == "v").unwrap();
    assert_eq!((before.value, before.origin), (exact, Origin::Before));
}

#[derive(Clone, Optimizable)]
struct Partly {
    w: Vec<f64>,
    #[optim(freeze)]
    fixed: Vec<f64>,
    #[optim(buffer)]
    mean: f64,
}

#[test]
fn what_is_not_there_is_an_error() {
    let model = Partly { w: vec![1.0, 2.0], fixed: vec![3.0], mean: 0.5 };
    let mut opt = Adam::default().init(&model).unwrap();
    let error = |path: &str, index: &[usize]| opt.trace(&model, &model, path, index).unwrap_err();
    assert_eq!(error("v", &[0]).to_string(), "the parameter `v` is not known; known: `w`");
    assert_eq!(error("fixed", &[0]).kind(), ErrorKind::UnknownName);
    assert_eq!(error("w", &[2]).to_string(), "`w` has the shape [2]: there is no weight at [2]");
    assert_eq!(error("w", &[0, 0]).kind(), ErrorKind::Other);
    let other = Partly { w: vec![1.0], ..model.clone() };
    assert_eq!(opt.trace(&model, &other, "w", &[0]).unwrap_err().path(), Some("w"));
    assert_eq!(opt.trace(&other, &model, "w", &[0]).unwrap_err().path(), Some("w"));
    assert!(opt.trace(&model, &model, "w", &[1]).is_ok());
    opt.rule_mut().amsgrad = true;
    let message = "`Adam`: the cache `v_max` would appear; `init` the optimizer anew";
    assert_eq!(opt.trace(&model, &model, "w", &[1]).unwrap_err().to_string(), message);
    opt.rule_mut().lr = -1.0;
    assert_eq!(opt.trace(&model, &model, "w", &[1]).unwrap_err().kind(), ErrorKind::Hyper);
}

#[test]
fn a_model_that_is_one_tensor_is_called_the_whole_model() {
    let weights = vec![1.0_f64, 2.0];
    let opt = Adam::default().init(&weights).unwrap();
    let error = opt.trace(&weights, &weights, "", &[2]).unwrap_err().to_string();
    assert_eq!(error, "the whole model has the shape [2]: there is no weight at [2]");
    let error = Reference::<f64>::new(&Muon::default(), &weights).unwrap_err();
    assert_eq!(error.to_string(), Muon::default().init(&weights).unwrap_err().to_string());
    assert!(error.to_string().contains("the whole model"), "{error}");
    let trace = opt.trace(&weights, &weights, "", &[0]).unwrap().to_string();
    assert!(trace.starts_with("step 1, weight [0] of the whole model\n"), "{trace}");
}

#[test]
fn a_mask_anywhere_is_refused_where_a_rule_looks_at_more_than_one_weight() {
    let weights = (vec![1.0_f64, 2.0], vec![3.0_f64]);
    let mut lamb = Lamb::default().init(&weights).unwrap();
    let mut adam = Adam::default().init(&weights).unwrap();
    let mask = array![true, false];
    lamb.mask("0", mask.view().into_dyn()).unwrap();
    adam.mask("0", mask.view().into_dyn()).unwrap();
    let message = "`0` has a mask, which a trace knows nothing of";
    assert_eq!(lamb.trace(&weights, &weights, "1", &[0]).unwrap_err().to_string(), message);
    assert_eq!(adam.trace(&weights, &weights, "0", &[1]).unwrap_err().to_string(), message);
    assert!(adam.trace(&weights, &weights, "0", &[0]).is_ok() && adam.trace(&weights, &weights, "1", &[0]).is_ok());
}
