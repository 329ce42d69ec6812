//! The result of a step does not depend, in any bit, on memory layout, number of threads or instruction set.

use ndarray::{Array, Array1, Array2, Array3, ArrayD, Axis, IxDyn, ShapeBuilder, Slice};
use optim_core::kernel::{Execution, Isa};
use optim_core::prelude::*;

use self::erased::Erased;

mod erased;

define_optimizer! {
    /// Every function and every form of statement in one rule, and caches that exist, may exist, and start somewhere.
    pub struct Everything {
        lr: f64 = 0.01 in 0.0..,
        beta: f64 = 0.9 in 0.0..1.0,
        count: u64 = 3,
        extra: bool = true,
    }
    cache { m, slow = w, high = lr * 2 if extra, low if !extra, other if beta > 0.5 }
    step(t) {
        let c = 1 - pow(beta, t);
        let late = t > 2 && extra || count == 0;
    }
    look_ahead(w) {
        let far = abs(m) * 2;
        if w > 0 { w + tanh(far) } else { w - exp(-far) }
    }
    update(w, g) {
        let g = g + 0.01 * w - epsilon();
        m = beta * m + (1 - beta) * g;
        if extra {
            high = max(high, m * m);
        } else if beta > 0.5 {
            low = min(low, g);
        } else {
            low += count * g;
        }
        if beta > 0.5 { other = clamp(other + sign(g), -count, count); }
        let d = if extra { sqrt(high) } else { cbrt(low) };
        if g > 0 { w -= lr * m / (c * (abs(d) + 1e-8)); } else if late { w += ln(1 + abs(m)) * lr; } else { w *= 0.99; }
        slow += 0.5 * (w - slow);
        w /= 1 + lr;
    }
    evaluate(w) { slow * 0.5 + w * 0.5 }
}

type Model<A> = (ArrayD<A>, Array2<A>, Vec<A>, A, Array3<A>);

struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64 - 0.5
    }
}

/// How the numbers of a tensor lie in memory.
#[derive(Clone, Copy, Debug)]
enum Layout {
    Standard,
    ColumnMajor,
    Reversed,
    Sliced,
    Permuted,
}

/// The same numbers in another layout.
fn laid_out<A: Real, D: ndarray::Dimension>(values: &Array<A, D>, layout: Layout) -> Array<A, D> {
    match layout {
        Layout::Standard => values.clone(),
        Layout::ColumnMajor => {
            let mut array = Array::zeros(values.raw_dim().f());
            array.assign(values);
            array
        }
        Layout::Reversed => {
            let mut array = values.clone();
            for axis in 0..values.ndim() {
                array.invert_axis(Axis(axis));
            }
            array.assign(values);
            array
        }
        Layout::Sliced => {
            let mut shape = values.raw_dim();
            shape.slice_mut().iter_mut().for_each(|length| *length = 3 * *length + 1);
            let every_third = Slice::new(1, None, 3);
            let mut array = Array::from_elem(shape, A::nan());
            for axis in 0..values.ndim() {
                array.slice_axis_inplace(Axis(axis), every_third);
            }
            array.assign(values);
            array
        }
        Layout::Permuted => {
            let mut axes = values.raw_dim();
            axes.slice_mut().reverse();
            let mut array = Array::zeros(axes).reversed_axes();
            array.assign(values);
            array
        }
    }
}

fn model<A: Real>(seed: u64, layout: Layout) -> Model<A> {
    let mut random = Random(seed);
    let mut next = || A::from_f64(random.next());
    let deep = Array::from_shape_simple_fn(IxDyn(&[2, 3, 1, 2, 5, 2]), &mut next);
    let matrix = Array::from_shape_simple_fn((37, 53), &mut next);
    let vector = (0..701).map(|_| next()).collect();
    let number = next();
    let cube = Array::from_shape_simple_fn((5, 7, 11), &mut next);
    (laid_out(&deep, layout), laid_out(&matrix, layout), vector, number, laid_out(&cube, layout))
}

/// What makes a new optimizer.
type Init<'i, A> = &'i dyn Fn(&Model<A>) -> Erased<Model<A>>;

