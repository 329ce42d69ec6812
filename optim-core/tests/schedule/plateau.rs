//! [`ReduceOnPlateau`]: against PyTorch's tables, and what it remembers.

use optim_core::ErrorKind;
use optim_core::schedule::{Constant, Linear, Mode, ReduceOnPlateau, Schedule};
use serde_json::Value;

use crate::kind::Numbers;
use crate::table::{cases, values};

/// JSON has no NaN and no infinity: these are texts.
fn metrics(case: &Value) -> Vec<f64> {
    let metric = |metric: &Value| match metric.as_f64() {
        Some(metric) => metric,
        None => metric.as_str().unwrap().parse().unwrap(),
    };
    case["metrics"].as_array().unwrap().iter().map(metric).collect()
}

#[test]
fn reductions_are_those_of_the_tables() {
    let cases = cases("reduce_on_plateau");
    assert_eq!(cases.len(), 12);
    for case in &cases {
        let mut schedule = Numbers(&case["schedule"]).plateau();
        schedule.check().unwrap();
        let (metrics, values) = (metrics(case), values(case));
        assert_eq!(metrics.len(), values.len());
        assert!(values.last() < values.first(), "a table without a reduction: {}", case["reference"]);
        for (index, (metric, expected)) in metrics.into_iter().zip(values).enumerate() {
            schedule.observe(metric);
            let found = schedule.at(1);
            assert!((found - expected).abs() <= 1e-14 * expected, "{}: {index}: {found}", case["reference"]);
        }
    }
}

#[test]
fn what_is_saved_goes_on_as_if_nothing_had_happened() {
    for case in &cases("reduce_on_plateau") {
        let fresh = Numbers(&case["schedule"]).plateau();
        let mut going_on = fresh;
        for metric in metrics(case) {
            let mut restored = fresh;
            restored.set_state(&going_on.state()).unwrap();
            assert_eq!(restored, going_on);
            going_on.observe(metric);
            restored.observe(metric);
            assert_eq!(restored, going_on);
        }
    }
}

#[test]
fn at_depends_on_what_was_observed_and_not_on_the_step() {
    let mut schedule = ReduceOnPlateau::new(1.0).with_patience(0).with_factor(0.5);
    let steps = [0, 1, 7, u64::MAX];
    assert_eq!(steps.map(|step| schedule.at(step)), [1.0; 4]);
    schedule.observe(1.0);
    schedule.observe(1.0);
    assert_eq!(steps.map(|step| schedule.at(step)), [0.5; 4]);
    assert_eq!((schedule.best(), schedule.reductions()), (Some(1.0), 1));
}

#[test]
fn a_nan_is_a_bad_metric_and_never_the_best() {
    let mut schedule = ReduceOnPlateau::new(1.0).with_patience(1).with_mode(Mode::Max);
    for _ in 0..2 {
        schedule.observe(f64::NAN);
    }
    assert_eq!((schedule.best(), schedule.at(1)), (None, 0.1));
    schedule.observe(-3.0);
    assert_eq!(schedule.best(), Some(-3.0));
}

#[test]
fn metrics_reach_it_wherever_it_stands() {
    let plateau = ReduceOnPlateau::new(1.0).with_patience(0).with_factor(0.5);
    let inner = Linear { from: 1.0, to: 2.0, steps: 1 }.times(plateau).at_most(10.0).scale(2.0).warmup(2, 0.5);
    let mut schedule = Constant(9.0).then(3, inner).skip(1).repeat(50).stretch(1).boxed();
    let before = [1, 2, 3, 4, 5, 6].map(|step| schedule.at(step));
    assert_eq!(before, [9.0, 9.0, 1.0, 1.5, 2.0, 4.0]);
    let fresh = schedule.clone();
    for _ in 0..3 {
        schedule.observe(7.0);
    }
    let after = [1, 2, 3, 4, 5, 6].map(|step| schedule.at(step));
    assert_eq!(after, [9.0, 9.0, 0.25, 0.375, 0.5, 1.0]);
    assert_eq!(fresh.at(6), 4.0, "a clone is one of its own");
    assert_eq!(schedule.state(), [7.0, 0.0, 0.0, 2.0]);
    let mut restored = fresh;
    restored.set_state(&schedule.state()).unwrap();
    assert_eq!([1, 2, 3, 4, 5, 6].map(|step| restored.at(step)), after);
}

#[test]
fn state_of_several_is_told_apart() {
    let one = ReduceOnPlateau::new(1.0).with_patience(0).with_factor(0.5);
    let other = ReduceOnPlateau::new(1.0).with_patience(2).with_factor(0.1);
    let mut schedule = one.times(Constant(1.0)).times(other);
    for _ in 0..3 {
        schedule.observe(1.0);
    }
    assert_eq!(schedule.state(), [1.0, 0.0, 0.0, 2.0, 1.0, 2.0, 0.0, 0.0]);
    let mut restored = one.times(Constant(1.0)).times(other);
    restored.set_state(&schedule.state()).unwrap();
    assert_eq!(restored, schedule);
}

#[test]
fn a_state_that_cannot_be_changes_nothing() {
    let fresh = ReduceOnPlateau::new(1.0).times(ReduceOnPlateau::new(2.0));
    let fits = [0.5, 1.0, 0.0, 2.0];
    let bad = [
        vec![],
        fits.to_vec(),
        [fits, [0.5, -1.0, 0.0, 2.0]].concat(),
        [fits, [0.5, 1.0, 0.5, 2.0]].concat(),
        [fits, [0.5, 1.0, 0.0, f64::NAN]].concat(),
        [fits, [0.5, 1.0, 0.0, f64::INFINITY]].concat(),
        [&fits[..], &fits, &[0.0]].concat(),
    ];
    for state in bad {
        let mut schedule = fresh;
        let error = schedule.set_state(&state).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data, "{error}");
        assert_eq!(schedule, fresh, "{error}");
    }
    assert!(Constant(1.0).set_state(&[1.0]).is_err());
    let mut schedule = fresh;
    schedule.set_state(&[f64::NAN, 0.0, 0.0, 0.0, 0.5, 1.0, 0.0, 1.0]).unwrap();
    assert_eq!((schedule.0.best(), schedule.1.best(), schedule.at(1)), (None, Some(0.5), 0.2));
}
