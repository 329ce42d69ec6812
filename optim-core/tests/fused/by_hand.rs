//! `step_fused` against `step` with all of it done by hand, for every rule that has a `step`.

use optim_core::prelude::*;
use optim_core::rule::GradientAtWeights;
use optim_core::{Fused, Precision, Storage};

use crate::erased::Erased;
use crate::rules::{LooksLast, MovesTwice, Shrinks};
use crate::run::{
    LIMIT, Layout, Model, Setting, bits, hold, is_zero, length, model, multiply, noise, of_matrices, plain, settings,
    state, without_still,
};

const STEPS: usize = 3;

/// What is asked of a step.
#[derive(Clone, Copy, Debug)]
struct Asked {
    scale: Option<f64>,
    max_norm: Option<f64>,
    zeroes: bool,
    /// A parameter is frozen and another masked.
    held: bool,
}

/// Every combination.
fn every() -> impl Iterator<Item = Asked> {
    (0..16).map(|i| Asked {
        scale: (i & 1 != 0).then_some(-0.3),
        max_norm: (i & 2 != 0).then_some(LIMIT),
        zeroes: i & 4 != 0,
        held: i & 8 != 0,
    })
}

/// Weights, caches and the length after each step.
type Trace = Vec<(Vec<u64>, Option<f64>)>;

/// A rule that has a `step`, in a storage.
struct Subject<'s, A: Real> {
    init: &'s dyn Fn(&Model<A>) -> Erased<Model<A>>,
    step: fn(&mut Erased<Model<A>>, &mut Model<A>, &Model<A>),
    fused: fn(&mut Erased<Model<A>>, &mut Model<A>, &mut Model<A>, Fused) -> Option<f64>,
    name: &'static str,
    matrices: bool,
}

fn step<R: GradientAtWeights, A: Real>(opt: &mut Erased<Model<A>>, model: &mut Model<A>, gradient: &Model<A>) {
    opt.of::<R>().step(model, gradient).unwrap();
}

fn step_fused<R: GradientAtWeights, A: Real>(
    opt: &mut Erased<Model<A>>,
    model: &mut Model<A>,
    gradient: &mut Model<A>,
    fused: Fused,
) -> Option<f64> {
    opt.of::<R>().step_fused(model, gradient, fused).unwrap()
}

fn by_hand<A: Real>(subject: &Subject<'_, A>, asked: Asked) -> Trace {
    let (matrices, (layout, of_gradient, execution)) = (subject.matrices, plain());
    let mut model = model::<A>(1, 1.0, layout, matrices);
    let mut opt = (subject.init)(&model);
    opt.hidden().set_execution(execution);
    if asked.held {
        hold(&mut opt, &model);
    }
    let step = |t| {
        let mut gradient = noise::<A>(t, of_gradient, matrices);
        let mut factor = asked.scale.unwrap_or(1.0);
        let norm = asked.max_norm.map(|_| factor.abs() * length(&without_still(&gradient, asked.held)));
        if let (Some(max_norm), Some(norm)) = (asked.max_norm, norm) {
            factor *= (max_norm / (norm + 1e-6)).min(1.0);
        }
        multiply(&mut gradient, factor);
        (subject.step)(&mut opt, &mut model, &gradient);
        (state(&opt, &model), norm)
    };
    (0..STEPS).map(step).collect()
}

