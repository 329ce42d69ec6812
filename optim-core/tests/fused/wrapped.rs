//! Wrappers right around an optimizer, which hand it what rides along, against the same with an optimizer between that does
//! not take it.

use ndarray::Array2;
use optim_core::optimize::Moving;
use optim_core::prelude::*;
use optim_core::private::Carries;
use optim_core::schedule::Exponential;
use optim_core::wrap::{ClipNorm, Ema, Scheduled};
use optim_core::{Persist, Precision, Record};

use crate::erased::Erased;
use crate::rules::{LooksLast, MovesTwice, Shrinks};
use crate::run::{self, LIMIT, Layout, Model, Setting, bits, moves, noise, of_matrices, settings, state};

/// Does nothing, and takes nothing along.
#[derive(Clone)]
struct Apart<O>(O);

impl<M: Optimizable, O: Optimize<M>> Optimize<M> for Apart<O> {
    const GRADIENTS: usize = O::GRADIENTS;
    const ENDS_STEPS: bool = O::ENDS_STEPS;

    fn try_step_with<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        self.0.try_step_with(model, f)
    }
    fn evaluate_with<T>(&mut self, model: &mut M, f: impl FnOnce(&mut M) -> T) -> Result<T, Error> {
        self.0.evaluate_with(model, f)
    }
    fn steps(&self) -> u64 {
        self.0.steps()
    }
    fn hyper(&self, name: &str) -> Result<f64, Error> {
        self.0.hyper(name)
    }
    fn set_hyper(&mut self, name: &str, value: f64) -> Result<(), Error> {
        self.0.set_hyper(name, value)
    }
    fn owns(&self, path: &str) -> bool {
        self.0.owns(path)
    }
    fn moving(&self, path: &str) -> Moving {
        self.0.moving(path)
    }
    fn version(&self) -> u64 {
        self.0.version()
    }
    fn constrain_again(&mut self, model: &mut M) -> Result<(), Error> {
        self.0.constrain_again(model)
    }
}

impl<O: Persist> Persist for Apart<O> {
    fn save(&self) -> Record {
        self.0.save()
    }
    fn load(&mut self, record: &Record) -> Result<(), Error> {
        self.0.load(record)
    }
}

/// A way to the optimizer inside, and to the length that was measured.
trait Stack<A: Real>: Optimize<Model<A>> + Persist {
    fn inside(&mut self) -> &mut Erased<Model<A>>;
    fn norm(&self) -> Option<f64> {
        None
    }
}

impl<A: Real> Stack<A> for Erased<Model<A>> {
    fn inside(&mut self) -> &mut Erased<Model<A>> {
        self
    }
}

impl<A: Real, O: Stack<A>> Stack<A> for Apart<O> {
    fn inside(&mut self) -> &mut Erased<Model<A>> {
        self.0.inside()
    }
    fn norm(&self) -> Option<f64> {
        self.0.norm()
    }
}

impl<A: Real, O: Stack<A>> Stack<A> for ClipNorm<O, Model<A>> {
    fn inside(&mut self) -> &mut Erased<Model<A>> {
        self.inner_mut().inside()
    }
    fn norm(&self) -> Option<f64> {
        self.last_norm()
    }
}

impl<A: Real, O: Stack<A>> Stack<A> for Ema<O, Model<A>> {
    fn inside(&mut self) -> &mut Erased<Model<A>> {
        self.inner_mut().inside()
    }
    fn norm(&self) -> Option<f64> {
        self.inner().norm()
    }
}

impl<A: Real, O: Stack<A>, S: Schedule> Stack<A> for Scheduled<O, S, Model<A>> {
    fn inside(&mut self) -> &mut Erased<Model<A>> {
        self.inner_mut().inside()
    }
    fn norm(&self) -> Option<f64> {
        self.inner().norm()
    }
}

