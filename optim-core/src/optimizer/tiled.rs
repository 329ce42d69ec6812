//! Steps of a rule that is computed pass by pass ([`Tiled`]).

use super::schedule::Passes;
use super::{Optimizer, Restore, recycle};
use crate::error::Error;
use crate::kernel::{OnceOf, Work};
use crate::optimizable::{Optimizable, RealOf};
use crate::rule::Rule;
use crate::tiled::{Section, Tiled};

impl<R: Rule, M: Optimizable> Optimizer<R, M> {
    /// [`step`](Self::step).
    pub(super) fn tiled_step(&mut self, model: &mut M, gradient: &M) -> Result<(), Error> {
        let (once, numbers) = self.prepare_tiled()?;
        self.passes(model, Some(gradient), once, Section::Update)?;
        self.finish_tiled(once, numbers);
        Ok(())
    }

    /// [`try_step_with`](Self::try_step_with).
    pub(super) fn try_tiled_step_with<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        let (once, numbers) = self.prepare_tiled()?;
        let mut gradient = self.take_gradient(model);
        self.save(model, Work::Save)?;
        let mut guard = Restore { optimizer: self, model, armed: true };
        let result = guard.tiled_step(once, &mut gradient, f);
        guard.armed = result.is_err();
        drop(guard);
        if result.is_ok() {
            self.finish_tiled(once, numbers);
        }
        self.keep_gradient(gradient, result.is_ok());
        result
    }

    /// Moves saved weights to the evaluation point, as of the last step.
    pub(super) fn tiled_evaluate(&mut self, model: &mut M) -> Result<(), Error> {
        let Some((rule, once)) = self.last_once.clone() else { return Ok(()) };
        if let Some(schedule) = &mut self.schedule {
            schedule.begin(self.model.as_ref());
        }
        // With the hyper-parameters of the last step too.
        let now = std::mem::replace(&mut self.rule, rule);
        let done = self.passes(model, None, once, Section::Evaluate);
        self.rule = now;
        done
    }

    /// Checks the rule, computes what is known once a step, and the numbers of the model as the step sees them.
    fn prepare_tiled(&mut self) -> Result<(OnceOf<R>, R::Model), Error> {
        self.rule.check_for::<RealOf<M>>()?;
        let mut model = self.model;
        let once = R::Tiled::once::<RealOf<M>>(&self.rule, (self.steps + 1) as f64, &mut model);
        if let Some(schedule) = &mut self.schedule {
            schedule.check(&self.rule, &self.outline)?;
            schedule.begin(model.as_ref());
        }
        Ok((once, model))
    }

    /// The step has been taken.
    fn finish_tiled(&mut self, once: OnceOf<R>, mut model: R::Model) {
        if let Some(schedule) = &mut self.schedule {
            schedule.commit(&self.rule, once, model.as_mut());
        }
        self.steps += 1;
        self.last_once = Some((self.rule.clone(), once));
        self.model = model;
    }

    /// The passes of a section, with model and gradient checked first.
    fn passes(&mut self, model: &mut M, gradient: Option<&M>, once: OnceOf<R>, section: Section) -> Result<(), Error> {
        let mut gradients = recycle(std::mem::take(&mut self.lists.gradients));
        let checked = match gradient {
            Some(gradient) => self.outline.check(gradient, "the gradient", &mut gradients),
            None => Ok(()),
        };
        let done = checked.and_then(|()| {
            self.with_weights(model, |optimizer, weights| {
                let Optimizer { rule, caches, execution, schedule, .. } = optimizer;
                let (gradients, execution) = (&gradients[..], *execution);
                if let Some(schedule) = schedule {
                    schedule.run(Passes { rule, once, section, weights, gradients, caches, execution });
                }
            })
        });
        self.lists.gradients = recycle(gradients);
        done
    }
}

impl<R: Rule, M: Optimizable> Restore<'_, R, M> {
    /// Calls the closure where the rule wants its gradients, and takes the step from the saved weights.
    fn tiled_step<T, E: From<Error>>(
        &mut self,
        once: OnceOf<R>,
        gradient: &mut M,
        mut f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut at_weights = None;
        if R::Tiled::LOOK_AHEAD_GRADIENT {
            at_weights = Some(f(self.model, gradient)?);
            self.take_back()?;
        }
        if R::LOOKS_AHEAD {
            let given = R::Tiled::LOOK_AHEAD_GRADIENT.then_some(&*gradient);
            self.optimizer.passes(self.model, given, once, Section::LookAhead)?;
        }
        if R::Tiled::LOOK_AHEAD_GRADIENT {
            gradient.fill_zero();
        }
        let at_point = f(self.model, gradient)?;
        self.take_back()?;
        self.optimizer.passes(self.model, Some(gradient), once, Section::Update)?;
        Ok(at_weights.unwrap_or(at_point))
    }
}
