//! [`Optimizable`] for what models are made of: numbers, arrays, and the containers of the standard library.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use ndarray::{Array, Dimension};

use crate::kernel::{Tensor, TensorMut, begin};
use crate::optimizable::Optimizable;
use crate::real::{Join, NoScalar, Real, Scalar};
use crate::walk::{Op, Read, Structure, Write};

macro_rules! number {
    ($type:ident) => {
        #[diagnostic::do_not_recommend]
        impl Optimizable for $type {
            type Scalar = $type;

            #[inline]
            fn visit<A: Real>(mut op: Op<'_, '_, Self, A>) -> Option<Self> {
                match op {
                    Op::Read(number, ref mut walk) => walk.tensor(Tensor::from_number(number)),
                    Op::Write(number, ref mut walk) => walk.tensor(TensorMut::from_number(number)),
                    Op::Zeros(_) => return Some(0.0),
                }
                None
            }

            #[inline]
            fn read_slice<'a, A: Real>(slice: &'a [Self], walk: &mut Read<'_, 'a, A>) {
                walk.tensor(Tensor::from_slice(slice));
            }

            #[inline]
            fn write_slice<'a, A: Real>(slice: &'a mut [Self], walk: &mut Write<'_, 'a, A>) {
                walk.tensor(TensorMut::from_slice(slice));
            }
        }
    };
}

number!(f32);
number!(f64);

impl<B: Real, D: Dimension> Optimizable for Array<B, D> {
    // `B`, said so that an array of something else has no scalar that could disagree with the model's as well.
    type Scalar = <B as Scalar>::Real;

    #[inline]
    fn visit<A: Real>(mut op: Op<'_, '_, Self, A>) -> Option<Self> {
        match op {
            Op::Read(array, ref mut walk) => walk.tensor(Tensor::from_array(array)),
            Op::Write(array, ref mut walk) => walk.tensor(TensorMut::from_array(array)),
            Op::Zeros(array) => return Some(zeros(array.raw_dim())),
        }
        None
    }
}

/// Zeros, in large pages where there are many.
fn zeros<A: Real, D: Dimension>(shape: D) -> Array<A, D> {
    let zeros = Array::<A, D>::zeros(shape);
    begin(zeros.as_slice().unwrap_or_default());
    zeros
}

/// A model without parameters.
impl Optimizable for () {
    type Scalar = NoScalar;

    #[inline]
    fn visit<A: Real>(op: Op<'_, '_, Self, A>) -> Option<Self> {
        matches!(op, Op::Zeros(())).then_some(())
    }
}

/// A model without parameters.
impl<T: ?Sized> Optimizable for PhantomData<T> {
    type Scalar = NoScalar;

    #[inline]
    fn visit<A: Real>(op: Op<'_, '_, Self, A>) -> Option<Self> {
        matches!(op, Op::Zeros(_)).then_some(PhantomData)
    }
}

impl<T: Optimizable> Optimizable for Vec<T> {
    type Scalar = T::Scalar;

    #[inline]
    fn visit<A: Real>(mut op: Op<'_, '_, Self, A>) -> Option<Self> {
        match op {
            Op::Read(vec, ref mut walk) => {
                walk.structure(Structure::Length(vec.len()));
                T::read_slice(vec, walk);
            }
            Op::Write(vec, ref mut walk) => {
                walk.structure(Structure::Length(vec.len()));
                T::write_slice(vec, walk);
            }
            Op::Zeros(vec) => return vec.iter().map(|element| T::visit::<A>(Op::Zeros(element))).collect(),
        }
        None
    }
}

impl<T: Optimizable, const N: usize> Optimizable for [T; N] {
    type Scalar = T::Scalar;

    #[inline]
    fn visit<A: Real>(mut op: Op<'_, '_, Self, A>) -> Option<Self> {
        match op {
            Op::Read(array, ref mut walk) => T::read_slice(array, walk),
            Op::Write(array, ref mut walk) => T::write_slice(array, walk),
            Op::Zeros(array) => return Some(std::array::from_fn(|index| array[index].zeros_like())),
        }
        None
    }
}

/// Adds no segment to the path.
impl<T: Optimizable> Optimizable for Option<T> {
    type Scalar = T::Scalar;

    #[inline]
    fn visit<A: Real>(mut op: Op<'_, '_, Self, A>) -> Option<Self> {
        match op {
            Op::Read(option, ref mut walk) => {
                walk.structure(Structure::Present(option.is_some()));
                if let Some(value) = option {
                    T::visit(Op::Read(value, walk.reborrow()));
                }
            }
            Op::Write(option, ref mut walk) => {
                walk.structure(Structure::Present(option.is_some()));
                if let Some(value) = option {
                    T::visit(Op::Write(value, walk.reborrow()));
                }
            }
            Op::Zeros(option) => return Some(option.as_ref().map(T::zeros_like)),
        }
        None
    }
}

