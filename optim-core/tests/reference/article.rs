//! The rules of the article, and `AdamW`.

use optim_core::prelude::*;

use crate::check;

#[test]
fn sgd() {
    for (momentum, dampening, nesterov) in [(0.0, 0.0, false), (0.9, 0.0, true), (0.7, 0.4, false), (0.9, 0.0, false)] {
        for weight_decay in [0.0, 0.3] {
            let rule = Sgd { lr: 0.1, momentum, dampening, weight_decay, nesterov };
            check(
                &rule,
                |rule, _| vec![("b", rule.momentum > 0.0, 0.0)],
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
        |_, _| vec![("velocity", true, 0.0)],
        |r, _, w, gradient, get, set| {
            let v = r.momentum * get("velocity") - r.lr * gradient(w);
            set("velocity", v);
            w + v
        },
    );
    check(
        &Nag { lr: 0.1, momentum: 0.8 },
        |_, _| vec![("velocity", true, 0.0)],
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
            |rule, _| vec![("s", true, rule.initial)],
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
                let start = |r: &RmsProp, _: f64| {
                    vec![("s", true, 0.0), ("mean", r.centered, 0.0), ("b", r.momentum > 0.0, 0.0)]
                };
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
                    |_, _| start.clone(),
                    |_, t, w, gradient, get, set| {
                        adam_definition(numbers, [amsgrad, bias_correction, false], t, w, gradient, get, set)
                    },
                );
                let rule = AdamW { lr, beta1, beta2, eps, weight_decay, amsgrad, bias_correction };
                check(
                    &rule,
                    |_, _| start.clone(),
                    |_, t, w, gradient, get, set| {
                        adam_definition(numbers, [amsgrad, bias_correction, true], t, w, gradient, get, set)
                    },
                );
            }
        }
    }
}
