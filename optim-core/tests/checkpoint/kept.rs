//! What wrappers keep for each weight goes along when the model has changed: averages, slow weights, sums.

use ndarray::{Array1, Array2, ArrayD, array, s};
use optim_core::checkpoint::{self, Checkpoint};
use optim_core::prelude::*;
use optim_core::record::{Persist, Record};
use optim_core::wrap::{ClipNorm, Ema};

use crate::Temporary;
use crate::resume::{bits, weights};

#[derive(Optimizable, Clone, Debug)]
struct Old {
    table: Array2<f64>,
    #[optim(freeze)]
    fixed: f64,
    body: Array1<f64>,
    gone: Array1<f64>,
}

#[derive(Optimizable, Clone, Debug)]
struct New {
    gain: Array1<f64>,
    table: Array2<f64>,
    #[optim(freeze)]
    fixed: f64,
    #[optim(freeze)]
    newly_fixed: f64,
    trunk: Array1<f64>,
}

fn old() -> Old {
    Old { table: array![[1.0, -2.0], [0.5, 3.0]], fixed: 9.0, body: array![0.25, -0.75, 2.0], gone: array![4.0] }
}

fn new() -> New {
    let table = array![[0.1, 0.2, 0.3], [0.4, 0.5, 0.6], [0.7, 0.8, 0.9]];
    New { gain: array![5.0, -6.0], table, fixed: 0.0, newly_fixed: 1.0, trunk: Array1::zeros(3) }
}

fn fill<M: Optimizable<Scalar = f64> + Clone>(model: &mut M, gradient: &mut M) {
    let mut place = 0.0;
    gradient
        .for_each_pair_mut(model, |_, mut gradient, weights| {
            gradient.iter_mut().zip(&weights).for_each(|(g, &w)| {
                place += 1.0_f64;
                *g = w + place.sin();
            });
        })
        .unwrap();
}

fn go<M: Optimizable<Scalar = f64> + Clone, O: Optimize<M>>(opt: &mut O, model: &mut M, steps: usize) {
    for _ in 0..steps {
        opt.step_with(model, fill).unwrap();
    }
}

fn changed(file: &Temporary) -> Checkpoint {
    let file = Checkpoint::open(file).unwrap().rename("body", "trunk").discard("gone");
    file.grow("table").allow_new("gain").allow_new("newly_fixed")
}

/// What numbers of the old model become: `start` where there were none.
fn expected(numbers: &Old, start: &New) -> New {
    let mut expected = start.clone();
    expected.table.slice_mut(s![..2, ..2]).assign(&numbers.table);
    expected.trunk.assign(&numbers.body);
    expected.fixed = numbers.fixed;
    expected
}

fn inside<M: Optimizable>(rule: AdamW, model: &M) -> ClipNorm<Optimizer<AdamW, M>, M> {
    rule.init(model).unwrap().clip_norm(0.5).unwrap()
}

fn rule() -> AdamW {
    AdamW::default().with_lr(0.05)
}

/// Saves a run with an average, and the same without.
fn averaged(name: &str) -> (Temporary, Temporary, Old, Old) {
    let (mut model, mut plain) = (old(), old());
    let mut opt = inside(rule(), &model).ema(0.9).unwrap();
    let mut bare = inside(rule(), &plain);
    go(&mut opt, &mut model, 5);
    go(&mut bare, &mut plain, 5);
    assert_eq!(weights(&model), weights(&plain));
    let files = (Temporary::new(&format!("kept-{name}")), Temporary::new(&format!("kept-{name}-bare")));
    checkpoint::save(&files.0, &model, &opt).unwrap();
    checkpoint::save(&files.1, &plain, &bare).unwrap();
    let average = opt.evaluate_with(&mut model, |average| average.clone()).unwrap();
    (files.0, files.1, model, average)
}

