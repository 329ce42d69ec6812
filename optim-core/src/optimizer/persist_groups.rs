//! Groups of an optimizer in its record, and which parameters are in them, frozen or masked.
//!
//! Of the optimizer's own rule: `hyper/lr`, `cache/d` for a number of the whole model, `last/…` for what `evaluate` sees of
//! the last step. The same of a group below `group/1/`, with its `name`, and of its hyper-parameters those that it has a
//! value of its own for. `member/hidden.weight` is the name of a parameter's group, `frozen/hidden.weight` is 1 where it is
//! frozen, `mask/hidden.weight` a byte for eight elements, of which those with a 1 move.

use std::collections::BTreeSet;

use super::Optimizer;
use super::caches::caches_of;
use super::groups::Groups;
use super::names::Names;
use super::parameters::Parameters;
use crate::error::Error;
use crate::kernel::{Mask, Scalars, Slot};
use crate::optimizable::{Optimizable, RealOf};
use crate::real::Real;
use crate::record::{Record, Value};
use crate::rule::{CacheScope, Hyper, HyperKind, Rule};
use crate::tiled::Tiled;

/// What a record says of groups, checked.
pub(super) struct Loaded<R: Rule, A: Real> {
    groups: Groups<R, A>,
    names: Names,
    slots: Vec<Slot>,
    masks: Vec<Option<Mask>>,
}

impl<R: Rule, M: Optimizable> Optimizer<R, M> {
    pub(super) fn save_parts(&self, record: &mut Record) {
        for group in 0..self.groups.count() {
            let at = prefix(group);
            if let Some(name) = self.parameters.names.of(group) {
                record.put(&format!("{at}name"), Value::from(name));
            }
            let (rule, own) = (self.groups.rule(group), |index| self.groups.has_own(group, index));
            put_hypers(record, &format!("{at}hyper"), R::hyper(), &|index| own(index).then(|| rule.value(index)));
            for ((_, cache), &number) in caches_of::<R>(CacheScope::Model).zip(self.groups.models[group].as_ref()) {
                record.put(&format!("{at}cache/{}", cache.name), number.into());
            }
            save_last(record, &at, &self.groups.last, group);
        }
        self.parameters.save_slots(record);
    }

    /// Reads and checks what a record says of groups; the names it has looked at become `known`.
    pub(super) fn load_parts(
        &self,
        record: &Record,
        steps: u64,
        known: &mut BTreeSet<String>,
    ) -> Result<Loaded<R, RealOf<M>>, Error> {
        let (mut groups, mut names) = self.load_groups(record, known)?;
        if R::EVALUATES && steps > 0 {
            groups.last = load_last(&groups, record, steps, known)?;
        }
        let mut find_or_copy = |names: &mut Names, name: &str| self.find_or_copy(&mut groups, names, name);
        let (slots, masks) = self.parameters.load_slots(record, known, &mut names, &mut find_or_copy)?;
        self.check_groups(&groups, &slots)?;
        Ok(Loaded { groups, names, slots, masks })
    }

    pub(super) fn take_parts(&mut self, loaded: Loaded<R, RealOf<M>>) {
        let Loaded { groups, names, slots, masks } = loaded;
        self.groups = groups;
        let parameters = &mut self.parameters;
        (parameters.names, parameters.slots, parameters.masks) = (names, slots, masks);
        parameters.moving_changed();
    }

    /// The group of this name among loaded ones; a copy of the one here, where the record has none.
    fn find_or_copy(&self, groups: &mut Groups<R, RealOf<M>>, names: &mut Names, name: &str) -> usize {
        names.find(name).unwrap_or_else(|| {
            names.push(name);
            match self.parameters.names.find(name) {
                Some(here) => groups.push_copy(&self.groups, here),
                None => groups.push(),
            }
            groups.count() - 1
        })
    }

