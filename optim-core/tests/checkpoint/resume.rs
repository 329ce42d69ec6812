//! Every rule: five steps, saved, loaded into another model and optimizer, and five more have the bits of ten.

use ndarray::{Array, Array1, Array2, Array3, ShapeBuilder};
use optim_core::Persist;
use optim_core::checkpoint;
use optim_core::prelude::*;
use optim_core::record::{Record, Value};

use crate::Temporary;
use crate::erased::Erased;

/// One of each role, and of each number of axes; matrices alone where a rule wants no others.
#[derive(Optimizable, Clone)]
pub(crate) struct Model<A: Real> {
    pub(crate) matrix: Array2<A>,
    #[optim(freeze)]
    pub(crate) fixed: Array1<A>,
    #[optim(buffer)]
    pub(crate) mean: Array1<A>,
    pub(crate) rest: Option<(Vec<A>, A, Array3<A>, Array2<A>)>,
}

impl<A: Real> Model<A> {
    pub(crate) fn new(seed: u64, of_matrices: bool) -> Self {
        let mut rng = Rng::new(seed);
        let mut next = || A::from_f64(rng.normal());
        let matrix = Array::from_shape_simple_fn((5, 3).f(), &mut next);
        let (fixed, mean) = (Array::from_shape_simple_fn(3, &mut next), Array::from_shape_simple_fn(3, &mut next));
        let vector = (0..70).map(|_| next()).collect();
        let (number, cube) = (next(), Array::from_shape_simple_fn((2, 3, 4), &mut next));
        let rest = (!of_matrices).then(|| (vector, number, cube, Array2::zeros((0, 2))));
        Model { matrix, fixed, mean, rest }
    }
}

/// A gradient that depends on where it is taken, and a buffer that follows.
pub(crate) fn slope<A: Real>(noise: &Model<A>) -> impl FnMut(&mut Model<A>, &mut Model<A>) {
    |model, gradient| {
        *gradient = noise.clone();
        gradient.add_scaled(1.5, model).unwrap();
        let first = model.matrix[[0, 0]];
        model.mean.iter_mut().for_each(|mean| *mean = *mean * A::from_f64(0.9) + first);
    }
}

/// All bits of a record; tensors in their logical order.
pub(crate) fn bits(record: &Record) -> Vec<(String, Vec<u64>)> {
    let bits = |value: &Value| match value {
        Value::Count(count) => vec![*count],
        Value::Number(number) => vec![number.to_bits()],
        Value::Text(text) => text.bytes().map(u64::from).collect(),
        Value::F32(array) => array.iter().map(|x| u64::from(x.to_bits())).collect(),
        Value::F64(array) => array.iter().map(|x| x.to_bits()).collect(),
        Value::Bytes(bytes) => bytes.iter().copied().map(u64::from).collect(),
        other => panic!("{other:?}"),
    };
    record.iter().map(|(name, value)| (name.to_owned(), bits(value))).collect()
}

pub(crate) fn weights<M: Optimizable>(model: &M) -> Vec<(String, Vec<u64>)> {
    let mut weights = Vec::new();
    model.for_each_tensor(|path, _, value| {
        weights.push((path.to_owned(), value.iter().map(|x| x.as_f64().to_bits()).collect()));
    });
    weights
}

type State = [Vec<(String, Vec<u64>)>; 3];

/// Everything that can be seen of model and optimizer, the evaluation point too.
fn state<A: Real>(model: &mut Model<A>, opt: &mut (impl Optimize<Model<A>> + Persist)) -> State {
    let record = bits(&opt.save());
    [weights(model), record, opt.evaluate_with(model, |model| weights(model)).unwrap()]
}

fn check_in<A: Real>(of_matrices: bool, init: &dyn Fn(&Model<A>) -> Erased<Model<A>>) {
    let mut model = Model::<A>::new(1, of_matrices);
    let mut opt = init(&model);
    let (hyper, first) = opt.rule()[0];
    let run = |model: &mut Model<A>, opt: &mut Erased<Model<A>>, steps: std::ops::Range<u64>| {
        for t in steps {
            opt.step_with(model, slope(&Model::new(10 + t, of_matrices))).unwrap();
            // The last step's rule is not always that of the next; some rules have no range for another number.
            if t % 3 == 1 {
                let _ = opt.set_hyper(hyper, first * 0.5);
            }
        }
    };
    run(&mut model, &mut opt, 0..5);
    let name = format!("{} {}", opt.name(), A::NAME);
    let file = Temporary::new(&format!("resume-{}-{}", opt.name(), A::NAME));
    checkpoint::save(&file, &model, &opt).unwrap();
    let at_five = state(&mut model, &mut opt);

    let mut other = Model::<A>::new(2, of_matrices);
    let mut resumed = init(&other);
    // It may have been somewhere else before.
    resumed.step_with(&mut other, slope(&Model::new(3, of_matrices))).unwrap();
    checkpoint::load(&file, &mut other, &mut resumed).unwrap();
    assert!(state(&mut other, &mut resumed) == at_five, "{name}, at once");
    assert_eq!((resumed.steps(), resumed.rule()), (5, opt.rule()));

    run(&mut model, &mut opt, 5..10);
    run(&mut other, &mut resumed, 5..10);
    let (found, expected) = (state(&mut other, &mut resumed), state(&mut model, &mut opt));
    assert!(found == expected, "{name}, after five more");
    assert!(at_five != expected, "{name} has moved");
}

