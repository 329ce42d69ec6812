//! [`Groups`]: hyper-parameters of parts of a model, and what a step computes once for each of them.

use crate::error::Error;
use crate::kernel::{Scalars, Steps, Work};
use crate::real::Real;
use crate::rule::Rule;
use crate::tiled::Tiled;

/// The rules of an optimizer: its own, which is the first, and one for each named group.
///
/// A group's rule has a value of its own for some hyper-parameters, and that of the optimizer's own rule for the others.
#[derive(Clone)]
pub(super) struct Groups<R: Rule, A: Real> {
    /// For each group, as they were when they were last looked at: see [`rule`](Self::rule).
    rules: Vec<R>,
    /// For each group, which hyper-parameters have a value of their own.
    own: Vec<Box<[bool]>>,
    /// For each group, the caches that are one number for the whole model.
    pub(super) models: Vec<R::Model>,
    /// The same as the step leaves them that is being taken.
    pub(super) next: Vec<R::Model>,
    /// Of the step that is being taken.
    pub(super) now: Scalars<R, A>,
    /// Of the last step, which `evaluate` sees; empty before the first.
    pub(super) last: Scalars<R, A>,
}

impl<R: Rule, A: Real> Groups<R, A> {
    /// The optimizer's own rule, and caches of the model as they start.
    pub(super) fn new(rule: R, model: R::Model) -> Self {
        Groups {
            own: vec![R::hyper().iter().map(|_| true).collect()],
            rules: vec![rule],
            models: vec![model],
            next: Vec::new(),
            now: Scalars::new(),
            last: Scalars::new(),
        }
    }

    pub(super) fn count(&self) -> usize {
        self.rules.len()
    }

    /// One group more, which has all hyper-parameters from the optimizer's own rule.
    pub(super) fn push(&mut self) {
        self.rules.push(self.rules[0].clone());
        self.own.push(R::hyper().iter().map(|_| false).collect());
        self.models.push(self.models[0]);
        self.last.repeat_first();
    }

    /// One group more: a copy of one of `other`.
    pub(super) fn push_copy(&mut self, other: &Self, group: usize) {
        self.push();
        if let (Some(rule), Some(own)) = (self.rules.last_mut(), self.own.last_mut()) {
            *rule = other.rule(group);
            own.clone_from(&other.own[group]);
        }
    }

    /// The scalars that a pass calls the rule with.
    pub(super) fn steps(&self, work: Work) -> Steps<'_, A> {
        let scalars = if work == Work::SaveAndEvaluate { &self.last } else { &self.now };
        Steps::of::<R>(&scalars.steps)
    }

    pub(super) fn first(&self) -> &R {
        &self.rules[0]
    }

    pub(super) fn first_mut(&mut self) -> &mut R {
        &mut self.rules[0]
    }

    /// The rule of a group, as it is now.
    pub(super) fn rule(&self, group: usize) -> R {
        let mut rule = self.rules[group].clone();
        for (index, _) in self.own[group].iter().enumerate().filter(|(_, own)| !**own) {
            rule.set_value(index, self.rules[0].value(index));
        }
        rule
    }

    /// Whether a group has a value of its own for a hyper-parameter, by its place.
    pub(super) fn has_own(&self, group: usize, index: usize) -> bool {
        self.own[group][index]
    }

    /// Gives a group a value of its own for a hyper-parameter.
    pub(super) fn pin(&mut self, group: usize, index: usize) {
        self.own[group][index] = true;
    }

    /// The rule of a group, of which it has pinned what is its own.
    pub(super) fn set_rule(&mut self, group: usize, rule: R) {
        self.rules[group] = rule;
    }

    /// Takes `rule` for a group: what differs from `before` and from the optimizer's own rule is its own from now on.
    pub(super) fn take(&mut self, group: usize, rule: R, before: &R) {
        if group > 0 {
            for (index, own) in self.own[group].iter_mut().enumerate() {
                let (value, first) = (rule.value(index), self.rules[0].value(index));
                *own |= value.to_bits() != before.value(index).to_bits() && value.to_bits() != first.to_bits();
            }
        }
        self.rules[group] = rule;
    }

    /// Computes the scalars of a step for every group, whose rules were checked.
    pub(super) fn begin(&mut self, t: f64) {
        self.now.clear();
        // The two change places.
        self.now.reserve(self.rules.len());
        self.last.reserve(self.rules.len());
        self.next.clone_from(&self.models);
        for group in 0..self.rules.len() {
            let rule = self.rule(group);
            if R::Tiled::TILED {
                self.now.once.push(R::Tiled::once::<A>(&rule, t, &mut self.next[group]));
            } else {
                self.now.steps.push(rule.scalars(t, &mut self.next[group]));
            }
            self.now.rules.push(rule);
        }
    }

    /// The step has been taken.
    pub(super) fn finish(&mut self) {
        std::mem::swap(&mut self.models, &mut self.next);
        std::mem::swap(&mut self.now, &mut self.last);
    }
}

/// The place of a hyper-parameter.
pub(super) fn hyper_index<R: Rule>(name: &str) -> Result<usize, Error> {
    // The rule's own error, which lists the names.
    R::default().get(name)?;
    Ok(R::hyper().iter().position(|hyper| hyper.name == name).unwrap_or_default())
}
