//! EMA and SWA: averages of the weights as evaluation points.

use optim_core::prelude::*;

use super::erased::Erased;
use super::support::{Model, bits, evaluated, every_rule, go, model, number, numbers, set_numbers};

/// `get_ema_avg_fn` of `torch.optim.swa_utils`: a copy at first, then `decay * ema_param + (1 - decay) * current_param`.
fn ema<A: Real>(rule: &Erased<Model<A>>) {
    let (mut ours, mut expected) = (model::<A>(), model::<A>());
    let mut opt = rule.clone().ema(0.7).unwrap();
    let mut bare = rule.clone();
    let first = evaluated(&mut opt, &mut ours);
    assert_eq!(bits(&first), bits(&ours), "before the first step");
    let mut average = None;
    for step in 0..10 {
        go(&mut opt, &mut ours);
        go(&mut bare, &mut expected);
        assert_eq!(bits(&ours), bits(&expected), "training does not see it");
        let w = numbers(&expected);
        let average = match &mut average {
            None => average.insert(w),
            Some(average) => {
                for (a, w) in average.iter_mut().zip(w) {
                    *a = number::<A>(0.7) * *a + number::<A>(1.0 - 0.7) * w;
                }
                average
            }
        };
        let mut there = expected.clone();
        set_numbers(&mut there, average);
        assert_eq!(bits(&evaluated(&mut opt, &mut ours)), bits(&there), "{} {}: step {step}", rule.name(), A::NAME);
    }
    assert_eq!(opt.averaged(), 10);
}

/// `get_swa_avg_fn` of `torch.optim.swa_utils`: `averaged_param + (current_param - averaged_param) / (num_averaged + 1)`.
fn swa<A: Real>(rule: &Erased<Model<A>>) {
    let (mut ours, mut expected) = (model::<A>(), model::<A>());
    let mut opt = rule.clone().swa(3, 2).unwrap();
    let mut bare = rule.clone();
    let (mut average, mut count) = (Vec::new(), 0_u32);
    for step in 1..=12 {
        go(&mut opt, &mut ours);
        go(&mut bare, &mut expected);
        assert_eq!(bits(&ours), bits(&expected), "training does not see it");
        if [3, 5, 7, 9, 11].contains(&step) {
            let w = numbers(&expected);
            if count == 0 {
                average = w;
            } else {
                for (a, w) in average.iter_mut().zip(w) {
                    *a = *a + (w - *a) / number::<A>(f64::from(count + 1));
                }
            }
            count += 1;
        }
        let there = evaluated(&mut opt, &mut ours);
        let mut expect = evaluated(&mut bare, &mut expected);
        if count > 0 {
            set_numbers(&mut expect, &average);
        }
        assert_eq!(bits(&there), bits(&expect), "{} {}: step {step}", rule.name(), A::NAME);
        assert_eq!(opt.averaged(), u64::from(count));
    }
}

#[test]
fn averages_are_those_of_torch() {
    every_rule!(ema);
    every_rule!(swa);
}

#[test]
fn a_step_that_is_not_taken_does_not_count() {
    let mut w = 0.0_f64;
    let sgd = Sgd { lr: 1.0, ..Sgd::default() }.init(&w).unwrap();
    let mut opt = sgd.skip_nonfinite(9).accumulate(2).unwrap().ema(0.5).unwrap();
    for g in [-1.0, -1.0, -3.0, -3.0, f64::NAN, 0.0, -4.0, -4.0] {
        opt.step(&mut w, &g).unwrap();
    }
    assert_eq!((w, opt.averaged(), opt.steps()), (8.0, 3, 3));
    // 1, then 4, then 8.
    assert_eq!(opt.evaluate_with(&mut w, |w| *w).unwrap(), 0.5 * (0.5 * 1.0 + 0.5 * 4.0) + 0.5 * 8.0);
}

#[test]
fn a_mean_of_known_numbers() {
    let mut w = 0.0_f64;
    let mut opt = Sgd { lr: 1.0, ..Sgd::default() }.init(&w).unwrap().swa(1, 1).unwrap();
    for _ in 0..7 {
        opt.step(&mut w, &-1.0).unwrap();
    }
    assert_eq!(opt.evaluate_with(&mut w, |w| *w).unwrap(), 4.0, "of 1 to 7");
    assert_eq!(w, 7.0);
}

#[test]
fn numbers_are_checked() {
    let opt = || Sgd::default().init(&0.0_f64).unwrap();
    for decay in [-0.1, 1.0, f64::NAN] {
        let error = opt().ema(decay).unwrap_err();
        assert_eq!(error.to_string(), format!("`ema`: `decay` is {decay}, which is not in 0..1"));
    }
    assert_eq!(opt().swa(0, 1).unwrap_err().to_string(), "`swa`: `start` is 0, which is not in 1..");
    assert_eq!(opt().swa(1, 0).unwrap_err().to_string(), "`swa`: `every` is 0, which is not in 1..");
}
