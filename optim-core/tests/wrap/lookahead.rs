//! Slow weights.

use optim_core::prelude::*;

use super::erased::Erased;
use super::support::{Model, bits, evaluated, every_rule, go, model, number, numbers, set_numbers};

fn formula<A: Real>(rule: &Erased<Model<A>>) {
    for (k, alpha) in [(1_u64, 0.5), (3, 0.8), (4, 1.0)] {
        let (mut ours, mut expected) = (model::<A>(), model::<A>());
        let mut opt = rule.clone().lookahead(k, alpha).unwrap();
        let mut bare = rule.clone();
        let mut slow = numbers(&expected);
        let first = evaluated(&mut opt, &mut ours);
        assert_eq!(bits(&first), bits(&ours), "before the first step");
        for step in 1..=10 {
            go(&mut opt, &mut ours);
            go(&mut bare, &mut expected);
            if step % k == 0 {
                let fast = numbers(&expected);
                for (slow, fast) in slow.iter_mut().zip(fast) {
                    *slow = *slow + number::<A>(alpha) * (fast - *slow);
                }
                set_numbers(&mut expected, &slow);
            }
            assert_eq!(bits(&ours), bits(&expected), "{} {}: step {step}, k {k}", rule.name(), A::NAME);
            let mut there = expected.clone();
            set_numbers(&mut there, &slow);
            assert_eq!(bits(&evaluated(&mut opt, &mut ours)), bits(&there), "{}: evaluation {step}", rule.name());
        }
    }
}

#[test]
fn slow_weights_follow_every_k_steps_and_are_evaluated() {
    every_rule!(formula);
}

#[test]
fn an_error_in_the_first_step_leaves_the_start_open() {
    let mut w = 1.0_f64;
    let mut opt = Sgd { lr: 1.0, ..Sgd::default() }.init(&w).unwrap().lookahead(2, 0.5).unwrap();
    let failed: Result<(), Error> = opt.try_step_with(&mut w, |_, _| Err(Error::other("")));
    assert!(failed.is_err());
    w = 10.0;
    opt.step(&mut w, &1.0).unwrap();
    assert_eq!(opt.evaluate_with(&mut w, |w| *w).unwrap(), 10.0, "where the first step began");
    opt.step(&mut w, &1.0).unwrap();
    assert_eq!(w, 9.0);
}

#[test]
fn numbers_are_checked() {
    let opt = || Sgd::default().init(&0.0_f64).unwrap();
    let error = opt().lookahead(0, 0.5).unwrap_err();
    assert_eq!(error.to_string(), "`lookahead`: `k` is 0, which is not in 1..");
    for alpha in [0.0, 1.5, f64::NAN] {
        let error = opt().lookahead(5, alpha).unwrap_err();
        assert_eq!(error.to_string(), format!("`lookahead`: `alpha` is {alpha}, which is not in 0<..=1"));
    }
}