fn fused<A: Real>(subject: &Subject<'_, A>, asked: Asked, setting: Setting, expected: &Trace) {
    let (matrices, (layout, of_gradient, execution)) = (subject.matrices, setting);
    let what = format!("{} {} {asked:?} {setting:?}", subject.name, A::NAME);
    let mut model = model::<A>(1, 1.0, layout, matrices);
    let mut opt = (subject.init)(&model);
    opt.hidden().set_execution(execution);
    if asked.held {
        hold(&mut opt, &model);
    }
    let mut beside = Fused::default();
    beside = asked.scale.map_or(beside, |scale| beside.scale(scale));
    beside = asked.max_norm.map_or(beside, |max_norm| beside.clip_norm(max_norm));
    beside = if asked.zeroes { beside.zero_gradient() } else { beside };
    for (t, (expected, norm)) in expected.iter().enumerate() {
        let mut gradient = noise::<A>(t, of_gradient, matrices);
        let before = bits(&gradient);
        let found = (subject.fused)(&mut opt, &mut model, &mut gradient, beside);
        assert_eq!(found.map(f64::to_bits), norm.map(f64::to_bits), "{what}: the length of step {t}");
        assert!(state(&opt, &model) == *expected, "{what}: step {t}");
        assert!(if asked.zeroes { is_zero(&gradient) } else { bits(&gradient) == before }, "{what}: gradient {t}");
    }
    assert_eq!(opt.steps(), STEPS as u64);
}

fn check_subject<A: Real>(subject: &Subject<'_, A>) {
    let (mut clipped, mut left) = (0, 0);
    for asked in every() {
        let expected = by_hand(subject, asked);
        for norm in expected.iter().filter_map(|(_, norm)| *norm) {
            (clipped, left) = if norm > LIMIT { (clipped + 1, left) } else { (clipped, left + 1) };
        }
        for setting in settings() {
            fused(subject, asked, setting, &expected);
        }
    }
    assert!(clipped > 0 && left > 0, "{}: {clipped} clipped, {left} left", subject.name);
}

fn check_in<R: GradientAtWeights, A: Real>(storage: &Storage<R>) {
    check_subject::<A>(&Subject {
        init: &|model| Erased::new(storage.clone().init(model).unwrap()),
        step: step::<R, A>,
        fused: step_fused::<R, A>,
        name: R::NAME,
        matrices: of_matrices(storage.rule()),
    });
}

fn check<R: GradientAtWeights>(storage: &Storage<R>) {
    check_in::<R, f32>(storage);
    check_in::<R, f64>(storage);
}

fn exact<R: Rule>(rule: &R) -> Storage<R> {
    rule.clone().caches(Precision::Exact)
}

/// A rule, which may have a `step` or not: what is called is the first of these functions that its type has.
struct Checked<R>(R);

trait WithStep {
    /// Whether there was something to check.
    fn check(&self) -> bool;
}

impl<R: GradientAtWeights> WithStep for Checked<R> {
    fn check(&self) -> bool {
        check(&exact(&self.0));
        true
    }
}

trait WithoutStep {
    fn check(&self) -> bool;
}

impl<R: Rule> WithoutStep for &Checked<R> {
    fn check(&self) -> bool {
        false
    }
}

macro_rules! rules {
    ($($file:ident: $rule:ident,)*) => {
        $(
            #[test]
            fn $file() {
                assert_eq!((&Checked($rule::default())).check(), !$rule::LOOKS_AHEAD, "{}", $rule::NAME);
            }
        )*
    };
}

optim_core::for_each_rule!(rules);

#[test]
fn caches_that_exist_under_a_condition() {
    check(&exact(&Adam { amsgrad: true, ..Adam::default() }));
    check(&exact(&RmsProp { momentum: 0.5, centered: true, ..RmsProp::default() }));
    check(&exact(&Lars { nesterov: true, weight_decay: 0.1, ..Lars::default() }));
}

#[test]
fn passes_in_other_orders() {
    check(&exact(&MovesTwice::default()));
    check(&exact(&LooksLast::default()));
    check(&exact(&Shrinks::default()));
}

#[test]
fn numbers_in_fewer_bits() {
    check_in::<_, f32>(&Adam::default().caches(Precision::Block8).weights(Precision::Bf16));
    check_in::<_, f32>(&Lamb::default().caches(Precision::Bf16).weights(Precision::Bf16));
}

