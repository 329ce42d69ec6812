//! The same numbers in another layout.

use ndarray::{ArrayD, Axis, ShapeBuilder, Slice};
use optim_core::Real;

/// How the numbers of a tensor lie in memory.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Layout {
    Standard,
    ColumnMajor,
    Reversed,
    Sliced,
}

impl Layout {
    pub(crate) const ALL: [Layout; 4] = [Layout::Standard, Layout::ColumnMajor, Layout::Reversed, Layout::Sliced];
}

/// The values in memory of this layout.
pub(crate) fn laid_out<A: Real>(values: &ArrayD<A>, layout: Layout) -> ArrayD<A> {
    let mut array = match layout {
        Layout::Standard => return values.clone(),
        Layout::ColumnMajor => ArrayD::zeros(values.raw_dim().f()),
        Layout::Reversed => {
            let mut array = values.clone();
            (0..values.ndim()).for_each(|axis| array.invert_axis(Axis(axis)));
            array
        }
        Layout::Sliced => {
            let shape: Vec<usize> = values.shape().iter().map(|length| 3 * length + 1).collect();
            let mut array = ArrayD::from_elem(shape, A::nan());
            (0..values.ndim()).for_each(|axis| array.slice_axis_inplace(Axis(axis), Slice::new(1, None, 3)));
            array
        }
    };
    array.assign(values);
    array
}
