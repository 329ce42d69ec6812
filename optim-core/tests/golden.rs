//! Every parameter at every step against trajectories of other people's implementations (`golden/README.md`).

use std::collections::BTreeMap;
use std::path::Path;

use ndarray::{Array1, Array2, Array3};
use optim_core::prelude::*;
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    rule: String,
    variant: String,
    hyper: BTreeMap<String, serde_json::Value>,
    params: Vec<Parameter>,
    noise: Vec<Vec<Vec<f64>>>,
    weights: Vec<Vec<Vec<f64>>>,
    /// Where the model is evaluated after each step, if not at the weights.
    evaluation: Option<Vec<Vec<Vec<f64>>>>,
}

#[derive(Deserialize)]
struct Parameter {
    shape: Vec<usize>,
    init: Vec<f64>,
    curvature: Vec<f64>,
    target: Vec<f64>,
}

type Model<A> = (Array2<A>, Array1<A>, Array3<A>);

fn model<A: Real>(case: &Case) -> Model<A> {
    let data = |i: usize| case.params[i].init.iter().map(|&x| A::from_f64(x)).collect::<Vec<A>>();
    let shape = |i: usize| case.params[i].shape.clone();
    (
        Array2::from_shape_vec((shape(0)[0], shape(0)[1]), data(0)).unwrap(),
        Array1::from_vec(data(1)),
        Array3::from_shape_vec((shape(2)[0], shape(2)[1], shape(2)[2]), data(2)).unwrap(),
    )
}

fn rule<R: Rule>(case: &Case) -> R {
    let mut rule = R::default();
    for (name, value) in &case.hyper {
        let value = value.as_f64().unwrap_or_else(|| f64::from(u8::from(value.as_bool().unwrap())));
        rule.set(name, value).unwrap();
    }
    rule
}

/// Runs a case and returns the largest error, `|error| / max(floor, |w|)`.
fn replay<R: Rule, A: Real>(case: &Case, floor: f64) -> f64 {
    let mut model = model::<A>(case);
    let mut opt = rule::<R>(case).init(&model).unwrap();
    let mut worst = 0.0_f64;
    for (t, (noise, expected)) in case.noise.iter().zip(&case.weights).enumerate() {
        opt.step_with(&mut model, |model, gradient| {
            let mut index = 0;
            gradient
                .for_each_pair_mut(model, |_, mut gradient, weights| {
                    let parameter = &case.params[index];
                    for (i, (g, &w)) in gradient.iter_mut().zip(&weights).enumerate() {
                        let exact = parameter.curvature[i] * (w.as_f64() - parameter.target[i]) + noise[index][i];
                        *g = A::from_f64(exact);
                    }
                    index += 1;
                })
                .unwrap();
        })
        .unwrap();
        worst = worst.max(distance(case, t, &model, expected, floor));
        if let Some(evaluation) = &case.evaluation {
            let found = opt.evaluate_with(&mut model, |model| distance(case, t, model, &evaluation[t], floor));
            worst = worst.max(found.unwrap());
        }
    }
    worst
}

/// The largest error of a model's weights.
fn distance<A: Real>(case: &Case, t: usize, model: &Model<A>, expected: &[Vec<f64>], floor: f64) -> f64 {
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

fn check<R: Rule>(case: &Case) {
    let double = replay::<R, f64>(case, 1e-3);
    assert!(double <= 1e-10, "{} {} in f64: error {double:e}", case.rule, case.variant);
    let single = replay::<R, f32>(case, 1.0);
    assert!(single <= 1e-5, "{} {} in f32: error {single:e}", case.rule, case.variant);
    println!("{:9} {:9} f64 {double:.1e}  f32 {single:.1e}", case.rule, case.variant);
}

#[test]
fn every_case_at_every_step() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut seen = BTreeMap::<String, usize>::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let case: Case = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(case.weights.len(), 25);
        match case.rule.as_str() {
            "Sgd" => check::<Sgd>(&case),
            "Momentum" => check::<Momentum>(&case),
            "Nag" => check::<Nag>(&case),
            "Adagrad" => check::<Adagrad>(&case),
            "RmsProp" => check::<RmsProp>(&case),
            "Adam" => check::<Adam>(&case),
            "AdamW" => check::<AdamW>(&case),
            "NAdam" => check::<NAdam>(&case),
            "ScheduleFreeSgd" => check::<ScheduleFreeSgd>(&case),
            "ScheduleFreeAdamW" => check::<ScheduleFreeAdamW>(&case),
            other => panic!("{}: no rule `{other}`", path.display()),
        }
        *seen.entry(case.rule).or_default() += 1;
    }
    let expected = [
        ("Adagrad", 2),
        ("Adam", 4),
        ("AdamW", 2),
        ("Momentum", 2),
        ("NAdam", 2),
        ("Nag", 2),
        ("RmsProp", 3),
        ("ScheduleFreeAdamW", 2),
        ("ScheduleFreeSgd", 2),
        ("Sgd", 4),
    ];
    assert_eq!(seen, expected.map(|(rule, cases)| (rule.to_owned(), cases)).into());
}
