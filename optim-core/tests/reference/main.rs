//! Every weight and every cache at every step against plain loops that are written from the definitions, one weight at
//! a time, with every option on and off. The kernel's per-weight arithmetic is done in the same order, so in `f64` the
//! two may differ by rounding of the step's scalars alone.

mod article;
mod averages;
mod means;
mod rates;
mod signs;

use std::cell::RefCell;

use ndarray::Array1;
use optim_core::prelude::*;

const WEIGHTS: usize = 37;
const STEPS: usize = 12;

/// What a definition keeps for a weight: by name, and whether it exists.
type State = Vec<(&'static str, bool, f64)>;

struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    }
}

/// A cache of the weight, and where one is assigned to.
type Get<'s> = dyn FnMut(&str) -> f64 + 's;
type Set<'s> = dyn FnMut(&str, f64) + 's;

/// `definition(rule, t, w, gradient, get, set) -> w` against the kernel, where `gradient(w)` is the gradient at `w`.
fn check<R: Rule>(
    rule: &R,
    start: impl Fn(&R, f64) -> State,
    definition: impl Fn(&R, i32, f64, &dyn Fn(f64) -> f64, &mut Get<'_>, &mut Set<'_>) -> f64,
) {
    check_evaluated(rule, start, definition, |w, _| w);
}

/// As [`check`], for rules with an evaluation point: `evaluated(w, get)`.
fn check_evaluated<R: Rule>(
    rule: &R,
    start: impl Fn(&R, f64) -> State,
    definition: impl Fn(&R, i32, f64, &dyn Fn(f64) -> f64, &mut Get<'_>, &mut Set<'_>) -> f64,
    evaluated: impl Fn(f64, &mut Get<'_>) -> f64,
) {
    let fetch = |state: &State, name: &str| state.iter().find(|(known, ..)| *known == name).unwrap().2;
    let mut random = Random(11);
    let mut numbers = || Array1::from_shape_simple_fn(WEIGHTS, || random.next());
    let (mut weights, mut curvature) = (numbers(), numbers() + 1.0);
    // A weight that nothing depends on: its gradient is always 0.
    curvature[0] = 0.0;
    let mut states: Vec<State> = weights.iter().map(|&w| start(rule, w)).collect();
    let mut expected = weights.clone();
    let mut opt = rule.clone().init(&weights).unwrap();
    for t in 1..=STEPS {
        let mut noise = numbers();
        noise[0] = 0.0;
        opt.step_with(&mut weights, |w, gradient| *gradient = &*w * &curvature + &noise).unwrap();
        for i in 0..WEIGHTS {
            let gradient = |w: f64| w * curvature[i] + noise[i];
            let state = RefCell::new(states[i].clone());
            expected[i] = definition(
                rule,
                i32::try_from(t).unwrap(),
                expected[i],
                &gradient,
                &mut |name| fetch(&state.borrow(), name),
                &mut |name, value| {
                    state.borrow_mut().iter_mut().find(|(known, ..)| *known == name).unwrap().2 = value;
                },
            );
            states[i] = state.into_inner();
        }
        let moved = weights.clone();
        let point = opt.evaluate_with(&mut weights, |w| w.clone()).unwrap();
        assert_eq!(weights, moved, "{}: evaluating leaves the weights where they are", R::NAME);
        for i in 0..WEIGHTS {
            close(R::NAME, t, "w", weights[i], expected[i]);
            let state = &states[i];
            close(R::NAME, t, "the evaluation point", point[i], evaluated(expected[i], &mut |name| fetch(state, name)));
        }
        assert_eq!(R::declared_caches().len(), states[0].len(), "{}: every cache is compared", R::NAME);
        for (index, &(name, exists, _)) in states[0].iter().enumerate() {
            let cache = opt.cache(name, "");
            assert_eq!(cache.is_some(), exists, "{}: {name}", R::NAME);
            if let Some(cache) = cache {
                // One number for the whole model is the same for every weight.
                let whole = cache.ndim() == 0;
                for i in 0..WEIGHTS {
                    let found = if whole { cache[[]] } else { cache[i] };
                    close(R::NAME, t, name, found, states[i][index].2);
                }
            }
        }
    }
}

fn close(rule: &str, t: usize, what: &str, found: f64, expected: f64) {
    let error = (found - expected).abs() / expected.abs().max(1e-3);
    assert!(error <= 1e-12, "{rule}, step {t}: {what} is {found}, not {expected}");
}
