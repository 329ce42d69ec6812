//! Constraints, and their place behind each step.

use super::Optimizer;
use super::beside::{Beside, Given};
use super::parameters::{Parameters, Part, Selection};
use crate::constraint::Constraint;
use crate::error::{Error, place};
use crate::kernel::{Mask, TensorMut};
use crate::optimizable::{Optimizable, RealOf};
use crate::real::Real;
use crate::rule::Rule;
use crate::selection::Parameter;
use crate::state::Arena;

/// The constraints of an optimizer, and memory for them.
#[derive(Clone)]
pub(super) struct Constraints<A: Real> {
    /// Which slot has which, in the order in which they were given.
    list: Vec<(usize, Constraint<A>)>,
    /// The numbers of a tensor that does not lie in order, and the same sorted.
    numbers: Arena<A>,
    sorted: Arena<A>,
}

impl<A: Real> Constraints<A> {
    pub(super) fn new() -> Self {
        Constraints { list: Vec::new(), numbers: Arena::empty(), sorted: Arena::empty() }
    }
}

impl<R: Rule, M: Optimizable> Optimizer<R, M> {
    /// Keeps the selected parameters to a constraint: it is applied to each of them after each step, from the next one on,
    /// and after the constraints that it has already. How many parameters there are is returned.
    ///
    /// The rule knows nothing of it: caches stay what the rule makes of them, and the points of a look-ahead and an
    /// evaluation are where the rule says. Frozen parameters are left alone, and so are elements that are masked.
    ///
    /// ```
    /// use optim_core::prelude::*;
    ///
    /// let (mut model, gradient) = ((1.0_f64, 1.0), (4.0, 4.0));
    /// let mut opt = Sgd::default().with_lr(0.5).init(&model)?;
    /// opt.constrain(paths("1"), Constraint::non_negative())?;
    /// opt.step(&mut model, &gradient)?;
    /// assert_eq!(model, (-1.0, 0.0));
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// When nothing is selected, a number of the constraint is out of its range, or a selected parameter has a mask and
    /// the constraint looks at more than one element; nothing has changed then.
    pub fn constrain(
        &mut self,
        selection: impl Fn(&Parameter<'_>) -> bool,
        constraint: Constraint<RealOf<M>>,
    ) -> Result<usize, Error> {
        self.parameters.constrain(&selection, &constraint)
    }

    /// Takes all constraints of the selected parameters away. How many parameters are selected is returned.
    ///
    /// # Errors
    /// When nothing is selected; nothing has changed then.
    pub fn unconstrain(&mut self, selection: impl Fn(&Parameter<'_>) -> bool) -> Result<usize, Error> {
        self.parameters.unconstrain(&selection)
    }

    /// Applies the constraints after a step.
    pub(crate) fn apply_constraints(&mut self, model: &mut M) -> Result<(), Error> {
        if self.parameters.constraints.list.is_empty() {
            return Ok(());
        }
        self.parameters.work(model, Given::Nothing, Part::Constraints, &mut Beside::default())
    }
}

impl<A: Real> Parameters<A> {
    pub(super) fn has_constraints(&self) -> bool {
        !self.constraints.list.is_empty()
    }

    fn unconstrain(&mut self, selection: Selection<'_>) -> Result<usize, Error> {
        let selected = self.select_some("`unconstrain`", selection)?;
        self.constraints.list.retain(|(slot, _)| !selected.contains(slot));
        self.make_room();
        Ok(selected.len())
    }

    fn constrain(&mut self, selection: Selection<'_>, constraint: &Constraint<A>) -> Result<usize, Error> {
        constraint.check()?;
        let selected = self.select_some("`constrain`", selection)?;
        let masked = |slot: &&usize| self.masks.get(**slot).is_some_and(Option::is_some);
        if let Some(&slot) = selected.iter().find(masked)
            && !constraint.is_elementwise()
        {
            return Err(self.constrained_and_masked(slot));
        }
        let count = selected.len();
        self.constraints.list.extend(selected.into_iter().map(|slot| (slot, constraint.clone())));
        self.make_room();
        Ok(count)
    }

    /// Whether a parameter has a constraint that looks at more than one element.
    pub(super) fn is_constrained_whole(&self, slot: usize) -> bool {
        self.constraints.list.iter().any(|(other, constraint)| *other == slot && !constraint.is_elementwise())
    }

    pub(super) fn constrained_and_masked(&self, slot: usize) -> Error {
        let whose = place(&self.place(slot).path);
        Error::other(format!("{whose} cannot have both a mask and a constraint that looks at more than one element"))
    }

    /// Makes the memory that constraints need, so that steps make none.
    fn make_room(&mut self) {
        let longest = |list: &[(usize, Constraint<A>)], sorts: bool| {
            let lengths = list.iter().filter(|(_, constraint)| !sorts || constraint.sorts());
            lengths.map(|(slot, _)| self.slots[*slot].len).max().unwrap_or(0)
        };
        let (all, sorted) = (longest(&self.constraints.list, false), longest(&self.constraints.list, true));
        self.constraints.numbers = Arena::zeros(all);
        self.constraints.sorted = Arena::zeros(sorted);
    }

    pub(super) fn apply_constraints(&mut self, weights: &mut [TensorMut<'_, A>]) {
        let Parameters { constraints: Constraints { list, numbers, sorted }, slots, masks, outline, .. } = self;
        for (index, constraint) in list {
            let slot = &slots[*index];
            if slot.frozen {
                continue;
            }
            let mask: Option<&Mask> = masks.get(*index).and_then(Option::as_ref);
            let sorted = if constraint.sorts() { &mut sorted.as_mut_slice()[..slot.len] } else { &mut [][..] };
            let memory = &mut numbers.as_mut_slice()[..slot.len];
            weights[slot.tensor].change(memory, |numbers| {
                let shape = &outline.places[slot.tensor].shape;
                constraint.apply(numbers, shape, sorted, |index| mask.is_none_or(|mask| mask.moves(index)));
            });
        }
    }
}
