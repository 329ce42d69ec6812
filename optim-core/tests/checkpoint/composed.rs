//! A file of an optimizer that is composed otherwise is an error that says how, and so is a name that nobody asks for.

use optim_core::checkpoint;
use optim_core::prelude::*;
use optim_core::record::{Persist, Record, Value, tensor};
use optim_core::schedule::Constant;

use crate::Temporary;
use crate::resume::bits;

type Model = (Vec<f32>, f32);

fn model() -> Model {
    (vec![1.0, -2.0], 3.0)
}

fn rule() -> Optimizer<AdamW, Model> {
    AdamW::default().init(&model()).unwrap()
}

fn trained<O: Optimize<Model>>(mut opt: O) -> (Model, O) {
    let mut model = model();
    for _ in 0..3 {
        opt.step_with(&mut model, |model, gradient| gradient.clone_from(model)).unwrap();
    }
    (model, opt)
}

/// Loads a file of `saved` into `present`, which is not to change; the error of the file, and that of the record alone.
fn refused<S, P>(saved: S, present: P) -> (String, String)
where
    S: Optimize<Model> + Persist,
    P: Optimize<Model> + Persist + Clone,
{
    let file = Temporary::new(&format!("composed-{:?}", std::thread::current().id()));
    let (saved_model, saved) = trained(saved);
    checkpoint::save(&file, &saved_model, &saved).unwrap();
    let (mut model, mut opt) = trained(present);
    model.1 += 1.0;
    let before = (model.clone(), bits(&opt.save()));
    let error = checkpoint::load(&file, &mut model, &mut opt).unwrap_err().to_string();
    assert!((model, bits(&opt.save())) == before, "{error}: something has moved");
    (error, opt.load(&saved.save()).unwrap_err().to_string())
}

fn is_named(found: (String, String), saved: &str, present: &str, record: &str) {
    assert_eq!(found.0, format!("the checkpoint is of `{saved}`, and the optimizer is `{present}`"));
    assert_eq!(found.1, record);
}

#[test]
fn one_wrapper_more_one_less_or_another_order() {
    let clip = || rule().clip_norm(1.0).unwrap();
    let both = || clip().ema(0.9).unwrap();
    let (bare, clipped, averaged) = ("AdamW", "clip_norm over AdamW", "ema over clip_norm over AdamW");
    // One more in the file: outside, inside, around the bare rule.
    is_named(refused(both(), clip()), averaged, clipped, "`wrapper` is `ema`, not `clip_norm`");
    is_named(
        refused(both(), rule().ema(0.9).unwrap()),
        averaged,
        "ema over AdamW",
        "the record is of `clip_norm over AdamW`, not of `AdamW`",
    );
    is_named(refused(both(), rule()), averaged, bare, &format!("the record is of `{averaged}`, not of `AdamW`"));
    // One less.
    is_named(refused(clip(), both()), clipped, averaged, "`wrapper` is `clip_norm`, not `ema`");
    is_named(
        refused(rule().ema(0.9).unwrap(), both()),
        "ema over AdamW",
        averaged,
        "the record is of `AdamW`, not of `clip_norm`",
    );
    is_named(refused(rule(), clip()), bare, clipped, "the record is of `AdamW`, not of `clip_norm`");
    // Another order.
    is_named(
        refused(both(), rule().ema(0.9).unwrap().clip_norm(1.0).unwrap()),
        averaged,
        "clip_norm over ema over AdamW",
        "`wrapper` is `ema`, not `clip_norm`",
    );
    let schedule = Constant(0.5);
    is_named(
        refused(
            rule().schedule("lr", schedule).unwrap().schedule("weight_decay", schedule).unwrap(),
            rule().schedule("weight_decay", schedule).unwrap().schedule("lr", schedule).unwrap(),
        ),
        "schedule of weight_decay over schedule of lr over AdamW",
        "schedule of lr over schedule of weight_decay over AdamW",
        "`name` is `weight_decay`, and the schedule is of `lr`",
    );
    // Inside of wrappers, another rule.
    is_named(
        refused(both(), Sgd::default().init(&model()).unwrap().clip_norm(1.0).unwrap().ema(0.9).unwrap()),
        averaged,
        "ema over clip_norm over Sgd",
        "`rule` is `AdamW`, not `Sgd`",
    );
}

