//! Tensors added, scaled and summed up, in logical order, whatever their layouts; nothing is allocated.

use core::slice;

use super::strided::{gather, scatter};
use super::tensor::{Tensor, TensorMut};
use crate::real::Real;

/// Elements that do not lie side by side are worked on in blocks of this size.
const BLOCK: usize = 256;

impl<A: Real> Tensor<'_, A> {
    /// Calls `f` with all numbers, a stretch at a time.
    pub(crate) fn for_each_block(&self, mut f: impl FnMut(&[A])) {
        if self.layout().is_standard() {
            // SAFETY: the elements lie side by side, and this tensor borrows them.
            return f(unsafe { slice::from_raw_parts(self.pointer(), self.len()) });
        }
        let mut block = [A::zero(); BLOCK];
        for start in (0..self.len()).step_by(BLOCK) {
            let n = BLOCK.min(self.len() - start);
            // SAFETY: the tensor has `n` elements from `start` on, and the block takes them.
            unsafe { gather(&self.layout(), self.pointer(), start, n, block.as_mut_ptr()) };
            f(&block[..n]);
        }
    }
}

impl<A: Real> TensorMut<'_, A> {
    /// `x ← factor · x`, every element.
    pub(crate) fn scale(&mut self, factor: A) {
        self.blocks(None, |numbers, _| numbers.iter_mut().for_each(|x| *x *= factor));
    }

    /// `x ← x + factor · y`, every element.
    ///
    /// # Panics
    /// When the tensors differ in length.
    pub(crate) fn add_scaled(&mut self, factor: A, other: &Tensor<'_, A>) {
        assert_eq!(self.len(), other.len(), "another tensor's numbers");
        self.blocks(Some(other), |ours, theirs| {
            let n = ours.len().min(theirs.len());
            let (ours, theirs) = (&mut ours[..n], &theirs[..n]);
            for i in 0..n {
                ours[i] += factor * theirs[i];
            }
        });
    }

    /// Calls `f` with all numbers, a stretch at a time, and with those of another tensor of this length.
    fn blocks(&mut self, other: Option<&Tensor<'_, A>>, f: impl Fn(&mut [A], &[A])) {
        if self.layout().is_standard() && other.is_none_or(|other| other.layout().is_standard()) {
            // SAFETY: the elements lie side by side, and this tensor borrows them exclusively.
            let ours = unsafe { slice::from_raw_parts_mut(self.pointer(), self.len()) };
            // SAFETY: the elements lie side by side, and the other tensor borrows them.
            let theirs = other.map(|other| unsafe { slice::from_raw_parts(other.pointer(), other.len()) });
            return f(ours, theirs.unwrap_or_default());
        }
        let (mut ours, mut theirs) = ([A::zero(); BLOCK], [A::zero(); BLOCK]);
        for start in (0..self.len()).step_by(BLOCK) {
            let n = BLOCK.min(self.len() - start);
            // SAFETY: the tensor has `n` elements from `start` on, and the block takes them.
            unsafe { gather(&self.layout(), self.pointer(), start, n, ours.as_mut_ptr()) };
            if let Some(other) = other {
                // SAFETY: as above; the tensors have the same length.
                unsafe { gather(&other.layout(), other.pointer(), start, n, theirs.as_mut_ptr()) };
            }
            f(&mut ours[..n], &theirs[..n]);
            // SAFETY: the elements that the block was read from, borrowed exclusively.
            unsafe { scatter(&self.layout(), ours.as_ptr(), start, n, self.pointer()) };
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array3, Axis};

    use super::{Tensor, TensorMut};

    /// The same numbers in logical order, in standard layout and in another; more than two blocks.
    fn layouts() -> [Array3<f64>; 2] {
        let numbers = |shape: (usize, usize, usize)| {
            let mut next = 0.0;
            Array3::from_shape_simple_fn(shape, || {
                next += 1.0;
                next
            })
        };
        let standard = numbers((9, 7, 11));
        let mut turned = numbers((11, 7, 9)).reversed_axes();
        turned.invert_axis(Axis(1));
        turned.assign(&standard);
        [standard, turned]
    }

    #[test]
    fn every_layout_is_added_in_logical_order() {
        for ours in layouts() {
            for theirs in layouts() {
                let mut sum = ours.clone();
                assert_eq!(sum.strides(), ours.strides());
                TensorMut::from_array(&mut sum).add_scaled(-3.0, &Tensor::from_array(&theirs));
                assert_eq!(sum, &ours + &(-3.0 * &theirs));
            }
        }
    }

    #[test]
    fn every_layout_is_scaled_and_read_in_logical_order() {
        for mut array in layouts() {
            TensorMut::from_array(&mut array).scale(2.0);
            let mut seen = Vec::new();
            Tensor::from_array(&array).for_each_block(|block| seen.extend_from_slice(block));
            assert_eq!(seen, (1_u16..=9 * 7 * 11).map(|i| f64::from(2 * i)).collect::<Vec<_>>());
        }
    }
}
