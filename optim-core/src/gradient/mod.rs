//! Arithmetic on gradients, which are values of the model's own type: products, sums, and sums that are computed on
//! threads in an order that is always the same.
//!
//! What adds, scales and measures is a method of every model: [`fill_zero`](Optimizable::fill_zero),
//! [`scale`](Optimizable::scale), [`add_scaled`](Optimizable::add_scaled), [`norm`](Optimizable::norm). Two names belong
//! to `ndarray` on arrays, where they mean something else, and a trait's method would hide those: `dot` and `flatten`.
//! Every other model has them by [`Gradient`]; for any model, arrays and generic code among them, there are the
//! functions [`dot`] and [`flatten`](crate::flat::flatten).
//!
//! Frozen parameters count in all of these (they are differentiated), buffers do not.

mod parts;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

pub use parts::Parts;

use crate::error::Error;
use crate::flat;
use crate::kernel::{self, Execution};
use crate::optimizable::{Optimizable, RealOf};
use crate::pair::check_alike;

/// What `ndarray` arrays have under the same names with another meaning, for all other models: the product of two
/// gradients, and the flat vector. Derived types have it, numbers, and the containers of models.
///
/// ```
/// use optim_core::prelude::*;
///
/// let (mut sum, other) = (vec![1.0_f32, 2.0], vec![3.0_f32, 4.0]);
/// sum.add_scaled(0.5, &other)?;
/// assert_eq!(sum, [2.5, 4.0]);
/// assert_eq!((other.norm(), sum.dot(&other)?), (5.0, 23.5));
/// assert_eq!((sum, other).flatten(), [2.5, 4.0, 3.0, 4.0]);
/// # Ok::<(), optim_core::Error>(())
/// ```
pub trait Gradient: Optimizable {
    /// The sum of the products of corresponding numbers, as [`dot`].
    ///
    /// # Errors
    /// When the two differ in structure or in a shape; the error names the path.
    fn dot(&self, other: &Self) -> Result<f64, Error> {
        dot(self, other)
    }

    /// The parameters in a new vector, as [`flat::flatten`]; [`flatten_into`](Optimizable::flatten_into) uses a vector
    /// again.
    fn flatten(&self) -> Vec<RealOf<Self>> {
        flat::flatten(self)
    }
}

/// `Σ xᵢ yᵢ` over the parameters of two models, frozen ones included, in walking order, in `f64`.
///
/// ```
/// use optim_core::gradient::dot;
/// use optim_core::ndarray::array;
///
/// // As one vector of numbers: `ndarray`'s own `dot` is the product of matrices.
/// assert_eq!(dot(&array![[1.0, 2.0], [3.0, 4.0]], &array![[1.0, 1.0], [1.0, 2.0]])?, 14.0);
/// # Ok::<(), optim_core::Error>(())
/// ```
///
/// # Errors
/// When the two differ in structure or in a shape; the error names the path.
pub fn dot<M: Optimizable>(one: &M, other: &M) -> Result<f64, Error> {
    let mut sum = 0.0;
    one.for_each_pair(other, |_, ours, theirs| {
        // `iter` runs in logical order, whatever the layout: the sum does not depend on it.
        sum +=
            ours.iter().zip(theirs.iter()).map(|(&x, &y)| crate::Real::as_f64(x) * crate::Real::as_f64(y)).sum::<f64>();
    })?;
    Ok(sum)
}

/// Adds gradients, and leaves the sum in the first; the others hold parts of it afterwards. None at all are left alone.
///
/// They are added in pairs, pairs of pairs, and so on: `((g₀ + g₁) + (g₂ + g₃)) + …`, on all cores. The order depends on
/// how many there are, and on nothing else: the sum has the same bits on any machine.
///
/// ```
/// use optim_core::gradient;
///
/// // One gradient from each of three threads.
/// let mut gradients = [vec![1.0, 2.0], vec![10.0, 20.0], vec![100.0, 200.0]];
/// gradient::sum(&mut gradients)?;
/// assert_eq!(gradients[0], [111.0, 222.0]);
/// # Ok::<(), optim_core::Error>(())
/// ```
///
/// # Errors
/// When one differs from the first in structure or in a shape; the error names the path, and nothing has been added.
pub fn sum<M: Optimizable + Send>(gradients: &mut [M]) -> Result<(), Error> {
    if let Some((first, others)) = gradients.split_first() {
        others.iter().try_for_each(|other| check_alike(first, other, "a gradient"))?;
    }
    let gradients: Vec<_> = gradients.iter_mut().map(Mutex::new).collect();
    let lock = |index: usize| {
        gradients.get(index).map(|one: &Mutex<&mut M>| one.lock().unwrap_or_else(PoisonError::into_inner))
    };
    in_pairs(gradients.len(), Execution::default(), |one, other| {
        if let (Some(mut one), Some(other)) = (lock(one), lock(other)) {
            // They were found to be alike.
            let _ = one.add_scaled(1.0, &**other);
        }
    });
    Ok(())
}

/// The mean of gradients, left in the first: their [`sum`], times one through how many there are.
///
/// ```
/// use optim_core::gradient;
///
/// let mut gradients = [vec![1.0, 2.0], vec![5.0, 20.0]];
/// gradient::mean(&mut gradients)?;
/// assert_eq!(gradients[0], [3.0, 11.0]);
/// # Ok::<(), optim_core::Error>(())
/// ```
///
/// # Errors
/// As [`sum`].
pub fn mean<M: Optimizable + Send>(gradients: &mut [M]) -> Result<(), Error> {
    sum(gradients)?;
    let count = gradients.len();
    if let Some(first) = gradients.first_mut() {
        first.scale(1.0 / count as f64);
    }
    Ok(())
}

/// Calls `add(one, other)` so that all of `count` places end up in the first: neighbours at once, then pairs, then pairs
/// of pairs. Which are added to which depends on `count` alone; threads take pairs that have nothing in common.
fn in_pairs(count: usize, execution: Execution, add: impl Fn(usize, usize) + Sync) {
    let mut distance = 1;
    while distance < count {
        let pairs = (count - distance).div_ceil(2 * distance);
        kernel::run(execution.threads_for_work(pairs, 1), pairs, &|pair| {
            let one = pair * 2 * distance;
            add(one, one + distance);
        });
        distance *= 2;
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
