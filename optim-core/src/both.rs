//! [`Both`]: two optimizers, each for parameters of its own, as one.

use std::fmt;

use crate::composition::is_of_another;
use crate::error::{Error, place};
use crate::optimizable::Optimizable;
use crate::optimize::{Moving, Optimize, Step};
use crate::path::Role;
use crate::record::{PerWeight, Persist, Record};
use crate::wrap::assign::Given;

/// Two optimizers, each for parameters of its own, as one: Muon for matrices, AdamW for the rest. More than two are pairs
/// of pairs.
///
/// Each is made by [`Rule::init_where`](crate::Rule::init_where). Together they move every parameter once: one that
/// neither has, or both, is an error of [`new`](Self::new).
///
/// ```
/// use optim_core::ndarray::{Array1, Array2};
/// use optim_core::prelude::*;
/// use optim_core::Both;
///
/// let mut model = (Array2::<f32>::ones((3, 2)), Array1::<f32>::ones(3));
/// let muon = Muon::default().init_where(&model, |p| p.shape.len() == 2)?;
/// let adamw = AdamW::default().init_where(&model, |p| p.shape.len() != 2)?;
/// let mut opt = Both::new(muon, adamw, &model)?;
/// opt.step_with(&mut model, |model, gradient| gradient.clone_from(model))?;
/// assert!(model.0[[0, 0]] < 1.0 && model.1[0] < 1.0);
/// opt.set_hyper("first.lr", 1e-2)?;
/// # Ok::<(), optim_core::Error>(())
/// ```
///
/// # Which gradient
/// The closure is called once a step, with the model where both want their gradient: each looks ahead for its own
/// parameters. Where one of them takes two gradients a step (`Sam`), it is called twice, and the other's parameters are
/// where that one wants them both times; where both do, it is an error of [`new`](Self::new).
///
/// # Hyper-parameters
/// By name they are `first.lr` and `second.lr`; the name alone will do where only one of them has it.
///
/// # Wrappers
/// One that is around a part sees this part alone. Those that end steps (`accumulate`, `skip_nonfinite`) go around the pair,
/// whose parts take every step together.
pub struct Both<A, B, M: Optimizable> {
    first: A,
    second: B,
    /// Memory for handing gradients on: from one to the other, and those that are given.
    handed: Given<M>,
    given: Given<M>,
}

impl<A, B, M: Optimizable> Both<A, B, M> {
    /// The two as one, for `model`.
    ///
    /// # Errors
    /// When a parameter is moved by neither or by both, when both rules take two gradients a step, or when one of the
    /// optimizers may end a step that the other takes.
    pub fn new(first: A, second: B, model: &M) -> Result<Self, Error>
    where
        A: Optimize<M>,
        B: Optimize<M>,
    {
        if A::GRADIENTS > 1 && B::GRADIENTS > 1 {
            return Err(Error::other("both rules take two gradients a step: one of a pair may"));
        }
        if A::ENDS_STEPS || B::ENDS_STEPS {
            return Err(Error::other(
                "one of a pair may end a step that the other takes: accumulate and skip around the pair",
            ));
        }
        let mut wrong = None;
        model.for_each_tensor(|path, role, _| {
            if role == Role::Parameter && wrong.is_none() && first.owns(path) == second.owns(path) {
                let whose = if first.owns(path) { "both optimizers" } else { "neither optimizer" };
                wrong = Some(Error::other(format!("{} is moved by {whose} of a pair", place(path))));
            }
        });
        match wrong {
            Some(error) => Err(error),
            None => Ok(Both { first, second, handed: Given::new(), given: Given::new() }),
        }
    }

    /// The first.
    pub fn first(&self) -> &A {
        &self.first
    }

    /// The first, to change it between steps.
    pub fn first_mut(&mut self) -> &mut A {
        &mut self.first
    }

    /// The second.
    pub fn second(&self) -> &B {
        &self.second
    }

    /// The second, to change it between steps.
    pub fn second_mut(&mut self) -> &mut B {
        &mut self.second
    }
}

/// A step of the inner optimizer in the closure of the outer one, which leaves the inner one's parameters alone.
fn nested<M: Optimizable, T, E: From<Error>>(
    outer: &mut impl Optimize<M>,
    inner: &mut impl Optimize<M>,
    handed: &mut Given<M>,
    model: &mut M,
    mut f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
) -> Result<T, E> {
    outer.try_step_with(model, |model, gradient| {
        inner.try_step_with(model, |model, inner| {
            let value = f(model, inner)?;
            handed.copy(model, gradient, inner)?;
            Ok(value)
        })
    })
}

impl<M: Optimizable, A: Optimize<M>, B: Optimize<M>> Optimize<M> for Both<A, B, M> {
    const GRADIENTS: usize = if A::GRADIENTS > B::GRADIENTS { A::GRADIENTS } else { B::GRADIENTS };

