//! Random cases: models, hyper-parameters, gradients, and the comparison of an optimizer with the reference.

use ndarray::ArrayD;
use optim_core::Role;
use optim_core::kernel::Execution;
use optim_core::prelude::*;
use optim_core::reference::Reference;
use optim_core::rule::{Hyper, HyperKind};
use proptest::prelude::*;

use crate::layout::{Layout, laid_out};

/// Everything that is random about a run.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// Shape and layouts (of weights and gradients) of every tensor.
    tensors: Vec<(Vec<usize>, Layout, Layout)>,
    /// A number from 0 to 1 for each hyper-parameter, and how it is used.
    hyper: Vec<(f64, u8)>,
    seed: u64,
    steps: usize,
    threads: usize,
}

/// A model whose structure is known when it runs.
type Model<A> = Vec<ArrayD<A>>;

fn shape() -> impl Strategy<Value = Vec<usize>> {
    prop_oneof![
        8 => prop::collection::vec(prop_oneof![1 => Just(0_usize), 2 => Just(1), 8 => 2..6_usize], 0..5),
        1 => (500..1400_usize).prop_map(|n| vec![n]),
        1 => (2..5_usize, 150..300_usize).prop_map(|(rows, cols)| vec![rows, cols]),
    ]
}

pub(crate) fn case() -> impl Strategy<Value = Case> {
    let layout = || prop::sample::select(&Layout::ALL[..]);
    let hyper = prop::collection::vec((0.0..1.0_f64, any::<u8>()), 16);
    let threads = prop::sample::select(&[1_usize, 3][..]);
    (prop::collection::vec((shape(), layout(), layout()), 1..4), hyper, any::<u64>(), 1..7_usize, threads)
        .prop_map(|(tensors, hyper, seed, steps, threads)| Case { tensors, hyper, seed, steps, threads })
}

/// Numbers for weights and gradients.
struct Numbers(u64);

impl Numbers {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 24
    }

    /// Between −1 and 1.
    fn next(&mut self) -> f64 {
        self.bits() as f64 / (1_u64 << 39) as f64 - 1.0
    }

    /// Mostly as `next`, sometimes nothing of everyday.
    fn odd(&mut self) -> f64 {
        const ODD: [f64; 8] = [0.0, -0.0, 1e30, -1e30, 1e-30, -1e-30, f64::INFINITY, f64::NEG_INFINITY];
        match self.bits() % 256 {
            k @ 0..8 => ODD[usize::try_from(k).unwrap()],
            8..16 => 0.0,
            _ => self.next(),
        }
    }
}

/// A value in the range of a hyper-parameter: an edge, the default, or something between.
fn value(hyper: &Hyper, (x, way): (f64, u8)) -> f64 {
    let (low, high) = (hyper.range.low, hyper.range.high);
    match hyper.kind {
        HyperKind::Flag => f64::from(way % 2),
        HyperKind::Count => low.unwrap_or(0.0) + (x * 5.0).floor(),
        _ => match way % 8 {
            0 => low.unwrap_or(-1.0),
            1 => high.unwrap_or(hyper.default),
            2 => hyper.default,
            3 => hyper.default * (0.5 + x),
            _ => {
                let low = low.unwrap_or(-1.0);
                low + x * (high.unwrap_or(low + 2.0) - low)
            }
        },
    }
}

impl Case {
    /// The rule with this case's hyper-parameters. What is refused stays as it was.
    fn rule<R: Rule>(&self) -> R {
        let mut rule = R::default();
        for (hyper, &pick) in R::hyper().iter().zip(&self.hyper) {
            let mut changed = rule.clone();
            if changed.set(hyper.name, value(hyper, pick)).is_ok() && changed.check().is_ok() {
                rule = changed;
            }
        }
        rule
    }

    fn model<A: Real>(&self, numbers: &mut Numbers, weights: bool) -> Model<A> {
        let tensor = |(shape, of_weights, of_gradients): &(Vec<usize>, Layout, Layout)| {
            let draw = || A::from_f64(if weights { numbers.next() } else { numbers.odd() });
            let values = ArrayD::from_shape_simple_fn(&shape[..], draw);
            laid_out(&values, if weights { *of_weights } else { *of_gradients })
        };
        self.tensors.iter().map(tensor).collect()
    }

    /// The same with matrices alone, for rules that want nothing else.
    fn of_matrices(&self) -> Self {
        let mut case = self.clone();
        for (shape, ..) in &mut case.tensors {
            shape.resize(2, 3);
        }
        case
    }