#[test]
fn pairs() {
    let first = || AdamW::default().init_where(&model(), paths("0")).unwrap();
    let second = || Sgd::default().init_where(&model(), paths("1")).unwrap();
    let pair = || Both::new(first(), second(), &model()).unwrap();
    let clipped = || Both::new(first(), second().clip_norm(1.0).unwrap(), &model()).unwrap();
    let other = || Both::new(second(), first(), &model()).unwrap();
    is_named(
        refused(pair(), clipped()),
        "(AdamW and Sgd)",
        "(AdamW and clip_norm over Sgd)",
        "the record is of `Sgd`, not of `clip_norm`",
    );
    is_named(refused(pair(), other()), "(AdamW and Sgd)", "(Sgd and AdamW)", "`rule` is `AdamW`, not `Sgd`");
    is_named(refused(rule(), pair()), "AdamW", "(AdamW and Sgd)", "the record is of `AdamW`, not of `a pair`");
    is_named(refused(pair(), rule()), "(AdamW and Sgd)", "AdamW", "the record is of `(AdamW and Sgd)`, not of `AdamW`");
    is_named(
        refused(pair().ema(0.5).unwrap(), pair()),
        "ema over (AdamW and Sgd)",
        "(AdamW and Sgd)",
        "the record is of `ema over (AdamW and Sgd)`, not of `a pair`",
    );
}

/// A record with a name that nobody asks for.
fn with(record: &Record, name: &str, value: Value) -> Record {
    let mut record = record.clone();
    record.put(name, value);
    record
}

#[test]
fn a_name_that_no_wrapper_asks_for() {
    fn check<O: Optimize<Model> + Persist>(wrapper: &str, opt: O) {
        let (_, mut opt) = trained(opt);
        let record = opt.save();
        for name in ["more", "inner", "decays", "average", "slow"] {
            let error = opt.load(&with(&record, name, Value::Count(1))).unwrap_err().to_string();
            assert_eq!(error, format!("`{name}` is not of this wrapper (`{wrapper}`)"));
        }
        let error = opt.load(&with(&record, "inner/more", Value::Count(1))).unwrap_err().to_string();
        assert_eq!(error, "`more` is not of this optimizer (`AdamW`)");
        assert_eq!(opt.save(), record);
        opt.load(&record).unwrap();
    }
    check("clip_value", rule().clip_value(1.0).unwrap());
    check("clip_tensor_norm", rule().clip_tensor_norm(1.0).unwrap());
    check("clip_norm", rule().clip_norm(1.0).unwrap());
    check("centralise", rule().centralise());
    check("noise", rule().noise(0.1, 0.5, 1).unwrap());
    check("cautious", rule().cautious());
    check("skip_nonfinite", rule().skip_nonfinite(2));
    check("schedule", rule().schedule("lr", Constant(0.5)).unwrap());
    check("ema", rule().ema(0.5).unwrap());
    check("swa", rule().swa(1, 1).unwrap());
    check("lookahead", rule().lookahead(2, 0.5).unwrap());
    check("accumulate", rule().accumulate(2).unwrap());
}

#[test]
fn numbers_of_weights_where_there_are_none_to_be() {
    let mut opt = rule().ema(0.5).unwrap();
    let average = tensor(ndarray::ArrayD::<f32>::zeros(vec![2]));
    let error = opt.load(&with(&opt.save(), "average/0", average)).unwrap_err().to_string();
    assert_eq!(error, "`average/0` is there, and `averaged` is 0");
}

#[test]
fn a_name_that_no_pair_and_no_minimizer_asks_for() {
    let first = AdamW::default().init_where(&model(), paths("0")).unwrap();
    let second = Sgd::default().init_where(&model(), paths("1")).unwrap();
    let mut pair = Both::new(first, second, &model()).unwrap();
    let error = pair.load(&with(&pair.save(), "third", Value::Count(1))).unwrap_err();
    assert_eq!(error.to_string(), "`third` is not of a pair");

    let mut lbfgs = Lbfgs::default().init(&model()).unwrap();
    let bowl = |model: &mut Model, gradient: &mut Model| {
        gradient.clone_from(model);
        0.5 * model.dot(model).unwrap()
    };
    lbfgs.step_with(&mut model(), bowl).unwrap();
    let record = lbfgs.save();
    for name in ["more", "settings/more", "s/9/0", "rho/9", "gradients/0"] {
        let error = lbfgs.load(&with(&record, name, Value::Number(1.0))).unwrap_err().to_string();
        assert_eq!(error, format!("`{name}` is not of this minimizer (`Lbfgs`)"));
        assert_eq!(lbfgs.save(), record);
    }
    let error = lbfgs.load(&rule().save()).unwrap_err().to_string();
    assert_eq!(error, "the record is of `AdamW`, not of `Lbfgs`");
    let error = rule().load(&record).unwrap_err().to_string();
    assert_eq!(error, "the record is of `Lbfgs`, not of `AdamW`");
}