    fn try_step_with<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        // The one that calls its closure twice stands inside: the other one steps once.
        let Both { first, second, handed, .. } = self;
        if A::GRADIENTS > B::GRADIENTS {
            nested(second, first, handed, model, f)
        } else {
            nested(first, second, handed, model, f)
        }
    }

    fn evaluate_with<T>(&mut self, model: &mut M, f: impl FnOnce(&mut M) -> T) -> Result<T, Error> {
        let Both { first, second, .. } = self;
        first.evaluate_with(model, |model| second.evaluate_with(model, f))?
    }

    fn steps(&self) -> u64 {
        self.first.steps()
    }

    fn hyper(&self, name: &str) -> Result<f64, Error> {
        match self.whose(name)? {
            (true, name) => self.first.hyper(name),
            (false, name) => self.second.hyper(name),
        }
    }

    fn set_hyper(&mut self, name: &str, value: f64) -> Result<(), Error> {
        match self.whose(name)? {
            (true, name) => self.first.set_hyper(name, value),
            (false, name) => self.second.set_hyper(name, value),
        }
    }

    fn owns(&self, path: &str) -> bool {
        self.first.owns(path) || self.second.owns(path)
    }

    fn moving(&self, path: &str) -> Moving {
        if self.first.owns(path) { self.first.moving(path) } else { self.second.moving(path) }
    }

    fn version(&self) -> u64 {
        // Versions are never used again, so the sum of two that are later is another one.
        self.first.version().wrapping_add(self.second.version())
    }

    fn constrain_again(&mut self, model: &mut M) -> Result<(), Error> {
        self.first.constrain_again(model)?;
        self.second.constrain_again(model)
    }
}

impl<M: Optimizable, A: Optimize<M>, B: Optimize<M>> Both<A, B, M> {
    /// Whether a hyper-parameter is the first's, and its name there.
    fn whose<'n>(&self, name: &'n str) -> Result<(bool, &'n str), Error> {
        if let Some(name) = name.strip_prefix("first.") {
            return Ok((true, name));
        }
        if let Some(name) = name.strip_prefix("second.") {
            return Ok((false, name));
        }
        let first = self.first.hyper(name).is_ok();
        if first && self.second.hyper(name).is_ok() {
            let message = format!("both optimizers of a pair have `{name}`: say `first.{name}` or `second.{name}`");
            return Err(Error::other(message));
        }
        Ok((first, name))
    }

    /// Moves the weights by one step, with the gradient at the weights.
    ///
    /// # Errors
    /// As [`Optimizer::step`](crate::Optimizer::step).
    pub fn step(&mut self, model: &mut M, gradient: &M) -> Result<(), Error>
    where
        A: Step<M>,
        B: Step<M>,
    {
        // Lost in a panic, and made anew then.
        let mut given = std::mem::take(&mut self.given);
        let done = self.try_step_with(model, |model, buffer| given.copy(model, buffer, gradient));
        self.given = given;
        done
    }
}

impl<M: Optimizable, A: Step<M>, B: Step<M>> Step<M> for Both<A, B, M> {
    fn step(&mut self, model: &mut M, gradient: &M) -> Result<(), Error> {
        Both::step(self, model, gradient)
    }
}

impl<A: Clone, B: Clone, M: Optimizable> Clone for Both<A, B, M> {
    fn clone(&self) -> Self {
        let (first, second) = (self.first.clone(), self.second.clone());
        Both { first, second, handed: Given::new(), given: Given::new() }
    }
}

impl<A: fmt::Debug, B: fmt::Debug, M: Optimizable> fmt::Debug for Both<A, B, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Both").field("first", &self.first).field("second", &self.second).finish_non_exhaustive()
    }
}

impl<A: Persist, B: Persist, M: Optimizable> Persist for Both<A, B, M> {
    fn save(&self) -> Record {
        let mut record = Record::new();
        record.put_part("first", self.first.save());
        record.put_part("second", self.second.save());
        record
    }

    fn load(&mut self, record: &Record) -> Result<(), Error> {
        if *record != Record::new() && record.iter().all(|(name, _)| !is_of_pair(name)) {
            return Err(is_of_another(record, "a pair"));
        }
        record.has_only(&["first/", "second/"], "a pair")?;
        self.first.load(&record.part("first"))?;
        self.second.load(&record.part("second"))
    }

    fn fits(&self, parameters: &[(String, Vec<usize>)]) -> Result<(), Error> {
        self.first.fits(parameters)?;
        self.second.fits(parameters)
    }

    fn per_weight(&self, record: &Record, parameters: &[(String, Vec<usize>)]) -> Vec<PerWeight> {
        let first = self.first.per_weight(&record.part("first"), parameters);
        let second = self.second.per_weight(&record.part("second"), parameters);
        let first = first.into_iter().map(|found| found.behind("first"));
        first.chain(second.into_iter().map(|found| found.behind("second"))).collect()
    }

    fn is_divisible(&self) -> bool {
        self.first.is_divisible() && self.second.is_divisible()
    }
}

fn is_of_pair(name: &str) -> bool {
    name.starts_with("first/") || name.starts_with("second/")
}
