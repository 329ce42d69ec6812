//! [`Trace`]: what every named quantity of a rule is in the next step, for one weight.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Deref;

use super::Reference;
use super::program::Rate;
use super::sums::Grid;
use super::table::{self, At};
use crate::error::{Error, place};
use crate::optimizable::{Optimizable, RealOf};
use crate::optimizer::Optimizer;
use crate::real::Real;
use crate::rule::Rule;
use crate::tiled::Tiled;

/// Where the value of a quantity comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Origin {
    /// It is there before the step: `t`, the weight, the gradient, a cache.
    Before,
    /// A `let`.
    Named,
    /// An assignment.
    Assigned,
}

/// A named quantity of a rule, and its value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Quantity {
    /// As it stands in the text of the formula.
    pub name: String,
    /// A condition is 0 or 1.
    pub value: f64,
    /// How often it is computed.
    pub rate: Rate,
    /// Where the value comes from.
    pub origin: Origin,
}

/// What every named quantity of a rule is in the next step, for one weight, in the order of the statements; made by
/// [`Optimizer::trace`]. Only what is computed for this weight: not the branch that is not taken.
///
/// Names are those of [the formula's text](crate::rule::Formula::text), where each stands for one thing: a gradient that
/// a `let` names anew is `g_2`.
///
/// A list of [`Quantity`]; displays as a small table.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    title: String,
    /// Whether weights are `f32`: they are printed as such.
    single: bool,
    quantities: Vec<Quantity>,
}

impl Trace {
    /// The last value of a quantity: of the weight and of caches, what the step makes of them.
    pub fn get(&self, name: &str) -> Option<f64> {
        self.quantities.iter().rfind(|quantity| quantity.name == name).map(|quantity| quantity.value)
    }
}

impl Deref for Trace {
    type Target = [Quantity];

    fn deref(&self) -> &[Quantity] {
        &self.quantities
    }
}

impl<'t> IntoIterator for &'t Trace {
    type Item = &'t Quantity;
    type IntoIter = std::slice::Iter<'t, Quantity>;

    fn into_iter(self) -> Self::IntoIter {
        self.quantities.iter()
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)?;
        let width = self.iter().map(|quantity| quantity.name.chars().count()).max().unwrap_or(0);
        for Quantity { name, value, rate, origin } in self {
            let sign = match origin {
                Origin::Before => " ",
                Origin::Named => "=",
                Origin::Assigned => "←",
            };
            let rate = match rate {
                Rate::Once => "once",
                Rate::Tensor => "tensor",
                Rate::Matrix => "matrix",
                Rate::Row => "row",
                Rate::Col => "column",
                Rate::Weight => "weight",
            };
            let value = written(*value, self.single);
            write!(f, "\n  {name:width$} {sign} {value:<24} {rate}")?;
        }
        Ok(())
    }
}

/// The shortest text that tells the number from its neighbours, with an exponent where it is very small or large.
fn written(value: f64, single: bool) -> String {
    let scientific = value != 0.0 && value.is_finite() && !(1e-4..1e7).contains(&value.abs());
    #[expect(clippy::cast_possible_truncation, reason = "only where nothing is lost")]
    let short = value as f32;
    match (single && f64::from(short) == value, scientific) {
        (true, true) => format!("{short:e}"),
        (true, false) => short.to_string(),
        (false, true) => format!("{value:e}"),
        (false, false) => value.to_string(),
    }
}

/// What a machine notes down, while somebody looks.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    pub(super) at: At,
    quantities: Vec<Quantity>,
}

impl Watch {
    pub(super) fn note(&mut self, name: &str, origin: Origin, rate: Rate, value: f64) {
        self.quantities.push(Quantity { name: name.to_owned(), value, rate, origin });
    }
}

