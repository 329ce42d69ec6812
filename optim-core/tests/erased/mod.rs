//! [`Erased`]: an optimizer whose rule's type is hidden, so that what a test does with it is compiled once, and not for
//! every rule of the catalogue. What it is asked for goes to the optimizer as it is, riders too.
#![allow(dead_code, reason = "each test program uses some of it")]

use std::any::Any;
use std::fmt;

use ndarray::{ArrayD, ArrayViewD};
use optim_core::kernel::Execution;
use optim_core::optimize::Moving;
use optim_core::prelude::*;
use optim_core::private::{Beside, Carries};
use optim_core::rule::{Cache, Hyper};
use optim_core::{Parameter, Persist, RealOf, Record};

/// What a closure of a step is here.
pub(crate) type Closure<'f, M> = dyn FnMut(&mut M, &mut M) -> Result<(), Error> + 'f;

/// A selection of parameters.
pub(crate) type Selects<'s> = &'s dyn Fn(&Parameter<'_>) -> bool;

/// What is asked of an optimizer by those who do not know its rule.
pub(crate) trait Hidden<M: Optimizable> {
    fn name(&self) -> &'static str;
    fn gradients(&self) -> usize;
    fn caches(&self) -> &'static [Cache];
    fn hypers(&self) -> &'static [Hyper];
    fn cache(&self, name: &str, path: &str) -> Option<ArrayD<RealOf<M>>>;
    fn set_execution(&mut self, execution: Execution);
    fn step(&mut self, model: &mut M, beside: &mut Beside<'_, RealOf<M>>, f: &mut Closure<'_, M>) -> Result<(), Error>;
    fn evaluate(&mut self, model: &mut M, f: &mut dyn FnMut(&mut M)) -> Result<(), Error>;
    fn steps(&self) -> u64;
    fn hyper(&self, name: &str) -> Result<f64, Error>;
    fn set_hyper(&mut self, name: &str, value: f64) -> Result<(), Error>;
    fn owns(&self, path: &str) -> bool;
    fn moving(&self, path: &str) -> Moving;
    fn version(&self) -> u64;
    fn constrain_again(&mut self, model: &mut M) -> Result<(), Error>;
    fn carries(&self) -> Carries;
    fn freeze(&mut self, selects: Selects<'_>) -> usize;
    fn unfreeze(&mut self, selects: Selects<'_>) -> usize;
    fn mask(&mut self, path: &str, moves: ArrayViewD<'_, bool>);
    fn unmask(&mut self, path: &str);
    fn constrain(&mut self, selects: Selects<'_>, constraint: Constraint<RealOf<M>>);
    fn unconstrain(&mut self, selects: Selects<'_>);
    fn save(&self) -> Record;
    fn load(&mut self, record: &Record) -> Result<(), Error>;
    fn another(&self) -> Box<dyn Hidden<M>>;
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
    fn as_any(&mut self) -> &mut dyn Any;
}

impl<R: Rule, M: Optimizable + 'static> Hidden<M> for Optimizer<R, M> {
    fn name(&self) -> &'static str {
        R::NAME
    }
    fn gradients(&self) -> usize {
        <Self as Optimize<M>>::GRADIENTS
    }
    fn caches(&self) -> &'static [Cache] {
        R::declared_caches()
    }
    fn hypers(&self) -> &'static [Hyper] {
        R::hyper()
    }
    fn cache(&self, name: &str, path: &str) -> Option<ArrayD<RealOf<M>>> {
        Optimizer::cache(self, name, path)
    }
    fn set_execution(&mut self, execution: Execution) {
        Optimizer::set_execution(self, execution).unwrap();
    }
    fn step(&mut self, model: &mut M, beside: &mut Beside<'_, RealOf<M>>, f: &mut Closure<'_, M>) -> Result<(), Error> {
        Optimize::try_step_beside(self, model, beside, f)
    }
    fn evaluate(&mut self, model: &mut M, f: &mut dyn FnMut(&mut M)) -> Result<(), Error> {
        self.evaluate_with(model, f)
    }
    fn steps(&self) -> u64 {
        Optimizer::steps(self)
    }
    fn hyper(&self, name: &str) -> Result<f64, Error> {
        Optimize::hyper(self, name)
    }
    fn set_hyper(&mut self, name: &str, value: f64) -> Result<(), Error> {
        Optimize::set_hyper(self, name, value)
    }
    fn owns(&self, path: &str) -> bool {
        Optimizer::owns(self, path)
    }
    fn moving(&self, path: &str) -> Moving {
        Optimize::moving(self, path)
    }
    fn version(&self) -> u64 {
        Optimize::version(self)
    }
    fn constrain_again(&mut self, model: &mut M) -> Result<(), Error> {
        Optimize::constrain_again(self, model)
    }
    fn carries(&self) -> Carries {
        Optimize::carries(self)
    }
    fn freeze(&mut self, selects: Selects<'_>) -> usize {
        Optimizer::freeze(self, selects).unwrap()
    }
    fn unfreeze(&mut self, selects: Selects<'_>) -> usize {
        Optimizer::unfreeze(self, selects).unwrap()
    }
    fn mask(&mut self, path: &str, moves: ArrayViewD<'_, bool>) {
        Optimizer::mask(self, path, moves).unwrap();
    }
    fn unmask(&mut self, path: &str) {
        Optimizer::unmask(self, path).unwrap();
    }
    fn constrain(&mut self, selects: Selects<'_>, constraint: Constraint<RealOf<M>>) {
        Optimizer::constrain(self, selects, constraint).unwrap();
    }
    fn unconstrain(&mut self, selects: Selects<'_>) {
        Optimizer::unconstrain(self, selects).unwrap();
    }
    fn save(&self) -> Record {
        Persist::save(self)
    }
    fn load(&mut self, record: &Record) -> Result<(), Error> {
        Persist::load(self, record)
    }
    fn another(&self) -> Box<dyn Hidden<M>> {
        Box::new(self.clone())
    }
    fn show(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

/// An optimizer of any rule.
pub(crate) struct Erased<M>(Box<dyn Hidden<M>>);

impl<M: Optimizable + 'static> Erased<M> {
    pub(crate) fn new<R: Rule>(optimizer: Optimizer<R, M>) -> Self {
        Erased(Box::new(optimizer))
    }

    /// The optimizer, of the rule that it is of.
    pub(crate) fn of<R: Rule>(&mut self) -> &mut Optimizer<R, M> {
        self.0.as_any().downcast_mut().unwrap()
    }

    pub(crate) fn hidden(&mut self) -> &mut dyn Hidden<M> {
        &mut *self.0
    }

    /// The same, to be looked at.
    pub(crate) fn seen(&self) -> &dyn Hidden<M> {
        &*self.0
    }

    pub(crate) fn name(&self) -> &'static str {
        self.0.name()
    }

    /// The hyper-parameters by name.
    pub(crate) fn rule(&self) -> Vec<(&'static str, f64)> {
        self.0.hypers().iter().map(|hyper| (hyper.name, self.0.hyper(hyper.name).unwrap())).collect()
    }

    /// The bits of every cache, of all parameters.
    pub(crate) fn cache_bits(&self, model: &M) -> Vec<u64> {
        let mut bits = Vec::new();
        for cache in self.0.caches() {
            model.for_each_param(|path, _| {
                let numbers = self.0.cache(cache.name, path);
                bits.extend(numbers.iter().flatten().map(|x| x.as_f64().to_bits()));
            });
        }
        bits
    }
}

impl<M: Optimizable> fmt::Debug for Erased<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.show(f)
    }
}

