//! Parts of a model: groups, optimizers of a part, pairs, what is frozen or constrained, against optimizers of the same
//! format that know nothing of it. Rounding looks at where a number stands among those of the optimizer, so what is
//! compared has the same place in both.

use ndarray::{Array2, Array3};
use optim_core::prelude::*;
use optim_core::{Parameter, Persist, Storage};

use crate::erased::Erased;
use crate::run::{Layout, Model, Numbers, Run, below, model, numbers, same, storages, without};

/// A model without its widest tensor.
#[derive(Optimizable, Clone)]
struct Rest<A: Real> {
    matrix: Array2<A>,
    rest: Option<(Vec<A>, A, Array3<A>, Array2<A>)>,
}

fn rest<A: Real>(model: Model<A>) -> Rest<A> {
    Rest { matrix: model.matrix, rest: model.rest }
}

fn is_wide(parameter: &Parameter<'_>) -> bool {
    parameter.path == "wide"
}

fn start<A: Real>(layout: Layout) -> Model<A> {
    model(1, layout, false)
}

fn noise<A: Real>(t: u64, layout: Layout) -> Model<A> {
    model(30 + t, layout, false)
}

/// Each kind of storage, with what is said when something differs.
fn each<R: Rule>(rule: &R) -> impl Iterator<Item = (Storage<R>, String)> {
    storages(rule).into_iter().map(|storage| (storage.clone(), format!("{storage:?}")))
}

/// A group that there is from the beginning, and one that is made on the way.
fn groups<R: Rule, A: Real>(rule: &R, other: &R) {
    for ((storage, what), of_other) in each(rule).zip(storages(other)) {
        let mut found = Run::new(&storage, start::<A>(Layout::ColumnMajor), 2);
        found.opt.of::<R>().group("wide", |rule| rule.clone_from(other)).unwrap();
        let mut one = Run::new(&storage, start::<A>(Layout::Standard), 1);
        let mut two = Run::new(&of_other, start::<A>(Layout::Standard), 1);
        let mut three = one.clone();
        for t in 0..6 {
            if t == 3 {
                found.opt.of::<R>().define_group("late", |p| p.path == "rest.2").unwrap();
                found.opt.of::<R>().group("late", |rule| rule.clone_from(other)).unwrap();
                // With the caches that the first rule has made.
                three = one.clone();
                three.opt.of::<R>().rule_mut().clone_from(other);
            }
            found.step(&noise(t, Layout::Reversed), 1.5);
            let what = format!("{what} {} step {t}", A::NAME);
            let of = |run: &mut Run<Model<A>>| {
                run.step(&noise(t, Layout::Standard), 1.5);
                run.numbers()
            };
            let (found, one, two, three) = (found.numbers(), of(&mut one), of(&mut two), of(&mut three));
            same(&below(&found, "wide"), &below(&two, "wide"), &what);
            same(&below(&found, "rest.2"), &below(&three, "rest.2"), &what);
            same(&without(&without(&found, "wide"), "rest.2"), &without(&without(&one, "wide"), "rest.2"), &what);
            assert!(t < 3 || below(&found, "rest.2") != below(&one, "rest.2"), "{what}: the late group is another");
        }
    }
}

#[test]
fn groups_are_optimizers_of_their_own() {
    groups::<_, f32>(&Adam::default(), &Adam { lr: 0.1, beta1: 0.5, eps: 0.25, ..Adam::default() });
    groups::<_, f64>(&Lamb::default(), &Lamb { lr: 0.5, beta2: 0.5, weight_decay: 0.25, ..Lamb::default() });
    groups::<_, f32>(&Adafactor::default(), &Adafactor { lr: 0.5, clip: 0.25, ..Adafactor::default() });
    let free = ScheduleFreeAdamW::default();
    groups::<_, f32>(&free, &ScheduleFreeAdamW { lr: 0.5, warmup_steps: 2, ..free.clone() });
    groups::<_, f32>(&Nag::default(), &Nag { lr: 0.5, momentum: 0.25 });
}

