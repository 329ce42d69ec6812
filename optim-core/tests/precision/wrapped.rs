//! Wrappers around optimizers whose numbers are kept in fewer bits, against bare ones of the same format with the same done
//! by hand: every weight and cache, and the point of evaluation, after each step. Steps that fail are among them.

use optim_core::prelude::*;
use optim_core::schedule::{Exponential, Schedule};
use optim_core::{Gradient, Storage};

use crate::erased::{Closure, Erased};
use crate::run::{Layout, Model, Run, go, model, numbers, same, storages};

type Opt = Erased<Model<f32>>;

fn start() -> Model<f32> {
    model(1, Layout::Standard, false)
}

/// What the closure gives in a call: of several sizes.
fn noise(t: u64) -> Model<f32> {
    let mut noise = model(50 + t, Layout::Standard, false);
    noise.scale([1.5, 0.25, 1.0][usize::try_from(t % 3).unwrap()]);
    noise
}

/// A call whose closure has spoilt everything and then fails.
fn fail<M: Optimizable>(opt: &mut impl Optimize<M>, model: &mut M) {
    let f: &mut Closure<'_, M> = &mut |model, gradient| {
        model.scale(f64::NAN);
        gradient.for_each_param_mut(|_, mut values| values.fill(Real::from_f64(f64::NAN)));
        Err(Error::other("no data"))
    };
    assert_eq!(opt.try_step_with(model, f).unwrap_err().to_string(), "no data");
}

/// Calls of a wrapper, and of a bare optimizer in `by_hand`, which is told the call, and leaves the point of evaluation
/// where that is not the bare one's.
fn check<R: Rule, O: Optimize<Model<f32>>>(
    (storage, what): (&Storage<R>, &str),
    mut wrapped: O,
    inside: impl Fn(&mut O) -> &mut Opt,
    mut by_hand: impl FnMut(u64, &mut Run<Model<f32>>, &Model<f32>, &mut Option<Model<f32>>),
) {
    let mut model = start();
    let mut bare = Run::new(storage, start(), 1);
    let mut point = None;
    for t in 0..9 {
        let noise = noise(t);
        fail(&mut wrapped, &mut model);
        go(&mut wrapped, &mut model, &noise, 0.5);
        by_hand(t, &mut bare, &noise, &mut point);
        let what = format!("{what} {storage:?} call {t}");
        same(&numbers(inside(&mut wrapped).hidden(), &mut model), &bare.numbers(), &what);
        let found = wrapped.evaluate_with(&mut model, |model| model.clone()).unwrap();
        let expected = point.clone().unwrap_or_else(|| bare.opt.evaluate_with(&mut bare.model, |m| m.clone()).unwrap());
        assert!(found == expected, "{what}: evaluation");
    }
    assert!(bare.opt.steps() > 1 && model != start(), "{what}: nothing has moved");
}

/// `a ← f(a, w)` for every weight; `w` itself where there is nothing yet.
fn follow(point: &mut Option<Model<f32>>, model: &Model<f32>, f: impl Fn(f32, f32) -> f32) {
    let mut at = point.take().map_or_else(|| model.flatten(), |point| point.flatten());
    if at.len() == model.num_params() {
        at.iter_mut().zip(model.flatten()).for_each(|(a, w)| *a = f(*a, w));
    }
    *point = Some(model.unflatten(&at).unwrap());
}

fn average<R: Rule>(rule: &R) {
    for storage in storages(rule) {
        let init = || Erased::new(storage.clone().init(&start()).unwrap());
        let by_hand = |_, bare: &mut Run<_>, noise: &_, point: &mut Option<_>| {
            bare.step(noise, 0.5);
            let (stays, enters) = (0.9, 1.0_f64 - 0.9);
            let new = point.is_none();
            #[expect(clippy::cast_possible_truncation, reason = "rounded once")]
            follow(point, &bare.model, |a, w| if new { w } else { stays * a + enters as f32 * w });
        };
        check((&storage, "ema"), init().ema(0.9).unwrap(), |opt| opt.inner_mut(), by_hand);
        // Something is constrained: the average does not follow in the same pass.
        let mut held = init();
        held.hidden().constrain(&|p| p.path == "rest.1", Constraint::bounds(-1e9, 1e9));
        check((&storage, "ema behind the step"), held.ema(0.9).unwrap(), |opt| opt.inner_mut(), by_hand);
        let mut n = 0.0;
        let by_hand = |t, bare: &mut Run<_>, noise: &_, point: &mut Option<_>| {
            bare.step(noise, 0.5);
            // Steps 2, 5 and 8.
            if t % 3 == 1 {
                n += 1.0;
                follow(point, &bare.model, |a, w| if n == 1.0 { w } else { a + (w - a) / n });
            }
        };
        check((&storage, "swa"), init().swa(2, 3).unwrap(), |opt| opt.inner_mut(), by_hand);
    }
}

