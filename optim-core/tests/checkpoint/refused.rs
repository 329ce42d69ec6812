//! What does not fit is an error that names it, and nothing has moved.

use ndarray::{Array1, Array2, array};
use optim_core::checkpoint::{self, Checkpoint};
use optim_core::prelude::*;
use optim_core::record::{Persist, Record, Value};
use optim_core::{ErrorKind, Role};

use crate::Temporary;
use crate::resume::{bits, weights};

#[derive(Optimizable, Clone)]
struct Pair<A: Real> {
    weight: Array2<A>,
    bias: Array1<A>,
}

fn pair<A: Real>() -> Pair<A> {
    let (one, two) = (A::one(), A::from_f64(2.0));
    Pair { weight: array![[one, two, one], [two, one, two]], bias: array![one, two] }
}

fn trained<R: Rule, M: Optimizable + Clone>(rule: R, model: &mut M) -> Optimizer<R, M> {
    let mut opt = rule.init(model).unwrap();
    for _ in 0..3 {
        opt.step_with(model, |model, gradient| gradient.clone_from(model)).unwrap();
    }
    opt
}

/// Saves a trained pair.
fn saved<R: Rule>(name: &str, rule: R) -> Temporary {
    let file = Temporary::new(name);
    let mut model = pair::<f32>();
    let opt = trained(rule, &mut model);
    checkpoint::save(&file, &model, &opt).unwrap();
    file
}

/// Loads into a trained model, which is not to move; the error.
fn refused<M: Optimizable + Clone, R: Rule>(file: &Temporary, mut model: M, rule: R) -> Error {
    let mut opt = trained(rule, &mut model);
    let before = (weights(&model), bits(&opt.save()));
    let error = checkpoint::load(file, &mut model, &mut opt).unwrap_err();
    assert!((weights(&model), bits(&opt.save())) == before, "{error}: something has moved");
    error
}

#[test]
fn another_rule_or_other_caches() {
    let file = saved("rule", Adam::default());
    assert_eq!(refused(&file, pair::<f32>(), AdamW::default()).to_string(), "`rule` is `Adam`, not `AdamW`");
    let error = refused(&file, pair::<f32>(), Adam::default().with_amsgrad(true));
    assert_eq!(error.kind(), ErrorKind::Cache);
    assert_eq!(error.to_string(), "`Adam`: the cache `v_max` would vanish; `init` the optimizer anew");
    let file = saved("amsgrad", Adam::default().with_amsgrad(true));
    let error = refused(&file, pair::<f32>(), Adam::default());
    assert_eq!(error.to_string(), "`Adam`: the cache `v_max` would appear; `init` the optimizer anew");
}

#[test]
fn the_other_number_type() {
    let file = saved("type", Adam::default());
    let error = refused(&file, pair::<f64>(), Adam::default());
    assert_eq!(
        error.to_string(),
        "`weight` is a tensor of `f32`, not a tensor of `f64`; `convert`, if it is to become that"
    );
}

#[test]
fn a_missing_superfluous_renamed_or_reshaped_parameter() {
    #[derive(Optimizable, Clone)]
    struct Renamed {
        weight: Array2<f32>,
        offset: Array1<f32>,
    }
    #[derive(Optimizable, Clone)]
    struct More {
        pair: Option<f32>,
        weight: Array2<f32>,
        bias: Array1<f32>,
        gain: f32,
    }
    #[derive(Optimizable, Clone)]
    struct Less {
        weight: Array2<f32>,
    }
    let file = saved("parameters", Adam::default());
    let Pair { weight, bias } = pair::<f32>();
    let refused = |error: Error, path: &str, text: &str| {
        assert_eq!((error.path(), error.to_string().as_str()), (Some(path), text));
    };
    refused(
        self::refused(&file, Renamed { weight: weight.clone(), offset: bias.clone() }, Adam::default()),
        "offset",
        "the checkpoint: `offset` is missing; it has `bias` of this shape: `rename`, if it is that",
    );
    refused(
        self::refused(
            &file,
            More { pair: None, weight: weight.clone(), bias: bias.clone(), gain: 1.0 },
            Adam::default(),
        ),
        "gain",
        "the checkpoint: `gain` is missing; `allow_new`, if it is to keep what it has",
    );
    refused(
        self::refused(&file, Less { weight: weight.clone() }, Adam::default()),
        "bias",
        "the checkpoint: `bias` is not in the model; `discard` it, or `rename` it",
    );
    refused(
        self::refused(&file, Pair { weight: weight.t().to_owned(), bias }, Adam::default()),
        "weight",
        "the checkpoint: `weight` has the shape [2, 3], not [3, 2]",
    );
}

