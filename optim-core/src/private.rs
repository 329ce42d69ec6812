//! What an expansion may name, and nothing else. Not for people: it changes without notice.

pub use crate::error::Error;
pub use crate::math::{abs, cbrt, clamp, epsilon, exp, ln, max, min, pow, sign, sqrt, tanh};
pub use crate::real::{Join, NoScalar, Real};
pub use crate::rule::{Cache, Formula, GradientAtWeights, Hyper, HyperKind, Range, Rule};
pub use crate::walk::{Op, Structure};
pub use core;

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
                fn hyper() -> &'static [$crate::private::Hyper] {
                    &[]
                }
                fn formula() -> $crate::private::Formula {
                    $crate::private::Formula::new("", "", "")
                }
                fn caches() -> &'static [$crate::private::Cache] {
                    &[]
                }
                fn value(&self, _: usize) -> f64 {
                    0.0
                }
                fn set_value(&mut self, _: usize, _: f64) {}
                fn scalars<A: $crate::private::Real>(&self, _: f64) {}
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
