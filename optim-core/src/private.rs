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

/// The scalar of a field whose type has parameters, as an impl's own parameter: `Vec<T>: Part<0, Scalar = S>`.
///
/// Apart from [`Optimizable`], so that it agrees with whatever bounds the user has on the same type, and so that the
/// body of the impl may still find that the type is not optimizable. Apart for every field, as two may have one type.
pub trait Part<const FIELD: usize> {
    /// The scalar.
    type Scalar: Scalar;
}

impl<T: Optimizable, const FIELD: usize> Part<FIELD> for T {
    type Scalar = T::Scalar;
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
