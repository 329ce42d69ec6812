//! An optimizer's state as a [`Record`].
//!
//! `rule`, `layout` and `steps`; `cache/m/hidden.weight` in the shape that [`Optimizer::cache`] has, decoded; `precision/…`
//! where something is rounded; what groups have, see `persist_groups.rs`.

use std::collections::BTreeSet;
use std::ops::Range;

use super::Optimizer;
use super::caches::cache_shape;
use super::parameters::{Parameters, Precisions};
use crate::composition::{composition, is_of_another};
use crate::error::Error;
use crate::kernel::Cuts;
use crate::optimizable::Optimizable;
use crate::outline::Place;
use crate::precision::Precision;
use crate::real::Real;
use crate::record::{Persist, Record, Value, array};
use crate::rule::{Cache, CacheScope, Rule};
use crate::tiled::Level;

/// A cache of one parameter: its name in a record, its shape, and where its numbers are.
struct Part {
    name: String,
    shape: Vec<usize>,
    numbers: Numbers,
}

enum Numbers {
    /// In an arena.
    Weights { cache: usize, range: Range<usize>, cuts: Cuts },
    /// Among the numbers of a level.
    Level { level: Level, cache: usize, places: Range<usize> },
}

impl<R: Rule, M: Optimizable> Persist for Optimizer<R, M> {
    fn save(&self) -> Record {
        let mut record = self.parameters.save(R::NAME, self.steps);
        self.save_parts(&mut record);
        record
    }

    /// The rule has to be the same, and every cache has to be there for every parameter that has one, and no others.
    /// Hyper-parameters, groups, and what is frozen or masked become those of the record, and so does the seed of what is
    /// rounded; constraints stay as they are, and what caches are kept in: the record's numbers are rounded to it.
    /// Nothing has changed after an error.
    fn load(&mut self, record: &Record) -> Result<(), Error> {
        check_rule(R::NAME, R::declared_caches(), record)?;
        let mut known: BTreeSet<String> = ["rule", "layout", "steps"].map(str::to_owned).into();
        let parts = self.parameters.parts();
        let steps = record.count("steps")?;
        let precision = self.parameters.precision.load(record, &mut known)?;
        let loaded = self.load_parts(record, steps, &mut known)?;
        self.parameters.load(R::NAME, &parts, record, known)?;
        self.steps = steps;
        self.parameters.precision = precision;
        self.take_parts(loaded);
        Ok(())
    }
}

impl<A: Real> Parameters<A> {
    /// A record of a rule of this name, without what groups have.
    fn save(&self, rule: &str, steps: u64) -> Record {
        let mut record = Record::new();
        record.put("rule", rule.into());
        record.put("layout", layout(self.declared).into());
        record.put("steps", steps.into());
        self.precision.save(&mut record);
        for part in self.parts() {
            record.put(&part.name, self.part(&part));
        }
        record
    }

    /// Takes all caches from a record, in which nothing is but these and what is known.
    fn load(&mut self, rule: &str, parts: &[Part], record: &Record, mut known: BTreeSet<String>) -> Result<(), Error> {
        for part in parts {
            check_part::<A>(part, record)?;
            known.insert(part.name.clone());
        }
        if let Some((name, _)) = record.iter().find(|(name, _)| !known.contains(*name)) {
            return Err(Error::data(format!("`{name}` is not of this optimizer (`{rule}`)")));
        }
        parts.iter().try_for_each(|part| self.load_part(part, record))
    }

    /// All caches of parameters.
    fn parts(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        for (index, cache) in self.declared.iter().enumerate().filter(|(_, cache)| cache.scope != CacheScope::Model) {
            let Some(place) = self.nth(index) else { continue };
            for slot in 0..self.slots.len() {
                let Place { path, shape, len, .. } = self.place(slot);
                let numbers = if cache.scope == CacheScope::Weight {
                    let first = self.cache_place(slot, place);
                    let cuts = self.cuts(slot);
                    first.map(|first| Numbers::Weights { cache: place, range: first..first + len, cuts })
                } else {
                    let places = self.level_places(index, slot);
                    places.map(|(level, places)| Numbers::Level { level, cache: place, places })
                };
                if let Some(numbers) = numbers {
                    let (name, shape) = (format!("cache/{}/{path}", cache.name), cache_shape(cache.scope, shape));
                    parts.push(Part { name, shape, numbers });
                }
            }
        }
        parts
    }

