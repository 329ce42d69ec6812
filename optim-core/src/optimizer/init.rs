//! An optimizer as it starts: slots, memory, caches.

use super::Optimizer;
use super::caches::{caches_of, of_scope};
use super::constrain::Constraints;
use super::declared::Declared;
use super::groups::Groups;
use super::names::Names;
use super::parameters::{Lists, Parameters, Precisions, Saved, Selection, end, next_version};
use super::schedule::Schedule;
use crate::error::Error;
use crate::kernel::{Execution, MAX_CACHES, SCALED_BLOCK, Slot, Store, Tensor};
use crate::optimizable::{Optimizable, RealOf};
use crate::outline::{Outline, Place};
use crate::path::Role;
use crate::precision::Precision;
use crate::real::Real;
use crate::rule::{CacheArray, CacheScope, Rule};
use crate::selection::nothing_selected;
use crate::state::Arena;
use crate::tiled::Shape;

impl<R: Rule, M: Optimizable> Optimizer<R, M> {
    /// For all parameters, or those that are selected: where `selection` is, it has to select one.
    pub(crate) fn new(
        rule: R,
        model: &M,
        selection: Option<Selection<'_>>,
        precision: Precisions,
    ) -> Result<Self, Error> {
        let mut parameters = Parameters::<RealOf<M>>::new(&rule, Outline::of(model), selection, precision)?;
        parameters.start(&rule, model)?;
        let mut model = R::Model::filled(0.0);
        for (k, (index, _)) in caches_of::<R>(CacheScope::Model).enumerate() {
            model.set(k, rule.start_number::<RealOf<M>>(index));
        }
        let mut groups = Groups::new(rule, model);
        parameters.names.iter().for_each(|_| groups.push());
        Ok(Optimizer { groups, parameters, steps: 0, gradient: None, gradient_is_zero: false })
    }
}

impl<A: Real> Parameters<A> {
    fn new(
        rule: &dyn Declared<A>,
        outline: Outline,
        selection: Option<Selection<'_>>,
        precision: Precisions,
    ) -> Result<Self, Error> {
        rule.check()?;
        let (declared, plan) = (rule.caches(), &rule.kernels().plan);
        if of_scope(declared, CacheScope::Weight).count() + plan.scratch != plan.caches {
            return Err(Error::other(format!("`{}` was not declared by `define_optimizer!`", plan.name)));
        }
        let selects = |place: &Place| selection.is_none_or(|selects| selects(&place.parameter(place.group)));
        let mut slots = slots(&outline, Role::Parameter, 0, &selects);
        if selection.is_some() && slots.is_empty() {
            return Err(nothing_selected("`init_where`", &outline, Role::Parameter));
        }
        let mut names = Names::default();
        for slot in &mut slots {
            let place = &outline.places[slot.tensor];
            slot.group = place.group.map_or(0, |name| names.find_or_push(name));
            rule.check_shape(place)?;
        }
        let weights = end(&slots);
        let frozen = self::slots(&outline, Role::Frozen, weights, &selects);
        let exist = rule.existing(&Shape::of(&[1]));
        let kept = kept(rule, precision.caches);
        let (schedule, caches) = if rule.is_tiled() {
            let (schedule, caches) = Schedule::new(rule, &outline, &slots, &kept);
            (Some(schedule), caches)
        } else {
            let scales = weights / SCALED_BLOCK + slots.len();
            let store = |((index, _), &kept): ((usize, _), &Precision)| {
                Store::zeros(kept, if exist >> index & 1 == 1 { weights } else { 0 }, scales)
            };
            (None, of_scope(declared, CacheScope::Weight).zip(&kept).map(store).collect())
        };
        Ok(Parameters {
            declared,
            outline,
            slots,
            masks: Vec::new(),
            constraints: Constraints::new(),
            frozen,
            names,
            caches,
            precision,
            rounding: precision.rounding(0),
            exist,
            schedule,
            saved: Saved(Arena::empty()),
            pieces: Vec::new(),
            lists: Lists::new(),
            execution: Execution::default(),
            version: next_version(),
        })
    }

    /// Caches as they start at the weights of a model.
    fn start<M: Optimizable>(&mut self, rule: &dyn Declared<A>, model: &M) -> Result<(), Error>
    where
        M::Scalar: crate::real::Scalar<Real = A>,
    {
        // Whether there is anything to write does not depend on the weight.
        if !rule.start(A::zero(), &mut [A::zero(); MAX_CACHES][..self.caches.len()]) {
            return Ok(());
        }
        let mut tensors = Vec::new();
        self.outline.check(model, "the model", &mut tensors)?;
        self.start_caches(rule, &tensors);
        Ok(())
    }

    /// Caches that do not start at zero, from the weights in logical order.
    fn start_caches(&mut self, rule: &dyn Declared<A>, tensors: &[Tensor<'_, A>]) {
        let count = self.caches.len();
        let mut start = [A::zero(); MAX_CACHES];
        for index in 0..self.slots.len() {
            let (cuts, len) = (self.cuts(index), self.slots[index].len);
            for k in 0..count {
                let Some(place) = self.cache_place(index, k) else { continue };
                let weights = tensors[self.slots[index].tensor].view();
                let starts = weights.iter().map(|&w| {
                    rule.start(w, &mut start[..count]);
                    start[k]
                });
                let starts: Vec<A> = starts.collect();
                self.caches[k].write(place..place + len, &cuts, &starts);
            }
        }
    }
}

/// What each cache of weights is kept in: exactly, where it starts at the weights. Rounding it would be an error of the
/// weights themselves.
fn kept<A: Real>(rule: &dyn Declared<A>, caches: Precision) -> Vec<Precision> {
    let count = of_scope(rule.caches(), CacheScope::Weight).count();
    let [mut at_one, mut at_two] = [[A::zero(); MAX_CACHES]; 2];
    let starts = rule.start(A::one(), &mut at_one[..count]) && rule.start(A::from_f64(2.0), &mut at_two[..count]);
    let follows = |k: usize| starts && at_one[k] != at_two[k];
    (0..count).map(|k| if follows(k) { Precision::Exact } else { caches }).collect()
}

/// Bytes of caches that a weight of a model in `f32` has, kept in this precision.
pub(crate) fn bytes_per_weight<R: Rule>(rule: &R, caches: Precision) -> f64 {
    let shape = Shape::of(&[1, 1]);
    let kept = kept::<f32>(rule, caches).into_iter();
    let exist =
        kept.zip(caches_of::<R>(CacheScope::Weight)).filter(|(_, (index, _))| rule.exists::<f32>(*index, &shape));
    exist.map(|(kept, _)| kept.bytes()).sum()
}

/// The selected tensors of one role, with their places in an arena from `offset` on.
pub(crate) fn slots(outline: &Outline, role: Role, mut offset: usize, selects: &dyn Fn(&Place) -> bool) -> Vec<Slot> {
    let mut slots = Vec::new();
    for (tensor, place) in outline.places.iter().enumerate() {
        if place.role == role && selects(place) {
            slots.push(Slot { tensor, offset, len: place.len, group: 0, frozen: false });
            offset += place.len;
        }
    }
    slots
}
