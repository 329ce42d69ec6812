//! Relatives of `Adam` with other means, or means of other things: `Adopt`, `LaProp`, `Adan`, `AdEmaMix`.

use std::cell::Cell;

use optim_core::prelude::*;

use crate::check;

#[test]
fn adopt() {
    for weight_decay in [0.0, 0.3] {
        for (beta1, beta2, eps) in [(0.8, 0.95, 1e-3), (0.0, 0.3, 0.2)] {
            let rule = Adopt { lr: 0.1, beta1, beta2, eps, weight_decay };
            let (clipped, free) = (Cell::new(0), Cell::new(0));
            let start = |_: &Adopt, _: f64| vec![("m", true, 0.0), ("v", true, 0.0)];
            check(&rule, start, |r, t, w, gradient, get, set| {
                let g = gradient(w);
                if t == 1 {
                    set("v", g * g);
                    return w;
                }
                let most = f64::from(t - 1).powf(0.25);
                let scaled = g / get("v").sqrt().max(r.eps);
                let side = if scaled.abs() > most { &clipped } else { &free };
                side.set(side.get() + 1);
                set("m", r.beta1 * get("m") + (1.0 - r.beta1) * scaled.clamp(-most, most));
                set("v", r.beta2 * get("v") + (1.0 - r.beta2) * g * g);
                w * (1.0 - r.lr * r.weight_decay) - r.lr * get("m")
            });
            assert!(clipped.get() > 20 && free.get() > 100, "{} {}", clipped.get(), free.get());
        }
    }
}

#[test]
fn laprop() {
    for weight_decay in [0.0, 0.3] {
        for (beta1, beta2, eps) in [(0.8, 0.95, 1e-3), (0.9, 0.3, 1e-15)] {
            let rule = LaProp { lr: 0.1, beta1, beta2, eps, weight_decay };
            let start = |_: &LaProp, _: f64| vec![("m", true, 0.0), ("v", true, 0.0)];
            check(&rule, start, |r, t, w, gradient, get, set| {
                let g = gradient(w);
                set("v", r.beta2 * get("v") + (1.0 - r.beta2) * g * g);
                let scaled = g / ((get("v") / (1.0 - r.beta2.powi(t))).sqrt() + r.eps);
                set("m", r.beta1 * get("m") + (1.0 - r.beta1) * (r.lr * scaled));
                (w - get("m") / (1.0 - r.beta1.powi(t))) * (1.0 - r.lr * r.weight_decay)
            });
        }
    }
}

#[test]
fn adan() {
    for weight_decay in [0.0, 0.3] {
        for (beta1, beta2, beta3) in [(0.98, 0.92, 0.99), (0.6, 0.3, 0.8)] {
            let rule = Adan { lr: 0.1, beta1, beta2, beta3, eps: 1e-3, weight_decay };
            let start =
                |_: &Adan, _: f64| vec![("m", true, 0.0), ("d", true, 0.0), ("n", true, 0.0), ("prev", true, 0.0)];
            check(&rule, start, |r, t, w, gradient, get, set| {
                let g = gradient(w);
                // The gradient before the first is the first.
                let change = g - if t == 1 { g } else { get("prev") };
                set("prev", g);
                set("m", r.beta1 * get("m") + (1.0 - r.beta1) * g);
                set("d", r.beta2 * get("d") + (1.0 - r.beta2) * change);
                set("n", r.beta3 * get("n") + (1.0 - r.beta3) * (g + r.beta2 * change).powi(2));
                let [c1, c2, c3] = [r.beta1, r.beta2, r.beta3].map(|beta| 1.0 - beta.powi(t));
                let u = (get("m") / c1 + r.beta2 * get("d") / c2) / (get("n").sqrt() / c3.sqrt() + r.eps);
                (w - r.lr * u) / (1.0 + r.lr * r.weight_decay)
            });
        }
    }
}

#[test]
fn ademamix() {
    for weight_decay in [0.0, 0.3] {
        for (beta3, alpha) in [(0.9999, 5.0), (0.9, 2.0), (0.9, 0.0)] {
            let rule = AdEmaMix { lr: 0.1, beta1: 0.8, beta2: 0.95, beta3, alpha, eps: 1e-3, weight_decay };
            let start = |_: &AdEmaMix, _: f64| vec![("m1", true, 0.0), ("m2", true, 0.0), ("v", true, 0.0)];
            check(&rule, start, |r, t, w, gradient, get, set| {
                let g = gradient(w);
                set("m1", r.beta1 * get("m1") + (1.0 - r.beta1) * g);
                set("m2", r.beta3 * get("m2") + (1.0 - r.beta3) * g);
                set("v", r.beta2 * get("v") + (1.0 - r.beta2) * g * g);
                let mean = get("m1") / (1.0 - r.beta1.powi(t)) + r.alpha * get("m2");
                let d = (get("v") / (1.0 - r.beta2.powi(t))).sqrt() + r.eps;
                w - r.lr * (mean / d + r.weight_decay * w)
            });
        }
    }
}
