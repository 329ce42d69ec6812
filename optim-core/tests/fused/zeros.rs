//! What closures find in the gradient is zeros, whatever was done to it before.

use std::panic::{AssertUnwindSafe, catch_unwind};

use ndarray::{Array1, Array2};
use optim_core::prelude::*;
use optim_core::{Parameter, Role};

use crate::erased::Erased;
use crate::rules::{LooksLast, MovesTwice, Shrinks};
use crate::run::{Layout, Model, is_zero, model, moves, of_matrices};

/// How a closure ends.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Well,
    Error,
    Panic,
    /// With a gradient of another shape.
    Shape,
}

/// Steps of an optimizer; each call of a closure finds zeros, and writes to every number there is.
struct Steps<A: Real> {
    model: Model<A>,
    calls: usize,
}

impl<A: Real> Steps<A> {
    /// A step whose closure ends in this way when it is called for the `at`-th time, and well before.
    fn step(&mut self, opt: &mut impl Optimize<Model<A>>, end: End, at: usize) {
        let mut calls = 0;
        let f: &mut dyn FnMut(&mut Model<A>, &mut Model<A>) -> Result<(), Error> = &mut |_, gradient| {
            calls += 1;
            assert!(is_zero(gradient), "call {calls}");
            let mut next = 0.0_f64;
            gradient.for_each_tensor_mut(|_, role, values| {
                for g in values {
                    next += 1.0;
                    *g = A::from_f64(if role == Role::Parameter { next.sin() } else { f64::NAN });
                }
            });
            match end {
                _ if calls < at => {}
                End::Well => {}
                End::Error => return Err(Error::other("on purpose")),
                End::Panic => std::panic::resume_unwind(Box::new("on purpose")),
                End::Shape => gradient.seen = Array1::ones(4),
            }
            Ok(())
        };
        let done = catch_unwind(AssertUnwindSafe(|| opt.try_step_with(&mut self.model, f)));
        match (done, end) {
            (Ok(Ok(())), End::Well) => self.calls += calls,
            (Ok(Err(error)), End::Error | End::Shape) => assert!(!error.to_string().is_empty()),
            (Err(panic), End::Panic) => assert_eq!(panic.downcast_ref(), Some(&"on purpose")),
            (Err(panic), _) => std::panic::resume_unwind(panic),
            (Ok(done), _) => panic!("{done:?}"),
        }
    }

    /// Good steps behind every kind of bad one.
    fn all(&mut self, opt: &mut impl Optimize<Model<A>>, gradients: usize) {
        self.step(opt, End::Well, 1);
        for end in [End::Well, End::Error, End::Panic, End::Shape] {
            for at in 1..=gradients {
                self.step(opt, end, at);
                self.step(opt, End::Well, 1);
                self.step(opt, End::Well, 1);
            }
        }
    }
}

fn check<R: Rule, A: Real>(rule: R, layout: Layout) {
    let model = model::<A>(1, 1.0, layout, of_matrices(&rule));
    let opt = Erased::new(rule.init(&model).unwrap());
    check_steps(Steps { model, calls: 0 }, opt);
}

fn check_steps<A: Real>(mut steps: Steps<A>, mut opt: Erased<Model<A>>) {
    let gradients = opt.hidden().gradients();
    steps.all(&mut opt, gradients);
    opt.hidden().freeze(&|p| p.path == "matrix");
    steps.all(&mut opt, gradients);
    let mask = Array2::from_shape_fn(steps.model.wide.dim(), |(row, col)| moves(row, col));
    opt.hidden().mask("wide", mask.view().into_dyn());
    steps.all(&mut opt, gradients);
    opt.hidden().unfreeze(&|p| p.path == "matrix");
    opt.hidden().unmask("wide");
    steps.all(&mut opt, gradients);
    assert_eq!(steps.calls as u64, opt.steps() * gradients as u64);
}

macro_rules! rules {
    ($($file:ident: $rule:ident,)*) => {
        $(
            #[test]
            fn $file() {
                check::<_, f32>($rule::default(), Layout::Standard);
                check::<_, f64>($rule::default(), Layout::Reversed);
            }
        )*
    };
}

optim_core::for_each_rule!(rules);

#[test]
fn passes_in_other_orders() {
    check::<_, f32>(MovesTwice::default(), Layout::Reversed);
    check::<_, f64>(LooksLast::default(), Layout::Reversed);
    check::<_, f32>(Shrinks::default(), Layout::ColumnMajor);
}

#[test]
fn of_wrappers_and_pairs() {
    let model = || model::<f32>(1, 1.0, Layout::ColumnMajor, false);
    let wide = |p: &Parameter<'_>| p.path == "wide";
    let mut steps = Steps { model: model(), calls: 0 };
    let adam = || Adam::default().init_where(&model(), wide).unwrap();
    steps.all(&mut adam(), 1);
    steps.all(&mut adam().clip_norm(1.0).unwrap().ema(0.5).unwrap(), 1);
    steps.all(&mut adam().skip_nonfinite(3).clip_norm(1.0).unwrap().accumulate(2).unwrap(), 1);
    let sam = Sam::default().init_where(&model(), |p| !wide(p)).unwrap();
    steps.all(&mut Both::new(adam().ema(0.5).unwrap(), sam.clip_norm(1.0).unwrap(), &model()).unwrap(), 2);
    // Ten good steps each, of a pair that is called twice nineteen.
    assert_eq!(steps.calls, 3 * 10 + 2 * 19);
}
