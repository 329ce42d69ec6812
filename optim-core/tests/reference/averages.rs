//! Rules that are evaluated at an average: `Asgd`.

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