#[test]
fn averages_follow_what_is_rounded() {
    average(&Adam::default());
    average(&Lamb::default());
    average(&Sam::default());
}

fn lookahead<R: Rule>(rule: &R) {
    for storage in storages(rule) {
        let opt = Erased::new(storage.clone().init(&start()).unwrap()).lookahead(3, 0.25).unwrap();
        let mut slow = start();
        let by_hand = |t, bare: &mut Run<Model<f32>>, noise: &_, point: &mut Option<_>| {
            bare.step(noise, 0.5);
            if t % 3 == 2 {
                let mut at = slow.flatten();
                at.iter_mut().zip(bare.model.flatten()).for_each(|(slow, w)| *slow += 0.25 * (w - *slow));
                slow = slow.unflatten(&at).unwrap();
                bare.model.clone_from(&slow);
            }
            *point = Some(slow.clone());
        };
        check((&storage, "lookahead"), opt, |opt| opt.inner_mut(), by_hand);
    }
}

fn cautious<R: Rule>(rule: &R) {
    for storage in storages(rule) {
        let opt = Erased::new(storage.clone().init(&start()).unwrap()).cautious();
        let by_hand = |_, bare: &mut Run<Model<f32>>, noise: &Model<f32>, _: &mut Option<_>| {
            let (before, mut gradient) = (bare.model.clone(), noise.clone());
            gradient.add_scaled(0.5, &before).unwrap();
            bare.step(noise, 0.5);
            let mut held = bare.model.zeros_like();
            held.for_each_pair_mut(&bare.model, |_, mut held, w| held.assign(&w)).unwrap();
            let (mut before, mut gradient) = (before.flatten().into_iter(), gradient.flatten().into_iter());
            held.for_each_param_mut(|_, mut tensor| {
                let moves =
                    tensor.iter().zip(before.by_ref().take(tensor.len())).zip(gradient.by_ref().take(tensor.len()));
                let moves: Vec<(f32, f32, f32)> = moves.map(|((&w, before), g)| (w, before, g)).collect();
                let agrees = |(w, before, g): (f32, f32, f32)| (w < before && g > 0.0) || (w > before && g < 0.0);
                let agree = moves.iter().filter(|one| agrees(**one)).count();
                if agree < moves.len() {
                    #[expect(clippy::cast_possible_truncation, reason = "rounded once")]
                    let scale = (1.0 / (agree as f64 / moves.len() as f64).max(1e-3)) as f32;
                    for (w, one) in tensor.iter_mut().zip(moves) {
                        *w = if agrees(one) { one.1 + scale * (one.0 - one.1) } else { one.1 };
                    }
                }
            });
            bare.model = held;
        };
        check((&storage, "cautious"), opt, |opt| opt.inner_mut(), by_hand);
    }
}

#[test]
fn what_moves_weights_behind_the_step() {
    lookahead(&Adam::default());
    lookahead(&Lamb::default());
    cautious(&Adam::default());
    cautious(&Lion::default());
}

fn steps<R: Rule>(rule: &R) {
    const FALLING: Exponential = Exponential { from: 0.02, gamma: 0.75 };
    for storage in storages(rule) {
        let init = || Erased::new(storage.clone().init(&start()).unwrap());
        let by_hand = |t: u64, bare: &mut Run<_>, noise: &_, _: &mut Option<_>| {
            bare.opt.set_hyper("lr", FALLING.at(t + 1)).unwrap();
            bare.step(noise, 0.5);
        };
        check((&storage, "a schedule"), init().schedule("lr", FALLING).unwrap(), |opt| opt.inner_mut(), by_hand);

        // Rounding counts steps, not calls.
        let mut sum = Vec::<f32>::new();
        let by_hand = |t: u64, bare: &mut Run<Model<f32>>, noise: &Model<f32>, _: &mut Option<_>| {
            let mut gradient = noise.clone();
            gradient.add_scaled(0.5, &bare.model).unwrap();
            let gradient = gradient.flatten();
            if t.is_multiple_of(3) {
                sum.clone_from(&gradient);
            } else {
                sum.iter_mut().zip(&gradient).for_each(|(sum, g)| *sum += g);
            }
            if t % 3 == 2 {
                let mean: Vec<f32> = sum.iter().map(|sum| sum / 3.0).collect();
                let mean = noise.unflatten(&mean).unwrap();
                bare.step(&mean, 0.0);
            }
        };
        check((&storage, "accumulate"), init().accumulate(3).unwrap(), |opt| opt.inner_mut(), by_hand);
    }
}

