//! What stands around rules: groups, what is frozen and masked, pairs and wrappers go on bit for bit too.

use ndarray::{Array1, Array2};
use optim_core::checkpoint;
use optim_core::prelude::*;
use optim_core::record::Persist;
use optim_core::schedule::Cosine;

use crate::Temporary;
use crate::resume::{bits, weights};

#[derive(Optimizable, Clone)]
struct Model {
    matrix: Array2<f32>,
    #[optim(group = "no_decay")]
    bias: Array1<f32>,
    scale: f32,
}

fn model(seed: u64) -> Model {
    let mut rng = Rng::new(seed);
    let mut next = || {
        #[expect(clippy::cast_possible_truncation, reason = "any number will do")]
        let number = rng.normal() as f32;
        number
    };
    Model {
        matrix: Array2::from_shape_simple_fn((6, 4), &mut next),
        bias: Array1::from_shape_simple_fn(21, &mut next),
        scale: next(),
    }
}

/// A gradient that depends on the place.
fn fill(model: &Model, gradient: &mut Model, step: u64) {
    gradient.clone_from(&self::model(100 + step));
    gradient.add_scaled(0.5, model).unwrap();
}

fn every_state<O: Optimize<Model> + Persist>(model: &mut Model, opt: &mut O) -> impl PartialEq + use<O> {
    let record = bits(&opt.save());
    (weights(model), record, opt.evaluate_with(model, |model| weights(model)).unwrap(), opt.steps())
}

/// Saved in the middle and loaded into what `make` makes, a run ends as one that was not interrupted.
fn check<O: Optimize<Model> + Persist + Clone>(name: &str, make: impl Fn(&Model) -> O, prepare: impl Fn(&mut O)) {
    let run = |model: &mut Model, opt: &mut O, steps: std::ops::Range<u64>| {
        for step in steps {
            opt.step_with(model, |model, gradient| fill(model, gradient, step)).unwrap();
        }
    };
    let mut first = model(1);
    let mut opt = make(&first);
    prepare(&mut opt);
    run(&mut first, &mut opt, 0..7);
    let file = Temporary::new(&format!("around-{name}"));
    checkpoint::save(&file, &first, &opt).unwrap();
    let before = every_state(&mut first, &mut opt);

    let mut second = model(2);
    let mut resumed = make(&second);
    checkpoint::load(&file, &mut second, &mut resumed).unwrap();
    assert!(every_state(&mut second, &mut resumed) == before, "{name}, at once");
    run(&mut first, &mut opt, 7..16);
    run(&mut second, &mut resumed, 7..16);
    let after = every_state(&mut first, &mut opt);
    assert!(every_state(&mut second, &mut resumed) == after, "{name}, after nine more");
    assert!(before != after, "{name} has moved");
}

fn parts<R: Rule>(opt: &mut Optimizer<R, Model>) {
    opt.group("no_decay", |rule| rule.set("lr", 3e-3).unwrap()).unwrap();
    opt.define_group("single", paths("scale")).unwrap();
    opt.set_in("single", "lr", 1e-3).unwrap();
    opt.freeze(paths("scale")).unwrap();
    let moves = Array2::from_shape_fn((6, 4), |(row, col)| row != col);
    opt.mask("matrix", moves.view().into_dyn()).unwrap();
}

#[test]
fn groups_and_what_is_frozen_or_masked() {
    check("adam", |model| Adam::default().init(model).unwrap(), parts);
    // Caches of the whole model, one for each group; scalars that `evaluate` sees; passes.
    check("nadam", |model| NAdam::default().init(model).unwrap(), parts);
    check("schedule free", |model| ScheduleFreeAdamW::default().init(model).unwrap(), parts);
    check("lamb", |model| Lamb::default().init(model).unwrap(), parts);
    check("prodigy", |model| Prodigy::default().init(model).unwrap(), parts);
}

