//! State that is saved and loaded goes on bit for bit.

use optim_core::prelude::*;
use optim_core::record::{Value, tensor};
use optim_core::schedule::{ReduceOnPlateau, Schedule};
use optim_core::{Persist, Record};

use super::support::{Descent, Model, bits, evaluated, go, model};

/// Goes on from a record at every step, in a wrapper that was made with other numbers.
fn goes_on<A: Real, O: Optimize<Model<A>> + Persist>(fresh: impl Fn(f64) -> O) {
    let mut undisturbed = model::<A>();
    let mut opt = fresh(1.0);
    for step in 0..10 {
        // A fresh one, that is not stepped before it is loaded.
        let mut resumed = fresh(2.0);
        let record = opt.save();
        resumed.load(&record).unwrap();
        assert_eq!(resumed.save(), record, "step {step}: saved again before a step");
        // And one that has been somewhere else.
        let mut used = fresh(3.0);
        let mut elsewhere = model::<A>();
        for _ in 0..5 {
            go(&mut used, &mut elsewhere);
        }
        used.load(&record).unwrap();
        assert_eq!(used.save(), record);

        let (mut a, mut b, mut c) = (undisturbed.clone(), undisturbed.clone(), undisturbed.clone());
        assert_eq!(
            bits(&evaluated(&mut resumed, &mut b)),
            bits(&evaluated(&mut opt, &mut a)),
            "step {step}: evaluation"
        );
        for _ in 0..4 {
            // `opt` itself goes on by one step only.
            go(&mut used, &mut c);
            go(&mut resumed, &mut b);
            assert_eq!(bits(&b), bits(&c));
        }
        let mut ahead = fresh(4.0);
        ahead.load(&opt.save()).unwrap();
        go(&mut opt, &mut undisturbed);
        go(&mut ahead, &mut a);
        assert_eq!(bits(&a), bits(&undisturbed), "step {step}");
        assert_eq!(ahead.save(), opt.save(), "step {step}");
        let mut straight = undisturbed.clone();
        let mut going = fresh(5.0);
        going.load(&opt.save()).unwrap();
        for _ in 0..3 {
            go(&mut going, &mut straight);
        }
        assert_eq!(bits(&b), bits(&straight), "step {step}: three more");
        assert_eq!(resumed.save(), going.save());
    }
}

fn all<A: Real>() {
    let opt = || Descent::new(&model::<A>());
    goes_on::<A, _>(|x| opt().clip_value(0.1 * x).unwrap());
    goes_on::<A, _>(|x| opt().clip_tensor_norm(0.1 * x).unwrap());
    goes_on::<A, _>(|x| opt().clip_norm(0.1 * x).unwrap());
    goes_on::<A, _>(|x| if x == 1.0 { opt().centralise().outputs_first() } else { opt().centralise() });
    goes_on::<A, _>(|x| opt().noise(0.1 * x, 0.5 * x, x.to_bits()).unwrap());
    goes_on::<A, _>(|x| opt().skip_nonfinite(x.to_bits() % 7));
    goes_on::<A, _>(|_| opt().cautious());
    goes_on::<A, _>(|x| opt().lookahead(2 + u64::from(x == 1.0), 0.1 * x).unwrap());
    goes_on::<A, _>(|x| opt().ema(0.1 * x).unwrap());
    goes_on::<A, _>(|x| opt().swa(1 + u64::from(x == 1.0), 2 + u64::from(x == 1.0)).unwrap());
    goes_on::<A, _>(|x| opt().accumulate(2 + u64::from(x == 1.0)).unwrap());
    goes_on::<A, _>(|_| opt().schedule("lr", optim_core::schedule::Exponential { from: 0.1, gamma: 0.9 }).unwrap());
    goes_on::<A, _>(|x| {
        let all = opt().cautious().clip_norm(x).unwrap().noise(0.1, 0.5, 1).unwrap().accumulate(2).unwrap();
        all.skip_nonfinite(3).lookahead(2, 0.5).unwrap().swa(2, 2).unwrap().ema(0.5).unwrap()
    });
}

#[test]
fn what_is_saved_and_loaded_goes_on_bit_for_bit() {
    all::<f32>();
    all::<f64>();
}