fn check<R: Rule>(rule: &R) {
    let of_matrices = rule.clone().init(&Model::<f64>::new(1, false)).is_err();
    check_in::<f32>(of_matrices, &|model| Erased::new(rule.clone().init(model).unwrap()));
    check_in::<f64>(of_matrices, &|model| Erased::new(rule.clone().init(model).unwrap()));
}

macro_rules! rules {
    ($($file:ident: $rule:ident,)*) => {
        #[test]
        fn every_rule_of_the_catalogue() {
            $(check(&$rule::default());)*
        }
    };
}

optim_core::for_each_rule!(rules);

#[test]
fn options_that_bring_caches() {
    check(&Sgd { momentum: 0.9, nesterov: true, ..Sgd::default() });
    check(&Adagrad { initial: 0.1, ..Adagrad::default() });
    check(&RmsProp { momentum: 0.5, centered: true, ..RmsProp::default() });
    check(&Adam { amsgrad: true, ..Adam::default() });
    check(&Prodigy { d0: 0.1, ..Prodigy::default() });
    check(&Dog { init_distance: 0.1, ..Dog::default() });
    check(&ScheduleFreeSgd { warmup_steps: 3, ..ScheduleFreeSgd::default() });
    check(&ScheduleFreeAdamW { warmup_steps: 3, weight_decay: 0.1, ..ScheduleFreeAdamW::default() });
}

define_optimizer! {
    /// Every scope, and an evaluation point that sees the last step, hyper-parameters and all caches.
    pub(crate) struct Scopes { lr: f64 = 0.5, on: bool = true, count: u64 = 3 }
    cache {
        m, slow = w, fast if on,
        r[row] if ndim() >= 2, c[col] = 2 * lr if ndim() >= 2,
        size[tensor] = 1, high[tensor] if on, best[model] = lr, n[model],
    }
    step(t) {
        n += 1;
        let a = best * lr + n / t;
        let late = n > count;
    }
    look_ahead(w) { w + a * m }
    update(w, g) {
        let total = model_dot(g, w - slow) + model_sum(g);
        m = 0.9 * m + g / (1 + norm(g));
        if ndim() >= 2 {
            r += 0.3 * (row_mean(m * m) - r);
            c = 0.5 * c + col_sum(abs(m));
            w -= 0.01 * r * c;
        }
        size = 0.5 * size + mean(m) / cols();
        if on { high = max(high, max_abs(m)); fast = m + high; w -= 0.01 * fast; }
        if total > 0 { best = max(best, total / t); } else { best *= 0.5; }
        w -= 0.01 * lr * m + 0.001 * size;
        slow += 0.1 * (w - slow);
    }
    evaluate(w) {
        let b = if late { a + best } else { lr + size };
        let of_row = if ndim() >= 2 { r } else { 0 };
        slow + b * of_row + 0.1 * w * (if on { high } else { best })
    }
}

define_optimizer! {
    /// One weight at a time, with conditions and numbers of the last step in the evaluation point.
    pub(crate) struct Single { lr: f64 = 0.1 in 0.0.., r#type: u64 = 2 }
    cache { m, total[model] = 0.5 }
    step(t) {
        total += lr / t;
        let late = t > r#type;
        let a = total * lr;
    }
    update(w, g) { m = 0.9 * m + g; w -= lr * m; }
    evaluate(w) { if late { w + a * m } else { w - total * m } }
}

#[test]
fn rules_with_every_kind_of_cache_and_an_evaluation_point() {
    for on in [false, true] {
        for count in [3, 7] {
            check(&Scopes { on, count, ..Scopes::default() });
        }
    }
    check(&Single::default());
    check(&Single { r#type: 7, ..Single::default() });
}

#[test]
fn a_new_optimizer_is_saved_as_it_is() {
    let mut model = Model::<f32>::new(1, false);
    let mut opt = ScheduleFreeAdamW::default().init(&model).unwrap();
    let file = Temporary::new("new");
    checkpoint::save(&file, &model, &opt).unwrap();
    let mut other = Model::<f32>::new(2, false);
    let mut resumed = ScheduleFreeAdamW::default().init(&other).unwrap();
    resumed.step_with(&mut other, slope(&Model::new(3, false))).unwrap();
    checkpoint::load(&file, &mut other, &mut resumed).unwrap();
    assert_eq!(resumed.steps(), 0);
    assert!(state(&mut other, &mut resumed) == state(&mut model, &mut opt));
}
