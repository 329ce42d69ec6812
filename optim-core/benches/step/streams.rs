//! Which arrays a step of a rule reads and writes, pass by pass.
//!
//! Found by asking the rule: its functions over scalars are pure, so an input is read where another value of it
//! changes what is written, and a cache is written where it comes out as something else. What the optimizer does
//! around them (zeroing a gradient, saving and restoring weights) is in [`around`]. Numbers of rows, columns and
//! tensors are left out: they are few beside the weights.

use optim_core::private::{CacheArray, CacheScope, Numbers, Real, Rule, Section, Shape, Tiled};
use optim_core::random::Rng;

/// An array with a number for each weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Weights,
    Gradient,
    /// The weights as they were before the closure was called.
    Saved,
    /// A cache or scratch, by its place in `R::Caches`.
    Cache(usize),
}

/// What one pass over a tensor reads and writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pass {
    pub(crate) reads: Vec<Place>,
    pub(crate) writes: Vec<Place>,
}

impl Pass {
    fn of(reads: &[Place], writes: &[Place]) -> Self {
        Pass { reads: reads.to_vec(), writes: writes.to_vec() }
    }

    /// How many arrays go over the bus: one that is read and written counts twice.
    pub(crate) fn streams(&self) -> usize {
        self.reads.len() + self.writes.len()
    }
}

/// The passes of a step over a tensor of this shape.
pub(crate) fn passes<R: Rule, A: Real>(rule: &R, shape: &[usize]) -> Vec<Pass> {
    let probe = Probe::<R>::new::<A>(rule, shape);
    let update = if R::Tiled::TILED { probe.section(Section::Update) } else { vec![probe.untiled(update::<R>)] };
    if !R::LOOKS_AHEAD {
        return update;
    }
    let ahead = if R::Tiled::TILED {
        probe.section(Section::LookAhead)
    } else {
        vec![probe.untiled(|step, input| {
            let caches: R::Caches<f64> = array(&input.caches);
            (R::look_ahead::<f64>(step, input.w, caches), input.caches.clone())
        })]
    };
    around::<R>(ahead, update)
}

/// What `step_with` does beside the rule: a zeroed gradient for each call of the closure, the weights saved, and
/// restored. One weight at a time, saving goes with the look-ahead and restoring with the update; pass by pass, each
/// is its own.
fn around<R: Rule>(ahead: Vec<Pass>, mut update: Vec<Pass>) -> Vec<Pass> {
    let zero = Pass::of(&[], &[Place::Gradient]);
    let save = Pass::of(&[Place::Weights], &[Place::Saved]);
    let restore = Pass::of(&[Place::Saved], &[Place::Weights]);
    let mut all = vec![zero.clone()];
    if !R::Tiled::TILED {
        for mut pass in ahead {
            pass.writes.push(Place::Saved);
            all.push(pass);
        }
        // The weights come from where they were saved.
        for place in update.iter_mut().take(1).flat_map(|pass| &mut pass.reads) {
            if *place == Place::Weights {
                *place = Place::Saved;
            }
        }
        all.append(&mut update);
        return all;
    }
    all.push(save);
    if R::Tiled::LOOK_AHEAD_GRADIENT {
        all.push(restore.clone());
    }
    all.extend(ahead);
    if R::Tiled::LOOK_AHEAD_GRADIENT {
        all.push(zero);
    }
    all.push(restore);
    all.append(&mut update);
    all
}

/// What a weight brings to a pass, and all that is not of a weight.
#[derive(Clone)]
struct Input {
    w: f64,
    g: f64,
    caches: Vec<f64>,
    numbers: Vec<f64>,
}

/// What comes out of a pass: the weight, its caches, terms of sums.
type Output = (f64, Vec<f64>, Vec<f64>);

/// How often an input is changed. A condition that lets it through holds in one of a few draws.
const DRAWS: u64 = 300;

/// Late enough that warm-up and bias corrections are over.
const T: f64 = 1000.0;

/// As many of the numbers as the array has.
fn array<C: CacheArray<f64>>(numbers: &[f64]) -> C {
    let mut array = C::filled(0.0);
    (0..C::COUNT).for_each(|k| array.set(k, numbers[k]));
    array
}

fn update<R: Rule>(step: R::Step<f64>, input: &Input) -> (f64, Vec<f64>) {
    let (w, caches) = R::update::<f64>(step, input.w, input.g, array(&input.caches));
    (w, (0..input.caches.len()).map(|k| caches.get(k)).collect())
}

/// A rule, and which of its caches a tensor of some shape has.
struct Probe<'r, R: Rule> {
    rule: &'r R,
    shape: Shape,
    exists: Vec<bool>,
}

impl<'r, R: Rule> Probe<'r, R> {
    fn new<A: Real>(rule: &'r R, shape: &[usize]) -> Self {
        let shape = Shape::of(shape);
        let declared = R::declared_caches().iter().enumerate().filter(|(_, cache)| cache.scope == CacheScope::Weight);
        let mut exists: Vec<bool> = declared.map(|(index, _)| rule.exists::<A>(index, &shape)).collect();
        // Behind the declared ones stands scratch.
        exists.resize(R::Caches::<f64>::COUNT, true);
        Probe { rule, shape, exists }
    }

