//! A tensor of a model as a kernel sees it: a pointer, and how its elements lie in memory.
//!
//! Made by the leaves of [`Optimizable`](crate::Optimizable) from borrowed arrays. It allocates nothing, whatever the
//! number of axes, so a walk over a thousand tensors costs a thousand small structs.

use core::hint::black_box;
use core::marker::PhantomData;

use ndarray::{ArrayViewD, ArrayViewMutD, Axis, Dimension, IxDyn, ShapeBuilder};

use super::strided;
use crate::real::Real;

/// Elements that do not lie side by side are filled in blocks of this size.
const FILLED_BLOCK: usize = 256;

/// Shape and strides, borrowed from the array they describe.
#[derive(Clone, Copy, Debug)]
enum Axes<'a> {
    /// A single number.
    Number,
    /// Elements side by side: a slice.
    Slice,
    Array {
        shape: &'a [usize],
        strides: &'a [isize],
    },
}

/// Pointer, length and layout: what reading and writing tensors have in common.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout<'a> {
    len: usize,
    /// The elements lie side by side in logical order.
    standard: bool,
    axes: Axes<'a>,
}

impl Layout<'_> {
    #[inline]
    pub(crate) fn is_standard(&self) -> bool {
        self.standard
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn shape(&self) -> &[usize] {
        match self.axes {
            Axes::Number => &[],
            Axes::Slice => core::slice::from_ref(&self.len),
            Axes::Array { shape, .. } => shape,
        }
    }

    /// Elements from one index of an axis to the next, an axis each.
    #[inline]
    pub(crate) fn strides(&self) -> &[isize] {
        match self.axes {
            Axes::Number => &[],
            Axes::Slice => &[1],
            Axes::Array { strides, .. } => strides,
        }
    }

    /// The same, read part by part: it has just been written so, and a processor that reads two parts at once waits until
    /// both are in its cache.
    #[inline]
    fn by_parts(self) -> Self {
        let axes = match self.axes {
            Axes::Array { shape, strides } => {
                Axes::Array { shape: slice_by_parts(shape), strides: slice_by_parts(strides) }
            }
            axes => axes,
        };
        Layout { len: black_box(self.len), standard: self.standard, axes }
    }
}

#[inline]
fn slice_by_parts<T>(slice: &[T]) -> &[T] {
    let (first, len) = (black_box(slice.as_ptr()), black_box(slice.len()));
    // SAFETY: they are those of the slice.
    unsafe { core::slice::from_raw_parts(first, len) }
}

macro_rules! tensor {
    ($(#[$doc:meta])* $name:ident, $pointer:ty, $marker:ty) => {
        $(#[$doc])*
        pub struct $name<'a, A> {
            pointer: $pointer,
            layout: Layout<'a>,
            marker: PhantomData<$marker>,
        }

        impl<'a, A> $name<'a, A> {
            /// How many numbers it holds.
            #[inline]
            pub fn len(&self) -> usize {
                self.layout.len
            }

            /// Whether it holds none.
            #[inline]
            pub fn is_empty(&self) -> bool {
                self.layout.len == 0
            }

            /// The length of each axis; a single number has none.
            #[inline]
            pub fn shape(&self) -> &[usize] {
                self.layout.shape()
            }

            #[inline]
            pub(crate) fn pointer(&self) -> $pointer {
                self.pointer
            }

            #[inline]
            pub(crate) fn layout(&self) -> Layout<'a> {
                self.layout
            }

            /// The same, for a list of tensors: see [`Layout::by_parts`].
            #[inline]
            pub(crate) fn by_parts(self) -> Self {
                let pointer = black_box(self.pointer);
                $name { pointer, layout: self.layout.by_parts(), marker: PhantomData }
            }

            /// The same tensor, when `B` is known to be `A`.
            #[inline]
            pub(crate) fn reinterpret<B: 'static>(self) -> $name<'a, B>
            where
                A: 'static,
            {
                debug_assert_eq!(core::any::TypeId::of::<A>(), core::any::TypeId::of::<B>());
                $name { pointer: self.pointer.cast(), layout: self.layout, marker: PhantomData }
            }
        }
    };
}

tensor!(
    /// A tensor of a model, read.
    Tensor,
    *const A,
    &'a [A]
);
tensor!(
    /// A tensor of a model, with its elements open to change.
    TensorMut,
    *mut A,
    &'a mut [A]
);

// SAFETY: as `&[A]`, which it stands for.
unsafe impl<A: Sync> Send for Tensor<'_, A> {}
// SAFETY: as `&[A]`, which it stands for.
unsafe impl<A: Sync> Sync for Tensor<'_, A> {}
// SAFETY: as `&mut [A]`, which it stands for.
unsafe impl<A: Send> Send for TensorMut<'_, A> {}
// SAFETY: as `&mut [A]`, which it stands for.
unsafe impl<A: Sync> Sync for TensorMut<'_, A> {}

impl<A> Clone for Tensor<'_, A> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<A> Copy for Tensor<'_, A> {}

impl<'a, A> Tensor<'a, A> {
    /// One number: a tensor without axes.
    #[inline]
    pub fn from_number(number: &'a A) -> Self {
        Tensor { pointer: number, layout: Layout { len: 1, standard: true, axes: Axes::Number }, marker: PhantomData }
    }

    /// A slice: a tensor of one axis.
    #[inline]
    pub fn from_slice(slice: &'a [A]) -> Self {
        Tensor {
            pointer: slice.as_ptr(),
            layout: Layout { len: slice.len(), standard: true, axes: Axes::Slice },
            marker: PhantomData,
        }
    }

    /// An array in whatever layout.
    #[inline]
    pub fn from_array<D: Dimension>(array: &'a ndarray::Array<A, D>) -> Self {
        Tensor { pointer: array.as_ptr(), layout: layout_of(array), marker: PhantomData }
    }
}