#[test]
fn a_schedule_that_observes_keeps_what_it_has_seen() {
    let plateau = || ReduceOnPlateau::new(0.1).with_patience(0);
    let mut opt = Descent::new(&model::<f64>()).schedule("lr", plateau()).unwrap();
    for loss in [1.0, 2.0, 3.0] {
        opt.observe(loss);
    }
    let reduced = opt.follows().at(1);
    assert!(reduced < 0.1);
    let mut other = Descent::new(&model::<f64>()).schedule("lr", plateau()).unwrap();
    other.load(&opt.save()).unwrap();
    assert_eq!(other.follows().at(1), reduced);
    let mut record = opt.save();
    record.put("name", Value::Text("momentum".into()));
    assert_eq!(other.load(&record).unwrap_err().to_string(), "`name` is `momentum`, and the schedule is of `lr`");
}

#[test]
fn records_say_what_they_hold() {
    let mut model = model::<f32>();
    let mut opt = Descent::new(&model).skip_nonfinite(3).ema(0.5).unwrap();
    go(&mut opt, &mut model);
    opt.step_with(&mut model, |_, g| g.scale = f32::NAN).unwrap();
    let record = opt.save();
    let names: Vec<&str> = record.iter().map(|(name, _)| name).filter(|name| !name.contains("velocity")).collect();
    let expected = [
        "average/bias",
        "average/list.0",
        "average/list.1",
        "average/scale",
        "average/weight",
        "averaged",
        "decay",
        "inner/at_most_in_a_row",
        "inner/in_a_row",
        "inner/inner/lr",
        "inner/inner/steps",
        "inner/last_path",
        "inner/skipped",
        "inner/wrapper",
        "wrapper",
    ];
    assert_eq!(names, expected, "frozen parameters and buffers are none of its");
    assert_eq!(record.tensor::<f32>("average/weight").unwrap(), &model.weight.into_dyn());
    assert_eq!(record.text("inner/last_path").unwrap(), "scale");
}

/// A change to a record, and what loading it, or the first use after that, says.
fn refused(change: impl Fn(&mut Record), message: &str, at_once: bool) {
    let mut w = model::<f64>();
    let mut opt = Descent::new(&w).ema(0.5).unwrap();
    go(&mut opt, &mut w);
    let good = opt.save();
    let mut record = good.clone();
    change(&mut record);
    // One that has seen the model finds it at once.
    assert_eq!(opt.load(&record).unwrap_err().to_string(), message);
    assert_eq!(opt.save(), good);
    let mut fresh = Descent::new(&w).ema(0.5).unwrap();
    let before = bits(&w);
    let loaded = fresh.load(&record);
    assert_eq!(loaded.is_err(), at_once);
    if let Err(error) = loaded {
        assert_eq!(error.to_string(), message);
    } else {
        assert_eq!(fresh.evaluate_with(&mut w, |_| ()).unwrap_err().to_string(), message);
        assert_eq!(fresh.step_with(&mut w, |_, _| ()).unwrap_err().to_string(), message);
        assert_eq!(bits(&w), before);
    }
}

#[test]
fn a_record_that_does_not_fit_is_named() {
    let without = |record: &mut Record, name: &str| {
        let mut less = Record::new();
        record.iter().filter(|(other, _)| *other != name).for_each(|(name, value)| less.put(name, value.clone()));
        *record = less;
    };
    let array = |n: usize| ndarray::ArrayD::<f64>::zeros(vec![n]);
    refused(|r| r.put("wrapper", Value::Text("swa".into())), "`wrapper` is `swa`, not `ema`", true);
    refused(|r| without(r, "decay"), "`decay` is missing", true);
    refused(|r| r.put("decay", Value::Number(2.0)), "`ema`: `decay` is 2, which is not in 0..1", true);
    refused(|r| r.put("averaged", Value::Number(2.0)), "`averaged` is a number, not a whole number", true);
    refused(|r| without(r, "inner/lr"), "`lr` is missing", true);
    refused(|r| without(r, "average/bias"), "`average/bias` is missing", false);
    refused(
        |r| r.put("average/bias", tensor(array(4))),
        "the record: `average/bias` has the shape [4], not [3]",
        false,
    );
    refused(
        |r| r.put("average/bias", tensor(ndarray::ArrayD::<f32>::zeros(vec![3]))),
        "`average/bias` is a tensor of `f32`, not a tensor of `f64`",
        false,
    );
    refused(
        |r| r.put("average/more", tensor(array(3))),
        "`average/more` is there, and the model has no such parameter",
        false,
    );
}
