//! Caches, read by their names, and where they stand.

use ndarray::ArrayD;

use super::Optimizer;
use crate::error::Error;
use crate::optimizable::{Optimizable, RealOf};
use crate::real::Real;
use crate::rule::{Cache, CacheScope, Rule};
use crate::tiled::Level;

impl<R: Rule, M: Optimizable> Optimizer<R, M> {
    /// A copy of a cache, in the parameter's shape: `opt.cache("m", "hidden.weight")`. One of rows has this shape without
    /// the last axis, one of columns without the last but one; one of a tensor has no axes, and neither has one of the
    /// whole model, whose path is `""` (of the parameters that are in no group). The last two are kept as `f64`, and rounded to the model's number type here.
    /// `None` where there is none: no such cache or path, a frozen parameter or buffer,
    /// or a cache that does not exist under these hyper-parameters or for this shape.
    pub fn cache(&self, name: &str, path: &str) -> Option<ArrayD<RealOf<M>>> {
        let (index, cache) = R::caches().iter().enumerate().find(|(_, cache)| cache.name == name)?;
        let place = caches_of::<R>(cache.scope).position(|(other, _)| other == index)?;
        if cache.scope == CacheScope::Model {
            let exists = path.is_empty() && self.exist >> index & 1 == 1;
            let number = *self.groups.models[0].as_ref().get(place)?;
            return exists.then(|| ArrayD::from_elem(&[][..], Real::from_f64(number)));
        }
        let slot = self.slot(path)?;
        let shape = &*self.outline.places[self.slots[slot].tensor].shape;
        let shape = match (cache.scope, shape) {
            (CacheScope::Weight, shape) => {
                let first = self.place(slot, place)?;
                let numbers = self.caches.get(place)?.as_slice().get(first..first + self.slots[slot].len)?;
                return ArrayD::from_shape_vec(shape, numbers.to_vec()).ok();
            }
            (CacheScope::Row, [rows @ .., _]) => rows.to_vec(),
            (CacheScope::Col, [batch @ .., _, cols]) => [batch, &[*cols]].concat(),
            (CacheScope::Col, shape) => shape.to_vec(),
            _ => Vec::new(),
        };
        let numbers = self.numbers(index, path)?.map(Real::from_f64).collect();
        ArrayD::from_shape_vec(shape, numbers).ok()
    }

    /// A cache of rows, columns or a tensor, by its place among all caches, as it is kept.
    pub(crate) fn numbers(&self, index: usize, path: &str) -> Option<impl Iterator<Item = f64>> {
        let scope = R::caches().get(index)?.scope;
        let level = match scope {
            CacheScope::Row => Level::Row,
            CacheScope::Col => Level::Col,
            CacheScope::Tensor => Level::Tensor,
            CacheScope::Weight | CacheScope::Model => return None,
        };
        let (slot, place) = (self.slot(path)?, caches_of::<R>(scope).position(|(other, _)| other == index)?);
        let schedule = self.schedule.as_ref().filter(|schedule| schedule.has(slot, index))?;
        let places = schedule.tiling.grids[slot].range(level, slot);
        Some(places.map(move |at| schedule.levels.of(level, at)[place]))
    }

    /// Whether it moves the parameter at this path: not a frozen field, a buffer, or what another optimizer has.
    pub fn owns(&self, path: &str) -> bool {
        self.slot(path).is_some()
    }

    /// The slot of a parameter that is updated.
    pub(super) fn slot(&self, path: &str) -> Option<usize> {
        self.slots.iter().position(|slot| self.outline.places[slot.tensor].path == path)
    }

    /// Where the numbers of a tensor (by its slot) stand in the arena of a cache; `None` where it has none.
    pub(super) fn place(&self, slot: usize, cache: usize) -> Option<usize> {
        if let Some(schedule) = &self.schedule {
            return schedule.place(slot, cache, self.caches.len());
        }
        let (index, _) = caches_of::<R>(CacheScope::Weight).nth(cache)?;
        (self.exist >> index & 1 == 1).then_some(self.slots[slot].offset)
    }

    /// A cache that is one number for the whole model, by its place among all caches, as it is kept for a group.
    pub(crate) fn model_number(&self, index: usize, group: usize) -> Option<f64> {
        let place = caches_of::<R>(CacheScope::Model).position(|(other, _)| other == index)?;
        self.groups.models[group].as_ref().get(place).copied()
    }

    /// Whether `model` has the structure and shapes of the one given to `init`.
    pub(crate) fn check_model(&self, model: &M) -> Result<(), Error> {
        self.outline.check(model, "the model", &mut Vec::new())
    }
}

/// The caches of a scope, with their places among all.
pub(super) fn caches_of<R: Rule>(scope: CacheScope) -> impl Iterator<Item = (usize, &'static Cache)> {
    R::caches().iter().enumerate().filter(move |(_, cache)| cache.scope == scope)
}
