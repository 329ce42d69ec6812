//! Saved, loaded into a new one, and gone on: the same bits.

use optim_core::minimize::{Beta, Method};
use optim_core::ndarray::Array2;
use optim_core::prelude::*;
use optim_core::{Persist, Record};

use crate::functions::rosenbrock;

#[derive(Optimizable, Clone, PartialEq, Debug)]
struct Model {
    a: Array2<f64>,
    #[optim(freeze)]
    scale: f64,
    b: Vec<f64>,
}

fn model() -> Model {
    Model { a: Array2::from_elem((2, 3), -0.7), scale: 1.5, b: vec![1.0, -0.5] }
}

fn loss(model: &mut Model, gradient: &mut Model) -> f64 {
    let x: Vec<f64> = model.a.iter().chain(&model.b).copied().collect();
    let mut g = vec![0.0; x.len()];
    let loss = rosenbrock(&x, &mut g);
    gradient.a.iter_mut().chain(&mut gradient.b).zip(g).for_each(|(to, g)| *to = model.scale * g);
    model.scale * loss
}

fn interrupted<D: Method>(method: &D) {
    for at in [0, 1, 5, 17] {
        let mut undisturbed = model();
        let mut opt = method.clone().init(&undisturbed).unwrap();
        for _ in 0..at {
            opt.step_with(&mut undisturbed, loss).unwrap();
        }
        let (record, mut resumed) = (opt.save(), undisturbed.clone());
        let mut fresh = D::default().init(&resumed).unwrap();
        fresh.load(&record).unwrap();
        assert_eq!(
            (fresh.method(), fresh.steps(), fresh.evaluations()),
            (opt.method(), opt.steps(), opt.evaluations())
        );
        assert_eq!(fresh.save(), record);
        for _ in 0..15 {
            let expected = opt.step_with(&mut undisturbed, loss).unwrap();
            assert_eq!(fresh.step_with(&mut resumed, loss).unwrap(), expected, "from step {at}");
            assert_eq!(resumed, undisturbed);
        }
        assert_eq!(fresh.save(), opt.save());
    }
}

#[test]
fn what_is_saved_goes_on_with_the_same_bits() {
    interrupted(&Lbfgs::default());
    interrupted(&Lbfgs::default().with_history(4).with_c2(0.5).with_gradient_tolerance(1e-3));
    for formula in [Beta::PolakRibierePlus, Beta::HagerZhang, Beta::FletcherReeves] {
        interrupted(&ConjugateGradient::default().with_formula(formula).with_restart(7));
    }
}

#[test]
fn what_does_not_fit_is_refused_and_nothing_changes() {
    let mut model = model();
    let mut opt = Lbfgs::default().init(&model).unwrap();
    for _ in 0..3 {
        opt.step_with(&mut model, loss).unwrap();
    }
    let record = opt.save();
    let without = |name: &str| {
        let mut part = Record::new();
        record.iter().filter(|(found, _)| *found != name).for_each(|(name, value)| part.put(name, value.clone()));
        part
    };
    let with = |name: &str, from: &str| {
        let mut part = record.clone();
        part.put(name, record.get(from).unwrap().clone());
        part
    };
    let mut fresh = Lbfgs::default().init(&model).unwrap();
    let before = fresh.save();
    let cases = [
        (without("method"), "`method` is missing"),
        (without("settings/c2"), "`settings/c2` is missing"),
        (without("gradient/a"), "`gradient/a` is missing"),
        (without("s/1/b"), "`s/1/b` is missing"),
        (without("rho/2"), "`rho/2` is missing"),
        (with("steps", "loss"), "`steps` is a number, not a whole number"),
        (with("y/0/a", "y/0/b"), "the record: `y/0/a` has the shape [2], not [2, 3]"),
        (with("gradient/c", "gradient/b"), "`gradient/c` is of no parameter that moves"),
        (with("settings/c1", "steps"), "`settings/c1` is a whole number, not a number"),
    ];
    for (record, expected) in cases {
        assert_eq!(fresh.load(&record).unwrap_err().to_string(), expected);
        assert_eq!(fresh.save(), before);
    }
    let mut other = ConjugateGradient::default().init(&model).unwrap();
    assert_eq!(other.load(&record).unwrap_err().to_string(), "`method` is `Lbfgs`, not `ConjugateGradient`");
}
