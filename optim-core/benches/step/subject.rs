//! A rule of the catalogue with its state for a set: what is measured.

use std::marker::PhantomData;
use std::time::Instant;

use optim_core::kernel::Execution;
use optim_core::private::{GradientAtWeights, Shape};
use optim_core::{Error, Optimizable, Optimizer, Parameter, RealOf, Rule, for_each_rule};

use crate::measure::Count;
use crate::pin;
use crate::set::{Data, Model};
use crate::streams::{self, Pass};

/// An optimizer whose rule is forgotten.
pub(crate) trait Subject<M> {
    /// As many threads as this, also where fewer would do; without a number, as many as pay.
    fn set_threads(&mut self, threads: Option<usize>) -> Result<(), Error>;

    /// Seconds of each of so many steps, on average.
    fn steps(&mut self, data: &mut Data<M>, count: Count) -> Result<f64, Error>;
}

/// A rule before it has state.
pub(crate) struct Candidate<M> {
    pub(crate) name: &'static str,
    pub(crate) init: fn(&M) -> Result<Box<dyn Subject<M>>, Error>,
    /// Whether the rule moves tensors of this shape.
    pub(crate) moves: fn(&[usize]) -> bool,
    /// What a step reads and writes of a tensor of this shape.
    pub(crate) passes: fn(&[usize]) -> Vec<Pass>,
}

/// Every rule of the catalogue, with its defaults.
pub(crate) fn candidates<M: Model>() -> Vec<Candidate<M>> {
    macro_rules! each {
        ($($file:ident: $rule:ident,)*) => {
            vec![$({
                use optim_core::rules::$rule;
                Candidate {
                    name: $rule::NAME,
                    init: |model| {
                        let step = (&Ways::<$rule>(PhantomData)).way::<M>();
                        let moves = |parameter: &Parameter<'_>| moves::<$rule>(parameter.shape);
                        let optimizer = $rule::default().init_where(model, moves)?;
                        Ok(Box::new(Running { optimizer, step }))
                    },
                    moves: moves::<$rule>,
                    passes: |shape| streams::passes::<$rule, RealOf<M>>(&$rule::default(), shape),
                }
            }),*]
        };
    }
    for_each_rule!(each)
}

fn moves<R: Rule>(shape: &[usize]) -> bool {
    R::default().require_shape::<f64>(&Shape::of(shape)).is_ok()
}

/// A step, and how many of its seconds were not the optimizer's.
type Way<R, M> = fn(&mut Optimizer<R, M>, &mut M, &M) -> Result<f64, Error>;

struct Running<R: Rule, M: Optimizable> {
    optimizer: Optimizer<R, M>,
    step: Way<R, M>,
}

impl<R: Rule, M: Optimizable> Subject<M> for Running<R, M> {
    fn set_threads(&mut self, threads: Option<usize>) -> Result<(), Error> {
        let execution = Execution::default();
        self.optimizer.set_execution(threads.map_or(execution, |threads| execution.threads(threads)))
    }

    fn steps(&mut self, data: &mut Data<M>, count: Count) -> Result<f64, Error> {
        let mut step = || (self.step)(&mut self.optimizer, &mut data.weights, &data.gradient);
        for _ in 0..count.warm {
            step()?;
            // The first step with more threads has started them.
            pin::spread();
        }
        let (mut others, start) = (0.0, Instant::now());
        for _ in 0..count.steps {
            others += step()?;
        }
        Ok((start.elapsed().as_secs_f64() - others) / count.steps as f64)
    }
}

/// How a rule takes a step: with a gradient where it can, with a closure where it wants the gradient elsewhere. Which
/// of the two is known where the rule's type is: method lookup finds [`AtWeights`] first, where it applies.
struct Ways<R>(PhantomData<R>);

trait AtWeights<R: Rule> {
    fn way<M: Optimizable>(&self) -> Way<R, M>;
}

impl<R: GradientAtWeights> AtWeights<R> for Ways<R> {
    fn way<M: Optimizable>(&self) -> Way<R, M> {
        |optimizer, model, gradient| optimizer.step(model, gradient).map(|()| 0.0)
    }
}

trait Elsewhere<R: Rule> {
    fn way<M: Optimizable>(&self) -> Way<R, M>;
}

impl<R: Rule> Elsewhere<R> for &Ways<R> {
    fn way<M: Optimizable>(&self) -> Way<R, M> {
        |optimizer, model, gradient| {
            let mut others = 0.0;
            optimizer.try_step_with(model, |_, given| {
                let start = Instant::now();
                given.add_scaled(1.0, gradient)?;
                others += start.elapsed().as_secs_f64();
                Ok::<(), Error>(())
            })?;
            Ok(others)
        }
    }
}