#[test]
fn an_average_of_a_model_that_is_renamed_grown_new_and_discarded_in_parts() {
    let (file, bare_file, saved, old_average) = averaged("average");
    let mut model = new();
    let mut opt = inside(rule(), &model).ema(0.5).unwrap();
    changed(&file).load(&mut model, &mut opt).unwrap();
    let start = expected(&saved, &new());
    assert_eq!(weights(&model), weights(&start));
    let mut average = expected(&old_average, &start);
    let found = opt.evaluate_with(&mut model, |average| average.clone()).unwrap();
    assert_eq!(weights(&found), weights(&average), "new weights are their own average");
    assert_eq!((opt.averaged(), opt.decay(), opt.steps()), (5, 0.9, 5));

    // From here on the weights are those of a run without the average, and it is what its formula says.
    let mut plain = new();
    let mut bare = inside(rule(), &plain);
    changed(&bare_file).load(&mut plain, &mut bare).unwrap();
    for step in 0..7 {
        go(&mut opt, &mut model, 1);
        go(&mut bare, &mut plain, 1);
        assert_eq!(weights(&model), weights(&plain), "step {step}");
        let enter = |mut a: ndarray::ArrayViewMutD<f64>, w: ArrayD<f64>| {
            a.zip_mut_with(&w, |a, &w| *a = 0.9 * *a + (1.0 - 0.9) * w);
        };
        enter(average.gain.view_mut().into_dyn(), plain.gain.clone().into_dyn());
        enter(average.table.view_mut().into_dyn(), plain.table.clone().into_dyn());
        enter(average.trunk.view_mut().into_dyn(), plain.trunk.clone().into_dyn());
        let found = opt.evaluate_with(&mut model, |average| average.clone()).unwrap();
        assert_eq!(weights(&found), weights(&average), "step {step}");
    }
}

#[test]
fn an_optimizer_that_has_been_elsewhere_brings_nothing_of_it() {
    let (file, ..) = averaged("elsewhere");
    let (mut model, mut other) = (new(), new());
    let mut fresh = inside(rule(), &model).ema(0.5).unwrap();
    let mut used = fresh.clone();
    changed(&file).load(&mut model, &mut fresh).unwrap();
    other.gain *= 3.0;
    go(&mut used, &mut other, 3);
    let start = other.gain.clone();
    changed(&file).load(&mut other, &mut used).unwrap();
    assert_eq!(other.gain, start);
    assert_eq!(used.save().tensor::<f64>("average/gain").unwrap(), &start.into_dyn(), "the weight as the model has it");
    let trunk = |opt: &Ema<_, _>| opt.save().tensor::<f64>("average/trunk").unwrap().clone();
    assert_eq!(trunk(&used), trunk(&fresh));

    // A file from before the first step has no average, and none appears.
    let (first, file) = (old(), Temporary::new("kept-early"));
    checkpoint::save(&file, &first, &inside(rule(), &first).ema(0.9).unwrap()).unwrap();
    changed(&file).load(&mut other, &mut used).unwrap();
    assert_eq!((used.averaged(), used.save().part("average")), (0, Record::new()));
}

#[test]
fn what_is_forgotten_begins_at_the_weights_that_were_loaded() {
    let (file, _, saved, average) = averaged("forgotten");
    let mut model = old();
    let mut opt = inside(rule(), &model).ema(0.9).unwrap();
    Checkpoint::open(&file).unwrap().forget("body").load(&mut model, &mut opt).unwrap();
    let found = opt.evaluate_with(&mut model, |average| average.clone()).unwrap();
    assert_eq!((&found.body, &found.table), (&saved.body, &average.table));
    assert_ne!(average.body, saved.body);
}