/// Adds no segment to the path.
impl<T: Optimizable> Optimizable for Box<T> {
    type Scalar = T::Scalar;

    #[inline]
    fn visit<A: Real>(op: Op<'_, '_, Self, A>) -> Option<Self> {
        match op {
            Op::Read(value, walk) => drop(T::visit(Op::Read(&**value, walk))),
            Op::Write(value, walk) => drop(T::visit(Op::Write(&mut **value, walk))),
            Op::Zeros(value) => return Some(Box::new(T::zeros_like(value))),
        }
        None
    }
}

/// In the order of its keys.
impl<T: Optimizable> Optimizable for BTreeMap<String, T> {
    type Scalar = T::Scalar;

    #[inline]
    fn visit<A: Real>(mut op: Op<'_, '_, Self, A>) -> Option<Self> {
        match op {
            Op::Read(map, ref mut walk) => {
                walk.structure(Structure::Length(map.len()));
                for (key, value) in map {
                    T::visit(Op::Read(value, walk.key(key)));
                }
            }
            Op::Write(map, ref mut walk) => {
                walk.structure(Structure::Length(map.len()));
                for (key, value) in map {
                    T::visit(Op::Write(value, walk.key(key)));
                }
            }
            Op::Zeros(map) => {
                return Some(map.iter().map(|(key, value)| (key.clone(), value.zeros_like())).collect());
            }
        }
        None
    }
}

/// Tuples, one element at a time: each brings its scalar to those before it.
macro_rules! tuple {
    (@impl ($($index:tt $name:ident)+) where ($($bounds:tt)*) scalar ($scalar:ty)) => {
        impl<$($name: Optimizable),+> Optimizable for ($($name,)+)
        where
            $($bounds)*
        {
            type Scalar = $scalar;

            #[inline]
            fn visit<A: Real>(mut op: Op<'_, '_, Self, A>) -> Option<Self> {
                match op {
                    Op::Read(tuple, ref mut walk) => {
                        $($name::visit(Op::Read(&tuple.$index, walk.index($index)));)+
                    }
                    Op::Write(tuple, ref mut walk) => {
                        $($name::visit(Op::Write(&mut tuple.$index, walk.index($index)));)+
                    }
                    Op::Zeros(tuple) => return Some(($(tuple.$index.zeros_like(),)+)),
                }
                None
            }
        }
    };
    // The bounds say that each prefix's scalar joins with the next element's.
    (@bounds ($($done:tt)*) where ($($bounds:tt)*) joined ($joined:ty)) => {
        tuple!(@impl ($($done)*) where ($($bounds)*) scalar ($joined));
    };
    (@bounds ($($done:tt)*) where ($($bounds:tt)*) joined ($joined:ty) $index:tt $name:ident $($tail:tt)*) => {
        tuple!(@bounds
            ($($done)* $index $name)
            where ($($bounds)* $name::Scalar: Join<$joined>,)
            joined (<$name::Scalar as Join<$joined>>::Out)
            $($tail)*
        );
    };
    ($first:ident $($tail:tt)*) => {
        tuple!(@bounds (0 $first) where () joined ($first::Scalar) $($tail)*);
    };
}

tuple!(T0);
tuple!(T0 1 T1);
tuple!(T0 1 T1 2 T2);
tuple!(T0 1 T1 2 T2 3 T3);
tuple!(T0 1 T1 2 T2 3 T3 4 T4);
tuple!(T0 1 T1 2 T2 3 T3 4 T4 5 T5);
tuple!(T0 1 T1 2 T2 3 T3 4 T4 5 T5 6 T6);
tuple!(T0 1 T1 2 T2 3 T3 4 T4 5 T5 6 T6 7 T7);
tuple!(T0 1 T1 2 T2 3 T3 4 T4 5 T5 6 T6 7 T7 8 T8);
tuple!(T0 1 T1 2 T2 3 T3 4 T4 5 T5 6 T6 7 T7 8 T8 9 T9);
tuple!(T0 1 T1 2 T2 3 T3 4 T4 5 T5 6 T6 7 T7 8 T8 9 T9 10 T10);
tuple!(T0 1 T1 2 T2 3 T3 4 T4 5 T5 6 T6 7 T7 8 T8 9 T9 10 T10 11 T11);