#[test]
fn a_frozen_parameter_moves_again_as_if_nothing_had_been() {
    let unfreeze = |model: &Model| {
        let mut opt = Adam::default().init(model).unwrap();
        opt.define_group("other", paths("matrix")).unwrap();
        opt.freeze(paths("bias")).unwrap();
        opt
    };
    // What stood in the optimizer that is loaded into gives way to what was saved.
    let (mut first, mut second) = (model(1), model(1));
    let mut opt = Adam::default().init(&first).unwrap();
    let mut resumed = unfreeze(&second);
    let file = Temporary::new("around-unfrozen");
    checkpoint::save(&file, &first, &opt).unwrap();
    checkpoint::load(&file, &mut second, &mut resumed).unwrap();
    assert!(!resumed.is_frozen("bias") && resumed.group_of("matrix").is_none());
    opt.step_with(&mut first, |model, gradient| fill(model, gradient, 1)).unwrap();
    resumed.step_with(&mut second, |model, gradient| fill(model, gradient, 1)).unwrap();
    assert!(weights(&first) == weights(&second) && bits(&opt.save()) == bits(&resumed.save()));
}

#[test]
fn pairs_and_wrappers() {
    check(
        "wrapped",
        |model| {
            let muon = Muon::default().init_where(model, paths("matrix")).unwrap();
            let adamw = AdamW::default().init_where(model, |parameter| parameter.path != "matrix").unwrap();
            let pair = Both::new(muon, adamw, model).unwrap();
            let schedule = Cosine { from: 0.02, to: 0.001, steps: 6 };
            let opt =
                pair.schedule("first.lr", schedule).unwrap().cautious().centralise().noise(0.01, 0.55, 7).unwrap();
            let opt = opt.clip_norm(1.0).unwrap().lookahead(2, 0.5).unwrap().accumulate(3).unwrap();
            // Seven gradients: the third step's sum is begun.
            opt.skip_nonfinite(2).ema(0.9).unwrap()
        },
        |_| {},
    );
    check("averaged", |model| Nag::default().init(model).unwrap().swa(2, 1).unwrap(), |_| {});
}

#[test]
fn what_does_not_fit_is_refused() {
    let (mut first, file) = (model(1), Temporary::new("around-refused"));
    let mut opt = Adam::default().init(&first).unwrap();
    parts(&mut opt);
    opt.step_with(&mut first, |model, gradient| fill(model, gradient, 1)).unwrap();
    checkpoint::save(&file, &first, &opt.clone().clip_norm(1.0).unwrap()).unwrap();
    let before = (weights(&first), bits(&opt.save()));
    // Without the wrapper, in another one, and as a pair.
    assert!(checkpoint::load(&file, &mut first, &mut opt).is_err());
    let mut wrapped = opt.clone().ema(0.5).unwrap();
    assert!(checkpoint::load(&file, &mut first, &mut wrapped).is_err());
    assert!((weights(&first), bits(&opt.save())) == before);
}

#[derive(Optimizable, Clone)]
struct Renamed {
    matrix: Array2<f32>,
    #[optim(group = "no_decay")]
    offset: Array1<f32>,
    scale: f32,
    #[optim(group = "no_decay")]
    gain: Array1<f32>,
}

fn renamed() -> Renamed {
    let Model { matrix, bias, scale } = model(3);
    Renamed { matrix, offset: bias, scale, gain: Array1::ones(2) }
}

/// Five steps, with the bias in a group by attribute and the scale frozen.
fn saved(name: &str) -> (Temporary, Model, Optimizer<AdamW, Model>) {
    let (mut model, file) = (model(1), Temporary::new(name));
    let mut opt = AdamW::default().init(&model).unwrap();
    opt.group("no_decay", |rule| rule.weight_decay = 0.0).unwrap();
    opt.freeze(paths("scale")).unwrap();
    (0..5).for_each(|t| opt.step_with(&mut model, |model, gradient| fill(model, gradient, t)).unwrap());
    checkpoint::save(&file, &model, &opt).unwrap();
    (file, model, opt)
}

