//! What is kept: checkpoints, masks, frozen parameters, groups.

use optim_core::Precision;
use optim_core::kernel::Execution;
use optim_core::prelude::*;
use optim_core::record::{Persist, Value};

use crate::erased::Erased;
use crate::run::{Layout, Model, Subject, model, state, step, storages};

fn noise<A: Real>(t: u64, matrices: bool) -> Model<A> {
    model(20 + t, Layout::Standard, matrices)
}

/// Three steps, saved, loaded into another optimizer, and three more have the bits of six. The other has another seed.
fn check_resumed<A: Real>(subject: &Subject<'_, A>, other: &Subject<'_, A>) {
    let (name, matrices) = (&subject.what, subject.matrices);
    let mut w = model::<A>(1, Layout::Standard, matrices);
    let mut opt = subject.init(&w);
    (0..3).for_each(|t| step(&mut opt, &mut w, &noise(t, matrices)));
    let (record, mut resumed) = (opt.save(), other.init(&w));
    let mut other = w.clone();
    // It has been somewhere else.
    step(&mut resumed, &mut model(3, Layout::Standard, matrices), &noise(9, matrices));
    resumed.load(&record).unwrap();
    assert!(state(&mut resumed, &mut other) == state(&mut opt, &mut w), "{name}, at once");
    for t in 3..6 {
        step(&mut opt, &mut w, &noise(t, matrices));
        step(&mut resumed, &mut other, &noise(t, matrices));
    }
    assert!(state(&mut resumed, &mut other) == state(&mut opt, &mut w), "{name}, later");
}

/// A mask holds weights and caches where they are; nothing of the gradient gets to them.
fn check_masked(subject: &Subject<'_, f32>) {
    let (name, matrices) = (&subject.what, subject.matrices);
    let mut w = model::<f32>(1, Layout::Standard, matrices);
    let mut opt = subject.init(&w);
    opt.hidden().set_execution(Execution::default().threads(2));
    step(&mut opt, &mut w, &noise(0, matrices));
    let moves = w.matrix.mapv(|x| x > 0.0);
    opt.hidden().mask("matrix", moves.view().into_dyn());
    opt.hidden().freeze(&|parameter| parameter.path == "wide");
    let caches = |opt: &mut Erased<Model<f32>>, path: &str| -> Vec<_> {
        let opt = opt.hidden();
        opt.caches().iter().filter_map(|cache| opt.cache(cache.name, path)).collect()
    };
    let (before, old) = (w.clone(), ["matrix", "wide"].map(|path| caches(&mut opt, path)));
    let mut gradient = noise::<f32>(1, matrices);
    gradient.matrix.zip_mut_with(&moves, |g, moves| {
        if !moves {
            *g = 0.0;
        }
    });
    (0..2).for_each(|_| step(&mut opt, &mut w, &gradient));
    assert_eq!(w.wide, before.wide);
    assert_eq!(caches(&mut opt, "wide"), old[1], "{name}");
    assert_ne!(w.matrix, before.matrix);
    for ((new, old), moves) in w.matrix.iter().zip(&before.matrix).zip(&moves) {
        assert!(*moves || new == old);
    }
    // A scale may have become another: then a number is rounded once more, which is little beside the largest.
    for (new, old) in caches(&mut opt, "matrix").iter().zip(&old[0]).filter(|(new, _)| new.shape() == [37, 53]) {
        let largest = old.iter().chain(new).fold(0.0, |largest: f32, x| largest.max(x.abs()));
        for ((new, old), moves) in new.iter().zip(old).zip(&moves) {
            let bound = old.abs() / 8.0 + largest * 1e-3;
            assert!(*moves || (*new - *old).abs() <= bound, "{name}: {old} {new}");
        }
    }
}

fn resumed<R: Rule>(rule: &R) {
    for storage in storages(rule) {
        let other = storage.clone().seed(77);
        check_resumed::<f32>(&Subject::of(&storage), &Subject::of(&other));
        check_resumed::<f64>(&Subject::of(&storage), &Subject::of(&other));
    }
}

fn masked<R: Rule>(rule: &R) {
    for storage in storages(rule) {
        check_masked(&Subject::of(&storage));
    }
}

macro_rules! rules {
    ($($file:ident: $rule:ident,)*) => {
        #[test]
        fn every_rule_is_resumed() {
            $(resumed(&$rule::default());)*
        }

        #[test]
        fn every_rule_is_masked_and_frozen() {
            $(masked(&$rule::default());)*
        }
    };
}

optim_core::for_each_rule!(rules);

#[test]
fn masked_numbers_of_bf16_stay_exactly() {
    let mut w: Vec<f32> = (0..100).map(|i| 0.3 + i as f32).collect();
    let gradient = w.clone();
    let mut opt = Adam::default().caches(Precision::Bf16).init(&w).unwrap();
    (0..3).for_each(|_| opt.step(&mut w, &gradient).unwrap());
    let (before, caches) = (w.clone(), ["m", "v"].map(|name| opt.cache(name, "").unwrap()));
    opt.mask("", ndarray::Array1::from_shape_fn(100, |i| i >= 50).view().into_dyn()).unwrap();
    (0..5).for_each(|_| opt.step(&mut w, &gradient).unwrap());
    for (name, old) in ["m", "v"].iter().zip(&caches) {
        let new = opt.cache(name, "").unwrap();
        assert!(new.iter().zip(old).take(50).all(|(new, old)| new == old));
        assert!(new.iter().zip(old).skip(50).any(|(new, old)| new != old));
    }
    assert_eq!(w[..50], before[..50]);
}

#[test]
fn a_record_says_what_was_rounded_and_is_read_in_any_precision() {
    let mut w = model::<f32>(1, Layout::Standard, false);
    let mut exact = Adam::default().init(&w).unwrap();
    step(&mut exact, &mut w, &noise(1, false));
    let record = exact.save();
    // As it was before there was another.
    assert!(record.iter().all(|(name, _)| !name.starts_with("precision")));
    for (precision, name, part) in [(Precision::Bf16, "bf16", 0.01), (Precision::Block8, "block8", 0.08)] {
        let mut opt = Adam::default().caches(precision).seed(3).init(&w).unwrap();
        opt.load(&record).unwrap();
        assert_eq!((opt.precision(), opt.weight_precision(), opt.steps()), (precision, Precision::Exact, 1));
        let (found, expected) = (opt.cache("v", "matrix").unwrap(), exact.cache("v", "matrix").unwrap());
        assert_ne!(found, expected);
        let close = found.iter().zip(&expected).filter(|(a, b)| (*a - *b).abs() <= part * b.abs()).count();
        assert!(close * 10 > found.len() * 9, "{close} of {}", found.len());
        let coded = opt.save();
        assert_eq!(coded.text("precision/caches").unwrap(), name);
        assert_eq!(coded.count("precision/seed").unwrap(), 3);
        // And back, where every number has a place.
        exact.load(&coded).unwrap();
        assert_eq!(exact.cache("v", "matrix").unwrap(), found);
        assert_eq!(exact.precision(), Precision::Exact);
        let mut strange = coded.clone();
        strange.put("precision/caches", Value::from("fp4"));
        assert!(exact.load(&strange).unwrap_err().to_string().contains("`precision/caches` is `fp4`"));
    }
}
