//! Steps of a rule that is computed pass by pass ([`Tiled`]).

use super::beside::{Beside, Given};
use super::parameters::{Parameters, Part};
use super::schedule::Passes;
use super::{Optimizer, Restore};
use crate::compiled;
use crate::error::Error;
use crate::kernel::{Arithmetic, Gradients, Riders, TensorMut, Work, arithmetic_of};
use crate::optimizable::{Optimizable, RealOf};
use crate::real::Real;
use crate::rule::Rule;
use crate::tiled::{Section, Tiled};

impl<R: Rule, M: Optimizable> Optimizer<R, M> {
    /// A step with the gradient at the weights.
    pub(super) fn tiled_step(
        &mut self,
        model: &mut M,
        gradient: Given<'_, M>,
        beside: &mut Beside<'_, RealOf<M>>,
    ) -> Result<(), Error> {
        self.prepare_tiled()?;
        self.passes(model, gradient, Section::Update, beside)?;
        self.finish_tiled();
        self.apply_constraints(model)
    }

    /// [`try_step_with`](Self::try_step_with).
    pub(super) fn try_tiled_step_with<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        beside: &mut Beside<'_, RealOf<M>>,
        f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        self.prepare_tiled()?;
        let mut gradient = self.take_gradient(model);
        self.save(model, Work::Save)?;
        let mut guard = Restore { optimizer: self, model, armed: true };
        let result = guard.tiled_step(&mut gradient, beside, f);
        guard.armed = result.is_err();
        drop(guard);
        if result.is_ok() {
            self.finish_tiled();
        }
        self.keep_gradient(gradient, result.is_ok());
        let value = result?;
        self.apply_constraints(model)?;
        Ok(value)
    }

    /// Moves saved weights to the evaluation point, as of the last step.
    pub(super) fn tiled_evaluate(&mut self, model: &mut M) -> Result<(), Error> {
        if self.groups.last.rules.is_empty() {
            return Ok(());
        }
        if let Some(schedule) = &mut self.parameters.schedule {
            schedule.begin(&self.groups.models);
        }
        self.passes(model, Given::Nothing, Section::Evaluate, &mut Beside::default())
    }

    /// Checks the rules, computes what is known once a step, and the numbers of the model as the step sees them.
    fn prepare_tiled(&mut self) -> Result<(), Error> {
        self.prepare()?;
        if let Some(schedule) = &mut self.parameters.schedule {
            schedule.begin(&self.groups.next);
        }
        Ok(())
    }

    /// The step has been taken.
    fn finish_tiled(&mut self) {
        if let Some(schedule) = &mut self.parameters.schedule {
            let models = &mut self.groups.next.iter_mut().map(AsMut::as_mut);
            compiled::commit(schedule, R::declared_caches(), arithmetic_of(&self.groups.now), models);
        }
        self.finish();
    }

    /// The passes of a section, with model and gradient checked first.
    fn passes(
        &mut self,
        model: &mut M,
        gradient: Given<'_, M>,
        section: Section,
        beside: &mut Beside<'_, RealOf<M>>,
    ) -> Result<(), Error> {
        // An evaluation is as of the last step, with its hyper-parameters.
        let rule = arithmetic_of(if section == Section::Evaluate { &self.groups.last } else { &self.groups.now });
        self.parameters.work(model, gradient, Part::Passes(rule, section), beside)
    }
}

impl<A: Real> Parameters<A> {
    /// The passes of a section; without gradients where none is looked at.
    pub(super) fn passes<'a>(
        &mut self,
        rule: &dyn Arithmetic<A>,
        section: Section,
        weights: &mut [TensorMut<'a, A>],
        gradients: &Gradients<'_, 'a, A>,
        riders: Riders<'_, A>,
    ) {
        let Parameters { masks, caches, rounding, execution, schedule, .. } = self;
        if let Some(schedule) = schedule {
            let (masks, rounding, execution) = (&masks[..], *rounding, *execution);
            let work = Passes { rule, section, masks, weights, gradients, riders, caches, rounding, execution };
            compiled::passes(schedule, work);
        }
    }
}

impl<R: Rule, M: Optimizable> Restore<'_, R, M> {
    /// Calls the closure where the rule wants its gradients, and takes the step from the saved weights.
    fn tiled_step<T, E: From<Error>>(
        &mut self,
        gradient: &mut M,
        beside: &mut Beside<'_, RealOf<M>>,
        mut f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut at_weights = None;
        if R::Tiled::LOOK_AHEAD_GRADIENT {
            at_weights = Some(f(self.model, gradient)?);
            self.take_back()?;
        }
        if R::LOOKS_AHEAD {
            let given = if R::Tiled::LOOK_AHEAD_GRADIENT { Given::UseUp(&mut *gradient) } else { Given::Nothing };
            self.optimizer.passes(self.model, given, Section::LookAhead, beside)?;
        }
        let at_point = f(self.model, gradient)?;
        self.take_back()?;
        self.optimizer.passes(self.model, Given::UseUp(gradient), Section::Update, beside)?;
        Ok(at_weights.unwrap_or(at_point))
    }
}
