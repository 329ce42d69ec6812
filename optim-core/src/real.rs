//! The scalar of a model: [`Real`] is `f32` or `f64`, [`NoScalar`] what a type without parameters has.

use core::any::TypeId;
use core::fmt::{Debug, Display, LowerExp};
use core::iter::Sum;

use ndarray::{LinalgScalar, ScalarOperand};
use num_traits::{Float, NumAssignOps};

use crate::compiled::Compiled;
use crate::cube_root::{cube_root_f32, cube_root_f64};
use crate::kernel::{Kernels, Tensor, TensorMut};
use crate::optimizable::Optimizable;

mod sealed {
    /// Nothing outside this crate is a scalar: the kernels rely on what `f32` and `f64` guarantee.
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
    impl Sealed for super::NoScalar {}
}

/// What an [`Optimizable`] type may have as its scalar: `f32`, `f64`, or [`NoScalar`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the scalar of a model",
    label = "expected `f32`, `f64`, `optim_core::NoScalar`, or a type parameter that is `optim_core::Real`"
)]
pub trait Scalar: sealed::Sealed + Join<Self, Out = Self> + Join<NoScalar, Out = Self> + Sized + 'static {
    /// The number type to compute in: the scalar itself, and `f64` for a type without parameters.
    type Real: Real;

    /// The size of a number; it tells the scalars apart where only a constant can (see `private::Bits`).
    #[doc(hidden)]
    const BITS: usize;

    /// Compiles where `Self` is a scalar: an expansion calls it to have that said of a joined one.
    #[doc(hidden)]
    #[inline]
    fn check() {}
}

/// The scalar of a type without parameters (`()`, an activation function): it joins with any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoScalar {}

impl Scalar for NoScalar {
    type Real = f64;
    const BITS: usize = 0;
}

/// A scalar that joins those `Before` it in a model, and the scalar of all together.
///
/// A model has one scalar type: `f32` joins `f32`, `f64` joins `f64`, and [`NoScalar`] joins and is joined by either.
#[diagnostic::on_unimplemented(
    message = "one model has one scalar type, and this one has both `{Before}` and `{Self}`",
    label = "this field brings `{Self}` into a model of `{Before}`",
    note = "give every parameter the same number type, or leave the field out with `#[optim(skip)]`"
)]
pub trait Join<Before: Scalar>: sealed::Sealed {
    /// The scalar of both.
    type Out: Scalar;
}

#[diagnostic::do_not_recommend]
impl<A: Real> Join<A> for A {
    type Out = A;
}
#[diagnostic::do_not_recommend]
impl<A: Real> Join<NoScalar> for A {
    type Out = A;
}
#[diagnostic::do_not_recommend]
impl<S: Scalar> Join<S> for NoScalar {
    type Out = S;
}

/// A field's scalar that fits in a model whose scalar is known: it is the same, or [`NoScalar`].
#[diagnostic::on_unimplemented(
    message = "one model has one scalar type, and this one has both `{Whole}` and `{Self}`",
    label = "this field brings `{Self}` into a model of `{Whole}`",
    note = "give every parameter the same number type, leave the field out with `#[optim(skip)]`, or say the model's with `#[optim(scalar = \"…\")]`"
)]
pub trait Fits<Whole: Scalar>: Scalar {
    /// Compiles where `Self` fits: an expansion calls it for every field.
    #[doc(hidden)]
    #[inline]
    fn check() {}
}

#[diagnostic::do_not_recommend]
impl<S: Scalar> Fits<S> for S {}
#[diagnostic::do_not_recommend]
impl<A: Real> Fits<A> for NoScalar {}

/// A floating-point number that a model is made of: `f32` or `f64`.
///
/// The trait is sealed. It brings `num-traits`' [`Float`] and what `ndarray` asks of an element, so that generic layers
/// are written as for a concrete type.
///
/// ```
/// use optim_core::Real;
///
/// fn half<A: Real>(x: A) -> A {
///     x * A::from_f64(0.5)
/// }
/// assert_eq!(half(3.0_f32), 1.5);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number that a model is made of",
    label = "expected `f32` or `f64`: leave the field out with `#[optim(skip)]` if it holds no parameters"
)]
pub trait Real:
    Scalar<Real = Self>
    + Optimizable<Scalar = Self>
    + Float
    + NumAssignOps
    + LinalgScalar
    + ScalarOperand
    + Sum
    + Default
    + Debug
    + Display
    + LowerExp
    + Send
    + Sync
    + elementwise::Elementwise
    + crate::kernel::matmul::Multiply
    + crate::layers::Exponential
{
    /// `"f32"` or `"f64"`.
    const NAME: &'static str;

    /// The nearest number of this type.
    fn from_f64(x: f64) -> Self;

    /// The same number as an `f64`; exact.
    fn as_f64(self) -> f64;
}