    fn load_groups(
        &self,
        record: &Record,
        known: &mut BTreeSet<String>,
    ) -> Result<(Groups<R, RealOf<M>>, Names), Error> {
        let (mut groups, mut names) = (Groups::new(R::default(), self.groups.models[0]), Names::default());
        for group in 0.. {
            let at = prefix(group);
            if group > 0 {
                let name = format!("{at}name");
                if record.get(&name).is_err() {
                    break;
                }
                let text = record.text(&name)?;
                if names.find(text).is_some() {
                    return Err(Error::data(format!("`{name}`: there are two groups `{text}` in the record")));
                }
                names.push(text);
                groups.push();
                known.insert(name);
            }
            let mut rule = groups.rule(group);
            load_hypers(record, &format!("{at}hyper"), R::hyper(), group == 0, known, &mut |index, name, value| {
                rule.set(name, value)?;
                groups.pin(group, index);
                Ok(())
            })?;
            groups.set_rule(group, rule);
            for ((_, cache), number) in caches_of::<R>(CacheScope::Model).zip(groups.models[group].as_mut()) {
                let name = format!("{at}cache/{}", cache.name);
                *number = record.number(&name)?;
                known.insert(name);
            }
        }
        Ok((groups, names))
    }

    /// Every group's rule is in order for its parameters, with the caches that there are.
    fn check_groups(&self, groups: &Groups<R, RealOf<M>>, slots: &[Slot]) -> Result<(), Error> {
        for group in 0..groups.count() {
            let mut members = (0..slots.len()).filter(|&slot| slots[slot].group == group);
            self.parameters.check_rule(&groups.rule(group), &mut members)?;
        }
        Ok(())
    }
}

impl<A: Real> Parameters<A> {
    /// What is said of single parameters.
    fn save_slots(&self, record: &mut Record) {
        for (index, slot) in self.slots.iter().enumerate() {
            let path = &self.place(index).path;
            if let Some(name) = self.names.of(slot.group) {
                record.put(&format!("member/{path}"), Value::from(name));
            }
            if slot.frozen {
                record.put(&format!("frozen/{path}"), 1_u64.into());
            }
            if let Some(Some(mask)) = self.masks.get(index) {
                record.put(&format!("mask/{path}"), Value::Bytes(bytes(mask)));
            }
        }
    }

    /// The slots with the groups of a record, whose names are `names`, and masks; `find_or_copy` finds a group by its
    /// name, or makes it the one that is here.
    fn load_slots(
        &self,
        record: &Record,
        known: &mut BTreeSet<String>,
        names: &mut Names,
        find_or_copy: &mut dyn FnMut(&mut Names, &str) -> usize,
    ) -> Result<(Vec<Slot>, Vec<Option<Mask>>), Error> {
        let (mut slots, mut masks) = (self.slots.clone(), Vec::new());
        for (index, slot) in slots.iter_mut().enumerate() {
            let place = self.place(index);
            let path = &place.path;
            let mut has = |name: &str| {
                let name = format!("{name}/{path}");
                let found = record.get(&name).is_ok();
                known.insert(name.clone());
                found.then_some(name)
            };
            // A group by attribute that the record does not know yet is as it is here.
            let is_here = |name: &&str| Some(*name) == self.names.of(slot.group) && names.find(name).is_none();
            let here = place.group.filter(is_here);
            slot.group = match (has("member"), here) {
                (None, None) => 0,
                (None, Some(name)) => find_or_copy(names, name),
                (Some(name), _) => {
                    let group = record.text(&name)?;
                    if names.find(group).is_none() && self.names.find(group).is_none() {
                        let text = format!("`{name}` is `{group}`, and the record has no group of this name");
                        return Err(Error::data(text));
                    }
                    find_or_copy(names, group)
                }
            };
            slot.frozen = match has("frozen") {
                None => false,
                Some(name) => record.count(&name)? != 0,
            };
            if let Some(name) = has("mask") {
                masks.resize(self.slots.len(), None);
                masks[index] = Some(mask(record.bytes(&name)?, slot.len, &name)?);
                if self.is_constrained_whole(index) {
                    return Err(self.constrained_and_masked(index));
                }
            }
        }
        Ok((slots, masks))
    }
}

fn prefix(group: usize) -> String {
    if group == 0 { String::new() } else { format!("group/{group}/") }
}

