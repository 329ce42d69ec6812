//! Rules that are evaluated at an average, `Asgd` and the Schedule-Free ones, and `NAdam`, whose product of momenta is
//! one number for the whole model as well.

use optim_core::prelude::*;

use crate::check_evaluated;

#[test]
fn asgd() {
    for weight_decay in [0.0, 0.3] {
        // Averaging from the first steps on, after some, in the middle of one, and never.
        for start in [0.0, 4.0, 2.5, 1e6] {
            for (decay, power) in [(1e-4, 0.75), (0.5, 0.6), (0.5, 0.0)] {
                let rule = Asgd { lr: 0.1, decay, power, start, weight_decay };
                let start = |_: &Asgd, w: f64| vec![("average", true, w)];
                let definition = |r: &Asgd,
                                  t: i32,
                                  mut w: f64,
                                  gradient: &dyn Fn(f64) -> f64,
                                  get: &mut crate::Get<'_>,
                                  set: &mut crate::Set<'_>| {
                    let before = f64::from(t) - 1.0;
                    let eta = r.lr / (1.0 + r.decay * r.lr * before).powf(r.power);
                    let mu = 1.0 / (before - r.start).max(1.0);
                    let g = gradient(w) + r.weight_decay * w;
                    w = w * (1.0 - r.decay * eta) - eta * g;
                    set("average", if mu == 1.0 { w } else { get("average") + mu * (w - get("average")) });
                    w
                };
                check_evaluated(&rule, start, definition, |_, get| get("average"));
            }
        }
    }
}

/// Steps without noise to the minimum of w²: the average of w₄, …, w₁₂, with the weights still where they are trained.
#[test]
fn the_average_is_that_of_the_weights_on_the_way() {
    let mut w = vec![1.0_f64];
    let mut opt = Asgd { lr: 0.1, decay: 0.0, start: 2.0, ..Asgd::default() }.init(&w).unwrap();
    let mut on_the_way = Vec::new();
    assert_eq!(opt.evaluate_with(&mut w, |w| w[0]).unwrap(), 1.0, "before the first step");
    for t in 1..=12 {
        opt.step_with(&mut w, |w, gradient| gradient[0] = 2.0 * w[0]).unwrap();
        // Step `start + 2` is the first that is averaged, with weight 1: what came before is dropped.
        if t >= 4 {
            on_the_way.push(w[0]);
        }
        let found = opt.evaluate_with(&mut w, |w| w[0]).unwrap();
        let mean = on_the_way.iter().sum::<f64>() / on_the_way.len() as f64;
        let expected = if t < 4 { w[0] } else { mean };
        assert!((found - expected).abs() < 1e-15, "step {t}: {found}, not {expected}");
        assert!((w[0] - 0.8_f64.powi(t)).abs() < 1e-15);
    }
}

#[test]
fn nadam() {
    for (weight_decay, momentum_decay) in [(0.0, 4e-3), (0.3, 0.1)] {
        let rule = NAdam { lr: 0.1, beta1: 0.8, beta2: 0.95, eps: 1e-3, weight_decay, momentum_decay };
        let start = |_: &NAdam, _| vec![("m", true, 0.0), ("v", true, 0.0), ("product", true, 1.0)];
        crate::check(&rule, start, |r, t, w, gradient, get, set| {
            let mu = |t: i32| r.beta1 * (1.0 - 0.5 * 0.96_f64.powf(f64::from(t) * r.momentum_decay));
            let g = gradient(w) + r.weight_decay * w;
            let m = r.beta1 * get("m") + (1.0 - r.beta1) * g;
            let v = r.beta2 * get("v") + (1.0 - r.beta2) * g * g;
            let product = get("product") * mu(t);
            set("m", m);
            set("v", v);
            set("product", product);
            let d = (v / (1.0 - r.beta2.powi(t))).sqrt() + r.eps;
            let by_gradient = r.lr * (1.0 - mu(t)) / (1.0 - product) * g / d;
            w - by_gradient - r.lr * mu(t + 1) / (1.0 - product * mu(t + 1)) * m / d
        });
    }
}

/// The scheme of the paper: `x` is the average, `z` descends, and the model holds `y`, where the gradient is taken.
fn schedule_free(
    [lr, beta, warmup_steps]: [f64; 3],
    t: i32,
    y: f64,
    u: f64,
    get: &mut crate::Get<'_>,
    set: &mut crate::Set<'_>,
) -> f64 {
    let z = get("z");
    let x = y + (1.0 - 1.0 / beta) * (z - y);
    let rate = if f64::from(t) < warmup_steps { lr * f64::from(t) / warmup_steps } else { lr };
    let top = get("top").max(rate);
    let total = get("total") + top * top;
    let c = top * top / total;
    let z = z - rate * u;
    let x = (1.0 - c) * x + c * z;
    set("z", z);
    set("top", top);
    set("total", total);
    (1.0 - beta) * z + beta * x
}

#[test]
fn schedule_free_rules() {
    for (weight_decay, warmup_steps) in [(0.0, 0), (0.2, 5)] {
        let start = |_: &ScheduleFreeSgd, w: f64| vec![("z", true, w), ("top", true, 0.0), ("total", true, 0.0)];
        let rule = ScheduleFreeSgd { lr: 0.3, beta: 0.8, weight_decay, warmup_steps };
        let average = |beta: f64| move |w: f64, get: &mut crate::Get<'_>| w + (1.0 - 1.0 / beta) * (get("z") - w);
        let definition = |r: &ScheduleFreeSgd,
                          t: i32,
                          w: f64,
                          gradient: &dyn Fn(f64) -> f64,
                          get: &mut crate::Get<'_>,
                          set: &mut crate::Set<'_>| {
            let g = gradient(w) + r.weight_decay * w;
            schedule_free([r.lr, r.beta, r.warmup_steps as f64], t, w, g, get, set)
        };
        check_evaluated(&rule, start, definition, average(0.8));

        let start = |_: &ScheduleFreeAdamW, w: f64| {
            vec![("z", true, w), ("v", true, 0.0), ("top", true, 0.0), ("total", true, 0.0)]
        };
        let rule = ScheduleFreeAdamW { lr: 0.1, beta1: 0.8, beta2: 0.95, eps: 1e-3, weight_decay, warmup_steps };
        let definition = |r: &ScheduleFreeAdamW,
                          t: i32,
                          w: f64,
                          gradient: &dyn Fn(f64) -> f64,
                          get: &mut crate::Get<'_>,
                          set: &mut crate::Set<'_>| {
            let g = gradient(w);
            let v = r.beta2 * get("v") + (1.0 - r.beta2) * g * g;
            set("v", v);
            let u = g / ((v / (1.0 - r.beta2.powi(t))).sqrt() + r.eps) + r.weight_decay * w;
            schedule_free([r.lr, r.beta1, r.warmup_steps as f64], t, w, u, get, set)
        };
        check_evaluated(&rule, start, definition, average(0.8));
    }
}
