//! Early stopping: every verdict of a sequence.

use optim_core::train::{Best, EarlyStopping, Mode, StoppingState};

/// `b` for the best, `s` for stop, `.` for neither.
fn verdicts(mut stopping: EarlyStopping, values: &[f64]) -> (String, EarlyStopping) {
    let verdicts = (0..).zip(values).map(|(step, &value)| {
        let verdict = stopping.update(step, value);
        assert!(!(verdict.best && verdict.stop));
        if verdict.best {
            'b'
        } else if verdict.stop {
            's'
        } else {
            '.'
        }
    });
    (verdicts.collect(), stopping)
}

#[test]
fn it_stops_after_as_many_values_as_it_is_patient() {
    let new = |mode, patience| EarlyStopping::new(mode, patience).unwrap();
    let values = [3.0, 2.0, 2.0, 2.5, 1.0, 1.0, 4.0, 4.0, 0.0];
    assert_eq!(verdicts(new(Mode::Min, 3), &values).0, "bb..b..sb");
    assert_eq!(verdicts(new(Mode::Min, 1), &values).0, "bbssbsssb");
    let (max, stopping) = verdicts(new(Mode::Max, 3), &values);
    assert_eq!(max, "b..sssb..", "4 is better than 3");
    assert_eq!(stopping.best(), Some(Best { step: 6, value: 4.0 }));
    assert_eq!(stopping.value(), 4.0);
}

#[test]
fn small_improvements_count_once_they_add_up() {
    let stopping = EarlyStopping::new(Mode::Min, 9).unwrap().with_min_delta(0.25).unwrap();
    // Exactly by 0.25 is not by more than that.
    let (seen, stopping) = verdicts(stopping, &[1.0, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25]);
    assert_eq!(seen, "b..b..b");
    assert_eq!(stopping.best(), Some(Best { step: 6, value: 0.25 }));
    let stopping = EarlyStopping::new(Mode::Max, 9).unwrap().with_min_delta(0.25).unwrap();
    assert_eq!(verdicts(stopping, &[0.0, 0.25, 0.375]).0, "b.b");
}

#[test]
fn nan_is_never_the_best_and_is_counted() {
    let stopping = EarlyStopping::new(Mode::Max, 2).unwrap();
    assert!(stopping.value().is_nan() && stopping.best().is_none());
    let values = [f64::NAN, f64::NEG_INFINITY, 1.0, f64::NAN, f64::NAN];
    let (seen, mut stopping) = verdicts(stopping, &values);
    assert_eq!(seen, ".bb.s");
    assert_eq!(stopping.state(), StoppingState { best: Some(Best { step: 2, value: 1.0 }), waited: 2, nans: 3 });
    stopping.reset();
    assert_eq!(stopping, EarlyStopping::new(Mode::Max, 2).unwrap());
    assert_eq!(verdicts(stopping, &[f64::NAN, f64::NAN]).0, ".s", "a run that only has NaN stops");
}

#[test]
fn an_interrupted_run_has_the_verdicts_of_an_undisturbed_one() {
    let values = [3.0, 2.0, 2.0, f64::NAN, 1.5, 1.6, 1.6, 1.6, 1.0];
    let new = || EarlyStopping::new(Mode::Min, 3).unwrap().with_min_delta(0.1).unwrap();
    let (whole, _) = verdicts(new(), &values);
    for cut in 0..values.len() {
        let (first, stopping) = verdicts(new(), &values[..cut]);
        let (second, _) = verdicts(new().with_state(stopping.state()), &values[cut..]);
        assert_eq!(first + &second, whole);
    }
}

#[test]
fn settings_out_of_range_are_errors() {
    let message = |error: optim_core::Error| error.to_string();
    assert_eq!(
        message(EarlyStopping::new(Mode::Min, 0).unwrap_err()),
        "`EarlyStopping`: `patience` is 0, which is not in 1.."
    );
    for wrong in [-0.5, f64::NAN, f64::INFINITY] {
        let error = EarlyStopping::new(Mode::Min, 1).unwrap().with_min_delta(wrong).unwrap_err();
        assert_eq!(message(error), format!("`EarlyStopping`: `min_delta` is {wrong}, which is not in 0.."));
    }
}