fn save_last<R: Rule, A: Real>(record: &mut Record, at: &str, last: &Scalars<R, A>, group: usize) {
    if !R::EVALUATES {
        return;
    }
    let mut put = |name: &'static str, number: &mut f64| record.put(&format!("{at}last/{name}"), (*number).into());
    if let Some(mut step) = last.steps.get(group).copied() {
        R::visit_step::<A>(&mut step, &mut put);
    }
    if let Some(mut once) = last.once.get(group).copied() {
        R::Tiled::visit_once(&mut once, &mut put);
    }
    if let Some(rule) = last.rules.get(group) {
        put_hypers(record, &format!("{at}last/hyper"), R::hyper(), &|index| Some(rule.value(index)));
    }
}

/// What `evaluate` sees of the last step, of every group.
fn load_last<R: Rule, A: Real>(
    groups: &Groups<R, A>,
    record: &Record,
    steps: u64,
    known: &mut BTreeSet<String>,
) -> Result<Scalars<R, A>, Error> {
    let mut last = Scalars::new();
    for group in 0..groups.count() {
        let at = prefix(group);
        let mut rule = R::default();
        load_hypers(record, &format!("{at}last/hyper"), R::hyper(), true, known, &mut |_, name, value| {
            rule.set(name, value)
        })?;
        rule.check_for::<A>()?;
        let mut wrong = None;
        let mut read = |name: &'static str, number: &mut f64| {
            let name = format!("{at}last/{name}");
            match record.number(&name) {
                Ok(found) => *number = found,
                Err(error) => wrong = Some(error),
            }
            known.insert(name);
        };
        // Any step's will do, to be filled with what was saved.
        let mut model = groups.models[group];
        if R::Tiled::TILED {
            let mut once = R::Tiled::once::<A>(&rule, steps as f64, &mut model);
            R::Tiled::visit_once(&mut once, &mut read);
            last.once.push(once);
        } else {
            let mut step = rule.scalars::<A>(steps as f64, &mut model);
            R::visit_step::<A>(&mut step, &mut read);
            last.steps.push(step);
        }
        last.rules.push(rule);
        if let Some(error) = wrong {
            return Err(error);
        }
    }
    Ok(last)
}

/// Those of the hyper-parameters that have a value.
fn put_hypers(record: &mut Record, part: &str, hyper: &[Hyper], value: &dyn Fn(usize) -> Option<f64>) {
    for (index, hyper) in hyper.iter().enumerate() {
        let Some(value) = value(index) else { continue };
        let value = match hyper.kind {
            HyperKind::Number => Value::Number(value),
            HyperKind::Count | HyperKind::Flag => Value::Count(crate::private::to_count(value)),
        };
        record.put(&format!("{part}/{}", hyper.name), value);
    }
}

/// Hands on every hyper-parameter that the record has a value for, with its place; an error where it wants `all`.
fn load_hypers(
    record: &Record,
    part: &str,
    hyper: &[Hyper],
    all: bool,
    known: &mut BTreeSet<String>,
    set: &mut dyn FnMut(usize, &str, f64) -> Result<(), Error>,
) -> Result<(), Error> {
    for (index, hyper) in hyper.iter().enumerate() {
        let name = format!("{part}/{}", hyper.name);
        if all || record.get(&name).is_ok() {
            set(index, hyper.name, hyper_of(record, &name, hyper.kind)?)?;
            known.insert(name);
        }
    }
    Ok(())
}

fn hyper_of(record: &Record, name: &str, kind: HyperKind) -> Result<f64, Error> {
    match kind {
        HyperKind::Number => record.number(name),
        HyperKind::Count | HyperKind::Flag => record.count(name).map(|count| count as f64),
    }
}

/// Eight elements a byte, the first in the lowest bit.
fn bytes(mask: &Mask) -> Vec<u8> {
    let byte =
        |first| (first..mask.len().min(first + 8)).fold(0, |byte, i| byte | u8::from(mask.moves(i)) << (i - first));
    (0..mask.len()).step_by(8).map(byte).collect()
}

fn mask(bytes: &[u8], len: usize, name: &str) -> Result<Mask, Error> {
    if bytes.len() != len.div_ceil(8) {
        return Err(Error::data(format!("`{name}` has {} bytes, not those of {len} elements", bytes.len())));
    }
    Ok(Mask::new((0..len).map(|i| bytes[i / 8] >> (i % 8) & 1 == 1)))
}