pub(crate) mod elementwise {
    use super::{Compiled, Kernels, Tensor, TensorMut};

    /// What the language of rules can call, and what a walk needs, for one number type. Hidden behind `Real`:
    /// none has a name that `Float` has, or that gets in the way of anybody's method.
    pub trait Elementwise: Sized {
        fn kernel_cbrt(x: Self) -> Self;
        fn kernel_exp(x: Self) -> Self;
        fn kernel_ln(x: Self) -> Self;
        fn kernel_tanh(x: Self) -> Self;
        fn kernel_pow(x: Self, y: Self) -> Self;

        /// The kernels of this type.
        fn kernels_of(single: &'static Kernels<f32>, double: &'static Kernels<f64>) -> &'static Kernels<Self>;

        /// What of a step is compiled in this crate for this type.
        fn compiled() -> &'static Compiled<Self>
        where
            Self: super::Real;

        /// The tensor if it is one of this type.
        fn cast<A: super::Real>(tensor: Tensor<'_, A>) -> Option<Tensor<'_, Self>>;
        fn cast_mut<A: super::Real>(tensor: TensorMut<'_, A>) -> Option<TensorMut<'_, Self>>;
    }
}

macro_rules! real {
    ($type:ident, $name:literal, ($single:ident, $double:ident) => $chosen:ident, $cbrt:ident, $exp:ident, $ln:ident, $tanh:ident, $pow:ident) => {
        #[diagnostic::do_not_recommend]
        impl Scalar for $type {
            type Real = $type;
            const BITS: usize = 8 * size_of::<$type>();
        }

        #[diagnostic::do_not_recommend]
        impl Real for $type {
            const NAME: &'static str = $name;

            #[inline(always)]
            #[allow(clippy::cast_possible_truncation, clippy::inline_always)]
            fn from_f64(x: f64) -> Self {
                x as $type
            }

            #[inline(always)]
            #[allow(clippy::inline_always)]
            fn as_f64(self) -> f64 {
                f64::from(self)
            }
        }

        // Not from the platform's library: the same bits on every machine.
        impl elementwise::Elementwise for $type {
            #[inline(always)]
            #[allow(clippy::inline_always)]
            fn kernel_cbrt(x: Self) -> Self {
                $cbrt(x)
            }
            #[inline]
            fn kernel_exp(x: Self) -> Self {
                libm::$exp(x)
            }
            #[inline]
            fn kernel_ln(x: Self) -> Self {
                libm::$ln(x)
            }
            #[inline]
            fn kernel_tanh(x: Self) -> Self {
                libm::$tanh(x)
            }
            #[inline]
            fn kernel_pow(x: Self, y: Self) -> Self {
                libm::$pow(x, y)
            }
            #[inline]
            fn kernels_of($single: &'static Kernels<f32>, $double: &'static Kernels<f64>) -> &'static Kernels<Self> {
                $chosen
            }
            fn compiled() -> &'static Compiled<Self> {
                static COMPILED: Compiled<$type> = Compiled::new();
                &COMPILED
            }
            #[inline]
            fn cast<A: Real>(tensor: Tensor<'_, A>) -> Option<Tensor<'_, Self>> {
                (TypeId::of::<A>() == TypeId::of::<Self>()).then(|| tensor.reinterpret())
            }
            #[inline]
            fn cast_mut<A: Real>(tensor: TensorMut<'_, A>) -> Option<TensorMut<'_, Self>> {
                (TypeId::of::<A>() == TypeId::of::<Self>()).then(|| tensor.reinterpret())
            }
        }
    };
}

real!(f32, "f32", (single, _double) => single, cube_root_f32, expf, logf, tanhf, powf);
real!(f64, "f64", (_single, double) => double, cube_root_f64, exp, log, tanh, pow);
