//! Arithmetic on gradients, which are values of the model's own type.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::optimizable::{Optimizable, RealOf};
use crate::path::Role;
use crate::real::Real;
use ndarray::Zip;

/// What gradients are added, scaled and measured with. Derived types have it, and the containers of models; numbers
/// and `ndarray` arrays have arithmetic of their own, whose `dot` is another one.
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
    /// Multiplies every number by `factor`.
    fn scale(&mut self, factor: f64) {
        let factor = RealOf::<Self>::from_f64(factor);
        self.for_each_param_mut(|_, mut value| value.mapv_inplace(|x| x * factor));
    }

    /// Adds `factor · other`.
    ///
    /// # Errors
    /// When the two differ in structure or in a shape; the error names the path, and nothing has been added.
    fn add_scaled(&mut self, factor: f64, other: &Self) -> Result<(), Error> {
        let factor = RealOf::<Self>::from_f64(factor);
        self.for_each_pair_mut(other, |_, mut ours, theirs| {
            Zip::from(&mut ours).and(&theirs).for_each(|x, &y| *x += factor * y);
        })
    }

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

    /// The square root of the sum of squares.
    fn norm(&self) -> f64 {
        let mut sum = 0.0;
        self.for_each_tensor(|_, role, value| {
            if role != Role::Buffer {
                sum += value.iter().map(|&x| x.as_f64() * x.as_f64()).sum::<f64>();
            }
        });
        sum.sqrt()
    }
}

impl Gradient for () {}
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
