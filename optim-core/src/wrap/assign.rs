//! [`Given`]: a gradient that is given, handed to the closure's buffer.

use crate::define_optimizer;
use crate::error::Error;
use crate::optimizable::Optimizable;
use crate::optimizer::Optimizer;
use crate::rule::Rule;

define_optimizer! {
    /// Copies: every number becomes the other's.
    pub(super) struct Assign {}
    update(w, g) { w = g; }
}

/// Copies a gradient that is given to the buffer of a closure, in any layouts, without allocating after the first time.
/// That of frozen parameters is left out: no rule looks at it.
pub(crate) struct Given<M: Optimizable>(Option<Optimizer<Assign, M>>);

impl<M: Optimizable> Given<M> {
    pub(crate) const fn new() -> Self {
        Given(None)
    }

    /// Copies `gradient` to `buffer`; `model` is the one that is stepped.
    ///
    /// # Errors
    /// When the gradient does not have the structure and shapes of the model; nothing has been copied then.
    pub(crate) fn copy(&mut self, model: &M, buffer: &mut M, gradient: &M) -> Result<(), Error> {
        let assign = match &mut self.0 {
            Some(assign) => assign,
            none => none.insert(Assign::default().init(model)?),
        };
        assign.step(buffer, gradient)
    }
}

impl<M: Optimizable> Clone for Given<M> {
    fn clone(&self) -> Self {
        Given(self.0.clone())
    }
}

impl<M: Optimizable> Default for Given<M> {
    fn default() -> Self {
        Given(None)
    }
}