    /// Runs optimizer and reference beside each other; `Err` says what is not the same first. `text` takes the place of
    /// the rule's own.
    pub(crate) fn run<R: Rule, A: Real>(&self, text: Option<&str>) -> Result<(), String> {
        let rule = self.rule::<R>();
        if rule.clone().init(&self.model::<A>(&mut Numbers(0), true)).is_ok() {
            return self.run_with::<R, A>(rule, text);
        }
        let case = self.of_matrices();
        let fits = rule.clone().init(&case.model::<A>(&mut Numbers(0), true)).is_ok();
        if fits { case.run_with::<R, A>(rule, text) } else { Err(format!("{rule:?} is refused")) }
    }

    fn run_with<R: Rule, A: Real>(&self, rule: R, text: Option<&str>) -> Result<(), String> {
        let mut numbers = Numbers(self.seed);
        let mut model = self.model::<A>(&mut numbers, true);
        let mut other = model.clone();
        let text = text.unwrap_or(R::formula().text());
        let mut opt = rule.clone().init(&model).map_err(|error| error.to_string())?;
        opt.set_execution(Execution::default().threads(self.threads)).unwrap();
        // A text that cannot be read is no difference that was found.
        let mut reference =
            Reference::<A>::with_text(&rule, &model, text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        compare(&mut opt, &mut model, &reference, 0)?;
        for step in 1..=self.steps {
            let noise = self.model::<A>(&mut numbers, false);
            let slope = A::from_f64(numbers.next());
            let closure = |model: &mut Model<A>, gradient: &mut Model<A>| {
                for ((g, noise), w) in gradient.iter_mut().zip(&noise).zip(&*model) {
                    // In the noise's layout: that of the gradient is an optimizer's own otherwise.
                    *g = noise.clone();
                    // What is 0 stays 0.
                    g.zip_mut_with(w, |g, &w| *g = if *g == A::zero() { *g } else { *g + slope * w });
                }
            };
            opt.step_with(&mut model, closure).unwrap();
            reference.step_with(&mut other, closure).unwrap();
            compare(&mut opt, &mut model, &reference, step)?;
            // Hyper-parameters may change on the way.
            let name = R::hyper().first().map_or("", |hyper| hyper.name);
            let mut changed = opt.rule().clone();
            let halved = changed.get(name).is_ok_and(|value| changed.set(name, value * 0.5).is_ok());
            if step % 2 == 0 && halved && reference.set_rule(&changed).is_ok() {
                *opt.rule_mut() = changed;
            }
        }
        Ok(())
    }
}

/// Every weight, every cache, and the point of evaluation.
fn compare<R: Rule, A: Real>(
    opt: &mut Optimizer<R, Model<A>>,
    model: &mut Model<A>,
    reference: &Reference<A>,
    step: usize,
) -> Result<(), String> {
    let what = |what: &str, path: &str, i: usize, found: A, expected: A| {
        format!("{} {}, step {step}: {what} `{path}` {i}: {found:e}, reference {expected:e}", R::NAME, A::NAME)
    };
    let same = |name: &str, path: &str, found: &ArrayD<A>, expected: &[A]| {
        if found.len() != expected.len() {
            return Err(format!("{}: {name} `{path}`: {} and {} numbers", R::NAME, found.len(), expected.len()));
        }
        for (i, (&found, &expected)) in found.iter().zip(expected).enumerate() {
            let bits = |x: A| x.as_f64().to_bits();
            if bits(found) != bits(expected) && !(found.is_nan() && expected.is_nan()) {
                return Err(what(name, path, i, found, expected));
            }
        }
        Ok(())
    };
    let all = |name: &str, model: &Model<A>, expected: &[(&str, Vec<A>)]| {
        assert_eq!(model.len(), expected.len());
        model.iter().zip(expected).try_for_each(|(found, (path, expected))| same(name, path, found, expected))
    };
    all("weight", model, &reference.weights())?;
    let mut paths = vec![String::new()];
    model.for_each_tensor(|path, role, _| {
        assert_eq!(role, Role::Parameter);
        paths.push(path.to_owned());
    });
    for cache in R::declared_caches() {
        for path in &paths {
            match (opt.cache(cache.name, path), reference.cache(cache.name, path)) {
                (None, None) => {}
                (Some(found), Some(expected)) => same(cache.name, path, &found, &expected)?,
                (found, _) => {
                    return Err(format!("{}: `{}` `{path}` exists: {}", R::NAME, cache.name, found.is_some()));
                }
            }
        }
    }
    let expected = reference.evaluation();
    opt.evaluate_with(model, |model| all("evaluation", model, &expected)).unwrap()
}
