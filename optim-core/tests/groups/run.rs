//! Models, gradients and steps that are the same for a whole model and its parts.

use ndarray::ArrayD;
use optim_core::kernel::Execution;
use optim_core::prelude::*;
use optim_core::private::{Level, Tiled};
use optim_core::rule::{CacheScope, HyperKind};

use crate::erased::{Closure, Erased};
use crate::layout::{Layout, laid_out};
use crate::{frozen, masked, parts};

/// A model whose structure is known when it runs; one type for all tests, since every rule is compiled for it.
pub(crate) type Model<A> = Vec<ArrayD<A>>;

/// Layouts of weights and gradients, and threads.
pub(crate) type Setting = (Layout, Layout, usize);

pub(crate) const SETTINGS: [Setting; 4] = {
    let [standard, column_major, reversed, sliced] = Layout::ALL;
    [(standard, standard, 1), (standard, standard, 5), (column_major, sliced, 2), (reversed, standard, 2)]
};

/// Steps of a run.
pub(crate) const STEPS: u64 = 4;

/// A rule as these tests see it.
pub(crate) struct Subject<A: Real> {
    pub(crate) name: &'static str,
    /// Whether it looks at more than one weight at a time.
    pub(crate) tiled: bool,
    /// Whether it looks at more than one tensor at a time.
    pub(crate) sums_over_the_model: bool,
    pub(crate) shapes: Vec<Vec<usize>>,
    pub(crate) init: fn(&Model<A>) -> Erased<Model<A>>,
    /// Of every second tensor, from this one on.
    pub(crate) init_half: fn(&Model<A>, usize) -> Erased<Model<A>>,
    /// Makes every second tensor, from the second on, a group whose rule is [`varied`].
    pub(crate) group: fn(&mut Erased<Model<A>>),
    /// Makes the rule the varied one.
    pub(crate) vary: fn(&mut Erased<Model<A>>),
}

impl<A: Real> Subject<A> {
    pub(crate) fn of<R: Rule>() -> Self {
        Subject {
            name: R::NAME,
            tiled: R::Tiled::TILED,
            sums_over_the_model: R::Tiled::SUMS.iter().any(|sum| sum.over == Level::Model),
            shapes: shapes::<R>(),
            init: |model| Erased::new(R::default().init(model).unwrap()),
            init_half: |model, first| Erased::new(R::default().init_where(model, |p| is_of_half(p, first)).unwrap()),
            group: group::<R, A>,
            vary: |opt| *opt.of::<R>().rule_mut() = varied(&R::default()),
        }
    }

    /// The weights of all tensors.
    pub(crate) fn weights(&self, layout: Layout) -> Model<A> {
        self.shapes.iter().zip(0..).map(|(shape, tensor)| laid_out(&numbers(shape, tensor), layout)).collect()
    }

    /// What is added to the gradients of all tensors in a step.
    pub(crate) fn noise(&self, step: u64, layout: Layout) -> Model<A> {
        let seeds = 100 * (step + 1)..;
        self.shapes.iter().zip(seeds).map(|(shape, seed)| laid_out(&numbers(shape, seed), layout)).collect()
    }
}

fn group<R: Rule, A: Real>(opt: &mut Erased<Model<A>>) {
    let (rule, other) = (R::default(), varied(&R::default()));
    let opt = opt.of::<R>();
    assert_eq!(opt.define_group("second", |p| is_of_half(p, 1)).unwrap(), shapes::<R>().len() / 2);
    opt.group("second", |rule| rule.clone_from(&other)).unwrap();
    assert_eq!((opt.rule(), opt.group_rule("second").unwrap()), (&rule, other));
}

pub(crate) fn check<A: Real>(subject: &Subject<A>) {
    for setting in SETTINGS {
        parts::two_groups_are_two_optimizers(subject, setting);
        parts::a_part_is_an_optimizer_of_its_own(subject, setting);
        frozen::freezing_is_leaving_out(subject, setting);
        frozen::what_is_frozen_stays(subject, setting);
        masked::elements_stay_and_the_others_do_not_notice(subject, setting);
    }
}