#[test]
fn a_parameter_that_was_frozen_enters_the_average() {
    #[derive(Optimizable, Clone)]
    struct Thawed {
        table: Array2<f64>,
        fixed: f64,
        body: Array1<f64>,
        gone: Array1<f64>,
    }
    let (file, ..) = averaged("thawed");
    let Old { table, body, gone, .. } = old();
    let mut model = Thawed { table, fixed: 1.0, body, gone };
    let mut opt = inside(rule(), &model).ema(0.9).unwrap();
    let error = checkpoint::load(&file, &mut model.clone(), &mut opt).unwrap_err();
    assert_eq!(error.to_string(), "`cache/m/fixed` is missing");
    Checkpoint::open(&file).unwrap().forget("fixed").load(&mut model, &mut opt).unwrap();
    assert_eq!(opt.evaluate_with(&mut model, |average| average.fixed).unwrap(), 9.0);
}

#[test]
fn the_other_number_type() {
    #[derive(Optimizable, Clone)]
    struct Narrow {
        gain: Array1<f32>,
        table: Array2<f32>,
        fixed: f32,
        trunk: Array1<f32>,
    }
    let (file, _, saved, average) = averaged("narrow");
    let narrow = |x: &f64| <f32 as Real>::from_f64(*x);
    let mut model =
        Narrow { gain: array![7.0], table: Array2::from_elem((2, 3), 0.5), fixed: 0.0, trunk: Array1::zeros(3) };
    let mut opt = inside(rule(), &model).ema(0.9).unwrap();
    let file = Checkpoint::open(&file).unwrap().rename("body", "trunk").discard("gone").convert();
    file.grow("table").allow_new("gain").forget("fixed").load(&mut model, &mut opt).unwrap();
    let found = opt.evaluate_with(&mut model, |average| average.clone()).unwrap();
    assert_eq!((found.gain[0], found.fixed, model.trunk), (7.0, 9.0, saved.body.map(narrow)));
    assert_eq!(found.trunk, average.body.map(narrow));
    assert_eq!(found.table.slice(s![.., ..2]), average.table.map(narrow));
    assert_eq!(found.table.column(2), array![0.5, 0.5]);
}

/// Every wrapper that keeps something, around each other and in a pair.
macro_rules! everything {
    ($model:expr) => {{
        let matrices = Sgd::default().init_where($model, |p| p.shape.len() == 2).unwrap().ema(0.75).unwrap();
        let rest = Adam::default().init_where($model, |p| p.shape.len() != 2).unwrap().swa(1, 1).unwrap();
        let pair = Both::new(matrices, rest, $model).unwrap().lookahead(2, 0.5).unwrap().skip_nonfinite(1);
        pair.accumulate(3).unwrap().ema(0.5).unwrap()
    }};
}

#[test]
fn nested_and_in_pairs() {
    let (mut model, file) = (old(), Temporary::new("kept-nested"));
    let mut opt = everything!(&model);
    // Three steps, and the sum of two gradients more.
    go(&mut opt, &mut model, 11);
    checkpoint::save(&file, &model, &opt).unwrap();
    let saved = opt.save();
    let mut second = new();
    let mut resumed = everything!(&second);
    changed(&file).load(&mut second, &mut resumed).unwrap();
    let found = resumed.save();
    let start = expected(&model, &new());
    let pair = "inner/inner/inner/inner";
    let parts = [
        ("average", "table body gain", false),
        ("inner/sum", "table body gain", true),
        ("inner/inner/inner/slow", "table body gain", false),
        (&format!("{pair}/first/average"), "table", false),
        (&format!("{pair}/second/average"), "body gain", false),
    ];
    let mut compared = 0;
    for (part, paths, sum) in parts {
        let start = if sum {
            New { gain: Array1::zeros(2), table: Array2::zeros((3, 3)), ..start.clone() }
        } else {
            start.clone()
        };
        let of = |record: &Record, path: &str| record.tensor::<f64>(&format!("{part}/{path}")).unwrap().clone();
        if paths.contains("table") {
            let mut table = start.table.clone();
            table.slice_mut(s![..2, ..2]).assign(&of(&saved, "table").into_dimensionality::<ndarray::Ix2>().unwrap());
            assert_eq!(of(&found, "table"), table.into_dyn(), "{part}");
        }
        if paths.contains("body") {
            assert_eq!(of(&found, "trunk"), of(&saved, "body"), "{part}");
            assert_eq!(of(&found, "gain"), start.gain.into_dyn(), "{part}");
        }
        let names = found.part(part).iter().count();
        assert_eq!(names, paths.split(' ').count(), "{part}: nothing else");
        compared += names;
    }
    assert_eq!(compared, 12);
    // All that is not of a weight is as it was, bit for bit.
    let rest = |record: &Record| {
        let mut rest = bits(record);
        rest.retain(|(name, _)| !["table", "body", "trunk", "gain", "gone"].iter().any(|path| name.ends_with(path)));
        rest
    };
    assert_eq!(rest(&found), rest(&saved));
    go(&mut resumed, &mut second, 9);
    assert_eq!(resumed.steps(), 6);
}

