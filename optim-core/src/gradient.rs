//! Arithmetic on gradients, which are values of the model's own type.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::optimizable::Optimizable;
use crate::real::Real;

/// The product of two gradients. Derived types have it, numbers, and the containers of models; `ndarray` arrays have a
/// `dot` of their own, which is another one. (What gradients are added, scaled and measured with, every model has:
/// [`add_scaled`](Optimizable::add_scaled), [`scale`](Optimizable::scale), [`norm`](Optimizable::norm).)
///
/// Frozen parameters count (they are differentiated), buffers do not. Sums run in walking order, in `f64`.
///
/// ```
/// use optim_core::prelude::*;
///
/// let (mut sum, other) = (vec![1.0_f32, 2.0], vec![3.0_f32, 4.0]);
/// sum.add_scaled(0.5, &other)?;
/// assert_eq!(sum, [2.5, 4.0]);
/// assert_eq!(other.norm(), 5.0);
/// # Ok::<(), optim_core::Error>(())
/// ```
pub trait Gradient: Optimizable {
    /// The sum of the products of corresponding numbers.
    ///
    /// # Errors
    /// When the two differ in structure or in a shape; the error names the path.
    fn dot(&self, other: &Self) -> Result<f64, Error> {
        let mut sum = 0.0;
        self.for_each_pair(other, |_, ours, theirs| {
            // `iter` runs in logical order, whatever the layout: the sum does not depend on it.
            sum += ours.iter().zip(theirs.iter()).map(|(&x, &y)| x.as_f64() * y.as_f64()).sum::<f64>();
        })?;
        Ok(sum)
    }
}

impl Gradient for () {}
impl Gradient for f32 {}
impl Gradient for f64 {}
impl<T: Optimizable> Gradient for Vec<T> {}
impl<T: Optimizable, const N: usize> Gradient for [T; N] {}
impl<T: Optimizable> Gradient for Option<T> {}
impl<T: Optimizable> Gradient for BTreeMap<String, T> {}

macro_rules! tuples {
    ($($name:ident)+) => {
        impl<$($name),+> Gradient for ($($name,)+) where ($($name,)+): Optimizable {}
    };
}

tuples!(T0);
tuples!(T0 T1);
tuples!(T0 T1 T2);
tuples!(T0 T1 T2 T3);
tuples!(T0 T1 T2 T3 T4);
tuples!(T0 T1 T2 T3 T4 T5);
tuples!(T0 T1 T2 T3 T4 T5 T6);
tuples!(T0 T1 T2 T3 T4 T5 T6 T7);
tuples!(T0 T1 T2 T3 T4 T5 T6 T7 T8);
tuples!(T0 T1 T2 T3 T4 T5 T6 T7 T8 T9);
tuples!(T0 T1 T2 T3 T4 T5 T6 T7 T8 T9 T10);
tuples!(T0 T1 T2 T3 T4 T5 T6 T7 T8 T9 T10 T11);
