//! What is made of schedules: which step of which part a step is.

use optim_core::schedule::{Boxed, Constant, Cosine, Lambda, Linear, Schedule};

/// The step itself: shows which one a combination asks for.
fn step() -> impl Schedule {
    Lambda::new(|step| step as f64)
}

fn first<const N: usize>(schedule: &impl Schedule) -> [f64; N] {
    std::array::from_fn(|index| schedule.at(index as u64 + 1))
}

#[test]
fn parts_begin_with_their_first_step() {
    assert_eq!(first(&step().then(3, step())), [1.0, 2.0, 3.0, 1.0, 2.0, 3.0]);
    assert_eq!(first(&step().then(2, step()).then(3, step())), [1.0, 2.0, 1.0, 1.0, 2.0]);
    assert_eq!(first(&step().then(2, step().then(1, step()))), [1.0, 2.0, 1.0, 1.0, 2.0]);
    assert_eq!(first(&step().then(0, step().scale(10.0))), [10.0, 20.0]);
    assert_eq!(first(&step().warmup(2, 0.5)), [0.5, 0.75, 1.0, 2.0, 3.0]);
    assert_eq!(first(&step().offset(4.0).warmup(0, 0.5)), [5.0, 6.0]);
    assert_eq!(first(&step().repeat(2)), [1.0, 2.0, 1.0, 2.0, 1.0]);
    assert_eq!(first(&step().repeat(1)), [1.0, 1.0]);
    assert_eq!(first(&step().skip(2)), [3.0, 4.0]);
    assert_eq!(first(&step().stretch(3)), [1.0, 1.0, 1.0, 2.0, 2.0, 2.0, 3.0]);
    assert_eq!(first(&step().warmup(1, 0.5).stretch(2)), [0.5, 0.5, 1.0, 1.0, 2.0]);
    assert_eq!(first(&step().skip(1).then(1, step()).skip(1)), [1.0, 2.0]);
    assert_eq!(first(&step().warmup(1, 0.5).repeat(3)), [0.5, 1.0, 2.0, 0.5, 1.0]);
}

#[test]
fn values_are_multiplied_added_and_bounded() {
    assert_eq!(first(&step().times(step())), [1.0, 4.0, 9.0]);
    assert_eq!(first(&step().scale(2.0).offset(1.0)), [3.0, 5.0]);
    assert_eq!(first(&step().offset(1.0).scale(2.0)), [4.0, 6.0]);
    assert_eq!(first(&step().at_least(2.0).at_most(3.0)), [2.0, 2.0, 3.0, 3.0]);
    assert!(Constant(f64::NAN).at_least(0.0).at_most(1.0).at(1).is_nan(), "a bound hides no NaN");
}

#[test]
fn step_zero_is_the_first() {
    let schedules: [Boxed; 6] = [
        Linear { from: 3.0, to: 0.0, steps: 3 }.boxed(),
        Cosine { from: 3.0, to: 0.0, steps: 3 }.warmup(2, 0.5).boxed(),
        step().then(2, step()).boxed(),
        step().repeat(4).boxed(),
        step().skip(4).boxed(),
        step().times(Constant(1.0)).repeat(2).boxed(),
    ];
    for schedule in schedules {
        assert_eq!(schedule.at(0), schedule.at(1), "{schedule:?}");
    }
}

#[test]
fn a_wrong_number_is_found_wherever_it_stands() {
    let wrong = Linear { from: 1.0, to: 0.0, steps: 0 };
    let good = Constant(1.0);
    let schedules: [Boxed; 13] = [
        wrong.warmup(3, 0.1).boxed(),
        wrong.then(2, good).boxed(),
        good.then(2, wrong).boxed(),
        wrong.times(good).boxed(),
        good.times(wrong).boxed(),
        wrong.scale(2.0).boxed(),
        wrong.offset(2.0).boxed(),
        wrong.at_least(0.0).boxed(),
        wrong.at_most(0.0).boxed(),
        wrong.repeat(3).boxed(),
        wrong.skip(3).boxed(),
        wrong.stretch(3).boxed(),
        wrong.boxed().boxed(),
    ];
    for schedule in schedules {
        let error = schedule.check().unwrap_err();
        assert_eq!(error.to_string(), "`Linear`: `steps` is 0, which is not in 1..", "{schedule:?}");
    }
}

#[test]
fn a_box_shows_and_does_what_is_in_it() {
    let schedule = Linear { from: 1.0, to: 0.0, steps: 4 };
    let boxed = schedule.boxed().boxed();
    assert_eq!(first::<6>(&boxed), first::<6>(&schedule));
    assert_eq!(format!("{boxed:?}"), format!("{schedule:?}"));
    let parts: Vec<Boxed> = vec![schedule.boxed(), Constant(2.0).boxed()];
    assert_eq!(parts.iter().map(|part| part.at(2)).collect::<Vec<_>>(), [0.75, 2.0]);
}