#[test]
fn a_file_without_optimizer_and_a_file_that_is_not_there() {
    let file = Temporary::new("weights");
    Checkpoint::new().model(&pair::<f32>()).save(&file).unwrap();
    let error = refused(&file, pair::<f32>(), Adam::default());
    assert_eq!(error.to_string(), "the checkpoint has no optimizer");
    let mut model = pair::<f32>().zeros_like();
    checkpoint::load_weights(&file, &mut model).unwrap();
    assert_eq!(weights(&model), weights(&pair::<f32>()));

    let error = refused(&Temporary::new("none"), pair::<f32>(), Adam::default());
    assert_eq!(error.kind(), ErrorKind::File);
    assert!(error.to_string().contains("cannot be read"), "{error}");
    let error = Checkpoint::new().save(std::env::temp_dir().join("optim-no-folder/x")).unwrap_err();
    assert!(error.kind() == ErrorKind::File && error.to_string().contains("cannot be written"), "{error}");
}

#[test]
fn a_damaged_file_is_named() {
    let file = saved("damaged", Adam::default());
    let mut bytes = std::fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    std::fs::write(&file, &bytes).unwrap();
    let error = refused(&file, pair::<f32>(), Adam::default());
    assert_eq!(error.kind(), ErrorKind::Data);
    let text = error.to_string();
    assert!(text.starts_with(&format!("`{}`: it is damaged: its checksum is ", file.0.display())), "{text}");
}

/// A record with one value changed, and the error that an optimizer in another state has for it.
fn changed(name: &str, value: Option<Value>) -> Error {
    let mut model = (vec![1.0_f32, 2.0, 3.0], 4.0_f32);
    let good = trained(ScheduleFreeAdamW::default(), &mut model).save();
    assert!(value.is_none() || name == "cache/x/0" || good.get(name).is_ok(), "{name} is there");
    let mut record = Record::new();
    good.iter().filter(|(other, _)| *other != name).for_each(|(name, value)| record.put(name, value.clone()));
    if let Some(value) = value {
        record.put(name, value);
    }
    let mut opt = trained(ScheduleFreeAdamW::default().with_lr(0.5), &mut (vec![0.5_f32; 3], 1.0_f32));
    let before = bits(&opt.save());
    let error = opt.load(&record).unwrap_err();
    assert!(bits(&opt.save()) == before, "{name}: something has moved");
    opt.load(&good).unwrap();
    assert!(bits(&opt.save()) == bits(&good));
    error
}

#[test]
fn every_value_of_an_optimizer_is_checked() {
    let mut model = (vec![1.0_f32, 2.0, 3.0], 4.0_f32);
    let record = trained(ScheduleFreeAdamW::default(), &mut model).save();
    let names: Vec<&str> = record.iter().map(|(name, _)| name).collect();
    assert!(names.contains(&"cache/v/0") && names.contains(&"last/c") && names.contains(&"cache/total"), "{names:?}");
    for name in names {
        assert_eq!(changed(name, None).to_string(), format!("`{name}` is missing"));
    }
    let text = |name, value| changed(name, Some(value)).to_string();
    assert_eq!(text("hyper/beta1", Value::Number(1.5)), "`ScheduleFreeAdamW`: `beta1` is 1.5, which is not in 0<..1");
    assert!(text("hyper/lr", Value::Number(f64::NAN)).contains("the finite numbers"));
    assert_eq!(text("hyper/warmup_steps", Value::Number(1.0)), "`hyper/warmup_steps` is a number, not a whole number");
    assert!(text("hyper/warmup_steps", Value::Count(u64::MAX)).contains("2^53"));
    assert_eq!(text("cache/total", Value::Count(1)), "`cache/total` is a whole number, not a number");
    let wrong = Value::F32(ndarray::ArrayD::zeros(vec![4]));
    assert_eq!(text("cache/v/0", wrong.clone()), "the record: `cache/v/0` has the shape [4], not [3]");
    assert_eq!(text("cache/x/0", wrong), "`cache/x/0` is not of this optimizer (`ScheduleFreeAdamW`)");
    let wrong = Value::F64(ndarray::ArrayD::zeros(vec![3]));
    assert_eq!(text("cache/v/0", wrong), "`cache/v/0` is a tensor of `f64`, not a tensor of `f32`");
    assert!(text("layout", "m".into()).contains("and `m` in the record"));
}

#[test]
fn paths_that_look_like_parts_of_a_file() {
    use std::collections::BTreeMap;
    let keys = ["optimizer/m", "value/a", "__metadata__", "/", "//x", "a.b\\c", "optimizer", "\"\n", "ü"];
    let model: BTreeMap<String, f64> = keys.iter().zip(1..).map(|(key, n)| ((*key).to_owned(), f64::from(n))).collect();
    let file = Temporary::new("paths");
    let mut trained = model.clone();
    let opt = self::trained(Adam::default(), &mut trained);
    checkpoint::save(&file, &trained, &opt).unwrap();
    let mut again = model;
    let mut resumed = Adam::default().init(&again).unwrap();
    checkpoint::load(&file, &mut again, &mut resumed).unwrap();
    assert_eq!(again, trained);
    assert!(bits(&resumed.save()) == bits(&opt.save()));
    let mut roles = 0;
    again.for_each_tensor(|_, role, _| roles += usize::from(role == Role::Parameter));
    assert_eq!(roles, keys.len());
}