    /// A cache as a value: of a tensor in `f64`, of weights, rows and columns in the model's type, as they are kept.
    fn part(&self, part: &Part) -> Value {
        match &part.numbers {
            Numbers::Weights { cache, range, cuts } => {
                array(&part.shape, self.caches[*cache].read(range.clone(), cuts))
            }
            Numbers::Level { level, cache, places } => {
                let Some(schedule) = &self.schedule else { return Value::Bytes(Vec::new()) };
                let numbers = places.clone().map(|at| schedule.levels.of(*level, at)[*cache]);
                match level {
                    Level::Tensor => array(&part.shape, numbers.collect::<Vec<f64>>()),
                    _ => array(&part.shape, numbers.map(A::from_f64).collect()),
                }
            }
        }
    }

    /// Writes a cache that was checked.
    fn load_part(&mut self, part: &Part, record: &Record) -> Result<(), Error> {
        match &part.numbers {
            Numbers::Weights { cache, range, cuts } => {
                let found = record.tensor::<A>(&part.name)?.iter().copied().collect::<Vec<A>>();
                self.caches[*cache].write(range.clone(), cuts, &found);
            }
            Numbers::Level { level, cache, places } => {
                let found: Vec<f64> = match level {
                    Level::Tensor => record.tensor::<f64>(&part.name)?.iter().copied().collect(),
                    _ => record.tensor::<A>(&part.name)?.iter().map(|x| x.as_f64()).collect(),
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
}

impl Precisions {
    /// Says what numbers are kept in, where it is not the model's type.
    fn save(&self, record: &mut Record) {
        if (self.caches, self.weights) != (Precision::Exact, Precision::Exact) {
            record.put("precision/caches", self.caches.name().into());
            record.put("precision/weights", self.weights.name().into());
            record.put("precision/seed", self.seed.into());
        }
    }

    /// The same with the seed of a record, if that has one.
    fn load(mut self, record: &Record, known: &mut BTreeSet<String>) -> Result<Self, Error> {
        if record.get("precision/seed").is_ok() {
            for name in ["precision/caches", "precision/weights"] {
                let text = record.text(name)?;
                if ![Precision::Exact, Precision::Bf16, Precision::Block8].iter().any(|known| known.name() == text) {
                    return Err(Error::data(format!("`{name}` is `{text}`, which is none that is known here")));
                }
                known.insert(name.to_owned());
            }
            self.seed = record.count("precision/seed")?;
            known.insert("precision/seed".to_owned());
        }
        Ok(self)
    }
}

/// The record is of this rule, with these caches.
fn check_rule(rule: &str, caches: &[Cache], record: &Record) -> Result<(), Error> {
    if record.get("rule").is_err() && composition(record) != "?" {
        return Err(is_of_another(record, rule));
    }
    let name = record.text("rule")?;
    if name != rule {
        return Err(Error::data(format!("`rule` is `{name}`, not `{rule}`")));
    }
    let (found, expected) = (record.text("layout")?, layout(caches));
    if found != expected {
        return Err(Error::data(format!("`{name}` has the caches `{expected}` here, and `{found}` in the record")));
    }
    Ok(())
}

/// The record has the cache, in its number type and shape.
fn check_part<A: Real>(part: &Part, record: &Record) -> Result<(), Error> {
    let shape = match &part.numbers {
        Numbers::Level { level: Level::Tensor, .. } => record.tensor::<f64>(&part.name)?.shape(),
        _ => record.tensor::<A>(&part.name)?.shape(),
    };
    if shape == part.shape { Ok(()) } else { Err(Error::shape("the record", &part.name, shape, &part.shape)) }
}

/// `m, r[row], v_max if amsgrad`: what the rule keeps.
fn layout(caches: &[Cache]) -> String {
    let caches = caches.iter().map(|cache| {
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
