//! An optimizer's state as a [`Record`].
//!
//! `rule`, `layout` and `steps`; `hyper/lr`; `cache/m/hidden.weight` in the shape that [`Optimizer::cache`] has, `cache/d`
//! for a number of the whole model; `last/…` for what `evaluate` sees of the last step.

use std::collections::BTreeSet;
use std::ops::Range;

use ndarray::ArrayD;

use super::Optimizer;
use super::caches::caches_of;
use crate::error::Error;
use crate::optimizable::{Optimizable, RealOf};
use crate::real::Real;
use crate::record::{Persist, Record, Value, tensor};
use crate::rule::{Cache, CacheScope, HyperKind, Rule};
use crate::tiled::{Level, Shape, Tiled};

/// A cache of one parameter: its name in a record, its shape, and where its numbers are.
struct Part {
    name: String,
    shape: Vec<usize>,
    numbers: Numbers,
}

enum Numbers {
    /// In an arena.
    Weights { cache: usize, range: Range<usize> },
    /// Among the numbers of a level.
    Level { level: Level, cache: usize, places: Range<usize> },
}

impl<R: Rule, M: Optimizable> Persist for Optimizer<R, M> {
    fn save(&self) -> Record {
        let mut record = Record::new();
        record.put("rule", R::NAME.into());
        record.put("layout", layout::<R>().into());
        record.put("steps", self.steps.into());
        put_hypers(&mut record, "hyper", &self.rule);
        for part in self.parts() {
            record.put(&part.name, self.part(&part));
        }
        for ((_, cache), &number) in caches_of::<R>(CacheScope::Model).zip(self.model.as_ref()) {
            record.put(&format!("cache/{}", cache.name), number.into());
        }
        self.save_last(&mut record);
        record
    }

    /// The rule has to be the same, and every cache has to be there for every parameter that has one, and no others;
    /// hyper-parameters become those of the record. Nothing has changed after an error.
    fn load(&mut self, record: &Record) -> Result<(), Error> {
        let rule = self.check_rule(record)?;
        let parts = self.parts();
        let mut known: BTreeSet<String> = ["rule", "layout", "steps"].map(str::to_owned).into();
        for hyper in R::hyper() {
            known.insert(format!("hyper/{}", hyper.name));
        }
        let mut model = self.model;
        for ((_, cache), number) in caches_of::<R>(CacheScope::Model).zip(model.as_mut()) {
            let name = format!("cache/{}", cache.name);
            *number = record.number(&name)?;
            known.insert(name);
        }
        for part in &parts {
            check_part::<RealOf<M>>(part, record)?;
            known.insert(part.name.clone());
        }
        let steps = record.count("steps")?;
        let last = load_last::<R, RealOf<M>>(&rule, steps, &model, record, &mut known)?;
        if let Some((name, _)) = record.iter().find(|(name, _)| !known.contains(*name)) {
            return Err(Error::data(format!("`{name}` is not of this optimizer (`{}`)", R::NAME)));
        }
        for part in &parts {
            self.load_part(part, record)?;
        }
        (self.last, self.last_once) = last;
        (self.rule, self.model, self.steps) = (rule, model, steps);
        Ok(())
    }
}

impl<R: Rule, M: Optimizable> Optimizer<R, M> {
    /// All caches of parameters.
    fn parts(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        for (index, cache) in R::caches().iter().enumerate().filter(|(_, cache)| cache.scope != CacheScope::Model) {
            let Some(place) = caches_of::<R>(cache.scope).position(|(other, _)| other == index) else { continue };
            for (slot, at) in self.slots.iter().enumerate() {
                let parameter = &self.outline.places[at.tensor];
                if let Some((shape, numbers)) = self.numbers(slot, (index, cache, place), &parameter.shape) {
                    parts.push(Part { name: format!("cache/{}/{}", cache.name, parameter.path), shape, numbers });
                }
            }
        }
        parts
    }