/// A length that is no number, limits at the ends of their range, and a scale that leaves nothing.
#[test]
fn exact_numbers_at_the_edges() {
    let step = |gradient: [f64; 3], fused: Fused| {
        let (mut w, mut gradient) = (vec![0.0_f64; 3], gradient.to_vec());
        let mut opt = Sgd::default().with_lr(1.0).init(&w).unwrap();
        let norm = opt.step_fused(&mut w, &mut gradient, fused.zero_gradient()).unwrap();
        assert_eq!(gradient, [0.0; 3]);
        (w, norm)
    };
    let fused = Fused::default;
    assert_eq!(step([2.0, 3.0, -6.0], fused().clip_norm(f64::INFINITY)), (vec![-2.0, -3.0, 6.0], Some(7.0)));
    assert_eq!(step([2.0, 3.0, -6.0], fused().clip_norm(0.0)), (vec![0.0, 0.0, 0.0], Some(7.0)));
    assert_eq!(step([2.0, 3.0, -6.0], fused().scale(0.0).clip_norm(1.0)), (vec![0.0, 0.0, 0.0], Some(0.0)));
    assert_eq!(step([2.0, 3.0, -6.0], fused().scale(-2.0).clip_norm(14.5)), (vec![4.0, 6.0, -12.0], Some(14.0)));
    let factor = 7.0 / (7.0 + 1e-6);
    assert_eq!(step([2.0, 3.0, 6.0], fused().clip_norm(7.0)).0, [-2.0 * factor, -3.0 * factor, -6.0 * factor]);
    let (w, norm) = step([2.0, f64::NAN, 0.0], fused().clip_norm(1.0));
    assert!(w.iter().all(|w| w.is_nan()) && norm.unwrap().is_nan());
    let (w, norm) = step([2.0, f64::INFINITY, 0.0], fused().clip_norm(1.0));
    assert!(w[0] == 0.0 && w[1].is_nan() && norm == Some(f64::INFINITY));
}

/// Without a parameter the length is 0, and a number that is only 1 when it is rounded changes nothing.
#[test]
fn nothing_to_do() {
    let (mut none, mut gradient) = (Vec::<Vec<f32>>::new(), Vec::new());
    let mut opt = Sgd::default().init(&none).unwrap();
    let clip = Fused::default().clip_norm(1.0).zero_gradient();
    assert_eq!(opt.step_fused(&mut none, &mut gradient, clip).unwrap(), Some(0.0));
    assert_eq!(opt.step_fused(&mut none, &mut gradient, Fused::default()).unwrap(), None);
    let mut opt = Lamb::default().init(&none).unwrap();
    assert_eq!(opt.step_fused(&mut none, &mut gradient, clip).unwrap(), Some(0.0));
    let mut w = vec![0.0_f32];
    let mut opt = Sgd::default().with_lr(1.0).init(&w).unwrap();
    opt.step_fused(&mut w, &mut vec![3.0], Fused::default().scale(1.0 + 1e-12)).unwrap();
    assert_eq!(w, [-3.0]);
}

/// Of a part of a model, the rest does not move and does not count, and its gradient is zeros too.
#[test]
fn a_part_of_a_model() {
    fn check<R: GradientAtWeights>(rule: R) {
        let mut model = model::<f32>(1, 1.0, Layout::ColumnMajor, false);
        let start = model.clone();
        let mut part = start.wide.clone();
        let mut opt = rule.clone().init_where(&model, |p| p.path == "wide").unwrap();
        let mut alone = rule.init(&part).unwrap();
        for t in 0..STEPS {
            let mut gradient = noise::<f32>(t, Layout::ColumnMajor, false);
            let mut of_part = gradient.wide.clone();
            let clip = Fused::default().scale(0.9).clip_norm(LIMIT).zero_gradient();
            let norm = opt.step_fused(&mut model, &mut gradient, clip).unwrap();
            assert_eq!(norm, alone.step_fused(&mut part, &mut of_part, clip).unwrap());
            assert!(norm.unwrap() < 250.0 && is_zero(&gradient));
            assert_eq!(model, Model { wide: part.clone(), ..start.clone() });
        }
        assert_ne!(part, start.wide);
    }
    check(Adam::default());
    check(Lamb::default());
}