/// The bits of the weights and caches after some steps, and of the evaluation point.
fn bits<A: Real>(init: Init<'_, A>, layouts: (Layout, Layout), execution: Execution) -> Vec<u64> {
    let mut model = model::<A>(1, layouts.0);
    let mut opt = init(&model);
    opt.hidden().set_execution(execution);
    for t in 0..7 {
        let noise = self::model::<A>(10 + t, layouts.1);
        opt.step_with(&mut model, |model, gradient| {
            *gradient = noise.clone();
            gradient.add_scaled(1.5, model).unwrap();
        })
        .unwrap();
    }
    let mut bits = Vec::new();
    model.for_each_param(|_, values| bits.extend(values.iter().map(|x| x.as_f64().to_bits())));
    bits.extend(opt.cache_bits(&model));
    opt.evaluate_with(&mut model, |model| {
        model.for_each_param(|_, values| bits.extend(values.iter().map(|x| x.as_f64().to_bits())));
    })
    .unwrap();
    bits
}

fn check<A: Real>(init: Init<'_, A>) {
    use Layout::{ColumnMajor, Permuted, Reversed, Sliced, Standard};
    let name = || init(&model(1, Standard)).name();
    let one = Execution::default().threads(1).isa(Isa::Portable);
    let expected = bits(init, (Standard, Standard), one);
    for &isa in Isa::available() {
        for threads in [1, 2, 5] {
            let execution = Execution::default().threads(threads).isa(isa);
            let found = bits(init, (Standard, Standard), execution);
            assert!(found == expected, "{} {} {isa:?}, {threads} threads", name(), A::NAME);
        }
    }
    for layouts in [
        (ColumnMajor, Standard),
        (Standard, ColumnMajor),
        (Reversed, Reversed),
        (Sliced, Permuted),
        (Permuted, Sliced),
        (Reversed, Standard),
    ] {
        for execution in [one, Execution::default().threads(3)] {
            let found = bits(init, layouts, execution);
            assert!(found == expected, "{} {} {layouts:?}", name(), A::NAME);
        }
    }
}

fn check_both<R: Rule>(rule: R) {
    check::<f32>(&|model| Erased::new(rule.clone().init(model).unwrap()));
    check::<f64>(&|model| Erased::new(rule.clone().init(model).unwrap()));
}

#[test]
fn every_rule_with_every_option() {
    check_both(Sgd::default());
    check_both(Sgd { momentum: 0.9, weight_decay: 0.1, nesterov: true, ..Sgd::default() });
    check_both(Sgd { momentum: 0.8, dampening: 0.3, ..Sgd::default() });
    check_both(Momentum::default());
    check_both(Nag::default());
    check_both(Adagrad { initial: 0.1, lr_decay: 0.1, weight_decay: 0.1, ..Adagrad::default() });
    check_both(RmsProp::default());
    check_both(RmsProp { momentum: 0.5, centered: true, weight_decay: 0.1, ..RmsProp::default() });
    check_both(Adam::default());
    check_both(Adam { amsgrad: true, bias_correction: false, weight_decay: 0.1, ..Adam::default() });
    check_both(AdamW { amsgrad: true, ..AdamW::default() });
    check_both(NAdam { weight_decay: 0.1, ..NAdam::default() });
    check_both(ScheduleFreeSgd { warmup_steps: 3, weight_decay: 0.1, ..ScheduleFreeSgd::default() });
    check_both(ScheduleFreeAdamW { warmup_steps: 3, weight_decay: 0.1, ..ScheduleFreeAdamW::default() });
    check_both(Adamax { weight_decay: 0.1, ..Adamax::default() });
    // Plain steps only, and steps that are rectified: from the sixth on.
    check_both(RAdam { weight_decay: 0.1, beta2: 0.6, ..RAdam::default() });
    check_both(RAdam { weight_decay: 0.1, ..RAdam::default() });
    check_both(Adadelta { weight_decay: 0.1, ..Adadelta::default() });
    check_both(Rprop { lr: 0.1, step_min: 0.08, step_max: 0.11, ..Rprop::default() });
    check_both(Asgd { decay: 0.1, start: 1.0, weight_decay: 0.1, ..Asgd::default() });
    check_both(Lion { weight_decay: 0.1, ..Lion::default() });
    check_both(Signum { weight_decay: 0.1, ..Signum::default() });
    check_both(Signum { momentum: 0.0, ..Signum::default() });
    check_both(AdaBelief::default());
    check_both(Yogi::default());
    check_both(Adopt { weight_decay: 0.1, ..Adopt::default() });
    check_both(LaProp { weight_decay: 0.1, ..LaProp::default() });
    check_both(Adan { weight_decay: 0.1, ..Adan::default() });
    check_both(AdEmaMix { weight_decay: 0.1, ..AdEmaMix::default() });
    check_both(Madgrad { weight_decay: 0.1, ..Madgrad::default() });
}