impl<'a, A> TensorMut<'a, A> {
    /// One number: a tensor without axes.
    #[inline]
    pub fn from_number(number: &'a mut A) -> Self {
        TensorMut {
            pointer: number,
            layout: Layout { len: 1, standard: true, axes: Axes::Number },
            marker: PhantomData,
        }
    }

    /// A slice: a tensor of one axis.
    #[inline]
    pub fn from_slice(slice: &'a mut [A]) -> Self {
        TensorMut {
            pointer: slice.as_mut_ptr(),
            layout: Layout { len: slice.len(), standard: true, axes: Axes::Slice },
            marker: PhantomData,
        }
    }

    /// An array in whatever layout.
    #[inline]
    pub fn from_array<D: Dimension>(array: &'a mut ndarray::Array<A, D>) -> Self {
        let pointer = array.as_mut_ptr();
        // Shape and strides stand in the array itself, the elements elsewhere: borrowing the array, for as long as it
        // is borrowed exclusively, leaves the pointer to the elements valid.
        TensorMut { pointer, layout: layout_of(array), marker: PhantomData }
    }

    /// Calls `f` with the elements in logical order: in place, or in `memory` of as many numbers.
    pub(crate) fn change(&mut self, memory: &mut [A], f: impl FnOnce(&mut [A]))
    where
        A: Real,
    {
        if self.layout.standard {
            // SAFETY: `standard` says that `len` elements lie side by side from `pointer` on, and this tensor borrows
            // them exclusively for `'a`.
            return f(unsafe { core::slice::from_raw_parts_mut(self.pointer, self.layout.len) });
        }
        let n = self.layout.len;
        let memory = &mut memory[..n];
        // SAFETY: the tensor is live and has `n` elements; the memory takes as many.
        unsafe { strided::gather(&self.layout, self.pointer.cast_const(), 0, n, memory.as_mut_ptr()) };
        f(memory);
        // SAFETY: the tensor is live, borrowed exclusively and has `n` elements; the memory holds as many.
        unsafe { strided::scatter(&self.layout, memory.as_ptr(), 0, n, self.pointer) };
    }

    /// Sets every element to `value`.
    pub fn fill(&mut self, value: A)
    where
        A: Real,
    {
        if self.layout.standard {
            // SAFETY: `standard` says that `len` elements lie side by side from `pointer` on, and this tensor borrows
            // them exclusively for `'a`.
            let slice = unsafe { core::slice::from_raw_parts_mut(self.pointer, self.layout.len) };
            return slice.fill(value);
        }
        // Not by way of a view, whose strides would be allocated.
        let (block, len) = ([value; FILLED_BLOCK], self.layout.len);
        for start in (0..len).step_by(FILLED_BLOCK) {
            let n = FILLED_BLOCK.min(len - start);
            // SAFETY: the tensor is live, borrowed exclusively and has `start + n` elements; the block holds `n`.
            unsafe { strided::scatter(&self.layout, block.as_ptr(), start, n, self.pointer) };
        }
    }
}

#[inline]
fn layout_of<A, D: Dimension>(array: &ndarray::Array<A, D>) -> Layout<'_> {
    Layout {
        len: array.len(),
        standard: array.is_standard_layout(),
        axes: Axes::Array { shape: array.shape(), strides: array.strides() },
    }
}

/// Shape with non-negative strides, the axes to turn round afterwards, and how far before the first logical element
/// the lowest address lies: `ndarray` makes no view with negative strides from a pointer.
fn turned(layout: &Layout<'_>) -> (ndarray::StrideShape<IxDyn>, Vec<Axis>, usize) {
    let (shape, mut strides, mut turned, mut before) = (layout.shape(), Vec::new(), Vec::new(), 0);
    if layout.len == 0 {
        // Strides of nothing say nothing, but `ndarray` looks at them.
        return (IxDyn(shape).into(), turned, before);
    }
    for (axis, (&length, &stride)) in shape.iter().zip(layout.strides()).enumerate() {
        if stride < 0 {
            turned.push(Axis(axis));
            before += (length - 1) * stride.unsigned_abs();
        }
        strides.push(stride.unsigned_abs());
    }
    (IxDyn(shape).strides(IxDyn(&strides)), turned, before)
}

impl<'a, A: Real> Tensor<'a, A> {
    /// As a view of `ndarray`'s.
    pub fn view(&self) -> ArrayViewD<'a, A> {
        let (shape, axes, before) = turned(&self.layout);
        // SAFETY: the elements of an axis with a negative stride lie before the first logical one, in the same
        // allocation.
        let lowest = unsafe { self.pointer.sub(before) };
        // SAFETY: shape and strides are those of a live array that is borrowed for `'a`, with negative strides turned
        // round and `lowest` moved to the lowest address accordingly.
        let mut view = unsafe { ArrayViewD::from_shape_ptr(shape, lowest) };
        for axis in axes {
            view.invert_axis(axis);
        }
        view
    }
}

impl<'a, A: Real> TensorMut<'a, A> {
    /// As a view of `ndarray`'s.
    pub fn into_view(self) -> ArrayViewMutD<'a, A> {
        let (shape, axes, before) = turned(&self.layout);
        // SAFETY: the elements of an axis with a negative stride lie before the first logical one, in the same
        // allocation.
        let lowest = unsafe { self.pointer.sub(before) };
        // SAFETY: shape and strides are those of a live array that is borrowed exclusively for `'a`, with negative
        // strides turned round and `lowest` moved to the lowest address accordingly.
        let mut view = unsafe { ArrayViewMutD::from_shape_ptr(shape, lowest) };
        for axis in axes {
            view.invert_axis(axis);
        }
        view
    }
}
