//! Masks: single elements of a parameter that do not move.

use ndarray::{ArrayD, ArrayViewD};

use super::Optimizer;
use super::freeze::frozen_for_good;
use super::parameters::Parameters;
use crate::error::Error;
use crate::kernel::Mask;
use crate::optimizable::Optimizable;
use crate::real::Real;
use crate::rule::Rule;

impl<R: Rule, M: Optimizable> Optimizer<R, M> {
    /// Lets only those elements of a parameter move where `moves` is true, until [`unmask`](Self::unmask) or another
    /// mask. It costs a bit an element, for this parameter alone.
    ///
    /// Elements that do not move keep their weight, not moved for a look-ahead or an evaluation either, and their caches.
    /// What they bring to a reduction is 0, and so is what they bring to a function of whole matrices (`Muon`'s). They
    /// are still counted: `numel()`, and what a mean divides by, are those of the whole tensor, row or column.
    ///
    /// ```
    /// use optim_core::ndarray::array;
    /// use optim_core::prelude::*;
    ///
    /// let mut w = array![[1.0_f64, 1.0], [1.0, 1.0]];
    /// let gradient = w.clone();
    /// let mut opt = Sgd::default().with_lr(0.5).init(&w)?;
    /// // A triangular matrix.
    /// opt.mask("", array![[true, true], [false, true]].view().into_dyn())?;
    /// opt.step(&mut w, &gradient)?;
    /// assert_eq!(w, array![[0.5, 0.5], [1.0, 0.5]]);
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// When there is no parameter at `path` that is updated, it has another shape, or a constraint that looks at more than one
    /// element; nothing has changed then.
    pub fn mask(&mut self, path: &str, moves: ArrayViewD<'_, bool>) -> Result<(), Error> {
        self.parameters.mask(path, moves)
    }

    /// Lets all elements of a parameter move again.
    ///
    /// # Errors
    /// When there is no parameter at `path` that is updated.
    pub fn unmask(&mut self, path: &str) -> Result<(), Error> {
        self.parameters.unmask(path)
    }

    /// Which elements of a parameter move; `None` where no mask says so: all do, or there is no such parameter.
    pub fn mask_of(&self, path: &str) -> Option<ArrayD<bool>> {
        self.parameters.mask_of(path)
    }

    /// The first parameter that has a mask.
    pub(crate) fn masked(&self) -> Option<&str> {
        let slot = self.parameters.masks.iter().position(Option::is_some)?;
        Some(&self.parameters.place(slot).path)
    }
}

impl<A: Real> Parameters<A> {
    fn mask(&mut self, path: &str, moves: ArrayViewD<'_, bool>) -> Result<(), Error> {
        let slot = self.updated(path)?;
        let shape = &*self.place(slot).shape;
        if moves.shape() != shape {
            return Err(Error::shape("the mask", path, moves.shape(), shape));
        }
        if self.is_constrained_whole(slot) {
            return Err(self.constrained_and_masked(slot));
        }
        self.masks.resize(self.slots.len(), None);
        // Where everything moves, there is nothing to look up.
        self.moving_changed();
        self.masks[slot] = moves.iter().any(|moves| !moves).then(|| Mask::new(moves.iter().copied()));
        Ok(())
    }

    fn unmask(&mut self, path: &str) -> Result<(), Error> {
        let slot = self.updated(path)?;
        self.moving_changed();
        if let Some(mask) = self.masks.get_mut(slot) {
            *mask = None;
        }
        if self.masks.iter().all(Option::is_none) {
            self.masks = Vec::new();
        }
        Ok(())
    }

    fn mask_of(&self, path: &str) -> Option<ArrayD<bool>> {
        let slot = self.slot(path)?;
        let mask = self.masks.get(slot)?.as_ref()?;
        let shape = &*self.place(slot).shape;
        ArrayD::from_shape_vec(shape, (0..mask.len()).map(|index| mask.moves(index)).collect()).ok()
    }

    /// The slot of a parameter that is updated.
    fn updated(&self, path: &str) -> Result<usize, Error> {
        self.slot(path).ok_or_else(|| {
            if self.is_frozen_for_good(path) {
                return frozen_for_good(path);
            }
            let known = (0..self.slots.len()).map(|slot| self.place(slot).path.as_str());
            Error::unknown_name("the parameter", path, known)
        })
    }
}