#[test]
fn every_rule_that_looks_at_more_than_one_weight() {
    check_both(Lars { nesterov: true, weight_decay: 0.1, ..Lars::default() });
    check_both(Lars { momentum: 0.0, ..Lars::default() });
    check_both(Lamb { weight_decay: 0.1, ..Lamb::default() });
    check_both(NovoGrad { weight_decay: 0.1, ..NovoGrad::default() });
    check_both(Fromage::default());
    check_both(Adafactor { weight_decay: 0.1, clip: 0.5, ..Adafactor::default() });
    check_both(Prodigy { weight_decay: 0.1, d0: 0.1, ..Prodigy::default() });
    check_both(Dog { init_distance: 0.1, ..Dog::default() });
    check_both(Sam { rho: 0.5, ..Sam::default() });
}

#[test]
fn a_rule_with_everything_in_it() {
    check_both(Everything::default());
    check_both(Everything { extra: false, ..Everything::default() });
    check_both(Everything { extra: false, beta: 0.25, ..Everything::default() });
}

/// The bits of weights and caches after some steps from `start` with one gradient.
fn run_odd<R: Rule>(rule: &R, start: &Array1<f32>, gradient: &Array1<f32>, execution: Execution) -> Vec<Option<u32>> {
    let mut weights = start.clone();
    let mut opt = rule.clone().init(&weights).unwrap();
    opt.set_execution(execution).unwrap();
    for _ in 0..3 {
        opt.step_with(&mut weights, |_, g| g.assign(gradient)).unwrap();
    }
    let caches = R::declared_caches().iter().filter_map(|cache| opt.cache(cache.name, "")).flatten();
    // Which of the many NaNs it is, is not promised.
    weights.into_iter().chain(caches).map(|x| (!x.is_nan()).then_some(x.to_bits())).collect()
}

fn check_odd<R: Rule>(rule: R, start: &Array1<f32>, gradient: &Array1<f32>) {
    let expected = run_odd(&rule, start, gradient, Execution::default().threads(1).isa(Isa::Portable));
    for &isa in Isa::available() {
        let found = run_odd(&rule, start, gradient, Execution::default().threads(3).isa(isa));
        assert!(found == expected, "{} {isa:?}", R::NAME);
    }
}

/// What is no number of everyday: NaN, infinities, subnormal numbers, both zeros, the largest.
#[test]
fn odd_numbers() {
    let odd =
        [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 0.0, -0.0, 1e-40, -1e-45, f32::MAX, f32::MIN, 1.0, -1e30, 1e-30];
    let pairs: Vec<(f32, f32)> = odd.iter().flat_map(|&w| odd.iter().map(move |&g| (w, g))).collect();
    let start: Array1<f32> = pairs.iter().map(|pair| pair.0).collect();
    let gradient: Array1<f32> = pairs.iter().map(|pair| pair.1).collect();
    check_odd(Sgd { momentum: 0.9, nesterov: true, ..Sgd::default() }, &start, &gradient);
    check_odd(Nag::default(), &start, &gradient);
    check_odd(Adagrad::default(), &start, &gradient);
    check_odd(RmsProp { momentum: 0.5, centered: true, ..RmsProp::default() }, &start, &gradient);
    check_odd(Adam { amsgrad: true, ..Adam::default() }, &start, &gradient);
    check_odd(NAdam::default(), &start, &gradient);
    check_odd(ScheduleFreeAdamW { warmup_steps: 2, ..ScheduleFreeAdamW::default() }, &start, &gradient);
    check_odd(Everything::default(), &start, &gradient);
    check_odd(Lamb::default(), &start, &gradient);
    check_odd(Adafactor::default(), &start, &gradient);
    check_odd(Prodigy::default(), &start, &gradient);
}

define_optimizer! {
    /// One sum along rows.
    pub struct OfRows { lr: f64 = 0.1 in 0.0.., }
    cache { r[row] }
    update(w, g) {
        r += row_mean(g);
        w -= lr * r * g;
    }
}

define_optimizer! {
    /// One sum along columns.
    pub struct OfColumns { lr: f64 = 0.1 in 0.0.., }
    cache { c[col] }
    update(w, g) {
        c += col_mean(w);
        w -= lr * c * g;
    }
}

define_optimizer! {
    /// Squares, three of them, around another sum; one more with a loop.
    pub struct OfTensors { lr: f64 = 0.1 in 0.0.., }
    cache { a[tensor], b[tensor], m }
    update(w, g) {
        a = norm(w) + dot(g, g);
        b = max_abs(g) + dot(m, m) + dot(m, w);
        m = 0.5 * m + g;
        w -= lr * (a + b) * m / (1 + norm(m - w));
    }
}

