//! Wrappers around optimizers of a part of a model, and of parameters that are frozen, masked or constrained.

use ndarray::{Array1, array};
use optim_core::prelude::*;

type Model = (Array1<f64>, Array1<f64>);

fn model() -> Model {
    (array![1.0, -2.0, 0.5], array![3.0, 0.25])
}

fn first(parameter: &optim_core::Parameter<'_>) -> bool {
    parameter.path == "0"
}

fn second(parameter: &optim_core::Parameter<'_>) -> bool {
    parameter.path == "1"
}

fn bits(numbers: &Array1<f64>) -> Vec<u64> {
    numbers.iter().map(|x| x.to_bits()).collect()
}

/// A pair of which one part is wrapped moves as the two parts would alone.
fn check<O: Optimize<Model> + 'static, P: Optimize<Array1<f64>>>(
    name: &str,
    wrapped: impl Fn(Optimizer<Adam, Model>) -> O,
    alone: impl Fn(Optimizer<Adam, Array1<f64>>) -> P,
) {
    for swapped in [false, true] {
        let mut ours = model();
        let (mut wrapped_part, mut other_part) = model();
        let adam = wrapped(Adam::default().with_lr(0.1).init_where(&ours, first).unwrap());
        let sgd = Sgd { momentum: 0.9, ..Sgd::default() };
        let sgd_part = sgd.clone().init_where(&ours, second).unwrap();
        let mut expected = alone(Adam::default().with_lr(0.1).init(&wrapped_part).unwrap());
        let mut other = sgd.init(&other_part).unwrap();
        let mut pair: Box<dyn Pair> = if swapped {
            Box::new(Both::new(sgd_part, adam, &ours).unwrap())
        } else {
            Box::new(Both::new(adam, sgd_part, &ours).unwrap())
        };
        for t in 1..=7 {
            pair.go(&mut ours);
            expected.step_with(&mut wrapped_part, |w, g| g.clone_from(w)).unwrap();
            other.step_with(&mut other_part, |w, g| g.clone_from(w)).unwrap();
            assert_eq!(
                (bits(&ours.0), bits(&ours.1)),
                (bits(&wrapped_part), bits(&other_part)),
                "{name} {swapped} {t}"
            );
            let at = pair.look(&mut ours);
            assert_eq!(bits(&at.0), bits(&expected.evaluate_with(&mut wrapped_part, |w| w.clone()).unwrap()), "{name}");
            assert_eq!(bits(&at.1), bits(&other_part), "{name}: the other part is evaluated where it is");
            assert_eq!(
                (bits(&ours.0), bits(&ours.1)),
                (bits(&wrapped_part), bits(&other_part)),
                "{name}: moves nothing"
            );
        }
    }
}

trait Pair {
    fn go(&mut self, model: &mut Model);
    fn look(&mut self, model: &mut Model) -> Model;
}

impl<A: Optimize<Model>, B: Optimize<Model>> Pair for Both<A, B, Model> {
    fn go(&mut self, model: &mut Model) {
        self.step_with(model, |model, gradient| gradient.clone_from(model)).unwrap();
    }
    fn look(&mut self, model: &mut Model) -> Model {
        self.evaluate_with(model, |model| model.clone()).unwrap()
    }
}

#[test]
fn a_wrapper_around_a_part_sees_this_part_alone() {
    check("ema", |opt| opt.ema(0.9).unwrap(), |opt| opt.ema(0.9).unwrap());
    check("swa", |opt| opt.swa(2, 1).unwrap(), |opt| opt.swa(2, 1).unwrap());
    check("lookahead", |opt| opt.lookahead(3, 0.5).unwrap(), |opt| opt.lookahead(3, 0.5).unwrap());
    check("cautious", Wrap::cautious, Wrap::cautious);
    check("clip", |opt| opt.clip_norm(0.5).unwrap(), |opt| opt.clip_norm(0.5).unwrap());
    check("noise", |opt| opt.noise(0.1, 0.5, 3).unwrap(), |opt| opt.noise(0.1, 0.5, 3).unwrap());
}

