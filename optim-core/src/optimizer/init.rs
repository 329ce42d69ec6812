//! An optimizer as it starts: slots, memory, caches.

use super::Optimizer;
use super::caches::caches_of;
use super::constrain::Constraints;
use super::groups::Groups;
use super::names::Names;
use super::parameters::{Lists, Parameters, Saved, end, next_version};
use super::schedule::{Schedule, existing};
use crate::error::Error;
use crate::kernel::{Execution, Slot};
use crate::optimizable::{Optimizable, RealOf};
use crate::outline::{Outline, Place};
use crate::path::Role;
use crate::real::Real;
use crate::rule::{CacheArray, CacheScope, Rule};
use crate::selection::{Parameter, nothing_selected};
use crate::state::Arena;
use crate::tiled::{Shape, Tiled};

impl<R: Rule, M: Optimizable> Optimizer<R, M> {
    /// For all parameters, or those that are selected: where `selection` is, it has to select one.
    pub(crate) fn new(rule: R, model: &M, selection: Option<&dyn Fn(&Parameter<'_>) -> bool>) -> Result<Self, Error> {
        rule.check_for::<RealOf<M>>()?;
        let count = <R::Caches<RealOf<M>> as CacheArray<RealOf<M>>>::COUNT;
        if caches_of::<R>(CacheScope::Weight).count() + R::Tiled::SCRATCH != count {
            return Err(Error::other(format!("`{}` was not declared by `define_optimizer!`", R::NAME)));
        }
        let outline = Outline::of(model);
        let selects = |place: &Place| selection.is_none_or(|selects| selects(&place.parameter(place.group)));
        let start = start_model::<R, RealOf<M>>(&rule);
        let (mut groups, mut names) = (Groups::new(rule, start), Names::default());
        let mut slots = slots(&outline, Role::Parameter, 0, selects);
        if selection.is_some() && slots.is_empty() {
            return Err(nothing_selected("`init_where`", &outline, Role::Parameter));
        }
        for slot in &mut slots {
            slot.group = outline.places[slot.tensor].group.map_or(0, |name| {
                names.find(name).unwrap_or_else(|| {
                    names.push(name);
                    groups.push();
                    groups.count() - 1
                })
            });
        }
        let rule = groups.first();
        for slot in &slots {
            check_shape::<R, RealOf<M>>(rule, &outline.places[slot.tensor])?;
        }
        let weights = end(&slots);
        let frozen = self::slots(&outline, Role::Frozen, weights, selects);
        let (schedule, caches) = if R::Tiled::TILED {
            let (schedule, caches) = Schedule::new(rule, &outline, &slots);
            (Some(schedule), caches)
        } else {
            let shape = Shape::of(&[1]);
            let exists = |index| rule.exists::<RealOf<M>>(index, &shape);
            let arena = |index| if exists(index) { Arena::zeros(weights) } else { Arena::empty() };
            (None, caches_of::<R>(CacheScope::Weight).map(|(index, _)| arena(index)).collect())
        };
        let exist = existing::<R, RealOf<M>>(rule, &Shape::of(&[1]));
        let parameters = Parameters {
            declared: R::caches(),
            outline,
            slots,
            masks: Vec::new(),
            constraints: Constraints::new(),
            frozen,
            names,
            caches,
            exist,
            schedule,
            saved: Saved(Arena::empty()),
            lists: Lists { weights: Vec::new(), gradients: Vec::new() },
            execution: Execution::default(),
            version: next_version(),
        };
        let mut optimizer = Optimizer { groups, parameters, steps: 0, gradient: None };
        if !R::STARTS_AT_ZERO {
            optimizer.start_caches(model)?;
        }
        Ok(optimizer)
    }

    /// Caches that do not start at zero, from the weights in logical order.
    fn start_caches(&mut self, model: &M) -> Result<(), Error> {
        let mut tensors = Vec::new();
        let Optimizer { groups, parameters, .. } = self;
        parameters.outline.check(model, "the model", &mut tensors)?;
        let count = parameters.caches.len();
        for (index, slot) in parameters.slots.iter().enumerate() {
            let places: Vec<_> = (0..count).map(|k| parameters.cache_place(index, k)).collect();
            for (i, &w) in tensors[slot.tensor].view().iter().enumerate() {
                let start = groups.first().start(w);
                for (k, (cache, place)) in parameters.caches.iter_mut().zip(&places).enumerate() {
                    if let Some(place) = place {
                        cache.as_mut_slice()[place + i] = CacheArray::get(&start, k);
                    }
                }
            }
        }
        Ok(())
    }
}

/// What the rule requires of the shape of a tensor.
pub(super) fn check_shape<R: Rule, A: Real>(rule: &R, place: &Place) -> Result<(), Error> {
    let met = rule.require_shape::<A>(&Shape::of(&place.shape));
    met.map_err(|text| Error::require_shape(R::NAME, &place.path, &place.shape, text))
}

/// What the numbers of the whole model start at.
fn start_model<R: Rule, A: Real>(rule: &R) -> R::Model {
    let caches: Vec<usize> = caches_of::<R>(CacheScope::Model).map(|(index, _)| index).collect();
    CacheArray::from_fn(|k| rule.start_number::<A>(caches[k]))
}

/// The selected tensors of one role, with their places in an arena from `offset` on.
pub(crate) fn slots(outline: &Outline, role: Role, mut offset: usize, selects: impl Fn(&Place) -> bool) -> Vec<Slot> {
    let mut slots = Vec::new();
    for (tensor, place) in outline.places.iter().enumerate() {
        if place.role == role && selects(place) {
            slots.push(Slot { tensor, offset, len: place.len, group: 0, frozen: false });
            offset += place.len;
        }
    }
    slots
}