#[test]
fn a_sum_begins_at_zero() {
    let (mut model, file) = (old(), Temporary::new("kept-sum"));
    let sgd = Sgd::default().with_lr(1.0);
    let mut opt = sgd.clone().init(&model).unwrap().accumulate(2).unwrap();
    let ones = |model: &Old| {
        let mut gradient = model.zeros_like();
        gradient.for_each_param_mut(|_, mut g| g.fill(2.0));
        gradient
    };
    let gradient = ones(&model);
    opt.step(&mut model, &gradient).unwrap();
    checkpoint::save(&file, &model, &opt).unwrap();
    let mut second = new();
    let mut resumed = sgd.init(&second).unwrap().accumulate(2).unwrap();
    changed(&file).load(&mut second, &mut resumed).unwrap();
    let (before, mut gradient) = (second.clone(), second.zeros_like());
    gradient.for_each_param_mut(|_, mut g| g.fill(4.0));
    resumed.step(&mut second, &gradient).unwrap();
    assert_eq!(resumed.steps(), 1);
    assert_eq!(second.gain, &before.gain - 2.0, "(0 + 4) / 2");
    assert_eq!(second.trunk, &before.trunk - 3.0, "(2 + 4) / 2");
    assert_eq!((second.table[[1, 1]], second.table[[1, 2]]), (before.table[[1, 1]] - 3.0, before.table[[1, 2]] - 2.0));
}

#[test]
fn what_does_not_fit_still_is_named() {
    let (file, ..) = averaged("named");
    let mut model = new();
    let mut opt = inside(rule(), &model).ema(0.9).unwrap();
    let before = (weights(&model), bits(&opt.save()));
    let open = || Checkpoint::open(&file).unwrap().rename("body", "trunk");
    let error = |file: Checkpoint, opt: &mut _, model: &mut _| file.load(model, opt).unwrap_err().to_string();
    let file = open().grow("table").allow_new("gain").allow_new("newly_fixed");
    assert_eq!(
        error(file, &mut opt, &mut model),
        "the checkpoint: `gone` is not in the model; `discard` it, or `rename` it"
    );
    let file = open().discard("gone").allow_new("gain").allow_new("newly_fixed");
    assert_eq!(error(file, &mut opt, &mut model), "the checkpoint: `table` has the shape [2, 2], not [3, 3]");
    let file = open().discard("gone").grow("table").allow_new("newly_fixed");
    assert!(error(file, &mut opt, &mut model).starts_with("the checkpoint: `gain` is missing"));
    assert!((weights(&model), bits(&opt.save())) == before);
}