#[test]
fn groups_and_freezing_follow_a_parameter_that_is_renamed_or_new() {
    let (file, first, opt) = saved("around-renamed");
    let mut second = renamed();
    let mut resumed = AdamW::default().init(&second).unwrap();
    resumed.group("no_decay", |rule| rule.weight_decay = 0.5).unwrap();
    let saved = checkpoint::Checkpoint::open(&file).unwrap().rename("bias", "offset").rename("scale", "size");
    let saved = saved.rename("size", "scale").allow_new("gain");
    saved.load(&mut second, &mut resumed).unwrap();
    assert_eq!((second.offset, second.gain), (first.bias, Array1::ones(2)));
    assert_eq!((resumed.group_of("offset"), resumed.group_of("gain")), (Some("no_decay"), Some("no_decay")));
    assert_eq!(resumed.get_in("no_decay", "weight_decay").unwrap(), 0.0, "as it was saved");
    assert!(resumed.is_frozen("scale") && !resumed.is_frozen("gain"));
    assert_eq!(resumed.cache("m", "offset"), opt.cache("m", "bias"));
    // One that is left out takes its group along.
    let (file, ..) = self::saved("around-discarded");
    let mut rest = (model(5).matrix, 0.0_f32);
    let mut resumed = AdamW::default().init(&rest).unwrap();
    let saved = checkpoint::Checkpoint::open(&file).unwrap().rename("matrix", "0").rename("scale", "1").discard("bias");
    saved.load(&mut rest, &mut resumed).unwrap();
    assert!(resumed.is_frozen("1") && resumed.groups().next().is_none());
}

#[test]
fn a_group_by_attribute_that_is_newer_than_the_file_stays() {
    #[derive(Optimizable, Clone)]
    struct Newer {
        #[optim(group = "late")]
        matrix: Array2<f32>,
        bias: Array1<f32>,
        scale: f32,
    }
    let (file, ..) = saved("around-newer");
    let Model { matrix, bias, scale } = model(3);
    let mut newer = Newer { matrix, bias, scale };
    let mut resumed = AdamW::default().init(&newer).unwrap();
    resumed.set_in("late", "lr", 0.25).unwrap();
    checkpoint::load(&file, &mut newer, &mut resumed).unwrap();
    assert_eq!(resumed.group_of("matrix"), Some("late"));
    assert_eq!((resumed.get_in("late", "lr").unwrap(), resumed.group_of("bias")), (0.25, Some("no_decay")));
    newer.scale += 1.0;
    resumed.step_with(&mut newer, |model, gradient| gradient.clone_from(model)).unwrap();
}

#[test]
fn what_a_wrapper_keeps_is_compared_with_the_model_before_anything_is_loaded() {
    #[derive(Optimizable, Clone)]
    struct Frozen {
        matrix: Array2<f32>,
        #[optim(group = "no_decay")]
        bias: Array1<f32>,
        #[optim(freeze)]
        scale: f32,
    }
    let Model { matrix, bias, scale } = model(1);
    let (mut first, file) = (Frozen { matrix, bias, scale }, Temporary::new("around-compared"));
    // A rule without caches, which misses nothing itself.
    let mut opt = Sgd::default().init(&first).unwrap().ema(0.5).unwrap().accumulate(2).unwrap();
    (0..3).for_each(|_| opt.step_with(&mut first, |model, gradient| gradient.clone_from(model)).unwrap());
    checkpoint::save(&file, &first, &opt).unwrap();
    let mut second = model(2);
    let before = weights(&second);
    let mut resumed = Sgd::default().init(&second).unwrap().ema(0.5).unwrap().accumulate(2).unwrap();
    let error = checkpoint::load(&file, &mut second, &mut resumed).unwrap_err();
    assert_eq!(error.to_string(), "`sum/scale` is missing");
    assert!(weights(&second) == before && resumed.steps() == 0);
}
