//! What an expansion may name, and nothing else. Not for people: it changes without notice.

pub use crate::error::Error;
pub use crate::kernel::Kernels;
pub use crate::math::{abs, cbrt, clamp, epsilon, exp, ln, max, min, pow, sign, sqrt, tanh};
pub use crate::optimizer::{Beside, Carries};
pub use crate::real::{Fits, Join, NoScalar, Real, Scalar};
pub use crate::rule::{Cache, CacheArray, CacheScope, Formula, GradientAtWeights, Hyper, HyperKind, Range, Rule};
pub use crate::tiled::{
    CALL_NUMBERS, Call, Fold, Level, Numbers, Pass, Section, Shape, Sum, SumKind, Term, Tiled, Untiled,
};
pub use crate::walk::{Op, Read, Write};

use crate::optimizable::Optimizable;

/// Asks for large pages for memory that has been written, as optimizers do for theirs: what they are compared with gets
/// the same.
pub fn ask_for_large_pages<T>(numbers: &[T]) {
    crate::kernel::ask(numbers.as_ptr().cast(), size_of_val(numbers), crate::kernel::Wish::Move);
}

/// A `u64` hyper-parameter as a number.
#[inline]
pub fn count(value: u64) -> f64 {
    value as f64
}

/// A `bool` hyper-parameter as a number.
#[inline]
pub fn flag(value: bool) -> f64 {
    f64::from(u8::from(value))
}

/// A number that was checked to be whole and at most 2^53.
#[inline]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked before it gets here")]
pub fn to_count(value: f64) -> u64 {
    value as u64
}

/// Shows a scalar of a step, to be read or changed.
#[inline]
pub fn visit_number<A: Real>(name: &'static str, number: &mut A, visit: &mut dyn FnMut(&'static str, &mut f64)) {
    let mut shown = number.as_f64();
    visit(name, &mut shown);
    *number = A::from_f64(shown);
}

/// The same of a condition: 0 or 1.
#[inline]
pub fn visit_flag(name: &'static str, condition: &mut bool, visit: &mut dyn FnMut(&'static str, &mut f64)) {
    let mut shown = flag(*condition);
    visit(name, &mut shown);
    *condition = shown != 0.0;
}

/// The mean, from a sum and a count: of nothing, 0.
#[inline]
pub fn mean(sum: f64, count: f64) -> f64 {
    if count == 0.0 { 0.0 } else { sum / count }
}

/// Where a condition on a shape is looked at: the shape, as a part of [`Numbers`].
#[derive(Clone, Copy, Debug)]
pub struct At<'a> {
    /// The shape of the tensor.
    pub shape: &'a Shape,
}

/// A requirement of a rule.
///
/// # Errors
/// Where it does not hold.
pub fn require(rule: &'static str, holds: bool, text: &'static str) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error::require(rule, text)) }
}

/// A rule in whose declaration there is a mistake: it exists, so that the mistake is the only error.
#[doc(hidden)]
#[macro_export]
macro_rules! __broken_rule {
    ($name:ident) => {
        const _: () = {
            #[automatically_derived]
            impl $crate::private::Rule for $name {
                const NAME: &'static str = "";
                const LOOKS_AHEAD: bool = false;
                const EVALUATES: bool = false;
                type Step<A: $crate::private::Real> = ();
                type Caches<A: $crate::private::Real> = [A; 0];
                type Model = [f64; 0];
                type Tiled = $crate::private::Untiled;
                fn hyper() -> &'static [$crate::private::Hyper] {
                    &[]
                }
                fn doc() -> &'static str {
                    ""
                }
                fn formula() -> $crate::private::Formula {
                    $crate::private::Formula::new("", "", "")
                }
                fn declared_caches() -> &'static [$crate::private::Cache] {
                    &[]
                }
                fn value(&self, _: usize) -> f64 {
                    0.0
                }
                fn set_value(&mut self, _: usize, _: f64) {}
                fn scalars<A: $crate::private::Real>(&self, _: f64, _: &mut [f64; 0]) {}
                fn update<A: $crate::private::Real>(_: (), w: A, _: A, caches: [A; 0]) -> (A, [A; 0]) {
                    (w, caches)
                }
            }
            #[automatically_derived]
            impl $crate::private::GradientAtWeights for $name {}
        };
    };
}
#[doc(hidden)]
pub use crate::__broken_rule as broken_rule;

/// The scalar that has this many bits.
///
/// The associated types of a public model may not name a private type, so its scalar cannot be written as that of its
/// fields. A constant may: the fields are named in there, and only a number comes out.
pub struct Bits<const BITS: usize>;

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

/// A field whose type has parameters, in a model whose scalar is known: it is optimizable, and its scalar fits.
///
/// In one trait, and not a bound on the scalar: that would be one on the projection of a type which the bound beside it
/// is about, and the compiler goes round in circles where the type is spelled in another way than it is known by
/// (`Array1<T::Float>` with `T: Config<Float = A>`).
pub trait Within<Whole: Scalar> {}

impl<T: Optimizable<Scalar: Fits<Whole>>, Whole: Scalar> Within<Whole> for T {}

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