/// Shapes that the rule takes: one row, several tiles, several axes, none.
fn shapes<R: Rule>() -> Vec<Vec<usize>> {
    let all: [&[usize]; 7] = [&[7, 5], &[1300], &[3, 4, 2], &[], &[2, 4100], &[0, 3], &[9]];
    let matrices: [&[usize]; 5] = [&[7, 5], &[3, 700], &[2, 2], &[40, 30], &[1, 3]];
    let listed = |shapes: &[&[usize]]| shapes.iter().map(|shape| shape.to_vec()).collect();
    let zeros = |shapes: &[&[usize]]| -> Model<f64> { shapes.iter().map(|shape| ArrayD::zeros(*shape)).collect() };
    if R::default().init(&zeros(&all)).is_ok() { listed(&all) } else { listed(&matrices) }
}

/// Numbers between −1 and 1, the same for each tensor wherever it stands.
fn numbers<A: Real>(shape: &[usize], seed: u64) -> ArrayD<A> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(7);
    ArrayD::from_shape_simple_fn(shape, || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        A::from_f64((state >> 24) as f64 / (1_u64 << 39) as f64 - 1.0)
    })
}

/// Those of every second tensor, from the first or the second on.
pub(crate) fn half<T: Clone>(list: &[T], first: usize) -> Vec<T> {
    list.iter().skip(first).step_by(2).cloned().collect()
}

/// A selection of what [`half`] takes from one; paths are numbers.
pub(crate) fn is_of_half(parameter: &optim_core::Parameter<'_>, first: usize) -> bool {
    parameter.path.parse::<usize>().unwrap() % 2 == first
}

pub(crate) fn threads<A: Real>(opt: &mut Erased<Model<A>>, setting: Setting) {
    opt.hidden().set_execution(Execution::default().threads(setting.2));
}

/// A step with gradients that depend on the point at which they are taken.
pub(crate) fn step<A: Real>(opt: &mut Erased<Model<A>>, model: &mut Model<A>, noise: &Model<A>) {
    let f: &mut Closure<'_, Model<A>> = &mut |model, gradient| {
        for ((g, noise), w) in gradient.iter_mut().zip(noise).zip(&*model) {
            // In the noise's layout.
            *g = noise.clone();
            g.zip_mut_with(w, |g, &w| *g += w * A::from_f64(0.5));
        }
        Ok(())
    };
    opt.try_step_with(model, f).unwrap();
}

/// The rule with other hyper-parameters, as far as that changes no cache.
fn varied<R: Rule>(rule: &R) -> R {
    let mut varied = rule.clone();
    let probe: Model<f64> = shapes::<R>().iter().map(|shape| ArrayD::zeros(&shape[..])).collect();
    for hyper in R::hyper() {
        let value = varied.get(hyper.name).unwrap();
        let tries = match hyper.kind {
            HyperKind::Flag => [1.0 - value, value],
            HyperKind::Count => [value + 1.0, value - 1.0],
            _ if value == 0.0 => [0.05, 0.0],
            _ => [value * 0.75, value * 1.25],
        };
        for value in tries {
            let mut changed = varied.clone();
            let fits = changed.set(hyper.name, value).is_ok() && changed.check().is_ok();
            if fits && rule.clone().init(&probe).unwrap().for_each_rule(|_, rule| rule.clone_from(&changed)).is_ok() {
                varied = changed;
                break;
            }
        }
    }
    assert!(R::hyper().is_empty() || varied != *rule, "{varied:?}");
    varied
}

pub(crate) fn bits<A: Real>(values: &ArrayD<A>) -> Vec<u64> {
    values.iter().map(|x| x.as_f64().to_bits()).collect()
}

/// The tensor `tensor` of one model, and every cache of it, is the tensor `other_tensor` of the other.
pub(crate) fn same<A: Real>(
    (opt, model, tensor): (&Erased<Model<A>>, &Model<A>, usize),
    (other, other_model, other_tensor): (&Erased<Model<A>>, &Model<A>, usize),
    what: &str,
) {
    let what = format!("{} {}: {what}, tensor {tensor}", opt.name(), A::NAME);
    assert!(bits(&model[tensor]) == bits(&other_model[other_tensor]), "{what}");
    for cache in opt.seen().caches().iter().filter(|cache| cache.scope != CacheScope::Model) {
        let of = |opt: &Erased<Model<A>>, tensor: usize| opt.seen().cache(cache.name, &tensor.to_string());
        let (found, expected) = (of(opt, tensor), of(other, other_tensor));
        assert!(found.as_ref().map(bits) == expected.as_ref().map(bits), "{what}, `{}`", cache.name);
    }
}

/// The point of evaluation.
pub(crate) fn evaluation<A: Real>(opt: &mut Erased<Model<A>>, model: &mut Model<A>) -> Model<A> {
    opt.evaluate_with(model, |model| model.clone()).unwrap()
}
