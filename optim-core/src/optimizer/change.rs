//! Hyper-parameters by name, of all groups or one, changed only where all of it is in order.

use super::Optimizer;
use super::declared::Declared;
use super::groups::hyper_index;
use super::parameters::Parameters;
use crate::error::Error;
use crate::optimizable::Optimizable;
use crate::real::Real;
use crate::rule::Rule;
use crate::tiled::Shape;

impl<R: Rule, M: Optimizable> Optimizer<R, M> {
    /// A hyper-parameter of the optimizer's own rule; a `bool` is 0 or 1.
    ///
    /// # Errors
    /// When there is none of this name; the error lists the names.
    pub fn get(&self, name: &str) -> Result<f64, Error> {
        self.rule().get(name)
    }

    /// Sets a hyper-parameter of the optimizer's own rule, and of all groups that have no value of their own for it.
    ///
    /// # Errors
    /// When there is none of this name, the value is not in its range, a requirement of the rule would not be met, or a
    /// cache would appear or vanish; nothing has changed then.
    pub fn set(&mut self, name: &str, value: f64) -> Result<(), Error> {
        let index = hyper_index::<R>(name)?;
        let follows = |groups: &super::Groups<_, _>, group| group == 0 || !groups.has_own(group, index);
        for group in 0..self.groups.count() {
            if follows(&self.groups, group) {
                let mut rule = self.groups.rule(group);
                rule.set(name, value)?;
                self.parameters.check_rule(&rule, &mut self.parameters.members(group))?;
            }
        }
        self.groups.first_mut().set(name, value)
    }

    /// A hyper-parameter of a group.
    ///
    /// # Errors
    /// When there is no group or no hyper-parameter of this name; the error lists the names.
    pub fn get_in(&self, group: &str, name: &str) -> Result<f64, Error> {
        self.group_rule(group)?.get(name)
    }

    /// Sets a hyper-parameter of a group: from now on the group has a value of its own for it.
    ///
    /// # Errors
    /// When there is no group or no hyper-parameter of this name, or as [`set`](Self::set); nothing has changed then.
    pub fn set_in(&mut self, group: &str, name: &str, value: f64) -> Result<(), Error> {
        let (group, index) = (self.parameters.find_group(group)?, hyper_index::<R>(name)?);
        let before = self.groups.rule(group);
        let mut rule = before.clone();
        rule.set(name, value)?;
        self.parameters.check_rule(&rule, &mut self.parameters.members(group))?;
        self.groups.take(group, rule, &before);
        self.groups.pin(group, index);
        Ok(())
    }

    /// Whether a group has a value of its own for a hyper-parameter, rather than that of the optimizer's own rule.
    ///
    /// # Errors
    /// When there is no group or no hyper-parameter of this name; the error lists the names.
    pub fn has_own(&self, group: &str, name: &str) -> Result<bool, Error> {
        Ok(self.groups.has_own(self.parameters.find_group(group)?, hyper_index::<R>(name)?))
    }

    /// Changes the rules of all groups, the optimizer's own first, which has no name: `|_, rule| rule.lr *= 0.1`.
    ///
    /// What comes out as in the optimizer's own rule, and was so before, goes on following it.
    ///
    /// # Errors
    /// When a hyper-parameter would be out of its range, a requirement would not be met, or a cache would appear or vanish;
    /// nothing has changed then.
    pub fn for_each_rule(&mut self, mut f: impl FnMut(Option<&str>, &mut R)) -> Result<(), Error> {
        let before: Vec<R> = (0..self.groups.count()).map(|group| self.groups.rule(group)).collect();
        let mut after = before.clone();
        for (group, rule) in after.iter_mut().enumerate() {
            f(self.parameters.names.of(group), rule);
            self.parameters.check_rule(rule, &mut self.parameters.members(group))?;
        }
        for (group, (after, before)) in after.into_iter().zip(&before).enumerate() {
            self.groups.take(group, after, before);
        }
        Ok(())
    }
}

impl<A: Real> Parameters<A> {
    /// Checks a rule as one for these parameters, by their slots, with the caches that there are.
    pub(super) fn check_rule(
        &self,
        rule: &dyn Declared<A>,
        slots: &mut dyn Iterator<Item = usize>,
    ) -> Result<(), Error> {
        rule.check()?;
        if self.schedule.is_none() {
            return same_caches(rule, self.exist, &Shape::of(&[1]));
        }
        for slot in slots {
            self.check_rule_for(rule, slot)?;
        }
        Ok(())
    }

    /// The parameters of a group, by their slots.
    pub(super) fn members(&self, group: usize) -> impl Iterator<Item = usize> {
        (0..self.slots.len()).filter(move |&slot| self.slots[slot].group == group)
    }

    /// Checks a rule as one for a parameter: what it requires of its shape, and that every cache exists where it did.
    pub(super) fn check_rule_for(&self, rule: &dyn Declared<A>, slot: usize) -> Result<(), Error> {
        let Some(schedule) = &self.schedule else { return Ok(()) };
        rule.check_shape(self.place(slot))?;
        same_caches(rule, schedule.exists(slot), &schedule.tiling.grids[slot].shape)
    }
}

/// An error where a cache of a tensor of this shape would appear or vanish.
fn same_caches<A: Real>(rule: &dyn Declared<A>, before: u64, shape: &Shape) -> Result<(), Error> {
    let changed = before ^ rule.existing(shape);
    if changed == 0 {
        return Ok(());
    }
    let index = changed.trailing_zeros() as usize;
    Err(Error::cache(rule.name(), rule.caches()[index].name, before >> index & 1 == 0))
}