/// Weights, caches, length and evaluation point after each of some steps, between which things happen.
fn trace<A: Real>(mut opt: impl Stack<A> + Clone, setting: Setting, matrices: bool) -> Vec<Vec<u64>> {
    let new = opt.clone();
    let (layout, of_gradient, execution) = setting;
    let mut model = run::model::<A>(1, 1.0, layout, matrices);
    opt.inside().hidden().set_execution(execution);
    let mut trace = Vec::new();
    for t in 0..12 {
        match t {
            3 => drop(opt.inside().hidden().freeze(&|p| p.path == "matrix")),
            5 => {
                opt.inside().hidden().unfreeze(&|p| p.path == "matrix");
                let mask = Array2::from_shape_fn(model.wide.dim(), |(row, col)| moves(row, col));
                opt.inside().hidden().mask("wide", mask.view().into_dyn());
            }
            7 => opt.inside().hidden().unmask("wide"),
            8 => opt.inside().hidden().constrain(&|p| p.path == "wide", Constraint::bounds(-0.5, 0.5)),
            10 => opt.inside().hidden().unconstrain(&|p| p.path == "wide"),
            11 => {
                // Resumed: an average that was loaded is compared with the model before it follows.
                let record = opt.save();
                opt = new.clone();
                opt.inside().hidden().set_execution(execution);
                opt.load(&record).unwrap();
            }
            _ => {}
        }
        let noise = noise::<A>(t, of_gradient, matrices);
        let mut step = |fails: bool| {
            let f: &mut dyn FnMut(&mut Model<A>, &mut Model<A>) -> Result<(), Error> = &mut |model, gradient| {
                gradient.clone_from(&noise);
                gradient.add_scaled(0.5, model).unwrap();
                if fails { Err(Error::other("no data")) } else { Ok(()) }
            };
            opt.try_step_with(&mut model, f)
        };
        // A step that fails leaves no trace.
        assert!(step(true).is_err());
        step(false).unwrap();
        let mut now = state(opt.inside(), &model);
        now.extend(opt.norm().map(f64::to_bits));
        let evaluate: &mut dyn FnMut(&mut Model<A>) -> Vec<u64> = &mut |model| bits(model);
        now.extend(opt.evaluate_with(&mut model, evaluate).unwrap());
        trace.push(now);
    }
    trace
}

/// Two optimizers take the same steps, the second without anything beside.
fn same<A: Real>(mut fused: impl Stack<A> + Clone, apart: impl Stack<A> + Clone, what: &str) {
    let inside = fused.inside().hidden();
    let (name, matrices) = (inside.name(), !inside.owns("rest.1"));
    let expected = trace(apart, run::plain(), matrices);
    // Three threads with each instruction set, and all other layouts.
    let plain = (Layout::Standard, Layout::Standard);
    let chosen = |(index, setting): &(usize, Setting)| index % 3 == 2 || (setting.0, setting.1) != plain;
    for (_, setting) in settings().into_iter().enumerate().filter(chosen) {
        for (t, (found, expected)) in trace(fused.clone(), setting, matrices).iter().zip(&expected).enumerate() {
            assert!(found == expected, "{name} {} {what}, {setting:?}, step {t}", A::NAME);
        }
    }
}

const FALLING: Exponential = Exponential { from: 0.02, gamma: 0.9 };

fn init<R: Rule, A: Real>(rule: &R) -> Erased<Model<A>> {
    let matrices = of_matrices(rule);
    Erased::new(rule.clone().init(&run::model::<A>(1, 1.0, Layout::Standard, matrices)).unwrap())
}

fn ema_over_clip_norm_over_a_schedule<A: Real>(opt: Erased<Model<A>>) {
    let fused = opt.clone().schedule("lr", FALLING).unwrap().clip_norm(LIMIT).unwrap().ema(0.9).unwrap();
    let apart = Apart(opt).schedule("lr", FALLING).unwrap();
    let apart = Apart(Apart(apart).clip_norm(LIMIT).unwrap()).ema(0.9).unwrap();
    same(fused, apart, "clipping, an average");
}

fn clip_norm_over_ema<A: Real>(opt: Erased<Model<A>>) {
    let fused = opt.clone().ema(0.7).unwrap().clip_norm(LIMIT).unwrap();
    let apart = Apart(Apart(opt).ema(0.7).unwrap()).clip_norm(LIMIT).unwrap();
    same(fused, apart, "an average, clipping");
}

macro_rules! rules {
    ($($file:ident: $rule:ident,)*) => {
        $(
            #[test]
            fn $file() {
                ema_over_clip_norm_over_a_schedule::<f32>(init(&$rule::default()));
                clip_norm_over_ema::<f64>(init(&$rule::default()));
            }
        )*
    };
}

optim_core::for_each_rule!(rules);

/// One for itself, two of a kind, a schedule between and around.
#[test]
fn other_orders() {
    fn check<A: Real>(opt: &dyn Fn() -> Erased<Model<A>>) {
        same(opt().clip_norm(LIMIT).unwrap(), Apart(opt()).clip_norm(LIMIT).unwrap(), "clipping");
        same(opt().ema(0.9).unwrap(), Apart(opt()).ema(0.9).unwrap(), "an average");
        let fused = opt().clip_norm(90.0).unwrap().clip_norm(LIMIT).unwrap();
        let apart = Apart(Apart(opt()).clip_norm(90.0).unwrap()).clip_norm(LIMIT).unwrap();
        same(fused, apart, "clipping twice");
        let fused = opt().ema(0.9).unwrap().clip_norm(LIMIT).unwrap().ema(0.5).unwrap();
        let apart = Apart(Apart(Apart(opt()).ema(0.9).unwrap()).clip_norm(LIMIT).unwrap()).ema(0.5).unwrap();
        same(fused, apart, "two averages");
        let fused = opt().clip_norm(LIMIT).unwrap().schedule("lr", FALLING).unwrap().ema(0.9).unwrap();
        let apart = Apart(Apart(opt()).clip_norm(LIMIT).unwrap()).schedule("lr", FALLING).unwrap();
        same(fused, Apart(apart).ema(0.9).unwrap(), "a schedule between");
    }
    check::<f32>(&|| init(&Adam::default()));
    check::<f64>(&|| init(&Lamb::default()));
    check::<f32>(&|| init(&Sam::default()));
}

