//! [`Reference`]: a rule computed from its formula's text, in the plainest way, to compare with; and traces.
//!
//! The macro prints the checked declaration as text ([`Formula::text`](crate::rule::Formula::text)). With
//! hyper-parameters and caches that is the whole rule, and it is all that is read here: no kernel, no threads, no blocks,
//! no passes. Statement after statement is computed for all weights, so that a reduction is computed where it stands. The
//! result is the same, in every bit, as an [`Optimizer`](crate::Optimizer)'s.
//!
//! ```
//! use optim_core::prelude::*;
//! use optim_core::reference::Reference;
//!
//! let (rule, mut model, gradient) = (Adam::default(), vec![1.0_f32, -2.0], vec![0.3_f32, 0.1]);
//! let mut reference = Reference::<f32>::new(&rule, &model)?;
//! let mut opt = rule.init(&model)?;
//! for _ in 0..3 {
//!     opt.step(&mut model, &gradient)?;
//!     reference.step(&gradient)?;
//! }
//! assert_eq!(reference.weights(), [("", model)]);
//! assert_eq!(reference.cache("v", ""), Some(opt.cache("v", "").unwrap().into_raw_vec_and_offset().0));
//! # Ok::<(), optim_core::Error>(())
//! ```
//!
//! [`Optimizer::trace`](crate::Optimizer::trace) uses the same to say, for one weight, what every named quantity of a
//! rule will be in the next step.
//!
//! # How it is computed
//! - Every expression has a [`Rate`]. What is below that of a weight is computed in `f64`, a whole subtree of what stands
//!   there, and rounded once where it meets what is per weight, which is computed in `A`.
//! - `[row]` and `[col]` caches are of type `A` between steps, and `f64` within one; `[tensor]` and `[model]` caches are
//!   `f64`.
//! - Sums are added in the order that is laid down for the kernels.

mod evaluate;
mod parse;
mod program;
mod rate;
mod reduce;
mod sums;
mod syntax;
mod table;
#[cfg(test)]
mod tests;
mod tokens;
mod trace;

use std::collections::BTreeSet;

use self::evaluate::{Calls, Machine};
pub use self::program::Rate;
use self::program::{Point, Program};
use self::sums::Grid;
pub use self::trace::{Origin, Quantity, Trace};
use crate::error::Error;
use crate::optimizable::{Optimizable, RealOf};
use crate::path::Role;
use crate::real::Real;
use crate::rule::{Cache, HyperKind, Rule};
use crate::tiled::Tiled;

/// The numbers of tensors: paths, and values in logical order.
pub type Tensors<'r, A> = Vec<(&'r str, Vec<A>)>;

/// A rule, and its weights and caches, computed in the scalar type `A`, which need not be that of the model.
///
/// See the [module's page](self).
#[derive(Clone, Debug)]
pub struct Reference<A> {
    rule: &'static str,
    program: Program,
    caches: &'static [Cache],
    /// Those of the next step; the machine has those of the last one, which `evaluate` sees.
    hypers: Vec<f64>,
    steps: u64,
    /// Path and shape of every parameter that is updated.
    tensors: Vec<(String, Vec<usize>)>,
    /// The paths of parameters that do not move.
    left_out: BTreeSet<String>,
    machine: Machine<A>,
}

impl<A: Real> Reference<A> {
    /// The rule with the weights of `model`, and caches at their start.
    ///
    /// # Errors
    /// When a hyper-parameter is out of its range, or a requirement of the rule is not met.
    pub fn new<R: Rule, M: Optimizable>(rule: &R, model: &M) -> Result<Self, Error> {
        Self::with_text(rule, model, R::formula().text())
    }

    /// As [`new`](Self::new), without the parameters of these paths.
    fn without<R: Rule, M: Optimizable>(rule: &R, model: &M, left_out: BTreeSet<String>) -> Result<Self, Error> {
        Self::of_rule(rule, model, R::formula().text(), left_out)
    }

    /// As [`new`](Self::new), with a text that is not the rule's own.
    #[doc(hidden)]
    pub fn with_text<R: Rule, M: Optimizable>(rule: &R, model: &M, text: &str) -> Result<Self, Error> {
        Self::of_rule(rule, model, text, BTreeSet::new())
    }

