//! Rules that look at signs: `Rprop`, `Lion`, `Signum`.

use std::cell::Cell;

use optim_core::prelude::*;

use crate::check;

fn sign(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.signum() }
}

#[test]
fn rprop() {
    // The last: sizes that reach both limits, and a first size beyond one.
    for (lr, eta_minus, eta_plus, step_min, step_max) in
        [(0.01, 0.5, 1.2, 1e-6, 50.0), (0.1, 0.4, 1.5, 0.0, 0.3), (0.5, 0.4, 1.9, 0.05, 0.2)]
    {
        let rule = Rprop { lr, eta_minus, eta_plus, step_min, step_max };
        let seen = [const { Cell::new(0) }; 3];
        let start = |r: &Rprop, _: f64| vec![("prev", true, 0.0), ("size", true, r.lr)];
        check(&rule, start, |r, _, w, gradient, get, set| {
            let g = gradient(w);
            let s = g * get("prev");
            let (which, factor) = if s > 0.0 {
                (0, r.eta_plus)
            } else if s < 0.0 {
                (1, r.eta_minus)
            } else {
                (2, 1.0)
            };
            seen[which].set(seen[which].get() + 1);
            set("size", (get("size") * factor).clamp(r.step_min, r.step_max));
            // Where the sign has turned the weight stays, and the next sign counts as neither turned nor kept.
            set("prev", if s < 0.0 { 0.0 } else { g });
            w - sign(get("prev")) * get("size")
        });
        assert!(seen.iter().all(|count| count.get() > 30), "{seen:?}");
    }
}

#[test]
fn lion() {
    for weight_decay in [0.0, 0.3] {
        for (beta1, beta2) in [(0.9, 0.99), (0.7, 0.2), (0.0, 0.0)] {
            let rule = Lion { lr: 0.1, beta1, beta2, weight_decay };
            let start = |_: &Lion, _: f64| vec![("m", true, 0.0)];
            check(&rule, start, |r, _, w, gradient, get, set| {
                let g = gradient(w);
                let u = sign(r.beta1 * get("m") + (1.0 - r.beta1) * g);
                set("m", r.beta2 * get("m") + (1.0 - r.beta2) * g);
                w - r.lr * (u + r.weight_decay * w)
            });
        }
    }
}

#[test]
fn signum() {
    for weight_decay in [0.0, 0.3] {
        for momentum in [0.9, 0.4, 0.0] {
            let rule = Signum { lr: 0.1, momentum, weight_decay };
            let start = |r: &Signum, _: f64| vec![("m", r.momentum > 0.0, 0.0)];
            check(&rule, start, |r, _, w, gradient, get, set| {
                set("m", r.momentum * get("m") + (1.0 - r.momentum) * gradient(w));
                w * (1.0 - r.lr * r.weight_decay) - r.lr * sign(get("m"))
            });
        }
    }
}
