//! What an expansion may name, and nothing else. Not for people: it changes without notice.

use crate::optimizable::Optimizable;

pub use crate::real::{Fits, Join, NoScalar, Real, Scalar};
pub use crate::walk::{Op, Read, Write};

/// The scalar that has this many bits.
///
/// The associated types of a public model may not name a private type, so its scalar cannot be written as that of its
/// fields. A constant may: the fields are named in there, and only a number comes out.
pub struct Bits<const BITS: u32>;

/// The scalar of [`Bits`].
pub trait OfBits {
    /// The scalar.
    type Scalar: Scalar;
}

impl OfBits for Bits<0> {
    type Scalar = NoScalar;
}
impl OfBits for Bits<32> {
    type Scalar = f32;
}
impl OfBits for Bits<64> {
    type Scalar = f64;
}

/// A scalar that `#[optim(scalar = "…")]` says, which may be anything.
pub trait Said {
    /// Itself.
    type Scalar: Scalar;
}

impl<S: Scalar> Said for S {
    type Scalar = S;
}

/// A field whose type has parameters, and the scalar of it and all `Before` it: `Vec<T>: Part<Before, Joined = S>` makes
/// `S` a parameter of an impl.
///
/// Apart from [`Optimizable`] and [`Join`], so that it never disagrees with a bound that the user has on the same type,
/// and so that the body of the impl may still find that the type is not optimizable.
pub trait Part<Before: Scalar> {
    /// The scalar of both.
    type Joined: Scalar;
}

impl<T: Optimizable<Scalar: Join<Before>>, Before: Scalar> Part<Before> for T {
    type Joined = <T::Scalar as Join<Before>>::Out;
}

/// A skipped field, which a gradient has a clone of.
#[diagnostic::on_unimplemented(
    message = "a skipped field is cloned into gradients, and `{Self}` is not `Clone`",
    label = "not `Clone`: derive it for `{Self}`, or say what a gradient has here with `#[optim(skip = …)]`"
)]
pub trait CloneSkipped {
    /// A clone.
    #[must_use]
    fn clone(&self) -> Self;
}

#[diagnostic::do_not_recommend]
impl<T: Clone> CloneSkipped for T {
    #[inline]
    fn clone(&self) -> Self {
        Clone::clone(self)
    }
}
