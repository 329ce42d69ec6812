//! Every parameter at every step against trajectories of other people's implementations (`golden/README.md`):
//! that of the kernels, and that of the formula's text.

use std::collections::BTreeMap;
use std::path::Path;

use ndarray::ArrayD;
use optim_core::prelude::*;
use optim_core::reference::Reference;
use serde::Deserialize;

use self::erased::Erased;

mod erased;

#[derive(Deserialize)]
struct Case {
    rule: String,
    variant: String,
    hyper: BTreeMap<String, serde_json::Value>,
    params: Vec<Parameter>,
    noise: Vec<Vec<Vec<f64>>>,
    weights: Vec<Vec<Vec<f64>>>,
    /// Where the model is evaluated after a step, if not at the weights.
    evaluation: Option<Vec<Vec<Vec<f64>>>>,
}

#[derive(Deserialize)]
struct Parameter {
    shape: Vec<usize>,
    init: Vec<f64>,
    curvature: Vec<f64>,
    target: Vec<f64>,
}

type Model<A> = Vec<ArrayD<A>>;

/// Every parameter of a case. Of those of Muon the matrix alone moves: it refuses the others.
fn model<A: Real>(case: &Case) -> Model<A> {
    let moved = if case.rule == "Muon" { 1 } else { case.params.len() };
    let array = |parameter: &Parameter| {
        let data = parameter.init.iter().map(|&x| A::from_f64(x)).collect();
        ArrayD::from_shape_vec(parameter.shape.clone(), data).unwrap()
    };
    case.params[..moved].iter().map(array).collect()
}

fn rule<R: Rule>(case: &Case) -> R {
    let mut rule = R::default();
    for (name, value) in &case.hyper {
        let value = value.as_f64().unwrap_or_else(|| f64::from(u8::from(value.as_bool().unwrap())));
        rule.set(name, value).unwrap();
    }
    rule
}

/// The largest error of the weights after step `t`, which counts from 0.
fn distance<A: Real>(case: &Case, floor: f64, t: usize, model: &Model<A>, expected: &[Vec<f64>]) -> f64 {
    let (mut index, mut worst) = (0, 0.0_f64);
    model.for_each_param(|path, weights| {
        assert_eq!(weights.len(), expected[index].len());
        for (i, (w, &expected)) in weights.iter().zip(&expected[index]).enumerate() {
            let error = (w.as_f64() - expected).abs() / expected.abs().max(floor);
            assert!(error.is_finite(), "{} {}: step {t}, {path}[{i}]", case.rule, case.variant);
            worst = worst.max(error);
        }
        index += 1;
    });
    worst
}

/// The gradient of a case: that of a quadratic function, and noise.
fn fill<A: Real>(case: &Case, noise: &[Vec<f64>], model: &Model<A>, gradient: &mut Model<A>) {
    let mut index = 0;
    let filled = gradient.for_each_pair_mut(model, |_, mut gradient, weights| {
        let parameter = &case.params[index];
        for (i, (g, &w)) in gradient.iter_mut().zip(&weights).enumerate() {
            let exact = parameter.curvature[i] * (w.as_f64() - parameter.target[i]) + noise[index][i];
            *g = A::from_f64(exact);
        }
        index += 1;
    });
    filled.unwrap();
}

/// Runs a case and returns the largest error, `|error| / max(floor, |w|)`.
fn replay<A: Real>(case: &Case, mut opt: Erased<Model<A>>, floor: f64) -> f64 {
    let mut model = model::<A>(case);
    let mut worst = 0.0_f64;
    for (t, (noise, expected)) in case.noise.iter().zip(&case.weights).enumerate() {
        opt.step_with(&mut model, |model, gradient| fill(case, noise, model, gradient)).unwrap();
        worst = worst.max(distance(case, floor, t, &model, expected));
        if let Some(evaluation) = &case.evaluation {
            let error = opt.evaluate_with(&mut model, |model| distance(case, floor, t, model, &evaluation[t]));
            worst = worst.max(error.unwrap());
        }
    }
    worst
}

/// The same in `f64` with the rule's formula in place of its kernels.
fn replay_reference(case: &Case, mut reference: Reference<f64>, floor: f64) -> f64 {
    let mut model = model::<f64>(case);
    let mut worst = 0.0_f64;
    for (t, (noise, expected)) in case.noise.iter().zip(&case.weights).enumerate() {
        reference.step_with(&mut model, |model, gradient| fill(case, noise, model, gradient)).unwrap();
        worst = worst.max(distance(case, floor, t, &model, expected));
        if let Some(evaluation) = &case.evaluation {
            let mut point = model.clone();
            let mut values = reference.evaluation().into_iter().flat_map(|(_, values)| values);
            point.for_each_param_mut(|_, mut weights| weights.iter_mut().for_each(|w| *w = values.next().unwrap()));
            worst = worst.max(distance(case, floor, t, &point, &evaluation[t]));
        }
    }
    worst
}

