//! A model with everything that a wrapper has to leave alone, its gradient, and the comparison with a plain loop.

use ndarray::{Array1, Array2};
use optim_core::optimize::Moving;
use optim_core::prelude::*;
use optim_core::{Persist, Record, Role};

use super::erased::Erased;

#[derive(Optimizable, Clone, Debug, PartialEq)]
pub(crate) struct Model<A: Real> {
    pub(crate) weight: Array2<A>,
    #[optim(freeze)]
    pub(crate) frozen: Array1<A>,
    #[optim(group = "no_decay")]
    pub(crate) bias: Array1<A>,
    #[optim(buffer)]
    pub(crate) seen: Array1<A>,
    pub(crate) list: Vec<Array1<A>>,
    pub(crate) scale: A,
    #[optim(skip)]
    pub(crate) calls: usize,
}

pub(crate) fn number<A: Real>(x: f64) -> A {
    A::from_f64(x)
}

pub(crate) fn model<A: Real>() -> Model<A> {
    let some = |i: usize| number::<A>((i as f64 * 1.7 + 0.3).sin());
    Model {
        // In column-major layout.
        weight: Array2::from_shape_fn((3, 4), |(i, j)| some(4 * j + i)).reversed_axes(),
        frozen: Array1::from_elem(2, number(1000.0)),
        bias: Array1::from_shape_fn(3, |i| some(i + 20)),
        seen: Array1::zeros(1),
        list: vec![Array1::zeros(0), Array1::from_shape_fn(5, |i| some(i + 30))],
        scale: some(50),
        calls: 0,
    }
}

/// The gradient of something that is not too simple: it differs from weight to weight and from call to call, and that of
/// the frozen parameter is large, so that it would show where it does not belong.
pub(crate) fn gradient<A: Real>(model: &mut Model<A>, gradient: &mut Model<A>) {
    let mut place = model.calls as f64;
    gradient
        .for_each_pair_mut(model, |_, mut gradient, weights| {
            for (g, &w) in gradient.iter_mut().zip(&weights) {
                place += 1.3;
                *g = w * number(0.5 + 0.3 * place.sin()) + number(place.cos());
            }
        })
        .unwrap();
    gradient.frozen.fill(number(1e6));
    gradient.seen.fill(number(1e6));
    model.seen += number::<A>(1.0);
    model.calls += 1;
}

/// What a closure is here: one type for all, so that an optimizer is compiled once and not once a closure.
pub(crate) type Closure<'f, A> = dyn FnMut(&mut Model<A>, &mut Model<A>) -> Result<usize, Error> + 'f;

/// A step with a closure.
pub(crate) fn step<A: Real>(
    opt: &mut impl Optimize<Model<A>>,
    model: &mut Model<A>,
    f: &mut Closure<'_, A>,
) -> Result<usize, Error> {
    opt.try_step_with(model, f)
}

/// A step with [`gradient`].
pub(crate) fn go<A: Real>(opt: &mut impl Optimize<Model<A>>, model: &mut Model<A>) -> usize {
    let gradient = &mut |model: &mut Model<A>, g: &mut Model<A>| {
        gradient(model, g);
        Ok(model.calls)
    };
    step(opt, model, gradient).unwrap()
}

/// The parameters that are updated, one after the other in walking order.
pub(crate) fn numbers<A: Real>(model: &Model<A>) -> Vec<A> {
    let mut numbers = Vec::new();
    model.for_each_tensor(|_, role, value| {
        if role == Role::Parameter {
            numbers.extend(value.iter());
        }
    });
    numbers
}

/// Writes what [`numbers`] returned.
pub(crate) fn set_numbers<A: Real>(model: &mut Model<A>, numbers: &[A]) {
    let mut next = 0;
    model.for_each_tensor_mut(|_, role, mut value| {
        if role == Role::Parameter {
            for w in &mut value {
                *w = numbers[next];
                next += 1;
            }
        }
    });
    assert_eq!(next, numbers.len());
}

/// Lets `f` change each tensor that is updated.
pub(crate) fn each_tensor<A: Real>(model: &mut Model<A>, mut f: impl FnMut(&mut [A])) {
    model.for_each_tensor_mut(|_, role, mut value| {
        if role == Role::Parameter {
            let mut tensor: Vec<A> = value.iter().copied().collect();
            f(&mut tensor);
            value.iter_mut().zip(tensor).for_each(|(w, new)| *w = new);
        }
    });
}

/// All numbers, with their bits: NaN is equal to itself, and the two zeros are not equal.
pub(crate) fn bits<A: Real>(model: &Model<A>) -> (Vec<u64>, Vec<u64>, usize) {
    let (mut parameters, mut buffers) = (Vec::new(), Vec::new());
    model.for_each_tensor(|_, role, value| {
        let list = if role == Role::Buffer { &mut buffers } else { &mut parameters };
        list.extend(value.iter().map(|x| x.as_f64().to_bits()));
    });
    (parameters, buffers, model.calls)
}

/// The weights where the optimizer evaluates.
pub(crate) fn evaluated<A: Real>(opt: &mut impl Optimize<Model<A>>, model: &mut Model<A>) -> Model<A> {
    let before = bits(model);
    let there = opt
        .evaluate_with(model, |model| {
            let there = model.clone();
            // What a closure does to parameters is discarded.
            model.weight.fill(number(7.0));
            model.frozen.fill(number(7.0));
            there
        })
        .unwrap();
    assert_eq!(bits(model), before, "an evaluation leaves the weights");
    there
}