impl<M: Optimizable> Clone for Erased<M> {
    fn clone(&self) -> Self {
        Erased(self.0.another())
    }
}

impl<M: Optimizable + 'static> Optimize<M> for Erased<M> {
    /// Accumulation and pairs, which ask for it, are not tried on what hides a rule that takes two.
    const GRADIENTS: usize = 1;

    fn try_step_with<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        self.try_step_beside(model, &mut Beside::default(), f)
    }
    fn evaluate_with<T>(&mut self, model: &mut M, f: impl FnOnce(&mut M) -> T) -> Result<T, Error> {
        let (mut f, mut value) = (Some(f), None);
        self.0.evaluate(model, &mut |model| value = f.take().map(|f| f(model)))?;
        Ok(value.unwrap())
    }
    fn steps(&self) -> u64 {
        self.0.steps()
    }
    fn hyper(&self, name: &str) -> Result<f64, Error> {
        self.0.hyper(name)
    }
    fn set_hyper(&mut self, name: &str, value: f64) -> Result<(), Error> {
        self.0.set_hyper(name, value)
    }
    fn owns(&self, path: &str) -> bool {
        self.0.owns(path)
    }
    fn moving(&self, path: &str) -> Moving {
        self.0.moving(path)
    }
    fn version(&self) -> u64 {
        self.0.version()
    }
    fn constrain_again(&mut self, model: &mut M) -> Result<(), Error> {
        self.0.constrain_again(model)
    }
    fn carries(&self) -> Carries {
        self.0.carries()
    }
    fn try_step_beside<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        beside: &mut Beside<'_, RealOf<M>>,
        mut f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        let (mut first, mut failed) = (None, None);
        let done = self.0.step(model, beside, &mut |model, gradient| match f(model, gradient) {
            Ok(value) => {
                first.get_or_insert(value);
                Ok(())
            }
            Err(error) => {
                failed = Some(error);
                Err(Error::other("the closure has failed"))
            }
        });
        match (failed, done) {
            (Some(error), _) => Err(error),
            (None, Err(error)) => Err(error.into()),
            (None, Ok(())) => Ok(first.unwrap()),
        }
    }
}

impl<M: Optimizable> Persist for Erased<M> {
    fn save(&self) -> Record {
        self.0.save()
    }
    fn load(&mut self, record: &Record) -> Result<(), Error> {
        self.0.load(record)
    }
}
