//! [`Gradients`]: the gradient of a step, given to be read or to be used up.

use super::tensor::{Layout, Tensor, TensorMut};

/// Every tensor of a gradient, in walking order; or none.
pub(crate) enum Gradients<'p, 'a, A> {
    /// To be read.
    Read(&'p [Tensor<'a, A>]),
    /// To be read, and zeros afterwards.
    UseUp(&'p mut [TensorMut<'a, A>]),
}

impl<'a, A> Gradients<'_, 'a, A> {
    /// For work that looks at none.
    pub(crate) const NONE: Self = Gradients::Read(&[]);

    pub(crate) fn len(&self) -> usize {
        match self {
            Gradients::Read(tensors) => tensors.len(),
            Gradients::UseUp(tensors) => tensors.len(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How a tensor lies in memory, and where; nothing where there are no gradients.
    #[inline]
    pub(super) fn get(&self, tensor: usize) -> Option<(Layout<'a>, *const A)> {
        match self {
            Gradients::Read(tensors) => tensors.get(tensor).map(|tensor| (tensor.layout(), tensor.pointer())),
            Gradients::UseUp(tensors) => {
                tensors.get(tensor).map(|tensor| (tensor.layout(), tensor.pointer().cast_const()))
            }
        }
    }

    /// As [`get`](Self::get), of one that is to be zeros afterwards.
    #[inline]
    pub(super) fn used_up(&self, tensor: usize) -> Option<(Layout<'a>, *mut A)> {
        match self {
            Gradients::Read(_) => None,
            Gradients::UseUp(tensors) => tensors.get(tensor).map(|tensor| (tensor.layout(), tensor.pointer())),
        }
    }
}
