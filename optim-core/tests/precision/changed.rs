//! Checkpoints of what is kept in fewer bits, for models and optimizers that have changed: what is loaded is what an
//! optimizer of the same format has that was given these numbers one by one, and it goes on as that does.

use std::path::PathBuf;

use ndarray::{Array2, ArrayD, Slice};
use optim_core::checkpoint::{self, Checkpoint};
use optim_core::prelude::*;
use optim_core::record::{Persist, Record, Value, tensor};
use optim_core::{Precision, Storage};

use crate::erased::Erased;
use crate::run::{Layout, Model, Run, below, go, model, numbers, same, storages, without};

#[derive(Optimizable, Clone)]
struct Old {
    table: Array2<f32>,
    body: Vec<f32>,
    gone: Vec<f32>,
}

/// The table is larger, and what was the body stands elsewhere.
#[derive(Optimizable, Clone)]
struct New {
    head: Vec<f32>,
    embedding: Array2<f32>,
    trunk: Vec<f32>,
}

fn old(seed: u64) -> Old {
    let Model { matrix, rest, .. } = model(seed, Layout::Standard, false);
    let (vector, ..) = rest.unwrap();
    Old { table: matrix, body: vector[..300].to_vec(), gone: vector[300..].to_vec() }
}

fn new(seed: u64) -> New {
    let Model { matrix, rest, wide } = model::<f32>(seed + 100, Layout::Standard, false);
    let (vector, ..) = rest.unwrap();
    let embedding = Array2::from_shape_fn((41, 70), |(row, col)| wide[[row % 3, 70 * row + col]] + matrix[[0, 0]]);
    New { head: vector[..130].to_vec(), embedding, trunk: vector[200..500].to_vec() }
}

/// A file that is removed behind the test.
struct File(PathBuf);

impl File {
    fn of<M: Optimizable>(name: &str, model: &M, optimizer: &impl Persist) -> Self {
        let file = File(std::env::temp_dir().join(format!("optim-precision-{name}-{}", std::process::id())));
        checkpoint::save(&file.0, model, optimizer).unwrap();
        file
    }