#[test]
fn what_ends_steps_goes_around_the_pair() {
    let weights = model();
    let part =
        |selection: fn(&optim_core::Parameter<'_>) -> bool| Adam::default().init_where(&weights, selection).unwrap();
    let message = "one of a pair may end a step that the other takes: accumulate and skip around the pair";
    let error = Both::new(part(first).skip_nonfinite(1), part(second), &weights).unwrap_err();
    assert_eq!(error.to_string(), message);
    let error = Both::new(part(first), part(second).accumulate(2).unwrap().ema(0.5).unwrap(), &weights).unwrap_err();
    assert_eq!(error.to_string(), message);
    assert!(Both::new(part(first), part(second), &weights).unwrap().accumulate(2).is_ok());
}

/// What is frozen for now has no part in a norm, in a skip, or in Lookahead.
#[test]
fn frozen_parameters_are_not_looked_at() {
    let mut weights = model();
    let mut opt = Sgd::default().with_lr(1.0).init(&weights).unwrap().skip_nonfinite(0).clip_norm(1.0).unwrap();
    let gradient = (array![3.0, 4.0, 0.0], array![f64::NAN, 100.0]);
    opt.inner_mut().inner_mut().freeze(paths("1")).unwrap();
    opt.step(&mut weights, &gradient).unwrap();
    assert_eq!(opt.last_norm(), Some(5.0));
    assert_eq!((opt.steps(), &weights.1), (1, &model().1));
    opt.inner_mut().inner_mut().unfreeze(paths("1")).unwrap();
    assert!(opt.step(&mut weights, &gradient).is_err(), "now it counts");

    let mut weights = model();
    let mut opt = Sgd::default().with_lr(0.5).init(&weights).unwrap().lookahead(2, 0.5).unwrap();
    let ones = (array![1.0, 1.0, 1.0], array![1.0, 1.0]);
    opt.step(&mut weights, &ones).unwrap();
    opt.inner_mut().freeze(paths("1")).unwrap();
    let kept = weights.1.clone();
    opt.step(&mut weights, &ones).unwrap();
    assert_eq!(weights.1, kept, "frozen between two looks ahead");
    assert_eq!(weights.0, model().0 - 0.5);
}

#[test]
fn masked_elements_do_not_count() {
    let mut weights = array![1.0, -2.0, 0.5, 4.0];
    let mut opt = Sgd::default().with_lr(0.5).init(&weights).unwrap().cautious().clip_norm(100.0).unwrap();
    opt.inner_mut().inner_mut().mask("", array![true, false, true, false].view().into_dyn()).unwrap();
    opt.step(&mut weights, &array![1.0, 1e9, 2.0, f64::INFINITY]).unwrap();
    assert_eq!(opt.last_norm(), Some(5_f64.sqrt()));
    assert_eq!(weights, array![0.5, -2.0, -0.5, 4.0], "all that moves agrees: as without the wrapper");
}

#[test]
fn constraints_hold_behind_what_moves_weights_on() {
    let mut weights = array![0.1, 5.0, 5.0, 5.0];
    let mut opt = Momentum { lr: 1.0, momentum: 0.9 }.init(&weights).unwrap().cautious();
    opt.inner_mut().constrain(paths("**"), Constraint::non_negative()).unwrap();
    // Velocities to follow, then gradients that three of four elements disagree with.
    opt.step(&mut weights, &array![0.01, 1.0, 1.0, 1.0]).unwrap();
    opt.step(&mut weights, &array![0.05, -0.1, -0.1, -0.1]).unwrap();
    assert_eq!(weights[0], 0.0, "{weights}: projected again");
    assert!(weights.iter().all(|&w| w >= 0.0));
}
