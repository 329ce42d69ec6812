//! Tensors copied to and from plain slices, in logical row-major order, whatever their layout.

use super::strided::{gather, scatter};
use super::tensor::{Tensor, TensorMut};

impl<A: Copy> Tensor<'_, A> {
    /// Copies the elements to a slice of as many.
    ///
    /// # Panics
    /// When the slice has another length.
    pub(crate) fn copy_to(&self, target: &mut [A]) {
        assert_eq!(self.len(), target.len(), "a slice for another tensor");
        // SAFETY: the tensor describes live elements, and the slice takes as many as there are.
        unsafe { gather(&self.layout(), self.pointer(), 0, target.len(), target.as_mut_ptr()) };
    }
}

impl<A: Copy> TensorMut<'_, A> {
    /// Copies the elements from a slice of as many.
    ///
    /// # Panics
    /// When the slice has another length.
    pub(crate) fn copy_from(&mut self, source: &[A]) {
        assert_eq!(self.len(), source.len(), "a slice for another tensor");
        // SAFETY: the tensor describes live elements that it borrows exclusively, and the slice holds as many.
        unsafe { scatter(&self.layout(), source.as_ptr(), 0, source.len(), self.pointer()) };
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array3, Axis};

    use super::{Tensor, TensorMut};

    #[test]
    fn every_layout_is_copied_in_logical_order() {
        let mut array = Array3::from_shape_fn((2, 3, 4), |(i, j, k)| i * 12 + j * 4 + k).reversed_axes();
        array.invert_axis(Axis(1));
        let expected: Vec<usize> = array.iter().copied().collect();
        let mut copy = vec![0; 24];
        Tensor::from_array(&array).copy_to(&mut copy);
        assert_eq!(copy, expected);
        for x in &mut copy {
            *x += 100;
        }
        TensorMut::from_array(&mut array).copy_from(&copy);
        assert_eq!(array.iter().copied().collect::<Vec<_>>(), copy);
    }
}