    fn of_rule<R: Rule, M: Optimizable>(
        rule: &R,
        model: &M,
        text: &str,
        left_out: BTreeSet<String>,
    ) -> Result<Self, Error> {
        rule.check_for::<A>()?;
        let hypers: Vec<rate::Hyper> = R::hyper()
            .iter()
            .map(|hyper| rate::Hyper { name: hyper.name, flag: hyper.kind == HyperKind::Flag })
            .collect();
        let program = understood(R::NAME, text, &hypers, R::declared_caches())?;
        let calls = <R::Tiled as Tiled<R>>::call::<A>;
        let reference = Self::of_program(R::NAME, program, calls, values(rule), R::declared_caches(), model, left_out);
        for ((path, shape), grid) in reference.tensors.iter().zip(&reference.machine.grids) {
            if let Err(text) = rule.require_shape::<A>(&grid.shape) {
                return Err(Error::require_shape(R::NAME, path, shape, text));
            }
        }
        Ok(reference)
    }

    fn of_program<M: Optimizable>(
        rule: &'static str,
        program: Program,
        calls: Calls<A>,
        values: Vec<f64>,
        caches: &'static [Cache],
        model: &M,
        left_out: BTreeSet<String>,
    ) -> Self {
        let (mut tensors, mut grids, mut weights) = (Vec::new(), Vec::new(), Vec::new());
        model.for_each_tensor(|path, role, tensor| {
            if role == Role::Parameter && !left_out.contains(path) {
                tensors.push((path.to_owned(), tensor.shape().to_vec()));
                grids.push(Grid::of(tensor.shape()));
                weights.push(tensor.iter().map(|w| A::from_f64(w.as_f64()).as_f64()).collect());
            }
        });
        let machine = Machine::new(&program, calls, values.clone(), grids, weights);
        Reference { rule, program, caches, hypers: values, steps: 0, tensors, left_out, machine }
    }

    /// Takes the hyper-parameters of `rule` for the next step.
    ///
    /// # Errors
    /// When one is out of its range, a requirement is not met, or a cache would appear or vanish; nothing has changed
    /// then.
    pub fn set_rule<R: Rule>(&mut self, rule: &R) -> Result<(), Error> {
        rule.check_for::<A>()?;
        let hypers = values(rule);
        let exists = self.machine.existing(&self.program, &hypers);
        for (cache, (new, old)) in self.caches.iter().zip(exists.iter().zip(&self.machine.exists)) {
            if let Some((new, _)) = new.iter().zip(old).find(|(new, old)| new != old) {
                return Err(Error::cache(self.rule, cache.name, *new));
            }
        }
        self.hypers = hypers;
        Ok(())
    }

