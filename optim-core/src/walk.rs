//! A walk over a model: who visits what, in which order, and where it stands.
//!
//! [`Optimizable::visit`](crate::Optimizable) is written by the derive; it takes one [`Op`] and hands every field on.
//! The order of a walk is the order of declaration, of indices, and of a map's sorted keys.

use crate::kernel::{Tensor, TensorMut};
use crate::path::{At, Role};
use crate::real::Real;

/// A part of a model's structure that is not a tensor: two models fit when these, and the shapes, are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Structure<'s> {
    /// The elements of a `Vec` or a map.
    Length(usize),
    /// `Some` (true) or `None`.
    Present(bool),
    /// An enum's variant.
    Variant(&'static str),
    /// An entry of a map.
    Key(&'s str),
}

/// Sees every tensor of a model, in walking order.
pub trait Visitor<'a, A> {
    /// A tensor at `at`.
    fn tensor(&mut self, at: &At<'_>, tensor: Tensor<'a, A>);

    /// A length, variant, key or presence at `at`; comes before what it contains.
    fn structure(&mut self, at: &At<'_>, structure: Structure<'_>) {
        let _ = (at, structure);
    }
}

/// Sees every tensor of a model, in walking order, and may change its elements.
pub trait VisitorMut<'a, A> {
    /// A tensor at `at`.
    fn tensor(&mut self, at: &At<'_>, tensor: TensorMut<'a, A>);

    /// A length, variant, key or presence at `at`; comes before what it contains.
    fn structure(&mut self, at: &At<'_>, structure: Structure<'_>) {
        let _ = (at, structure);
    }
}

/// A walk that stands at one place of a model, on its way with a visitor.
pub struct Walk<'w, V: ?Sized> {
    at: At<'w>,
    visitor: &'w mut V,
}

impl<'w, V: ?Sized> Walk<'w, V> {
    #[inline]
    pub(crate) fn new(visitor: &'w mut V) -> Self {
        Walk { at: At::ROOT, visitor }
    }

    /// From here down, frozen.
    #[inline]
    #[must_use]
    pub fn frozen(self) -> Self {
        Walk { at: self.at.with_role(Role::Frozen), ..self }
    }

    /// From here down, a buffer.
    #[inline]
    #[must_use]
    pub fn buffer(self) -> Self {
        Walk { at: self.at.with_role(Role::Buffer), ..self }
    }

    /// From here down, in the group of this name.
    #[inline]
    #[must_use]
    pub fn group(self, name: &'static str) -> Self {
        Walk { at: self.at.with_group(name), ..self }
    }

    /// From here down, matrices stand the other way round in PyTorch.
    #[inline]
    pub(crate) fn transposed(self) -> Self {
        Walk { at: self.at.turned(), ..self }
    }
}

/// The same functions for reading and for changing walks.
macro_rules! walk {
    ($name:ident, $visitor:ident, $tensor:ident, $cast:ident) => {
        /// A walk whose visitor sees numbers of type `A` that live for `'a`.
        pub type $name<'w, 'a, A> = Walk<'w, dyn $visitor<'a, A> + 'w>;

        impl<'w, 'a, A: Real> $name<'w, 'a, A> {
            /// The same walk, for the length of one call.
            #[inline]
            pub fn reborrow(&mut self) -> $name<'_, 'a, A> {
                Walk { at: self.at, visitor: self.visitor }
            }

            /// On to the field of this name.
            #[inline]
            pub fn field(&mut self, name: &'static str) -> $name<'_, 'a, A> {
                Walk { at: self.at.name(name), visitor: self.visitor }
            }

            /// On to a tuple field or an element.
            #[inline]
            pub fn index(&mut self, index: usize) -> $name<'_, 'a, A> {
                Walk { at: self.at.index(index), visitor: self.visitor }
            }

            /// Says of what form the model is here.
            #[inline]
            pub fn structure(&mut self, structure: Structure<'_>) {
                self.visitor.structure(&self.at, structure);
            }

            /// On to the fields of an enum's variant.
            #[inline]
            pub fn variant(&mut self, name: &'static str) -> $name<'_, 'a, A> {
                self.structure(Structure::Variant(name));
                Walk { at: self.at.name(name), visitor: self.visitor }
            }

            /// On to the entry of a map.
            #[inline]
            pub fn key<'s>(&'s mut self, key: &'s str) -> $name<'s, 'a, A> {
                self.structure(Structure::Key(key));
                Walk { at: self.at.key(key), visitor: self.visitor }
            }

            /// A tensor stands here.
            ///
            /// # Panics
            /// When the tensor's number type is not the walk's. The derive and the containers forbid it at compile
            /// time; only an `Optimizable` written by hand with another `Scalar` than its parts can get here.
            #[inline]
            pub fn tensor<B: Real>(&mut self, tensor: $tensor<'a, B>) {
                let Some(tensor) = A::$cast(tensor) else {
                    unreachable!("`{}` holds {} in a model of {}", self.at, B::NAME, A::NAME)
                };
                self.visitor.tensor(&self.at, tensor);
            }
        }
    };
}

walk!(Read, Visitor, Tensor, cast);
walk!(Write, VisitorMut, TensorMut, cast_mut);

/// What is to be done with a value of type `T`: the one argument of [`Optimizable::visit`](crate::Optimizable).
///
/// One function for all three, so that a field that is not optimizable is reported once.
pub enum Op<'w, 'a, T: ?Sized, A> {
    /// Show every tensor.
    Read(&'a T, Read<'w, 'a, A>),
    /// Show every tensor, to be changed.
    Write(&'a mut T, Write<'w, 'a, A>),
    /// Return a value of the same structure with zeros for numbers.
    Zeros(&'a T),
}