/// A part of a model is a model, wherever it stands.
fn part<R: Rule, A: Real>(rule: &R) {
    for (storage, what) in each(rule) {
        let whole = start::<A>(Layout::Reversed);
        let of_wide = storage.clone().init_where(&whole, is_wide).unwrap();
        let of_rest = storage.clone().init_where(&whole, |p| !is_wide(p)).unwrap();
        let (mut wide, mut others) =
            (Run::with(Erased::new(of_wide), whole.clone(), 3), Run::with(Erased::new(of_rest), whole, 2));
        let mut wide_alone = Run::new(&storage, start::<A>(Layout::Standard).wide, 1);
        let mut others_alone = Run::new(&storage, rest(start::<A>(Layout::Standard)), 1);
        let before = numbers_of_start::<A>();
        for t in 0..4 {
            let what = format!("{what} {} step {t}", A::NAME);
            wide.step(&noise(t, Layout::ColumnMajor), 1.5);
            others.step(&noise(t, Layout::ColumnMajor), 1.5);
            wide_alone.step(&noise(t, Layout::Standard).wide, 1.5);
            others_alone.step(&rest(noise(t, Layout::Standard)), 1.5);
            let (wide, others) = (wide.numbers(), others.numbers());
            same(&below(&wide, "wide"), &wide_alone.numbers(), &what);
            same(&without(&others, "wide"), &others_alone.numbers(), &what);
            // The others have no caches, and have not moved.
            same(&without(&wide, "wide"), &without(&before, "wide"), &what);
            same(&below(&others, "wide"), &below(&before, "wide"), &what);
        }
    }
}

/// Weights, and the same as point of evaluation.
fn numbers_of_start<A: Real>() -> Numbers {
    let mut model = start::<A>(Layout::Standard);
    numbers(&mut Sgd::default().init(&model).unwrap(), &mut model)
}

#[test]
fn a_part_is_an_optimizer_of_its_own() {
    part::<_, f32>(&Adam { amsgrad: true, ..Adam::default() });
    part::<_, f64>(&Lamb::default());
    part::<_, f32>(&Adafactor::default());
    part::<_, f32>(&Prodigy { d0: 0.1, ..Prodigy::default() });
    part::<_, f32>(&ScheduleFreeAdamW::default());
    part::<_, f32>(&Sam::default());
}

/// Each of a pair in a format of its own.
fn pair<F: Rule, S: Rule>(first: &F, second: &S) {
    for ((of_first, what), of_second) in each(first).zip(storages(second).into_iter().rev()) {
        let mut whole = start::<f32>(Layout::ColumnMajor);
        let opt = of_first.clone().init_where(&whole, is_wide).unwrap();
        let other = of_second.clone().init_where(&whole, |p| !is_wide(p)).unwrap();
        let mut both = Both::new(opt, other, &whole).unwrap();
        let mut wide = Run::new(&of_first, start::<f32>(Layout::Standard).wide, 1);
        let mut others = Run::new(&of_second, rest(start::<f32>(Layout::Standard)), 1);
        for t in 0..4 {
            let what = format!("{what} {of_second:?} step {t}");
            crate::run::go(&mut both, &mut whole, &noise(t, Layout::Standard), 1.5);
            wide.step(&noise(t, Layout::Standard).wide, 1.5);
            others.step(&rest(noise(t, Layout::Standard)), 1.5);
            same(&below(&numbers(both.first_mut(), &mut whole), "wide"), &wide.numbers(), &what);
            same(&without(&numbers(both.second_mut(), &mut whole), "wide"), &others.numbers(), &what);
        }
    }
}

#[test]
fn each_of_a_pair_is_an_optimizer_of_its_own() {
    pair(&Adam::default(), &Lamb::default());
    pair(&Muon::default(), &AdamW { weight_decay: 0.1, ..AdamW::default() });
    // Two gradients a step, and a point that it looks ahead to.
    pair(&Sam::default(), &Nag::default());
    pair(&ScheduleFreeAdamW::default(), &Sam::default());
}

