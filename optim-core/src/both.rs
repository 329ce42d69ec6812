//! [`Both`]: two optimizers, each for parameters of its own, as one.

use crate::error::Error;
use crate::optimizable::Optimizable;
use crate::optimize::{Optimize, Step, copy_parameters};
use crate::path::Role;
use crate::record::{Persist, Record};

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
#[derive(Clone, Debug)]
pub struct Both<A, B> {
    first: A,
    second: B,
}

impl<A, B> Both<A, B> {
    /// The two as one, for `model`.
    ///
    /// # Errors
    /// When a parameter is moved by neither or by both, or when both rules take two gradients a step.
    pub fn new<M: Optimizable>(first: A, second: B, model: &M) -> Result<Self, Error>
    where
        A: Optimize<M>,
        B: Optimize<M>,
    {
        if A::GRADIENTS > 1 && B::GRADIENTS > 1 {
            return Err(Error::other("both rules take two gradients a step: one of a pair may"));
        }
        let mut wrong = None;
        model.for_each_tensor(|path, role, _| {
            if role == Role::Parameter && wrong.is_none() && first.owns(path) == second.owns(path) {
                let whose = if first.owns(path) { "both optimizers" } else { "neither optimizer" };
                wrong = Some(Error::other(format!("{} is moved by {whose} of a pair", crate::error::place(path))));
            }
        });
        match wrong {
            Some(error) => Err(error),
            None => Ok(Both { first, second }),
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
    model: &mut M,
    mut f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
) -> Result<T, E> {
    outer.try_step_with(model, |model, gradient| {
        inner.try_step_with(model, |model, inner| {
            let value = f(model, inner)?;
            copy_parameters(gradient, inner)?;
            Ok(value)
        })
    })
}

impl<M: Optimizable, A: Optimize<M>, B: Optimize<M>> Optimize<M> for Both<A, B> {
    const GRADIENTS: usize = if A::GRADIENTS > B::GRADIENTS { A::GRADIENTS } else { B::GRADIENTS };

    fn try_step_with<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        // The one that calls its closure twice stands inside: the other one steps once.
        if A::GRADIENTS > B::GRADIENTS {
            nested(&mut self.second, &mut self.first, model, f)
        } else {
            nested(&mut self.first, &mut self.second, model, f)
        }
    }

    fn evaluate_with<T>(&mut self, model: &mut M, f: impl FnOnce(&mut M) -> T) -> Result<T, Error> {
        let Both { first, second } = self;
        first.evaluate_with(model, |model| second.evaluate_with(model, f))?
    }

    fn steps(&self) -> u64 {
        self.first.steps()
    }

    fn hyper(&self, name: &str) -> Result<f64, Error> {
        match whose(name, self.first.hyper(name).is_ok(), self.second.hyper(name).is_ok())? {
            (true, name) => self.first.hyper(name),
            (false, name) => self.second.hyper(name),
        }
    }

    fn set_hyper(&mut self, name: &str, value: f64) -> Result<(), Error> {
        match whose(name, self.first.hyper(name).is_ok(), self.second.hyper(name).is_ok())? {
            (true, name) => self.first.set_hyper(name, value),
            (false, name) => self.second.set_hyper(name, value),
        }
    }

    fn owns(&self, path: &str) -> bool {
        self.first.owns(path) || self.second.owns(path)
    }
}

/// Whether a hyper-parameter is the first's, and its name there.
fn whose(name: &str, first: bool, second: bool) -> Result<(bool, &str), Error> {
    if let Some(name) = name.strip_prefix("first.") {
        return Ok((true, name));
    }
    if let Some(name) = name.strip_prefix("second.") {
        return Ok((false, name));
    }
    if first && second {
        let message = format!("both optimizers of a pair have `{name}`: say `first.{name}` or `second.{name}`");
        return Err(Error::other(message));
    }
    Ok((first, name))
}

impl<M: Optimizable, A: Step<M>, B: Step<M>> Step<M> for Both<A, B> {}

impl<A: Persist, B: Persist> Persist for Both<A, B> {
    fn save(&self) -> Record {
        let mut record = Record::new();
        record.put_part("first", self.first.save());
        record.put_part("second", self.second.save());
        record
    }

    fn load(&mut self, record: &Record) -> Result<(), Error> {
        self.first.load(&record.part("first"))?;
        self.second.load(&record.part("second"))
    }
}