#[test]
fn passes_in_other_orders() {
    fn check<R: Rule>(rule: R) {
        ema_over_clip_norm_over_a_schedule::<f32>(init(&rule));
        clip_norm_over_ema::<f64>(init(&rule));
    }
    check(MovesTwice::default());
    check(LooksLast::default());
    check(Shrinks::default());
}

#[test]
fn numbers_in_fewer_bits() {
    let model = run::model::<f32>(1, 1.0, Layout::Standard, false);
    let adam = Adam::default().caches(Precision::Block8).weights(Precision::Bf16).seed(3);
    ema_over_clip_norm_over_a_schedule(Erased::new(adam.init(&model).unwrap()));
    let lamb = Lamb::default().caches(Precision::Bf16).weights(Precision::Bf16);
    clip_norm_over_ema(Erased::new(lamb.init(&model).unwrap()));
}

/// What is compared above is not the same twice: the one takes along what the other does not.
#[test]
fn what_is_taken_along() {
    fn carried<A: Real>(opt: &impl Optimize<Model<A>>) -> (bool, bool) {
        let Carries { clipping, average } = opt.carries();
        (clipping, average)
    }
    assert_eq!(carried(&init::<_, f32>(&Adam::default())), (true, true), "hidden, it takes the same along");
    let mut opt = Adam::default().init(&run::model::<f32>(1, 1.0, Layout::Standard, false)).unwrap();
    assert_eq!(carried(&opt), (true, true));
    assert_eq!(carried(&Apart(opt.clone())), (false, false));
    assert_eq!(carried(&opt.clone().schedule("lr", FALLING).unwrap()), (true, true));
    assert_eq!(carried(&opt.clone().clip_norm(1.0).unwrap()), (false, true));
    assert_eq!(carried(&opt.clone().ema(0.5).unwrap()), (true, false));
    assert_eq!(carried(&opt.clone().ema(0.5).unwrap().clip_norm(1.0).unwrap()), (false, false));
    assert_eq!(carried(&opt.clone().clip_value(1.0).unwrap()), (false, false));
    assert_eq!(carried(&opt.clone().accumulate(2).unwrap()), (false, false));
    opt.freeze(|p| p.path == "matrix").unwrap();
    assert_eq!(carried(&opt), (true, false));
    opt.unfreeze(|p| p.path == "matrix").unwrap();
    opt.mask("matrix", Array2::from_elem((37, 53), false).view().into_dyn()).unwrap();
    assert_eq!(carried(&opt), (true, false));
    opt.unmask("matrix").unwrap();
    opt.constrain(|p| p.path == "wide", Constraint::non_negative()).unwrap();
    assert_eq!(carried(&opt), (true, false));
    opt.unconstrain(|p| p.path == "wide").unwrap();
    assert_eq!(carried(&opt), (true, true));
}

/// An average of the parameters of one of a pair.
#[test]
fn of_a_pair() {
    fn run(mut opt: impl Optimize<Model<f32>>, mut model: Model<f32>) -> Vec<(Model<f32>, Model<f32>)> {
        let mut step = |t| {
            let noise = noise::<f32>(t, Layout::Standard, false);
            opt.step_with(&mut model, |_, gradient| gradient.clone_from(&noise)).unwrap();
            (model.clone(), opt.evaluate_with(&mut model, |model| model.clone()).unwrap())
        };
        (0..5).map(&mut step).collect()
    }
    let model = run::model::<f32>(1, 1.0, Layout::Reversed, false);
    let matrix = |p: &optim_core::Parameter<'_>| p.path == "wide";
    let adam = Adam::default().init_where(&model, matrix).unwrap();
    let lamb = Lamb::default().init_where(&model, |p| !matrix(p)).unwrap();
    let fused = adam.clone().ema(0.9).unwrap().clip_norm(50.0).unwrap();
    let fused = Both::new(fused, lamb.clone().ema(0.5).unwrap(), &model).unwrap();
    let apart = Apart(Apart(adam).ema(0.9).unwrap()).clip_norm(50.0).unwrap();
    let apart = Both::new(apart, Apart(lamb).ema(0.5).unwrap(), &model).unwrap();
    assert_eq!(run(fused, model.clone()), run(apart, model));
}
