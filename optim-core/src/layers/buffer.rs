//! [`Buffer`]: an array that changes its size from batch to batch and keeps its memory; [`Workspace`]: two of them.

use ndarray::{ArrayView, ArrayViewMut, Dimension, IntoDimension, Ix2};

use crate::real::Real;

/// An array whose memory grows to the largest size it has had, and is used again.
///
/// It starts empty. This is what a layer's workspace is made of: a last batch that is smaller than the others, or a
/// test set between two epochs, costs no allocation once the largest has been seen.
///
/// ```
/// use optim_core::layers::Buffer;
///
/// let mut outputs: Buffer<f32> = Buffer::default();
/// outputs.resize((32, 10)).fill(1.0);
/// assert_eq!(outputs.resize((7, 10)).dim(), (7, 10));
/// assert_eq!(outputs.view().sum(), 70.0);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Buffer<A, D = Ix2> {
    /// At least as many as the shape holds.
    numbers: Vec<A>,
    shape: D,
}

impl<A: Real, D: Dimension> Buffer<A, D> {
    /// Gives the array this shape; the numbers in it are left over from earlier, to be overwritten.
    ///
    /// # Panics
    /// When an array of this shape does not fit in memory.
    pub fn resize(&mut self, shape: impl IntoDimension<Dim = D>) -> ArrayViewMut<'_, A, D> {
        self.shape = shape.into_dimension();
        let Some(size) = self.shape.size_checked() else { panic!("{:?} numbers do not fit in memory", self.shape) };
        if self.numbers.len() < size {
            self.numbers.resize(size, A::zero());
        }
        self.view_mut()
    }

    /// The length of each axis.
    pub fn shape(&self) -> D {
        self.shape.clone()
    }

    /// The array.
    pub fn view(&self) -> ArrayView<'_, A, D> {
        let numbers = self.numbers.get(..self.shape.size()).unwrap_or_default();
        ArrayView::from_shape(self.shape.clone(), numbers)
            .unwrap_or_else(|_| unreachable!("`resize` has made room for the shape"))
    }

    /// The array, open to change.
    pub fn view_mut(&mut self) -> ArrayViewMut<'_, A, D> {
        let numbers = self.numbers.get_mut(..self.shape.size()).unwrap_or_default();
        ArrayViewMut::from_shape(self.shape.clone(), numbers)
            .unwrap_or_else(|_| unreachable!("`resize` has made room for the shape"))
    }
}

/// The workspace of a layer that keeps its output and the gradient of its input, and nothing else: most do.
///
/// `D` is the rank of the input, `O` that of the output.
#[derive(Clone, Debug, Default)]
pub struct Workspace<A, D = Ix2, O = D> {
    /// The output of the last forward pass.
    pub y: Buffer<A, O>,
    /// The gradient of the loss with respect to the input, from the last backward pass.
    pub dx: Buffer<A, D>,
}

#[cfg(test)]
mod tests {
    use ndarray::{Ix0, Ix3};

    use super::Buffer;

    #[test]
    fn a_buffer_starts_empty_and_keeps_its_memory() {
        let mut buffer: Buffer<f64, Ix3> = Buffer::default();
        assert_eq!(buffer.view().dim(), (0, 0, 0));
        buffer.resize((2, 3, 4)).fill(2.0);
        let memory = buffer.view().as_ptr();
        buffer.resize((1, 0, 4));
        assert_eq!(buffer.view().dim(), (1, 0, 4));
        assert_eq!(buffer.resize((4, 3, 2)).as_ptr(), memory);
        assert_eq!(buffer.view().sum(), 48.0);
    }

    #[test]
    fn a_buffer_without_axes_holds_one_number_from_the_first_resize_on() {
        let mut buffer: Buffer<f64, Ix0> = Buffer::default();
        buffer.resize(()).fill(3.0);
        assert_eq!(buffer.view().into_scalar(), &3.0);
    }
}