/// Frozen from the beginning is left out; for a while, it goes on with the caches that it had, and the step that it is.
fn frozen<R: Rule, A: Real>(rule: &R) {
    for (storage, what) in each(rule) {
        let mut found = Run::new(&storage, start::<A>(Layout::ColumnMajor), 2);
        let mut free = Run::new(&storage, start::<A>(Layout::Standard), 1);
        found.opt.hidden().freeze(&is_wide);
        let (mut still, mut before) = (below(&found.numbers(), "wide"), free.clone());
        for t in 0..7 {
            let what = format!("{what} {} step {t}", A::NAME);
            if t == 2 {
                // Both have the same from here on.
                found = Run::with(free.opt.clone(), free.model.clone(), 2);
            }
            if t == 3 {
                found.opt.hidden().freeze(&is_wide);
                (still, before) = (below(&found.numbers(), "wide"), free.clone());
            }
            if t == 5 {
                found.opt.hidden().unfreeze(&is_wide);
                // All but the weights and caches of the one parameter, in an optimizer that has seen none of it.
                let mut record = free.opt.save();
                for cache in R::declared_caches() {
                    let name = format!("cache/{}/wide", cache.name);
                    if let Ok(numbers) = before.opt.save().get(&name) {
                        record.put(&name, numbers.clone());
                    }
                }
                free.model.wide.clone_from(&before.model.wide);
                free = Run::new(&storage, free.model, 1);
                free.opt.load(&record).unwrap();
            }
            found.step(&noise(t, Layout::Standard), 1.5);
            free.step(&noise(t, Layout::Standard), 1.5);
            let (found, free) = (found.numbers(), free.numbers());
            same(&without(&found, "wide"), &without(&free, "wide"), &what);
            if [0, 1, 3, 4].contains(&t) {
                same(&weights_and_caches(&below(&found, "wide"), ""), &weights_and_caches(&still, ""), &what);
            } else {
                same(&below(&found, "wide"), &below(&free, "wide"), &what);
            }
        }
    }
}

/// Without the point of evaluation, which is the weight itself where that is frozen.
fn weights_and_caches(numbers: &Numbers, path: &str) -> Numbers {
    below(numbers, path).into_iter().filter(|((what, _), _)| *what != "evaluation").collect()
}

#[test]
fn what_is_frozen_is_left_out_and_goes_on() {
    frozen::<_, f32>(&Adam { amsgrad: true, ..Adam::default() });
    frozen::<_, f64>(&Adam::default());
    frozen::<_, f32>(&Lamb::default());
    frozen::<_, f32>(&Adafactor::default());
    frozen::<_, f32>(&ScheduleFreeAdamW::default());
    frozen::<_, f32>(&Nag::default());
}

/// Fields that are frozen or buffers take no place.
#[test]
fn what_is_frozen_by_attribute_is_not_there() {
    #[derive(Optimizable, Clone)]
    struct Mixed {
        #[optim(freeze)]
        first: Vec<f32>,
        matrix: Array2<f32>,
        #[optim(buffer)]
        seen: Vec<f32>,
        rest: Option<(Vec<f32>, f32, Array3<f32>, Array2<f32>)>,
    }
    fn mixed(model: Model<f32>) -> Mixed {
        Mixed { first: vec![0.1; 77], matrix: model.matrix, seen: vec![0.3; 13], rest: model.rest }
    }
    fn check<R: Rule>(rule: &R) {
        for (storage, what) in each(rule) {
            let mut found = Run::new(&storage, mixed(start(Layout::ColumnMajor)), 2);
            let mut expected = Run::new(&storage, rest(start::<f32>(Layout::Standard)), 1);
            for t in 0..4 {
                found.step(&mixed(noise(t, Layout::Standard)), 1.5);
                expected.step(&rest(noise(t, Layout::Standard)), 1.5);
                same(&without(&found.numbers(), "first"), &expected.numbers(), &format!("{what} step {t}"));
                assert!(found.model.first == [0.1; 77] && found.model.seen == [0.3; 13], "{what}");
            }
        }
    }
    check(&Adam::default());
    check(&Lamb::default());
    check(&ScheduleFreeAdamW::default());
}

/// A constraint is a projection behind the step: of weights that are rounded, and caches do not notice.
#[test]
fn constraints_act_behind_the_step() {
    fn check<R: Rule>(rule: &R) {
        for (storage, what) in each(rule) {
            let mut found = Run::new(&storage, start::<f32>(Layout::ColumnMajor), 2);
            found.opt.hidden().constrain(&is_wide, Constraint::bounds(-0.3, 0.7));
            let mut free = Run::new(&storage, start::<f32>(Layout::Standard), 1);
            for t in 0..4 {
                found.step(&noise(t, Layout::Standard), 1.5);
                free.step(&noise(t, Layout::Standard), 1.5);
                free.model.wide.mapv_inplace(|w| w.clamp(-0.3, 0.7));
                same(&found.numbers(), &free.numbers(), &format!("{what} step {t}"));
            }
            let inside = found.model.wide.iter().filter(|w| **w > -0.3 && **w < 0.7).count();
            assert!(inside > 0 && inside < found.model.wide.len(), "{what}");
        }
    }
    check(&Adam::default().with_lr(0.1));
    check(&Lamb::default().with_lr(0.1));
    check(&Nag::default());
}