    fn untiled(&self, f: impl Fn(R::Step<f64>, &Input) -> (f64, Vec<f64>)) -> Pass {
        self.probe(None, |input| {
            let mut model: R::Model = array(&input.numbers);
            let step = self.rule.scalars::<f64>(T, &mut model);
            let (w, caches) = f(step, input);
            (w, caches, Vec::new())
        })
    }

    /// The passes of a section of a rule that is computed pass by pass, and the calls between them.
    fn section(&self, section: Section) -> Vec<Pass> {
        let mut passes = Vec::new();
        for (index, pass) in R::Tiled::PASSES.iter().enumerate().filter(|(_, pass)| pass.section == section) {
            let calls = R::Tiled::CALLS.iter().filter(|call| call.pass == index);
            // The arithmetic of a call is its own: here counts what it has to read and write.
            passes.extend(calls.map(|call| Pass::of(&[Place::Cache(call.input)], &[Place::Cache(call.output)])));
            let declared = (pass.moves, pass.writes);
            passes.push(self.probe(Some(declared), |input| self.tiled(index, input)));
        }
        passes
    }

    fn tiled(&self, pass: usize, input: &Input) -> Output {
        let mut rest = &input.numbers[..];
        let mut next = |count: usize| {
            let (own, others) = rest.split_at(count);
            rest = others;
            own
        };
        let mut model: R::Model = array(&input.numbers);
        let once = R::Tiled::once::<f64>(self.rule, T, &mut model);
        let [model, tensor, matrix, row, col] = R::Tiled::NUMBERS.map(&mut next);
        let at = Numbers { shape: self.shape, model, tensor, matrix, row, col };
        let step = R::Tiled::step::<f64>(self.rule, once, &at);
        let (row, col) = (R::Tiled::row::<f64>(self.rule, once, &at), R::Tiled::col::<f64>(self.rule, once, &at));
        let caches: R::Caches<f64> = array(&input.caches);
        macro_rules! pass {
            ($($number:literal)*) => {
                match pass {
                    $($number => R::Tiled::pass::<f64, $number>(step, input.w, input.g, caches, row, col),)*
                    _ => unreachable!("a rule has up to 16 passes"),
                }
            };
        }
        let (w, caches, terms) = pass!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        let terms = (0..<R::Tiled as Tiled<R>>::Terms::<f64>::COUNT).map(|k| terms.get(k)).collect();
        (w, (0..self.exists.len()).map(|k| caches.get(k)).collect(), terms)
    }

    /// Runs a pass with inputs that are changed one at a time. `declared` is what it is known to write, if anything is.
    fn probe(&self, declared: Option<(bool, u32)>, f: impl Fn(&Input) -> Output) -> Pass {
        let places = || {
            let caches = self.exists.iter().enumerate().filter(|(_, exists)| **exists);
            [Place::Weights, Place::Gradient].into_iter().chain(caches.map(|(k, _)| Place::Cache(k)))
        };
        let mut rng = Rng::new(1);
        let draws: Vec<(Input, Output)> = (0..DRAWS).map(|_| self.draw(&mut rng)).map(|x| (x.clone(), f(&x))).collect();
        let writes: Vec<Place> = places()
            .filter(|&place| match (declared, place) {
                (_, Place::Gradient | Place::Saved) => false,
                (Some((moves, _)), Place::Weights) => moves,
                (Some((_, writes)), Place::Cache(k)) => writes >> k & 1 == 1,
                (None, _) => draws.iter().any(|(input, output)| !same(value(input, place), result(output, place))),
            })
            .collect();
        let reads = places().filter(|&place| {
            draws.iter().any(|(input, output)| {
                let mut changed = input.clone();
                *value_mut(&mut changed, place) = number(&mut rng);
                let after = f(&changed);
                let terms = output.2.iter().zip(&after.2).any(|(a, b)| !same(*a, *b));
                terms || writes.iter().any(|&place| !same(result(output, place), result(&after, place)))
            })
        });
        Pass { reads: reads.collect(), writes }
    }

    fn draw(&self, rng: &mut Rng) -> Input {
        let count = R::Tiled::NUMBERS.iter().sum::<usize>().max(R::Model::COUNT);
        let caches = self.exists.iter().map(|&exists| if exists { number(rng) } else { 0.0 }).collect();
        let numbers = (0..count).map(|_| 0.1 + rng.uniform()).collect();
        Input { w: number(rng), g: number(rng), caches, numbers }
    }
}

/// Of either sign, and of sizes from 1e-4 to 1.
fn number(rng: &mut Rng) -> f64 {
    let size = 10_f64.powf(-4.0 * rng.uniform());
    if rng.bits() & 1 == 0 { size } else { -size }
}

/// Roots of negative numbers are the same NaN.
fn same(a: f64, b: f64) -> bool {
    a == b || a.is_nan() && b.is_nan()
}

fn value(input: &Input, place: Place) -> f64 {
    match place {
        Place::Gradient => input.g,
        Place::Cache(k) => input.caches[k],
        Place::Weights | Place::Saved => input.w,
    }
}

fn value_mut(input: &mut Input, place: Place) -> &mut f64 {
    match place {
        Place::Gradient => &mut input.g,
        Place::Cache(k) => &mut input.caches[k],
        Place::Weights | Place::Saved => &mut input.w,
    }
}

fn result(output: &Output, place: Place) -> f64 {
    match place {
        Place::Cache(k) => output.1[k],
        _ => output.0,
    }
}