    /// Where the numbers of a cache are that a parameter has, and their shape.
    fn numbers(
        &self,
        slot: usize,
        (index, cache, place): (usize, &Cache, usize),
        shape: &[usize],
    ) -> Option<(Vec<usize>, Numbers)> {
        if cache.scope == CacheScope::Weight {
            let first = self.place(slot, place)?;
            let range = first..first + self.slots[slot].len;
            return Some((shape.to_vec(), Numbers::Weights { cache: place, range }));
        }
        let schedule = self.schedule.as_ref().filter(|schedule| schedule.has(slot, index))?;
        let (level, shape) = match (cache.scope, shape) {
            (CacheScope::Row, [rows @ .., _]) => (Level::Row, rows.to_vec()),
            (CacheScope::Row, []) => (Level::Row, Vec::new()),
            (CacheScope::Col, [batch @ .., _, cols]) => (Level::Col, [batch, &[*cols]].concat()),
            (CacheScope::Col, shape) => (Level::Col, shape.to_vec()),
            _ => (Level::Tensor, Vec::new()),
        };
        let places = schedule.tiling.grids[slot].range(level, slot);
        Some((shape, Numbers::Level { level, cache: place, places }))
    }

    /// A cache as a value: of a tensor in `f64`, of weights, rows and columns in the model's type, as they are kept.
    fn part(&self, part: &Part) -> Value {
        match &part.numbers {
            Numbers::Weights { cache, range } => {
                let numbers = self.caches[*cache].as_slice()[range.clone()].to_vec();
                array(&part.shape, numbers)
            }
            Numbers::Level { level, cache, places } => {
                let Some(schedule) = &self.schedule else { return Value::Bytes(Vec::new()) };
                let numbers = places.clone().map(|at| schedule.levels.of(*level, at)[*cache]);
                match level {
                    Level::Tensor => array(&part.shape, numbers.collect::<Vec<f64>>()),
                    _ => array(&part.shape, numbers.map(RealOf::<M>::from_f64).collect()),
                }
            }
        }
    }

    /// Writes a cache that was checked.
    fn load_part(&mut self, part: &Part, record: &Record) -> Result<(), Error> {
        match &part.numbers {
            Numbers::Weights { cache, range } => {
                let found = record.tensor::<RealOf<M>>(&part.name)?;
                let numbers = &mut self.caches[*cache].as_mut_slice()[range.clone()];
                numbers.iter_mut().zip(found).for_each(|(number, &found)| *number = found);
            }
            Numbers::Level { level, cache, places } => {
                let found: Vec<f64> = match level {
                    Level::Tensor => record.tensor::<f64>(&part.name)?.iter().copied().collect(),
                    _ => record.tensor::<RealOf<M>>(&part.name)?.iter().map(|x| x.as_f64()).collect(),
                };
                if let Some(schedule) = &mut self.schedule {
                    for (at, found) in places.clone().zip(found) {
                        schedule.levels.of_mut(*level, at)[*cache] = found;
                    }
                }
            }
        }
        Ok(())
    }

    /// The rule that the record is of, under which this optimizer's caches exist.
    fn check_rule(&self, record: &Record) -> Result<R, Error> {
        let name = record.text("rule")?;
        if name != R::NAME {
            return Err(Error::data(format!("`rule` is `{name}`, not `{}`", R::NAME)));
        }
        let (found, expected) = (record.text("layout")?, layout::<R>());
        if found != expected {
            return Err(Error::data(format!("`{name}` has the caches `{expected}` here, and `{found}` in the record")));
        }
        let rule = rule_of::<R>(record, "hyper")?;
        rule.check_for::<RealOf<M>>()?;
        if let Some(schedule) = &self.schedule {
            schedule.check(&rule, &self.outline)?;
        }
        for (index, cache) in R::caches().iter().enumerate() {
            let exists = rule.exists::<RealOf<M>>(index, &Shape::of(&[1]));
            if self.schedule.is_none() && exists != (self.exist >> index & 1 == 1) {
                return Err(Error::cache(R::NAME, cache.name, exists));
            }
        }
        Ok(rule)
    }

    /// What `evaluate` sees of the last step.
    fn save_last(&self, record: &mut Record) {
        if !R::EVALUATES {
            return;
        }
        let mut put = |name: &'static str, number: &mut f64| record.put(&format!("last/{name}"), (*number).into());
        if let Some(mut step) = self.last {
            R::visit_step::<RealOf<M>>(&mut step, &mut put);
        }
        if let Some((rule, mut once)) = self.last_once.clone() {
            R::Tiled::visit_once(&mut once, &mut put);
            put_hypers(record, "last/hyper", &rule);
        }
    }
}