#[test]
fn a_schedule_keeps_its_state_beside_a_parameter_of_that_name() {
    use optim_core::schedule::{ReduceOnPlateau, Schedule};
    #[derive(Optimizable, Clone)]
    struct Model {
        state: Array1<f64>,
        w: f64,
    }
    #[derive(Optimizable, Clone)]
    struct Less {
        w: f64,
    }
    let mut model = Model { state: array![1.0], w: 2.0 };
    let plateau = || ReduceOnPlateau::new(0.1).with_patience(0);
    let mut opt = Sgd::default().init(&model).unwrap().schedule("lr", plateau()).unwrap().ema(0.5).unwrap();
    opt.inner_mut().observe(1.0);
    opt.inner_mut().observe(2.0);
    go(&mut opt, &mut model, 1);
    let file = Temporary::new("kept-state");
    checkpoint::save(&file, &model, &opt).unwrap();
    let mut less = Less { w: 0.0 };
    let mut resumed = Sgd::default().init(&less).unwrap().schedule("lr", plateau()).unwrap().ema(0.5).unwrap();
    Checkpoint::open(&file).unwrap().discard("state").load(&mut less, &mut resumed).unwrap();
    assert_eq!(resumed.inner().follows().at(2), opt.inner().follows().at(2));
    assert!(resumed.inner().follows().at(2) < 0.1);
}

#[derive(Optimizable, Clone)]
struct Renamed {
    table: Array2<f64>,
    #[optim(freeze)]
    fixed: f64,
    trunk: Array1<f64>,
    gone: Array1<f64>,
}

#[test]
fn a_minimizer_says_that_its_vectors_are_of_one_piece() {
    let bowl = |model: &mut Old, gradient: &mut Old| {
        fill(model, gradient);
        gradient.dot(gradient).unwrap()
    };
    let (mut model, file) = (old(), Temporary::new("kept-minimizer"));
    let mut opt = Lbfgs::default().init(&model).unwrap();
    opt.step_with(&mut model, |model, gradient| {
        let loss = bowl(model, gradient);
        gradient.scale(2.0);
        loss
    })
    .unwrap();
    assert_eq!(opt.steps(), 1);
    checkpoint::save(&file, &model, &opt).unwrap();
    // Under other names it goes on.
    let Old { table, fixed, body, gone } = old();
    let mut renamed = Renamed { table, fixed, trunk: body, gone };
    let mut resumed = Lbfgs::default().init(&renamed).unwrap();
    Checkpoint::open(&file).unwrap().rename("body", "trunk").load(&mut renamed, &mut resumed).unwrap();
    assert_eq!(resumed.save().tensor::<f64>("s/0/trunk").unwrap(), opt.save().tensor::<f64>("s/0/body").unwrap());

    let mut second = new();
    let mut other = Lbfgs::default().init(&second).unwrap();
    let hint = "a minimizer's vectors are over all weights together, so `load_weights` alone, and begin with a new one";
    let error = changed(&file).load(&mut second, &mut other).unwrap_err().to_string();
    assert_eq!(error, format!("`direction/gone` cannot be left out: {hint}"));
    let file = Checkpoint::open(&file).unwrap();
    let error = file.clone().forget("body").load(&mut model, &mut opt).unwrap_err().to_string();
    assert_eq!(error, format!("`direction/body` cannot be left out: {hint}"));
    let mut larger = Old { table: Array2::zeros((3, 2)), ..old() };
    let mut opt = Lbfgs::default().init(&larger).unwrap();
    let error = file.clone().grow("table").load(&mut larger, &mut opt).unwrap_err().to_string();
    assert!(error.contains("/table` has the shape [2, 2], not [3, 2]") && error.ends_with(hint), "{error}");
    let mut more = (old(), 1.0_f64);
    let mut opt = Lbfgs::default().init(&more).unwrap();
    let error = file.clone().rename("", "0").allow_new("1").load(&mut more, &mut opt).unwrap_err().to_string();
    assert!(error.contains("/1` is missing") && error.ends_with(hint), "{error}");
    // What it says to do.
    file.rename("", "0").allow_new("1").load_weights(&mut more).unwrap();
    assert_eq!(more.0.body, model.body);
}
