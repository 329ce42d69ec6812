//! Named groups of parameters: which parameters they have, and with which hyper-parameters.

use super::Optimizer;
use super::parameters::Parameters;
use crate::error::Error;
use crate::optimizable::Optimizable;
use crate::rule::Rule;
use crate::selection::Parameter;

/// # Groups
/// A group is some of the parameters under a name. Its rule has values of its own for some hyper-parameters, and follows
/// the optimizer's own rule in the others. A parameter belongs to the group of the last
/// [`define_group`](Self::define_group) that selected it; to that of the innermost `#[optim(group = "…")]` around it if
/// none did; to no group, and so to the optimizer's own rule, if there is none.
///
/// The scalars of `step` and the `[model]` caches that it assigns exist once for each group; what a rule reduces over the
/// model, it reduces over all groups together. `[model]` caches that `update` assigns are one number for all groups,
/// computed with the optimizer's own hyper-parameters; so are the numbers around a reduction over the model.
impl<R: Rule, M: Optimizable> Optimizer<R, M> {
    /// Changes the hyper-parameters of a group. What `change` leaves as it is goes on following the optimizer's own rule.
    ///
    /// ```
    /// use optim_core::ndarray::{Array1, Array2};
    /// use optim_core::prelude::*;
    ///
    /// #[derive(Optimizable)]
    /// struct Affine {
    ///     weight: Array2<f32>,
    ///     #[optim(group = "no_decay")]
    ///     bias: Array1<f32>,
    /// }
    ///
    /// let mut model = Affine { weight: Array2::ones((2, 2)), bias: Array1::ones(2) };
    /// let gradient = model.zeros_like();
    /// let mut opt = AdamW::default().with_weight_decay(0.5).init(&model)?;
    /// opt.group("no_decay", |r| r.weight_decay = 0.0)?;
    /// opt.rule_mut().lr = 0.1; // For both.
    /// opt.step(&mut model, &gradient)?;
    /// assert_eq!((model.weight[[0, 0]], model.bias[0]), (0.95, 1.0));
    /// # use optim_core::ndarray;
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    ///
    /// A value that is that of the optimizer's own rule goes on following it: what is to stay is set by
    /// [`set_in`](Self::set_in).
    ///
    /// # Errors
    /// When no parameter is in a group of this name (the error lists the names), a hyper-parameter would be out of its
    /// range, a requirement would not be met, or a cache would appear or vanish; nothing has changed then.
    pub fn group(&mut self, name: &str, change: impl FnOnce(&mut R)) -> Result<(), Error> {
        let group = self.parameters.find_group(name)?;
        let before = self.groups.rule(group);
        let mut rule = before.clone();
        change(&mut rule);
        self.parameters.check_rule(&rule, &mut self.parameters.members(group))?;
        self.groups.take(group, rule, &before);
        Ok(())
    }

    /// Moves the selected parameters to a group, which is made if there is none of this name, with the hyper-parameters
    /// of the optimizer's own rule. How many there are is returned. Their caches stay as they are.
    ///
    /// ```
    /// use optim_core::ndarray::{Array1, Array2};
    /// use optim_core::prelude::*;
    ///
    /// let model = vec![(Array2::<f32>::zeros((3, 2)), Array1::<f32>::zeros(2)); 4];
    /// let mut opt = AdamW::default().init(&model)?;
    /// opt.define_group("first", paths("0.**"))?;
    /// opt.define_group("no_decay", |p| p.shape.len() < 2)?;
    /// opt.group("no_decay", |r| r.weight_decay = 0.0)?;
    /// assert_eq!((opt.group_of("0.0"), opt.group_of("0.1"), opt.group_of("1.0")), (Some("first"), Some("no_decay"), None));
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// When nothing is selected, or the group's hyper-parameters would make a cache of a selected parameter appear or
    /// vanish, or do not fit its shape; nothing has changed then.
    pub fn define_group(&mut self, name: &str, selection: impl Fn(&Parameter<'_>) -> bool) -> Result<usize, Error> {
        let selected = self.parameters.select_some(&format!("the group `{name}`"), &selection)?;
        let known = self.parameters.names.find(name);
        if let Some(group) = known {
            let rule = self.groups.rule(group);
            selected.iter().try_for_each(|&slot| self.parameters.check_rule_for(&rule, slot))?;
        }
        let group = known.unwrap_or_else(|| self.add_group(name));
        for &slot in &selected {
            self.parameters.slots[slot].group = group;
        }
        self.parameters.slots_changed();
        Ok(selected.len())
    }

    /// One group more.
    pub(super) fn add_group(&mut self, name: &str) -> usize {
        self.parameters.names.push(name);
        self.groups.push();
        self.groups.count() - 1
    }

    /// The group that a parameter is in; `None` where it is in none, is not updated, or does not exist.
    pub fn group_of(&self, path: &str) -> Option<&str> {
        let Parameters { slots, names, .. } = &self.parameters;
        names.of(slots[self.parameters.slot(path)?].group)
    }

    /// The names of all groups that have a parameter.
    pub fn groups(&self) -> impl Iterator<Item = &str> {
        self.parameters.groups()
    }

    /// The rule of a group: its own hyper-parameters, and those of the optimizer's own rule where it has none.
    ///
    /// # Errors
    /// When no parameter is in a group of this name; the error lists the names.
    pub fn group_rule(&self, name: &str) -> Result<R, Error> {
        self.parameters.find_group(name).map(|group| self.groups.rule(group))
    }

    /// The group of a parameter, by its path, and the group's rule; those of the optimizer where it has none.
    pub(crate) fn rule_of(&self, path: &str) -> (usize, R) {
        let group = self.parameters.slot(path).map_or(0, |slot| self.parameters.slots[slot].group);
        (group, self.groups.rule(group))
    }
}