/// Steps with a wrapper around the rule, and without one but with the gradient changed by `plain` (which is told how many
/// steps were taken): every weight and every evaluation point has to be the same.
pub(crate) fn changes_gradients<A: Real, O: Optimize<Model<A>>>(
    rule: &Erased<Model<A>>,
    wrap: impl Fn(Erased<Model<A>>) -> O,
    mut plain: impl FnMut(u64, &mut Model<A>),
) {
    let (mut ours, mut expected) = (model::<A>(), model::<A>());
    let mut opt = wrap(rule.clone());
    let mut bare = rule.clone();
    for taken in 0..12 {
        let (value, calls) = (go(&mut opt, &mut ours), expected.calls + 1);
        let plain = &mut |model: &mut _, g: &mut _| {
            gradient(model, g);
            plain(taken, g);
            Ok(0)
        };
        step(&mut bare, &mut expected, plain).unwrap();
        assert_eq!(value, calls, "{}: the value of the first call", rule.name());
        assert_eq!(bits(&ours), bits(&expected), "{} {}: step {taken}", rule.name(), A::NAME);
        let (ours, expected) = (evaluated(&mut opt, &mut ours), evaluated(&mut bare, &mut expected));
        assert_eq!(bits(&ours), bits(&expected), "{} {}: evaluation {taken}", rule.name(), A::NAME);
    }
    assert_eq!(opt.steps(), 12);
}

/// An optimizer of a rule, for [`model`].
pub(crate) fn start<R: Rule, A: Real>(rule: R) -> Erased<Model<A>> {
    Erased::new(rule.init(&model()).unwrap())
}

/// Calls a check for rules of every kind (momentum, caches, look-ahead, two gradients, an evaluation point) and
/// both number types.
macro_rules! every_rule {
    ($check:ident) => {
        every_rule!($check, gradients 1);
        $check::<f32>(&crate::support::start(Sam { lr: 0.1, ..Sam::default() }));
        $check::<f64>(&crate::support::start(Sam { lr: 0.1, ..Sam::default() }));
    };
    ($check:ident, gradients 1) => {
        every_rule!(@ $check f32);
        every_rule!(@ $check f64);
    };
    (@ $check:ident $type:ident) => {
        $check::<$type>(&crate::support::start(Sgd { lr: 0.1, momentum: 0.9, weight_decay: 0.01, ..Sgd::default() }));
        $check::<$type>(&crate::support::start(Adam { lr: 0.05, ..Adam::default() }));
        $check::<$type>(&crate::support::start(Nag { lr: 0.05, ..Nag::default() }));
        $check::<$type>(&crate::support::start(ScheduleFreeAdamW { lr: 0.05, ..ScheduleFreeAdamW::default() }));
    };
}
pub(crate) use every_rule;

/// An optimizer that saves its state, for what wrappers save around one: descent with momentum.
#[derive(Clone, Debug)]
pub(crate) struct Descent<A: Real> {
    lr: f64,
    velocity: Model<A>,
    steps: u64,
}

impl<A: Real> Descent<A> {
    pub(crate) fn new(model: &Model<A>) -> Self {
        Descent { lr: 0.05, velocity: model.zeros_like(), steps: 0 }
    }
}

impl<A: Real> Optimize<Model<A>> for Descent<A> {
    const GRADIENTS: usize = 1;

    fn try_step_with<T, E: From<Error>>(
        &mut self,
        model: &mut Model<A>,
        mut f: impl FnMut(&mut Model<A>, &mut Model<A>) -> Result<T, E>,
    ) -> Result<T, E> {
        let (before, mut gradient) = (numbers(model), model.zeros_like());
        let value = f(model, &mut gradient);
        set_numbers(model, &before);
        let value = value?;
        let (mut w, mut v) = (before, numbers(&self.velocity));
        for ((w, v), g) in w.iter_mut().zip(&mut v).zip(numbers(&gradient)) {
            *v = number::<A>(0.9) * *v - number::<A>(self.lr) * g;
            *w += *v;
        }
        set_numbers(model, &w);
        set_numbers(&mut self.velocity, &v);
        self.steps += 1;
        Ok(value)
    }

    fn evaluate_with<T>(&mut self, model: &mut Model<A>, f: impl FnOnce(&mut Model<A>) -> T) -> Result<T, Error> {
        let (before, frozen) = (numbers(model), model.frozen.clone());
        let value = f(model);
        set_numbers(model, &before);
        model.frozen = frozen;
        Ok(value)
    }

    fn steps(&self) -> u64 {
        self.steps
    }

    fn hyper(&self, name: &str) -> Result<f64, Error> {
        if name == "lr" { Ok(self.lr) } else { Err(Error::unknown_name("hyper-parameter", name, ["lr"])) }
    }

    fn set_hyper(&mut self, name: &str, value: f64) -> Result<(), Error> {
        self.hyper(name)?;
        self.lr = value;
        Ok(())
    }

    fn owns(&self, path: &str) -> bool {
        path != "frozen"
    }

    fn moving(&self, path: &str) -> Moving {
        if self.owns(path) { Moving::Whole } else { Moving::Nothing }
    }

    fn version(&self) -> u64 {
        0
    }

    fn constrain_again(&mut self, _: &mut Model<A>) -> Result<(), Error> {
        Ok(())
    }
}

impl<A: Real> Step<Model<A>> for Descent<A> {}

impl<A: Real> Persist for Descent<A> {
    fn save(&self) -> Record {
        use optim_core::record::Value;
        let mut record = Record::new();
        record.put("lr", Value::Number(self.lr));
        record.put("steps", Value::Count(self.steps));
        record.put_parameters("velocity", &self.velocity);
        record
    }

    fn load(&mut self, record: &Record) -> Result<(), Error> {
        self.lr = record.number("lr")?;
        self.steps = record.count("steps")?;
        record.parameters("velocity", &mut self.velocity)
    }
}
