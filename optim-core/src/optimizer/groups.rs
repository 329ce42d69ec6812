//! [`Groups`]: hyper-parameters of parts of a model, and what a step computes once for each of them.

use crate::error::Error;
use crate::kernel::OnceOf;
use crate::real::Real;
use crate::rule::Rule;
use crate::tiled::Tiled;

/// The rules of an optimizer: its own, which is the first, and one for each named group.
///
/// A group's rule has a value of its own for some hyper-parameters, and that of the optimizer's own rule for the others.
#[derive(Clone)]
pub(super) struct Groups<R: Rule, A: Real> {
    /// Of the second, third, … group.
    pub(super) names: Vec<Box<str>>,
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

/// What is known once a step, for each group.
#[derive(Clone)]
pub(super) struct Scalars<R: Rule, A: Real> {
    pub(super) rules: Vec<R>,
    /// Of a rule that is computed in one pass.
    pub(super) steps: Vec<R::Step<A>>,
    /// Of one that is computed pass by pass.
    pub(super) once: Vec<OnceOf<R>>,
}

impl<R: Rule, A: Real> Scalars<R, A> {
    fn new() -> Self {
        Scalars { rules: Vec::new(), steps: Vec::new(), once: Vec::new() }
    }

    fn clear(&mut self) {
        self.rules.clear();
        self.steps.clear();
        self.once.clear();
    }

    /// Room for so many groups, so that a step allocates nothing.
    fn reserve(&mut self, groups: usize) {
        self.rules.reserve(groups.saturating_sub(self.rules.len()));
        self.steps.reserve(groups.saturating_sub(self.steps.len()));
        self.once.reserve(groups.saturating_sub(self.once.len()));
    }

    /// One more group, with the numbers of the first.
    fn repeat_first(&mut self) {
        self.rules.extend(self.rules.first().cloned());
        self.steps.extend(self.steps.first().copied());
        self.once.extend(self.once.first().copied());
    }
}

impl<R: Rule, A: Real> Groups<R, A> {
    /// The optimizer's own rule, and caches of the model as they start.
    pub(super) fn new(rule: R, model: R::Model) -> Self {
        Groups {
            names: Vec::new(),
            own: vec![R::hyper().iter().map(|_| true).collect()],
            rules: vec![rule],
            models: vec![model],
            next: Vec::new(),
            now: Scalars::new(),
            last: Scalars::new(),
        }
    }

    /// The group of this name: a copy of that of `other`, if there is none.
    pub(super) fn find_or_copy(&mut self, name: &str, other: &Self) -> usize {
        self.find(name).unwrap_or_else(|| {
            let group = self.find_or_add(name);
            if let Some(there) = other.find(name) {
                self.rules[group] = other.rule(there);
                self.own[group].clone_from(&other.own[there]);
            }
            group
        })
    }

    pub(super) fn count(&self) -> usize {
        self.rules.len()
    }

    /// The name of a group.
    pub(super) fn name(&self, group: usize) -> Option<&str> {
        self.names.get(group.checked_sub(1)?).map(|name| &**name)
    }

    /// The group of this name.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| **known == *name).map(|index| index + 1)
    }

    /// The group of this name: a new one, which has all hyper-parameters from the optimizer's own rule, if there is none.
    pub(super) fn find_or_add(&mut self, name: &str) -> usize {
        self.find(name).unwrap_or_else(|| {
            self.names.push(name.into());
            self.rules.push(self.rules[0].clone());
            self.own.push(R::hyper().iter().map(|_| false).collect());
            self.models.push(self.models[0]);
            self.last.repeat_first();
            self.rules.len() - 1
        })
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

    /// The names of these groups, each once, in the order in which they came to be known.
    pub(super) fn names_of(&self, used: impl Fn(usize) -> bool) -> impl Iterator<Item = &str> {
        self.names.iter().enumerate().filter(move |(index, _)| used(index + 1)).map(|(_, name)| &**name)
    }
}

/// The place of a hyper-parameter.
pub(super) fn hyper_index<R: Rule>(name: &str) -> Result<usize, Error> {
    // The rule's own error, which lists the names.
    R::default().get(name)?;
    Ok(R::hyper().iter().position(|hyper| hyper.name == name).unwrap_or_default())
}