/// What a rule's cases have to show.
struct Check {
    name: &'static str,
    cases: usize,
    double_of: fn(&Case) -> Erased<Model<f64>>,
    single_of: fn(&Case) -> Erased<Model<f32>>,
    reference_of: fn(&Case) -> Reference<f64>,
    /// The largest error in `f64`, over `max(1e-3, |w|)`.
    double: f64,
    /// The largest error in `f32`, over `max(1, |w|)`. `None` where a sign or a threshold may fall on the other side, so
    /// that a trajectory in `f64` says nothing about one in `f32`.
    single: Option<f64>,
}

impl Check {
    fn of<R: Rule>(cases: usize, double: f64, single: Option<f64>) -> Self {
        Check {
            name: R::NAME,
            cases,
            double_of: init::<R, f64>,
            single_of: init::<R, f32>,
            reference_of: |case| Reference::new(&rule::<R>(case), &model::<f64>(case)).unwrap(),
            double,
            single,
        }
    }
}

fn init<R: Rule, A: Real>(case: &Case) -> Erased<Model<A>> {
    Erased::new(rule::<R>(case).init(&model(case)).unwrap())
}

fn run(case: &Case, check: &Check) {
    let double = replay(case, (check.double_of)(case), 1e-3);
    assert!(double <= check.double, "{} {} in f64: error {double:e}", case.rule, case.variant);
    let reference = replay_reference(case, (check.reference_of)(case), 1e-3);
    assert!(reference <= check.double, "{} {}, reference: error {reference:e}", case.rule, case.variant);
    let single = replay(case, (check.single_of)(case), 1.0);
    if let Some(most) = check.single {
        assert!(single <= most, "{} {} in f32: error {single:e}", case.rule, case.variant);
    }
    println!("{:9} {:9} f64 {double:.1e}  f32 {single:.1e}", case.rule, case.variant);
}

/// A rule a line: its type, how many cases it has, and how near it has to be.
fn checks() -> Vec<Check> {
    const NEAR: Option<f64> = Some(1e-5);
    vec![
        Check::of::<Sgd>(4, 1e-10, NEAR),
        Check::of::<Momentum>(2, 1e-10, NEAR),
        Check::of::<Nag>(2, 1e-10, NEAR),
        Check::of::<Adagrad>(2, 1e-10, NEAR),
        Check::of::<RmsProp>(3, 1e-10, NEAR),
        Check::of::<Adam>(4, 1e-10, NEAR),
        Check::of::<AdamW>(2, 1e-10, NEAR),
        Check::of::<Adamax>(2, 1e-9, NEAR),
        Check::of::<NAdam>(2, 1e-9, NEAR),
        Check::of::<RAdam>(2, 1e-9, NEAR),
        Check::of::<Adadelta>(2, 1e-9, NEAR),
        Check::of::<Rprop>(2, 1e-9, None),
        Check::of::<Asgd>(2, 1e-9, NEAR),
        Check::of::<Lion>(2, 1e-9, None),
        Check::of::<Signum>(2, 1e-9, None),
        Check::of::<AdaBelief>(2, 1e-9, NEAR),
        Check::of::<Yogi>(2, 1e-9, None),
        Check::of::<Adopt>(2, 1e-9, None),
        Check::of::<LaProp>(2, 1e-9, NEAR),
        Check::of::<Adan>(2, 1e-9, NEAR),
        Check::of::<AdEmaMix>(2, 1e-9, NEAR),
        Check::of::<Madgrad>(2, 1e-9, NEAR),
        Check::of::<Lars>(2, 1e-9, NEAR),
        Check::of::<Lamb>(2, 1e-9, NEAR),
        Check::of::<NovoGrad>(2, 1e-9, NEAR),
        Check::of::<Fromage>(1, 1e-9, NEAR),
        Check::of::<Adafactor>(2, 1e-9, NEAR),
        Check::of::<Muon>(2, 1e-9, NEAR),
        Check::of::<Prodigy>(2, 1e-9, None),
        Check::of::<Dog>(1, 1e-9, NEAR),
        Check::of::<Sam>(2, 1e-9, NEAR),
        Check::of::<ScheduleFreeSgd>(2, 1e-9, NEAR),
        Check::of::<ScheduleFreeAdamW>(2, 1e-9, NEAR),
    ]
}

#[test]
fn every_case_at_every_step() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let checks = checks();
    let mut seen = BTreeMap::<&str, usize>::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let case: Case = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(case.weights.len(), 25);
        let check = checks.iter().find(|check| check.name == case.rule);
        let check = check.unwrap_or_else(|| panic!("{}: no rule `{}`", path.display(), case.rule));
        run(&case, check);
        *seen.entry(check.name).or_default() += 1;
    }
    assert_eq!(seen, checks.iter().map(|check| (check.name, check.cases)).collect());
}

#[test]
fn every_rule_of_the_catalogue_is_checked() {
    let catalogue: Vec<&str> = optim_core::rules::catalogue().iter().map(|entry| entry.name).collect();
    let checked: Vec<&str> = checks().iter().map(|check| check.name).collect();
    assert_eq!(checked, catalogue);
}