    fn open(&self) -> Checkpoint {
        Checkpoint::open(&self.0).unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

/// Some steps of the old model.
fn trained<R: Rule>(storage: &Storage<R>) -> Run<Old> {
    let mut run = Run::new(storage, old(1), 1);
    (0..4).for_each(|t| run.step(&old(60 + t), 0.5));
    run
}

fn is_tensor(value: &Value) -> bool {
    matches!(value, Value::F32(_) | Value::F64(_))
}

/// One array at the beginning of the other, in every axis.
fn in_larger(small: &ArrayD<f32>, large: &ArrayD<f32>) -> ArrayD<f32> {
    let mut large = large.clone();
    large.slice_each_axis_mut(|axis| Slice::from(..small.len_of(axis.axis))).assign(small);
    large
}

/// How far a number may be from what is kept of it, beside the largest of its tensor.
fn bound(precision: Precision, number: f32, largest: f32) -> f32 {
    if precision == Precision::Block8 { number.abs() / 8.0 + largest * 1e-3 } else { 0.0 }
}

fn largest<'a>(numbers: impl IntoIterator<Item = &'a f32>) -> f32 {
    numbers.into_iter().fold(0.0, |largest, x| largest.max(x.abs()))
}

fn changed<R: Rule>(rule: &R, name: &str) {
    for (storage, what) in storages(rule).into_iter().map(|storage| (storage.clone(), format!("{storage:?}"))) {
        let mut was = trained(&storage);
        let file = File::of(name, &was.model, &was.opt);
        let file = file.open().rename("table", "embedding").rename("body", "trunk").discard("gone");
        let file = file.grow("embedding").allow_new("head");
        let mut found = Run::new(&storage, new(1), 2);
        let mut fresh = found.clone();
        file.load(&mut found.model, &mut found.opt).unwrap();

        // The same by hand.
        let (old, mut record) = (was.opt.save(), fresh.opt.save());
        old.iter().filter(|(_, value)| !is_tensor(value)).for_each(|(name, value)| record.put(name, value.clone()));
        for cache in R::declared_caches() {
            let [embedding, trunk] = ["embedding", "trunk"].map(|path| format!("cache/{}/{path}", cache.name));
            if let Some(body) = was.opt.hidden().cache(cache.name, "body") {
                if let Some(Value::F64(_)) = record.get(&trunk).ok().cloned() {
                    record.put(&trunk, old.get(&format!("cache/{}/body", cache.name)).unwrap().clone());
                } else {
                    record.put(&trunk, tensor(body));
                }
            }
            match (was.opt.hidden().cache(cache.name, "table"), fresh.opt.hidden().cache(cache.name, "embedding")) {
                (Some(table), Some(_)) if matches!(record.get(&embedding), Ok(Value::F64(_))) => {
                    assert_eq!(table.ndim(), 0);
                    record.put(&embedding, old.get(&format!("cache/{}/table", cache.name)).unwrap().clone());
                }
                (Some(table), Some(start)) => record.put(&embedding, tensor(in_larger(&table, &start))),
                (None, None) => {}
                _ => panic!("{what}: `{}` is there for one of the shapes", cache.name),
            }
        }
        let mut expected = Run::new(&storage, new(1), 1);
        expected.model.trunk.clone_from(&was.model.body);
        let table = was.model.table.clone().into_dyn();
        let embedding = in_larger(&table, &expected.model.embedding.clone().into_dyn());
        expected.model.embedding.assign(&embedding);
        expected.opt.load(&record).unwrap();
        for t in 0..4 {
            same(&found.numbers(), &expected.numbers(), &format!("{what}, {t} steps later"));
            if t == 0 {
                moved_along::<R>(&found, &mut was, &mut fresh, &what);
            }
            found.step(&new(70 + t), 0.5);
            expected.step(&new(70 + t), 0.5);
        }
    }
}

/// What is known of a parameter under another name, with more elements, and of a new one.
fn moved_along<R: Rule>(found: &Run<New>, was: &mut Run<Old>, fresh: &mut Run<New>, what: &str) {
    let mut found = found.clone();
    same(&below(&found.numbers(), "trunk"), &below(&was.numbers(), "body"), what);
    same(&below(&found.numbers(), "head"), &below(&fresh.numbers(), "head"), what);
    let mut compared = 0;
    for cache in R::declared_caches() {
        let (Some(grown), Some(old), Some(start)) = (
            found.opt.hidden().cache(cache.name, "embedding"),
            was.opt.hidden().cache(cache.name, "table"),
            fresh.opt.hidden().cache(cache.name, "embedding"),
        ) else {
            continue;
        };
        let top = largest(&old).max(largest(&start));
        for (place, &number) in grown.indexed_iter() {
            let given = *old.get(place.clone()).unwrap_or(&start[&place]);
            let bound = bound(found.opt.of::<R>().precision(), given, top);
            assert!((number - given).abs() <= bound, "{what} `{}` {place:?}: {number} of {given}", cache.name);
            assert!(given != 0.0 || number == 0.0, "{what} `{}` {place:?}: {number} of nothing", cache.name);
            compared += 1;
        }
    }
    assert!(compared > 0, "{what}");
}

#[test]
fn a_model_that_has_changed() {
    changed(&Adam { amsgrad: true, ..Adam::default() }, "adam");
    changed(&Lamb::default(), "lamb");
    changed(&Adafactor::default(), "adafactor");
    changed(&ScheduleFreeAdamW::default(), "free");
    // Caches that start at a number which the formats do not have.
    changed(&Adagrad { initial: 0.1, ..Adagrad::default() }, "adagrad");
    changed(&Rprop::default(), "rprop");
}

#[test]
fn what_is_forgotten_begins_anew() {
    fn check<R: Rule>(rule: &R, name: &str) {
        for storage in storages(rule) {
            let mut was = trained(&storage);
            let file = File::of(&format!("forget-{name}"), &was.model, &was.opt);
            // Made for the weights that it goes on from.
            let mut found = Run::new(&storage, was.model.clone(), 2);
            let mut fresh = found.clone();
            file.open().forget("body").load(&mut found.model, &mut found.opt).unwrap();
            let (found, was, fresh) = (found.numbers(), was.numbers(), fresh.numbers());
            same(&without(&found, "body"), &without(&was, "body"), &format!("{storage:?}"));
            let caches = |numbers| below(numbers, "body").into_iter().filter(|((what, _), _)| *what != "evaluation");
            same(&caches(&found).collect(), &caches(&fresh).collect(), &format!("{storage:?}"));
        }
    }
    check(&Adam::default(), "adam");
    check(&Lamb::default(), "lamb");
    check(&Adagrad { initial: 0.1, ..Adagrad::default() }, "adagrad");
    check(&ScheduleFreeAdamW::default(), "free");
}

#[test]
fn the_other_number_type() {
    for storage in storages(&Adam::default()) {
        let mut run = Run::new(&storage, model::<f32>(1, Layout::Standard, false), 1);
        (0..3).for_each(|t| run.step(&model(60 + t, Layout::Standard, false), 0.5));
        let file = File::of("narrow", &run.model, &run.opt);
        let mut wide = Run::new(&storage, model::<f64>(2, Layout::Standard, false), 1);
        file.open().convert().load(&mut wide.model, &mut wide.opt).unwrap();
        // Every number of a format is an `f32`, and these are numbers of `f64`.
        same(&wide.numbers(), &run.numbers(), &format!("{storage:?} wide"));
        let file = File::of("wide", &wide.model, &wide.opt);
        let mut again = Run::new(&storage, model::<f32>(2, Layout::Standard, false), 1);
        file.open().convert().load(&mut again.model, &mut again.opt).unwrap();
        for t in 0..3 {
            same(&again.numbers(), &run.numbers(), &format!("{storage:?} and back, {t} steps later"));
            run.step(&model(70 + t, Layout::Standard, false), 0.5);
            again.step(&model(70 + t, Layout::Standard, false), 0.5);
        }
    }
}

/// Whatever wrote a record: its numbers are rounded to what is kept here, and its seed is taken over.
#[test]
fn records_of_other_formats() {
    fn check<R: Rule>(rule: &R) {
        let formats = [Precision::Exact, Precision::Bf16, Precision::Block8];
        for (from, to) in formats.iter().flat_map(|&from| formats.map(|to| (from, to))) {
            let what = format!("{} {from:?} to {to:?}", R::NAME);
            let mut was = trained(&rule.clone().caches(from).seed(3));
            let record = was.opt.save();
            let mut found = Run::new(&rule.clone().caches(to).seed(9), was.model.clone(), 2);
            found.step(&old(80), 0.5);
            found.model.clone_from(&was.model);
            found.opt.load(&record).unwrap();
            assert_eq!((found.opt.of::<R>().precision(), found.opt.steps()), (to, 4), "{what}");
            for (cache, path) in R::declared_caches().iter().flat_map(|cache| ["table", "body"].map(|p| (cache, p))) {
                let Some(given) = was.opt.hidden().cache(cache.name, path) else { continue };
                let kept = found.opt.hidden().cache(cache.name, path).unwrap();
                let top = largest(&given);
                for (&kept, &given) in kept.iter().zip(&given) {
                    let far = (kept - given).abs();
                    let far_enough = match to {
                        Precision::Bf16 => far <= given.abs() / 256.0,
                        to => far <= bound(to, given, top),
                    };
                    assert!(far_enough && (from != to || far == 0.0), "{what} `{}`: {kept} of {given}", cache.name);
                }
            }
            // An optimizer that is new, of the seed that it has to have, with the decoded numbers and no word of formats.
            let seed = if from == Precision::Exact { 9 } else { 3 };
            let mut expected = Run::new(&rule.clone().caches(to).seed(seed), was.model.clone(), 1);
            let mut silent = Record::new();
            let said = record.iter().filter(|(name, _)| !name.starts_with("precision/"));
            said.for_each(|(name, value)| silent.put(name, value.clone()));
            expected.opt.load(&silent).unwrap();
            for t in 0..3 {
                same(&found.numbers(), &expected.numbers(), &format!("{what}, {t} steps later"));
                found.step(&old(90 + t), 0.5);
                expected.step(&old(90 + t), 0.5);
            }
            // What was rounded once is what is saved.
            let mut again = expected.clone();
            again.opt.load(&expected.opt.save()).unwrap();
            same(&again.numbers(), &expected.numbers(), &what);
        }
    }
    check(&Adam { amsgrad: true, ..Adam::default() });
    check(&Lamb::default());
    check(&Adafactor::default());
}

/// An optimizer with all around it, saved between two gradients of a step, goes on as if nothing had been.
#[test]
fn resumed_in_the_middle_of_everything() {
    fn made<R: Rule>(storage: &Storage<R>, model: &Model<f32>) -> Erased<Model<f32>> {
        let mut opt = storage.clone().init(model).unwrap();
        opt.define_group("late", |p| p.path == "rest.2").unwrap();
        opt.set_in("late", "lr", 0.125).unwrap();
        Erased::new(opt)
    }
    fn check<R: Rule>(rule: &R, name: &str) {
        for storage in storages(rule) {
            let noise = |t: u64| model(60 + t, Layout::Standard, false);
            let mut w = model::<f32>(1, Layout::Standard, false);
            let wrapped = |opt: Erased<Model<f32>>| {
                opt.clip_norm(100.0).unwrap().accumulate(2).unwrap().lookahead(2, 0.5).unwrap().ema(0.9).unwrap()
            };
            let mut opt = wrapped(made(&storage, &w));
            (0..3).for_each(|t| go(&mut opt, &mut w, &noise(t), 0.5));
            let inside = opt.inner_mut().inner_mut().inner_mut().inner_mut();
            inside.hidden().freeze(&|p| p.path == "matrix");
            let moves = Array2::from_shape_fn(w.wide.dim(), |(row, col)| !(row + col).is_multiple_of(3));
            inside.hidden().mask("wide", moves.view().into_dyn());
            (3..6).for_each(|t| go(&mut opt, &mut w, &noise(t), 0.5));
            go(&mut opt, &mut w, &noise(6), 0.5);
            let file = File::of(&format!("all-{name}"), &w, &opt);

            let mut other = model::<f32>(5, Layout::Standard, false);
            let mut resumed = wrapped(Erased::new(storage.clone().seed(1).init(&other).unwrap()));
            go(&mut resumed, &mut other, &noise(9), 0.5);
            file.open().load(&mut other, &mut resumed).unwrap();
            for t in 7..12 {
                let what = format!("{storage:?} call {t}");
                go(&mut opt, &mut w, &noise(t), 0.5);
                go(&mut resumed, &mut other, &noise(t), 0.5);
                let point = opt.evaluate_with(&mut w, |model| model.clone()).unwrap();
                assert!(resumed.evaluate_with(&mut other, |model| model.clone()).unwrap() == point, "{what}");
                let [one, two] = [(&mut opt, &mut w), (&mut resumed, &mut other)].map(|(opt, w)| {
                    let inside = opt.inner_mut().inner_mut().inner_mut().inner_mut();
                    numbers(inside.hidden(), w)
                });
                same(&two, &one, &what);
            }
        }
    }
    check(&Adam::default(), "adam");
    check(&Lamb::default(), "lamb");
}