    /// How many steps were taken.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The weights of every parameter that is updated.
    pub fn weights(&self) -> Tensors<'_, A> {
        self.named(&self.machine.weights)
    }

    /// A cache of the parameter at `path`, in logical order; of one for the whole model, with the path `""`. `None`
    /// where there is none.
    pub fn cache(&self, name: &str, path: &str) -> Option<Vec<A>> {
        let index = self.program.caches.iter().position(|cache| cache.name == name)?;
        let tensor = match self.program.caches[index].rate {
            Rate::Once => path.is_empty().then_some(0)?,
            _ => self.tensors.iter().position(|(known, _)| known == path)?,
        };
        if !self.machine.exists[index][tensor] {
            return None;
        }
        Some(self.machine.caches[index][tensor].iter().map(|number| A::from_f64(*number)).collect())
    }

    /// Where the rule wants the gradient of the next step: the weights, if it does not look ahead.
    ///
    /// `gradient` is the one at the weights, for rules that look ahead by it ([`takes_gradient`](Self::takes_gradient)).
    ///
    /// # Errors
    /// When the gradient does not have the model's structure and shapes, or is needed and missing.
    pub fn point<M: Optimizable>(&self, gradient: Option<&M>) -> Result<Tensors<'_, A>, Error> {
        let Some(point) = &self.program.look_ahead else { return Ok(self.weights()) };
        let mut machine = self.next();
        match gradient {
            Some(gradient) => machine.gradient = self.read(gradient)?,
            None if point.takes_gradient => {
                return Err(Error::other(format!("`{}` looks ahead by a gradient at the weights", self.rule)));
            }
            None => {}
        }
        Ok(self.at(machine, point))
    }

    /// Whether the rule takes a gradient at the weights to find out where it wants the gradient.
    pub fn takes_gradient(&self) -> bool {
        self.program.look_ahead.as_ref().is_some_and(|point| point.takes_gradient)
    }

    /// Moves the weights by one step, with the gradient at [`point`](Self::point).
    ///
    /// # Errors
    /// When the gradient does not have the model's structure and shapes; nothing has moved then.
    pub fn step<M: Optimizable>(&mut self, gradient: &M) -> Result<(), Error> {
        let gradient = self.read(gradient)?;
        let mut machine = self.next();
        machine.gradient = gradient;
        machine.run(&self.program, &self.program.update);
        machine.commit(&self.program);
        self.machine = machine;
        self.steps += 1;
        Ok(())
    }

    /// Moves the weights, and those of `model`, by one step. The closure gets the model at the point where the rule wants
    /// the gradient, and a zeroed gradient to fill: the same closure that an optimizer's `step_with` gets.
    ///
    /// # Errors
    /// When model or gradient do not have the structure and shapes of the model given to `new`.
    pub fn step_with<M: Optimizable>(&mut self, model: &mut M, mut f: impl FnMut(&mut M, &mut M)) -> Result<(), Error> {
        self.read(model)?;
        let mut first = None;
        if self.takes_gradient() {
            let mut gradient = model.zeros_like();
            write(&self.weights(), model);
            f(model, &mut gradient);
            first = Some(gradient);
        }
        write(&self.point(first.as_ref())?, model);
        let mut gradient = model.zeros_like();
        f(model, &mut gradient);
        self.step(&gradient)?;
        write(&self.weights(), model);
        Ok(())
    }

    /// Where the model is to be evaluated: the weights, where the rule says nothing and before the first step.
    pub fn evaluation(&self) -> Tensors<'_, A> {
        match &self.program.evaluate {
            Some(point) if self.steps > 0 => self.at(self.machine.clone(), point),
            _ => self.weights(),
        }
    }

    /// The numbers at the beginning of the next step, with the names of `step`.
    fn next(&self) -> Machine<A> {
        let mut machine = self.machine.clone();
        machine.hypers.clone_from(&self.hypers);
        machine.time = (self.steps + 1) as f64;
        machine.run(&self.program, &self.program.step);
        machine
    }

    fn at(&self, mut machine: Machine<A>, point: &Point) -> Tensors<'_, A> {
        machine.run(&self.program, &point.statements);
        machine.prepare(&self.program, &point.value);
        self.named(&machine.per_weight(&point.value))
    }

    fn named(&self, table: &[Vec<f64>]) -> Tensors<'_, A> {
        let numbers = table.iter().map(|numbers| numbers.iter().map(|number| A::from_f64(*number)).collect());
        self.tensors.iter().map(|(path, _)| path.as_str()).zip(numbers).collect()
    }

    /// The numbers of the parameters of something that has the structure of the model.
    fn read<M: Optimizable>(&self, gradient: &M) -> Result<Vec<Vec<f64>>, Error> {
        let (mut numbers, mut error) = (Vec::new(), None);
        gradient.for_each_tensor(|path, role, tensor| {
            if role != Role::Parameter || error.is_some() || self.left_out.contains(path) {
                return;
            }
            match self.tensors.get(numbers.len()) {
                Some((known, shape)) if known == path => {
                    if tensor.shape() != shape {
                        error = Some(Error::shape("the gradient", path, tensor.shape(), shape));
                    }
                }
                _ => error = Some(Error::structure("the gradient", path.to_owned(), "is not in the model")),
            }
            numbers.push(tensor.iter().map(|g| A::from_f64(g.as_f64()).as_f64()).collect());
        });
        match (error, self.tensors.get(numbers.len())) {
            (Some(error), _) => Err(error),
            (None, Some((path, _))) => Err(Error::structure("the gradient", path.clone(), "is missing")),
            (None, None) => Ok(numbers),
        }
    }
}

/// The rule of a text.
fn understood(
    rule: &'static str,
    text: &str,
    hypers: &[rate::Hyper],
    caches: &'static [Cache],
) -> Result<Program, Error> {
    let program = parse::parse(text).and_then(|text| rate::resolve(&text, hypers, caches));
    program.map_err(|message| Error::data(format!("`{rule}`: the text of the formula: {message}")))
}

/// The values of a rule's hyper-parameters, in order.
fn values<R: Rule>(rule: &R) -> Vec<f64> {
    (0..R::hyper().len()).map(|index| rule.value(index)).collect()
}

/// Sets the parameters of a model that was compared with the tensors before.
fn write<A: Real, M: Optimizable>(tensors: &Tensors<'_, A>, model: &mut M) {
    let mut next = tensors.iter();
    model.for_each_tensor_mut(|_, role, mut values| {
        if role == Role::Parameter
            && let Some((_, numbers)) = next.next()
        {
            values.iter_mut().zip(numbers).for_each(|(w, number)| *w = <RealOf<M> as Real>::from_f64(number.as_f64()));
        }
    });
}