#[test]
fn when_steps_are_taken_and_how_large() {
    steps(&Adam::default());
    steps(&Lamb::default());
    steps(&ScheduleFreeAdamW::default());
}

/// Steps that are skipped leave caches as they are, and are none for the rounding.
#[test]
fn steps_that_are_skipped_are_none() {
    for storage in storages(&Adam::default()) {
        let mut model = start();
        let mut opt = Erased::new(storage.clone().init(&model).unwrap()).skip_nonfinite(5);
        let mut bare = Run::new(&storage, start(), 1);
        for t in 0..8 {
            let mut noise = noise(t);
            let skips = t % 3 == 1;
            if skips {
                noise.wide[[2, 4_000]] = f32::INFINITY;
            }
            go(&mut opt, &mut model, &noise, 0.5);
            if !skips {
                bare.step(&noise, 0.5);
            }
            same(&numbers(opt.inner_mut().hidden(), &mut model), &bare.numbers(), &format!("{storage:?} call {t}"));
        }
        assert_eq!((opt.skipped(), opt.steps()), (3, 5));
    }
}

/// The gradients that a wrapper hands on, which plain descent from zero shows, are all that it does.
macro_rules! changes_gradients {
    ($storage:expr, $what:literal, |$opt:ident| $wrapped:expr) => {{
        let storage = $storage;
        let zero = start().zeros_like();
        let mut seen = zero.clone();
        let mut shows = {
            let $opt = Erased::new(Sgd::default().with_lr(1.0).init(&zero).unwrap());
            $wrapped
        };
        let $opt = Erased::new(storage.clone().init(&start()).unwrap());
        let mut changed = 0;
        let by_hand = |_, bare: &mut Run<Model<f32>>, noise: &Model<f32>, _: &mut Option<_>| {
            let shown = &mut |model: &mut Model<f32>, gradient: &mut Model<f32>| {
                gradient.clone_from(noise);
                gradient.add_scaled(0.5, model).unwrap();
                go(&mut shows, &mut seen, gradient, 0.0);
                seen.scale(-1.0);
                changed += usize::from(seen != *gradient);
                std::mem::swap(gradient, &mut seen);
                seen.clone_from(&zero);
            };
            bare.opt.step_with(&mut bare.model, shown).unwrap();
        };
        check((storage, $what), $wrapped, |opt| opt.inner_mut(), by_hand);
        assert!(changed > 2, "{} does nothing", $what);
    }};
}

fn gradients<R: Rule>(rule: &R) {
    for storage in storages(rule) {
        changes_gradients!(&storage, "clip_norm", |opt| opt.clip_norm(100.0).unwrap());
        changes_gradients!(&storage, "clip_value", |opt| opt.clip_value(0.5).unwrap());
        changes_gradients!(&storage, "clip_tensor_norm", |opt| opt.clip_tensor_norm(40.0).unwrap());
        changes_gradients!(&storage, "centralise", |opt| opt.centralise());
        changes_gradients!(&storage, "noise", |opt| opt.noise(0.5, 0.55, 7).unwrap());
    }
}

#[test]
fn what_changes_gradients() {
    gradients(&Adam::default());
    gradients(&Lamb::default());
    gradients(&Nag::default());
}

/// Several, in a usual order: what is inside is as it would be without, and is evaluated at the average.
#[test]
fn several_of_them() {
    for storage in storages(&Adam::default()) {
        let init = || Erased::new(storage.clone().init(&start()).unwrap());
        let mut opt = init().cautious().clip_norm(100.0).unwrap().accumulate(2).unwrap().lookahead(2, 0.5).unwrap();
        let mut one = init().cautious().clip_norm(100.0).unwrap();
        let (mut model, mut other, mut slow) = (start(), start(), start().flatten());
        let mut first = None;
        for t in 0..8 {
            fail(&mut opt, &mut model);
            let mut gradient = noise(t);
            go(&mut opt, &mut model, &gradient, 0.0);
            match first.take() {
                None => first = Some(gradient),
                Some(first) => {
                    gradient.add_scaled(1.0, &first).unwrap();
                    gradient.scale(0.5);
                    go(&mut one, &mut other, &gradient, 0.0);
                    if t % 4 == 3 {
                        slow.iter_mut().zip(other.flatten()).for_each(|(slow, w)| *slow += 0.5 * (w - *slow));
                        other = other.unflatten(&slow).unwrap();
                    }
                }
            }
            let inside = opt.inner_mut().inner_mut().inner_mut().inner_mut();
            let found = numbers(inside.hidden(), &mut model);
            same(&found, &numbers(one.inner_mut().inner_mut().hidden(), &mut other), &format!("{storage:?} call {t}"));
        }
        assert_eq!(opt.steps(), 4);
    }
}
