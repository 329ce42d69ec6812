//! Every weight and every cache at every step against plain loops that are written from the definitions, one weight at
//! a time, with every option on and off. The kernel's per-weight arithmetic is done in the same order, so in `f64` the
//! two may differ by rounding of the step's scalars alone.

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

/// `definition(rule, t, w, gradient, state) -> w` against the kernel, where `gradient(w)` is the gradient at `w`.
fn check<R: Rule>(
    rule: &R,
    start: impl Fn(&R) -> State,
    definition: impl Fn(&R, i32, f64, &dyn Fn(f64) -> f64, &mut dyn FnMut(&str) -> f64, &mut dyn FnMut(&str, f64)) -> f64,
) {
    let mut random = Random(11);
    let mut numbers = || Array1::from_shape_simple_fn(WEIGHTS, || random.next());
    let (mut weights, curvature) = (numbers(), numbers() + 1.0);
    let mut states = vec![start(rule); WEIGHTS];
    let mut expected = weights.clone();
    let mut opt = rule.clone().init(&weights).unwrap();
    for t in 1..=STEPS {
        let noise = numbers();
        opt.step_with(&mut weights, |w, gradient| *gradient = &*w * &curvature + &noise).unwrap();
        for i in 0..WEIGHTS {
            let gradient = |w: f64| w * curvature[i] + noise[i];
            let old = states[i].clone();
            let fetch = |state: &State, name: &str| state.iter().find(|(known, ..)| *known == name).unwrap().2;
            let state = std::cell::RefCell::new(old);
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
        for i in 0..WEIGHTS {
            close(R::NAME, t, "w", weights[i], expected[i]);
        }
        assert_eq!(R::caches().len(), states[0].len(), "{}: every cache is compared", R::NAME);
        for (index, &(name, exists, _)) in states[0].iter().enumerate() {
            let cache = opt.cache(name, "");
            assert_eq!(cache.is_some(), exists, "{}: {name}", R::NAME);
            if let Some(cache) = cache {
                for i in 0..WEIGHTS {
                    close(R::NAME, t, name, cache[i], states[i][index].2);
                }
            }
        }
    }
}

fn close(rule: &str, t: usize, what: &str, found: f64, expected: f64) {
    let error = (found - expected).abs() / expected.abs().max(1e-3);
    assert!(error <= 1e-12, "{rule}, step {t}: {what} is {found}, not {expected}");
}

#[test]
fn sgd() {
    for (momentum, dampening, nesterov) in [(0.0, 0.0, false), (0.9, 0.0, true), (0.7, 0.4, false), (0.9, 0.0, false)] {
        for weight_decay in [0.0, 0.3] {
            let rule = Sgd { lr: 0.1, momentum, dampening, weight_decay, nesterov };
            check(
                &rule,
                |rule| vec![("b", rule.momentum > 0.0, 0.0)],
                |r, t, w, gradient, get, set| {
                    let g = gradient(w) + r.weight_decay * w;
                    if r.momentum == 0.0 {
                        return w - r.lr * g;
                    }
                    let b = if t == 1 { g } else { r.momentum * get("b") + (1.0 - r.dampening) * g };
                    set("b", b);
                    w - r.lr * if r.nesterov { g + r.momentum * b } else { b }
                },
            );
        }
    }
}

#[test]
fn momentum_and_nag() {
    check(
        &Momentum { lr: 0.1, momentum: 0.8 },
        |_| vec![("velocity", true, 0.0)],
        |r, _, w, gradient, get, set| {
            let v = r.momentum * get("velocity") - r.lr * gradient(w);
            set("velocity", v);
            w + v
        },
    );
    check(
        &Nag { lr: 0.1, momentum: 0.8 },
        |_| vec![("velocity", true, 0.0)],
        |r, _, w, gradient, get, set| {
            let v = r.momentum * get("velocity") - r.lr * gradient(w + r.momentum * get("velocity"));
            set("velocity", v);
            w + v
        },
    );
}

#[test]
fn adagrad() {
    for (lr_decay, weight_decay, initial) in [(0.0, 0.0, 0.0), (0.1, 0.2, 0.3)] {
        let rule = Adagrad { lr: 0.1, lr_decay, weight_decay, initial, eps: 1e-3 };
        check(
            &rule,
            |rule| vec![("s", true, rule.initial)],
            |r, t, w, gradient, get, set| {
                let g = gradient(w) + r.weight_decay * w;
                set("s", get("s") + g * g);
                w - r.lr / (1.0 + f64::from(t - 1) * r.lr_decay) * g / (get("s").sqrt() + r.eps)
            },
        );
    }
}

#[test]
fn rmsprop() {
    for centered in [false, true] {
        for momentum in [0.0, 0.6] {
            for weight_decay in [0.0, 0.2] {
                let rule = RmsProp { lr: 0.1, decay: 0.9, eps: 1e-3, weight_decay, momentum, centered };
                let start =
                    |r: &RmsProp| vec![("s", true, 0.0), ("mean", r.centered, 0.0), ("b", r.momentum > 0.0, 0.0)];
                check(&rule, start, |r, _, w, gradient, get, set| {
                    let g = gradient(w) + r.weight_decay * w;
                    set("s", r.decay * get("s") + (1.0 - r.decay) * g * g);
                    let mut variance = get("s");
                    if r.centered {
                        set("mean", r.decay * get("mean") + (1.0 - r.decay) * g);
                        variance -= get("mean").powi(2);
                    }
                    let u = g / (variance.sqrt() + r.eps);
                    if r.momentum == 0.0 {
                        return w - r.lr * u;
                    }
                    set("b", r.momentum * get("b") + u);
                    w - r.lr * get("b")
                });
            }
        }
    }
}

/// `decay(lr, λ)` on the weights first (`AdamW`) or on the gradient.
fn adam_definition(
    [lr, beta1, beta2, eps, weight_decay]: [f64; 5],
    [amsgrad, bias_correction, decoupled]: [bool; 3],
    t: i32,
    mut w: f64,
    gradient: &dyn Fn(f64) -> f64,
    get: &mut dyn FnMut(&str) -> f64,
    set: &mut dyn FnMut(&str, f64),
) -> f64 {
    let mut g = gradient(w);
    if decoupled {
        w *= 1.0 - lr * weight_decay;
    } else {
        g += weight_decay * w;
    }
    let m = beta1 * get("m") + (1.0 - beta1) * g;
    let v = beta2 * get("v") + (1.0 - beta2) * g * g;
    set("m", m);
    set("v", v);
    let mut d = v;
    if amsgrad {
        d = get("v_max").max(v);
        set("v_max", d);
    }
    let (c1, c2) = if bias_correction { (1.0 - beta1.powi(t), 1.0 - beta2.powi(t)) } else { (1.0, 1.0) };
    w - lr * (m / c1) / (d.sqrt() / c2.sqrt() + eps)
}

#[test]
fn adam_and_adamw() {
    for amsgrad in [false, true] {
        for bias_correction in [false, true] {
            for weight_decay in [0.0, 0.3] {
                let (lr, beta1, beta2, eps) = (0.1, 0.8, 0.95, 1e-3);
                let numbers = [lr, beta1, beta2, eps, weight_decay];
                let rule = Adam { lr, beta1, beta2, eps, weight_decay, amsgrad, bias_correction };
                let start = vec![("m", true, 0.0), ("v", true, 0.0), ("v_max", amsgrad, 0.0)];
                check(
                    &rule,
                    |_| start.clone(),
                    |_, t, w, gradient, get, set| {
                        adam_definition(numbers, [amsgrad, bias_correction, false], t, w, gradient, get, set)
                    },
                );
                let rule = AdamW { lr, beta1, beta2, eps, weight_decay, amsgrad, bias_correction };
                check(
                    &rule,
                    |_| start.clone(),
                    |_, t, w, gradient, get, set| {
                        adam_definition(numbers, [amsgrad, bias_correction, true], t, w, gradient, get, set)
                    },
                );
            }
        }
    }
}