impl<R: Rule, M: Optimizable> Optimizer<R, M> {
    /// The values of every named quantity of the rule, for the weight at `path` and `index`, in the step that would be
    /// taken next with this gradient. The gradient is that at the point where the rule wants it.
    ///
    /// The rule is that of the parameter's group. Of a rule that reduces over the model, it is taken for that of all
    /// parameters, whatever their groups.
    ///
    /// Nothing is changed. It computes the whole step in a plain way, so it is for looking at a rule, not for training.
    ///
    /// ```
    /// use optim_core::ndarray::{Array2, array};
    /// use optim_core::prelude::*;
    ///
    /// let mut w: Array2<f64> = array![[0.5, -1.0]];
    /// let gradient = array![[0.25, 3.0]];
    /// let mut opt = Adam::default().init(&w)?;
    /// let trace = opt.trace(&w, &gradient, "", &[0, 1])?;
    /// let names: Vec<&str> = trace.iter().map(|quantity| quantity.name.as_str()).collect();
    /// assert_eq!(names, ["t", "w", "g", "m", "v", "a", "c", "g_2", "m", "v", "d", "w"]);
    /// assert_eq!(trace.get("t"), Some(1.0));
    /// assert!((trace.get("m").unwrap() - 0.3).abs() < 1e-12);
    /// println!("{trace}");
    /// opt.step(&mut w, &gradient)?;
    /// assert_eq!(trace.get("w"), Some(w[[0, 1]]), "it is what the step does");
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// When there is no parameter at `path` that is updated and not frozen, no weight at `index`, the weight is masked (or
    /// any of the model's, where the rule looks at more than one), model or gradient do not have the structure and shapes of
    /// the model given to `init`, or a hyper-parameter is out of its range.
    pub fn trace(&self, model: &M, gradient: &M, path: &str, index: &[usize]) -> Result<Trace, Error> {
        self.check_model(model)?;
        let (group, rule) = self.rule_of(path);
        let mut left_out = BTreeSet::new();
        model.for_each_tensor(|path, _, _| {
            if !self.moves(path) {
                left_out.insert(path.to_owned());
            }
        });
        let mut reference = Reference::<RealOf<M>>::without(&rule, model, left_out)?;
        let gradient = reference.read(gradient)?;
        let at = reference.place(path, index)?;
        // Where a rule looks at more than one weight, those that are masked are not among them.
        let masked = if R::Tiled::TILED { self.masked() } else { Some(path) };
        if let Some(masked) = masked
            && let Some(mask) = self.mask_of(masked)
            && (R::Tiled::TILED || !mask[index])
        {
            return Err(Error::other(format!("{} has a mask, which a trace knows nothing of", place(masked))));
        }
        for (place, cache) in R::declared_caches().iter().enumerate() {
            reference.take_cache(self, place, cache.name, group)?;
        }
        reference.steps = self.steps();
        let title = format!("step {}, weight {index:?} of {}", reference.steps + 1, place(path));
        let single = size_of::<RealOf<M>>() == size_of::<f32>();
        Ok(Trace { title, single, quantities: reference.quantities(gradient, at) })
    }
}

impl<A: Real> Reference<A> {
    /// The place of a weight.
    fn place(&self, path: &str, index: &[usize]) -> Result<At, Error> {
        let known = || self.tensors.iter().map(|(path, _)| path.as_str());
        let tensor = known().position(|known| known == path);
        let tensor = tensor.ok_or_else(|| Error::unknown_name("the parameter", path, known()))?;
        let shape = &self.tensors[tensor].1;
        if index.len() != shape.len() || index.iter().zip(shape).any(|(i, length)| i >= length) {
            let whose = place(path);
            return Err(Error::other(format!("{whose} has the shape {shape:?}: there is no weight at {index:?}")));
        }
        let flat = index.iter().zip(shape).fold(0, |flat, (i, length)| flat * length + i);
        Ok(table::at(Rate::Weight, &Grid::of(shape), tensor, flat))
    }

    /// Takes a cache of an optimizer for its own.
    fn take_cache<R: Rule, M: Optimizable<Scalar: crate::Scalar<Real = A>>>(
        &mut self,
        optimizer: &Optimizer<R, M>,
        place: usize,
        name: &'static str,
        group: usize,
    ) -> Result<(), Error> {
        if self.program.caches[place].rate == Rate::Once {
            // Not through `cache`, which rounds it.
            if let Some(number) = optimizer.model_number(place, group) {
                self.machine.caches[place] = vec![vec![number]];
            }
            return Ok(());
        }
        for (tensor, (path, _)) in self.tensors.iter().enumerate() {
            let exists = self.machine.exists[place][tensor];
            let table = &mut self.machine.caches[place][tensor];
            // Not through `cache`, which rounds them.
            let found: Option<Vec<f64>> = match optimizer.numbers(place, path) {
                Some(numbers) => Some(numbers.collect()),
                None => optimizer.cache(name, path).map(|cache| cache.iter().map(|number| number.as_f64()).collect()),
            };
            match found {
                Some(found) if exists && found.len() == table.len() => table.copy_from_slice(&found),
                None if !exists => {}
                found => return Err(Error::cache(R::NAME, name, found.is_none())),
            }
        }
        Ok(())
    }

    /// Takes the next step for the sake of its numbers.
    fn quantities(&mut self, gradient: Vec<Vec<f64>>, at: At) -> Vec<Quantity> {
        let Reference { program, machine, .. } = self;
        machine.time = (self.steps + 1) as f64;
        machine.hypers.clone_from(&self.hypers);
        machine.gradient = gradient;
        let mut watch = Watch { at, quantities: Vec::new() };
        watch.note(&program.names[2], Origin::Before, Rate::Once, machine.time);
        machine.watch = Some(watch);
        machine.note(&program.names[0], Origin::Before, Rate::Weight, |machine| &machine.weights);
        machine.note(&program.names[1], Origin::Before, Rate::Weight, |machine| &machine.gradient);
        for (index, cache) in program.caches.iter().enumerate() {
            let tensor = if cache.rate == Rate::Once { 0 } else { at.tensor };
            if machine.exists[index][tensor] {
                machine.note(cache.name, Origin::Before, cache.rate, |machine| &machine.caches[index]);
            }
        }
        machine.run(program, &program.step);
        machine.run(program, &program.update);
        machine.watch.take().map_or_else(Vec::new, |watch| watch.quantities)
    }
}