/// A matrix and a vector whose lines are longer than a block.
fn wide<A: Real>(seed: u64, layout: Layout) -> (Array2<A>, Array1<A>) {
    let mut random = Random(seed);
    let mut next = || A::from_f64(random.next());
    let matrix = Array2::from_shape_simple_fn((3, 5_003), &mut next);
    let vector = Array1::from_shape_simple_fn(10_001, &mut next);
    (laid_out(&matrix, layout), laid_out(&vector, layout))
}

/// In memory they are summed in larger pieces than where they are gathered.
#[test]
fn wide_lines_in_pieces_of_any_size() {
    fn run<R: Rule + Default, A: Real>(layout: Layout, execution: Execution) -> Vec<u64> {
        let (mut model, gradient) = (wide::<A>(5, layout), wide::<A>(6, layout));
        let mut opt = R::default().init(&model).unwrap();
        opt.set_execution(execution).unwrap();
        (0..3).for_each(|_| opt.step_with(&mut model, |_, g| g.clone_from(&gradient)).unwrap());
        assert_ne!(model, wide::<A>(5, layout));
        let mut bits = Vec::new();
        model.for_each_param(|_, values| bits.extend(values.iter().map(|x| x.as_f64().to_bits())));
        bits
    }
    fn check<R: Rule + Default, A: Real>() {
        let one = Execution::default().threads(1).isa(Isa::Portable);
        let expected = run::<R, A>(Layout::Sliced, one);
        for &isa in Isa::available() {
            for layout in [Layout::Standard, Layout::Reversed] {
                for threads in [1, 3] {
                    let found = run::<R, A>(layout, Execution::default().threads(threads).isa(isa));
                    assert!(found == expected, "{} {} {layout:?} {isa:?}, {threads} threads", R::NAME, A::NAME);
                }
            }
        }
    }
    check::<OfRows, f32>();
    check::<OfRows, f64>();
    check::<OfColumns, f32>();
    check::<OfColumns, f64>();
    check::<OfTensors, f32>();
    check::<OfTensors, f64>();
    check::<Fromage, f32>();
    check::<Fromage, f64>();
}

/// Two sums of squares are made together, others beside them for themselves.
#[test]
fn sums_of_several_kinds_are_each_their_own() {
    let (start, gradient) = (wide::<f64>(5, Layout::Standard).1, wide::<f64>(6, Layout::Standard).1);
    let mut weights = start.clone();
    let mut opt = OfTensors::default().init(&weights).unwrap();
    opt.step(&mut weights, &gradient).unwrap();
    // What the first step leaves: `m` is the gradient.
    let before = weights.clone();
    opt.step(&mut weights, &gradient).unwrap();
    let close = |name: &str, expected: f64| {
        let found = opt.cache(name, "").unwrap().sum();
        assert!((found / expected - 1.0).abs() < 1e-13, "{name}: {found}, expected {expected}");
    };
    close("a", before.dot(&before).sqrt() + gradient.dot(&gradient));
    let largest = gradient.fold(0.0_f64, |largest, g| largest.max(g.abs()));
    close("b", largest + gradient.dot(&gradient) + gradient.dot(&before));
}

/// Large enough to be split without being asked to, and not a multiple of anything.
#[test]
fn a_large_vector_on_as_many_threads_as_pay() {
    let n = 700_001;
    let mut random = Random(3);
    let start: Array1<f32> = Array::from_shape_simple_fn(n, || Real::from_f64(random.next()));
    let gradient: Array1<f32> = Array::from_shape_simple_fn(n, || Real::from_f64(random.next()));
    let run = |execution| {
        let mut weights = start.clone();
        let mut opt = Adam::default().init(&weights).unwrap();
        opt.set_execution(execution).unwrap();
        (0..3).for_each(|_| opt.step(&mut weights, &gradient).unwrap());
        let caches = ["m", "v"].map(|name| opt.cache(name, "").unwrap());
        (weights, caches)
    };
    let expected = run(Execution::default().threads(1).isa(Isa::Portable));
    assert_eq!(run(Execution::default()), expected);
    for &isa in Isa::available() {
        assert_eq!(run(Execution::default().threads(7).isa(isa)), expected);
    }
}

/// The test above would pass if nothing moved.
#[test]
fn another_gradient_gives_other_bits() {
    let one = |seed| {
        let mut model = model::<f32>(1, Layout::Standard);
        let mut opt = Adam::default().init(&model).unwrap();
        opt.step(&mut model, &self::model(seed, Layout::Standard)).unwrap();
        model.1
    };
    assert_ne!(one(2), one(3));
    assert_ne!(one(2), model::<f32>(1, Layout::Standard).1);
}