/// The record has the cache, in its number type and shape.
fn check_part<A: Real>(part: &Part, record: &Record) -> Result<(), Error> {
    let shape = match &part.numbers {
        Numbers::Level { level: Level::Tensor, .. } => record.tensor::<f64>(&part.name)?.shape(),
        _ => record.tensor::<A>(&part.name)?.shape(),
    };
    if shape == part.shape { Ok(()) } else { Err(Error::shape("the record", &part.name, shape, &part.shape)) }
}

/// What `evaluate` sees of the last step: the scalars of one, and those of a rule that is computed pass by pass.
type Last<R, A> = (Option<<R as Rule>::Step<A>>, Option<(R, <<R as Rule>::Tiled as Tiled<R>>::Once)>);

fn load_last<R: Rule, A: Real>(
    rule: &R,
    steps: u64,
    model: &R::Model,
    record: &Record,
    known: &mut BTreeSet<String>,
) -> Result<Last<R, A>, Error> {
    if !R::EVALUATES || steps == 0 {
        return Ok((None, None));
    }
    let mut wrong = None;
    let mut read = |name: &'static str, number: &mut f64| {
        let name = format!("last/{name}");
        match record.number(&name) {
            Ok(found) => *number = found,
            Err(error) => wrong = Some(error),
        }
        known.insert(name);
    };
    // Any step's will do, to be filled with what was saved.
    let mut model = *model;
    let last = if R::Tiled::TILED {
        let mut once = R::Tiled::once::<A>(rule, steps as f64, &mut model);
        R::Tiled::visit_once(&mut once, &mut read);
        for hyper in R::hyper() {
            known.insert(format!("last/hyper/{}", hyper.name));
        }
        let rule = rule_of::<R>(record, "last/hyper")?;
        rule.check_for::<A>()?;
        (None, Some((rule, once)))
    } else {
        let mut step = rule.scalars::<A>(steps as f64, &mut model);
        R::visit_step::<A>(&mut step, &mut read);
        (Some(step), None)
    };
    wrong.map_or(Ok(last), Err)
}

/// `m, r[row], v_max if amsgrad`: what the rule keeps.
fn layout<R: Rule>() -> String {
    let caches = R::caches().iter().map(|cache| {
        let scope = match cache.scope {
            CacheScope::Weight => "",
            CacheScope::Row => "[row]",
            CacheScope::Col => "[col]",
            CacheScope::Tensor => "[tensor]",
            CacheScope::Model => "[model]",
        };
        let condition = cache.condition.map_or(String::new(), |condition| format!(" if {condition}"));
        format!("{}{scope}{condition}", cache.name)
    });
    caches.collect::<Vec<_>>().join(", ")
}

fn put_hypers<R: Rule>(record: &mut Record, part: &str, rule: &R) {
    for (index, hyper) in R::hyper().iter().enumerate() {
        let value = rule.value(index);
        let value = match hyper.kind {
            HyperKind::Number => Value::Number(value),
            HyperKind::Count | HyperKind::Flag => Value::Count(crate::private::to_count(value)),
        };
        record.put(&format!("{part}/{}", hyper.name), value);
    }
}

/// The rule of saved hyper-parameters, each of which is in its range.
fn rule_of<R: Rule>(record: &Record, part: &str) -> Result<R, Error> {
    let mut rule = R::default();
    for hyper in R::hyper() {
        let name = format!("{part}/{}", hyper.name);
        let value = match hyper.kind {
            HyperKind::Number => record.number(&name)?,
            HyperKind::Count | HyperKind::Flag => record.count(&name)? as f64,
        };
        rule.set(hyper.name, value)?;
    }
    Ok(rule)
}

fn array<A: Real>(shape: &[usize], numbers: Vec<A>) -> Value {
    // There are as many as the shape says.
    tensor(ArrayD::from_shape_vec(shape, numbers).unwrap_or_else(|_| ArrayD::zeros(shape)))
}
