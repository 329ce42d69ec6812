//! Caches, read by their names, and where they stand.

use std::ops::Range;

use ndarray::ArrayD;

use super::Optimizer;
use super::parameters::Parameters;
use crate::error::Error;
use crate::kernel::Cuts;
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
        let index = R::declared_caches().iter().position(|cache| cache.name == name)?;
        if R::declared_caches()[index].scope != CacheScope::Model {
            return self.parameters.cache(index, path);
        }
        let exists = path.is_empty() && self.parameters.exist >> index & 1 == 1;
        let number = self.model_number(index, 0)?;
        exists.then(|| ArrayD::from_elem(&[][..], Real::from_f64(number)))
    }

    /// A cache of rows, columns or a tensor, by its place among all caches, as it is kept.
    pub(crate) fn numbers(&self, index: usize, path: &str) -> Option<impl Iterator<Item = f64>> {
        self.parameters.numbers(index, self.parameters.slot(path)?)
    }

    /// Whether it moves the parameter at this path: not a frozen field, a buffer, or what another optimizer has.
    pub fn owns(&self, path: &str) -> bool {
        self.parameters.slot(path).is_some()
    }

    /// A cache that is one number for the whole model, by its place among all caches, as it is kept for a group.
    pub(crate) fn model_number(&self, index: usize, group: usize) -> Option<f64> {
        let place = caches_of::<R>(CacheScope::Model).position(|(other, _)| other == index)?;
        self.groups.models[group].as_ref().get(place).copied()
    }

    /// Whether `model` has the structure and shapes of the one given to `init`.
    pub(crate) fn check_model(&self, model: &M) -> Result<(), Error> {
        self.parameters.outline.check(model, "the model", &mut Vec::new())
    }
}

impl<A: Real> Parameters<A> {
    /// A copy of a cache that is not of the model, by its place among all.
    fn cache(&self, index: usize, path: &str) -> Option<ArrayD<A>> {
        let (slot, scope) = (self.slot(path)?, self.declared[index].scope);
        let shape = cache_shape(scope, &self.place(slot).shape);
        if scope == CacheScope::Weight {
            let cache = self.nth(index)?;
            let first = self.cache_place(slot, cache)?;
            let range = first..first + self.slots[slot].len;
            let numbers = self.caches.get(cache)?.read(range, &self.cuts(slot));
            return ArrayD::from_shape_vec(shape, numbers).ok();
        }
        let numbers = self.numbers(index, slot)?.map(Real::from_f64).collect();
        ArrayD::from_shape_vec(shape, numbers).ok()
    }

    /// A cache of rows, columns or a tensor, by its place among all caches, as it is kept.
    fn numbers(&self, index: usize, slot: usize) -> Option<impl Iterator<Item = f64> + use<'_, A>> {
        let (level, places) = self.level_places(index, slot)?;
        let (schedule, place) = (self.schedule.as_ref()?, self.nth(index)?);
        Some(places.map(move |at| schedule.levels.of(level, at)[place]))
    }

    /// Where the numbers of a cache of rows, columns or a tensor stand that a parameter has.
    pub(super) fn level_places(&self, index: usize, slot: usize) -> Option<(Level, Range<usize>)> {
        let level = match self.declared.get(index)?.scope {
            CacheScope::Row => Level::Row,
            CacheScope::Col => Level::Col,
            CacheScope::Tensor => Level::Tensor,
            CacheScope::Weight | CacheScope::Model => return None,
        };
        let schedule = self.schedule.as_ref().filter(|schedule| schedule.has(slot, index))?;
        Some((level, schedule.tiling.grids[slot].range(level, slot)))
    }

    /// The place of a cache, of all, among those of its scope.
    pub(super) fn nth(&self, index: usize) -> Option<usize> {
        of_scope(self.declared, self.declared.get(index)?.scope).position(|(other, _)| other == index)
    }

    /// How a tensor (by its slot) is cut where its caches are not kept exactly.
    pub(super) fn cuts(&self, slot: usize) -> Cuts {
        match &self.schedule {
            Some(schedule) => Cuts::of_grid(&schedule.tiling.grids[slot]),
            None => Cuts::of_slot(&self.slots[slot], slot),
        }
    }

    /// Where the numbers of a tensor (by its slot) stand in the arena of a cache; `None` where it has none.
    pub(super) fn cache_place(&self, slot: usize, cache: usize) -> Option<usize> {
        if let Some(schedule) = &self.schedule {
            return schedule.place(slot, cache, self.caches.len());
        }
        let (index, _) = of_scope(self.declared, CacheScope::Weight).nth(cache)?;
        (self.exist >> index & 1 == 1).then_some(self.slots[slot].offset)
    }
}

/// The shape of a cache, as it is shown, of a parameter of this shape.
pub(super) fn cache_shape(scope: CacheScope, shape: &[usize]) -> Vec<usize> {
    match (scope, shape) {
        (CacheScope::Row, [rows @ .., _]) => rows.to_vec(),
        (CacheScope::Col, [batch @ .., _, cols]) => [batch, &[*cols]].concat(),
        (CacheScope::Weight | CacheScope::Col, shape) => shape.to_vec(),
        _ => Vec::new(),
    }
}

/// The caches of a scope, with their places among all.
pub(super) fn caches_of<R: Rule>(scope: CacheScope) -> impl Iterator<Item = (usize, &'static Cache)> {
    of_scope(R::declared_caches(), scope)
}

/// Those of these caches that are of a scope, with their places among all.
pub(super) fn of_scope(caches: &[Cache], scope: CacheScope) -> impl Iterator<Item = (usize, &Cache)> {
    caches.iter().enumerate().filter(move |(_, cache)| cache.scope == scope)
}
