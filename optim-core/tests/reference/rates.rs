//! Rules with a rate per weight: `Adamax`, `RAdam`, `Adadelta`, `AdaBelief`, `Yogi`, `Madgrad`.

use std::cell::Cell;

use optim_core::prelude::*;

use crate::check;

#[test]
fn adamax() {
    for weight_decay in [0.0, 0.3] {
        for (beta1, beta2) in [(0.8, 0.7), (0.0, 0.99)] {
            let rule = Adamax { lr: 0.1, beta1, beta2, eps: 1e-3, weight_decay };
            let start = |_: &Adamax, _: f64| vec![("m", true, 0.0), ("u", true, 0.0)];
            check(&rule, start, |r, t, w, gradient, get, set| {
                let g = gradient(w) + r.weight_decay * w;
                set("m", r.beta1 * get("m") + (1.0 - r.beta1) * g);
                set("u", (r.beta2 * get("u")).max(g.abs() + r.eps));
                w - r.lr / (1.0 - r.beta1.powi(t)) * get("m") / get("u")
            });
        }
    }
}

#[test]
fn radam() {
    for weight_decay in [0.0, 0.3] {
        // The variance is never known, late, and as soon as it can be. (Nearer to 1, ρ is
        // the difference of large numbers, and worse than what is asked of it here.)
        for (beta2, first) in [(0.6, None), (0.7, Some(10)), (0.95, Some(6)), (0.98, Some(6))] {
            let rule = RAdam { lr: 0.1, beta1: 0.8, beta2, eps: 1e-3, weight_decay };
            let rectified = Cell::new(None);
            let start = |_: &RAdam, _: f64| vec![("m", true, 0.0), ("v", true, 0.0)];
            check(&rule, start, |r, t, w, gradient, get, set| {
                let g = gradient(w) + r.weight_decay * w;
                set("m", r.beta1 * get("m") + (1.0 - r.beta1) * g);
                set("v", r.beta2 * get("v") + (1.0 - r.beta2) * g * g);
                let (c1, c2) = (1.0 - r.beta1.powi(t), 1.0 - r.beta2.powi(t));
                let limit = 2.0 / (1.0 - r.beta2) - 1.0;
                let rho = limit - 2.0 * f64::from(t) * r.beta2.powi(t) / c2;
                if rho <= 5.0 {
                    return w - r.lr * (get("m") / c1);
                }
                rectified.set(rectified.get().or(Some(t)));
                let of = |rho: f64| (rho - 4.0) * (rho - 2.0) / rho;
                w - r.lr * (get("m") / c1) * (of(rho) / of(limit)).sqrt() * c2.sqrt() / (get("v").sqrt() + r.eps)
            });
            assert_eq!(rectified.get(), first, "{beta2}");
        }
    }
}

#[test]
fn adadelta() {
    for weight_decay in [0.0, 0.3] {
        for (lr, rho, eps) in [(1.0, 0.9, 1e-6), (0.7, 0.5, 1e-2)] {
            let rule = Adadelta { lr, rho, eps, weight_decay };
            let start = |_: &Adadelta, _: f64| vec![("v", true, 0.0), ("u", true, 0.0)];
            check(&rule, start, |r, _, w, gradient, get, set| {
                let g = gradient(w) + r.weight_decay * w;
                set("v", r.rho * get("v") + (1.0 - r.rho) * g * g);
                let d = (get("u") + r.eps).sqrt() / (get("v") + r.eps).sqrt() * g;
                set("u", r.rho * get("u") + (1.0 - r.rho) * d * d);
                w - r.lr * d
            });
        }
    }
}

#[test]
fn adabelief() {
    for (beta1, beta2, eps) in [(0.8, 0.95, 1e-3), (0.5, 0.6, 1e-16)] {
        let rule = AdaBelief { lr: 0.1, beta1, beta2, eps };
        let start = |_: &AdaBelief, _: f64| vec![("m", true, 0.0), ("s", true, 0.0)];
        check(&rule, start, |r, t, w, gradient, get, set| {
            let g = gradient(w);
            set("m", r.beta1 * get("m") + (1.0 - r.beta1) * g);
            set("s", r.beta2 * get("s") + (1.0 - r.beta2) * (g - get("m")).powi(2) + 1e-16);
            let d = (get("s") / (1.0 - r.beta2.powi(t))).sqrt() + r.eps;
            w - r.lr * (get("m") / (1.0 - r.beta1.powi(t))) / d
        });
    }
}

#[test]
fn yogi() {
    for (beta1, beta2, eps) in [(0.8, 0.95, 1e-3), (0.5, 0.6, 1e-8)] {
        let rule = Yogi { lr: 0.1, beta1, beta2, eps };
        let (grown, shrunk) = (Cell::new(0), Cell::new(0));
        let start = |_: &Yogi, _: f64| vec![("m", true, 1e-6), ("v", true, 1e-6)];
        check(&rule, start, |r, t, w, gradient, get, set| {
            let g = gradient(w);
            set("m", r.beta1 * get("m") + (1.0 - r.beta1) * g);
            let v = get("v");
            let side = if v > g * g { &shrunk } else { &grown };
            side.set(side.get() + 1);
            set("v", if v > g * g { v - (1.0 - r.beta2) * g * g } else { v + (1.0 - r.beta2) * g * g });
            let d = (get("v") / (1.0 - r.beta2.powi(t))).sqrt() + r.eps;
            w - r.lr * (get("m") / (1.0 - r.beta1.powi(t))) / d
        });
        assert!(grown.get() > 50 && shrunk.get() > 50, "{} {}", grown.get(), shrunk.get());
    }
}

#[test]
fn madgrad() {
    for weight_decay in [0.0, 0.3] {
        for momentum in [0.0, 0.6] {
            let rule = Madgrad { lr: 0.1, momentum, eps: 1e-2, weight_decay };
            let start = |_: &Madgrad, w: f64| vec![("s", true, 0.0), ("v", true, 0.0), ("w0", true, w)];
            check(&rule, start, |r, t, w, gradient, get, set| {
                let g = gradient(w) + r.weight_decay * w;
                let k = (r.lr + r.eps) * f64::from(t).sqrt();
                set("s", get("s") + k * g);
                set("v", get("v") + k * g * g);
                let z = get("w0") - get("s") / (get("v").cbrt() + r.eps);
                r.momentum * w + (1.0 - r.momentum) * z
            });
        }
    }
}
