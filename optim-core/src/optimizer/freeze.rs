//! Freezing and unfreezing parameters between steps.

use super::Optimizer;
use super::parameters::{Parameters, Selection};
use crate::error::{Error, place};
use crate::optimizable::Optimizable;
use crate::path::Role;
use crate::real::Real;
use crate::rule::Rule;
use crate::selection::{Parameter, nothing_selected};

impl<R: Rule, M: Optimizable> Optimizer<R, M> {
    /// Freezes the selected parameters, until [`unfreeze`](Self::unfreeze): they do not move, not for a look-ahead or an
    /// evaluation either, their caches stay as they are, and they take no part in what a rule reduces over the model.
    /// How many are selected is returned; those that are frozen already, by attribute too, count.
    ///
    /// ```
    /// use optim_core::prelude::*;
    ///
    /// let (mut model, gradient) = ((1.0_f64, 1.0), (1.0, 1.0));
    /// let mut opt = Sgd::default().with_lr(0.25).init(&model)?;
    /// opt.freeze(|p| p.path == "0")?;
    /// opt.step(&mut model, &gradient)?;
    /// assert_eq!(model, (1.0, 0.75));
    /// opt.unfreeze(paths("**"))?;
    /// opt.step(&mut model, &gradient)?;
    /// assert_eq!(model, (0.75, 0.5));
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// When nothing is selected; nothing has changed then.
    pub fn freeze(&mut self, selection: impl Fn(&Parameter<'_>) -> bool) -> Result<usize, Error> {
        self.parameters.freeze(&selection)
    }

    /// Lets the selected parameters move again, with the caches that they had. How many are selected is returned; those
    /// that are frozen by attribute do not count, and stay frozen.
    ///
    /// # Errors
    /// When nothing is selected, or only parameters that are frozen by attribute: these have no caches. Nothing has
    /// changed then.
    pub fn unfreeze(&mut self, selection: impl Fn(&Parameter<'_>) -> bool) -> Result<usize, Error> {
        self.parameters.unfreeze(&selection)
    }

    /// Whether a parameter is frozen, by [`freeze`](Self::freeze) or by attribute. Where there is no such parameter,
    /// nothing is.
    pub fn is_frozen(&self, path: &str) -> bool {
        let Parameters { slots, .. } = &self.parameters;
        let frozen = self.parameters.slot(path).is_some_and(|slot| slots[slot].frozen);
        frozen || self.parameters.is_frozen_for_good(path)
    }

    /// Whether a parameter is one of those that a step moves.
    pub(crate) fn moves(&self, path: &str) -> bool {
        let Parameters { slots, .. } = &self.parameters;
        self.parameters.slot(path).is_some_and(|slot| !slots[slot].frozen)
    }
}

impl<A: Real> Parameters<A> {
    fn freeze(&mut self, selection: Selection<'_>) -> Result<usize, Error> {
        let (selected, for_good) = (self.select(selection), self.select_frozen(selection).count());
        if selected.is_empty() && for_good == 0 {
            return Err(nothing_selected("`freeze`", &self.outline, Role::Frozen));
        }
        for &slot in &selected {
            self.slots[slot].frozen = true;
        }
        self.moving_changed();
        Ok(selected.len() + for_good)
    }

    fn unfreeze(&mut self, selection: Selection<'_>) -> Result<usize, Error> {
        let selected = self.select(selection);
        if selected.is_empty() {
            return Err(match self.select_frozen(selection).next() {
                Some(path) => frozen_for_good(path),
                None => nothing_selected("`unfreeze`", &self.outline, Role::Frozen),
            });
        }
        for &slot in &selected {
            self.slots[slot].frozen = false;
        }
        self.moving_changed();
        Ok(selected.len())
    }

    pub(super) fn is_frozen_for_good(&self, path: &str) -> bool {
        self.select_frozen(&|parameter: &Parameter<'_>| parameter.path == path).next().is_some()
    }

    /// The paths of those that are frozen by attribute and selected.
    fn select_frozen(&self, selection: Selection<'_>) -> impl Iterator<Item = &str> {
        let places = self.frozen.iter().map(|slot| &self.outline.places[slot.tensor]);
        places.filter(move |place| selection(&place.parameter(place.group))).map(|place| place.path.as_str())
    }
}

/// The error for a parameter that is frozen by attribute.
pub(super) fn frozen_for_good(path: &str) -> Error {
    let whose = place(path);
    Error::other(format!(
        "{whose} is frozen by `#[optim(freeze)]` and has no caches: use `freeze` of the optimizer instead"
    ))
}
