//! A model as one vector of numbers, and back: what a line search, a quasi-Newton method or a file of somebody else's
//! works on.
//!
//! The vector holds the parameters, frozen ones included, buffers not (as
//! [`num_params`](Optimizable::num_params) counts): in walking order, each tensor in logical row-major order, whatever
//! its memory layout. A gradient is a model, and flattens to a vector in the same order.
//!
//! ```
//! use optim_core::flat::flatten;
//! use optim_core::ndarray::{Array2, array};
//! use optim_core::prelude::*;
//!
//! #[derive(Optimizable)]
//! struct Affine {
//!     weight: Array2<f64>,
//!     bias: f64,
//! }
//!
//! let mut model = Affine { weight: array![[1.0, 2.0], [3.0, 4.0]], bias: 5.0 };
//! assert_eq!(model.flatten(), [1.0, 2.0, 3.0, 4.0, 5.0]);
//! model.unflatten_from(&[0.0, 1.0, 0.0, 2.0, 0.5])?;
//! assert_eq!((model.weight[[1, 1]], model.bias), (2.0, 0.5));
//! // Arrays have a `flatten` of their own, of `ndarray`'s: the function does it for every model.
//! assert_eq!(flatten(&model.weight), [0.0, 1.0, 0.0, 2.0]);
//! # Ok::<(), optim_core::Error>(())
//! ```

use crate::error::Error;
use crate::kernel::{Tensor, TensorMut};
use crate::optimizable::{Optimizable, RealOf};
use crate::path::{At, Role};
use crate::real::Real;
use crate::walk::{Visitor, VisitorMut};

/// The parameters of `model` in a new vector; see the [module's page](self).
///
/// Does what [`Gradient::flatten`](crate::Gradient::flatten) does, for every model, arrays among them.
///
/// ```
/// use optim_core::flat::flatten;
/// use optim_core::ndarray::array;
///
/// assert_eq!(flatten(&(array![[1.0, 2.0], [3.0, 4.0]].reversed_axes(), 5.0)), [1.0, 3.0, 2.0, 4.0, 5.0]);
/// ```
pub fn flatten<M: Optimizable>(model: &M) -> Vec<RealOf<M>> {
    let mut numbers = vec![<RealOf<M> as num_traits::Zero>::zero(); model.num_params()];
    model.walk(&mut Flatten { rest: &mut numbers });
    numbers
}

pub(crate) fn flatten_into<M: Optimizable>(model: &M, numbers: &mut [RealOf<M>]) -> Result<(), Error> {
    check(model, numbers.len())?;
    model.walk(&mut Flatten { rest: numbers });
    Ok(())
}

pub(crate) fn unflatten_from<M: Optimizable>(model: &mut M, numbers: &[RealOf<M>]) -> Result<(), Error> {
    check(model, numbers.len())?;
    model.walk_mut(&mut Unflatten::parameters(numbers));
    Ok(())
}

pub(crate) fn unflatten<M: Optimizable>(model: &M, numbers: &[RealOf<M>]) -> Result<M, Error> {
    check(model, numbers.len())?;
    let mut made = model.zeros_like();
    made.walk_mut(&mut Unflatten::parameters(numbers));
    let mut buffers = Vec::new();
    model.for_each_tensor(|_, role, value| {
        if role == Role::Buffer {
            buffers.extend(value.iter());
        }
    });
    made.walk_mut(&mut Unflatten { rest: &buffers, buffers: true });
    Ok(made)
}

fn check<M: Optimizable>(model: &M, found: usize) -> Result<(), Error> {
    let expected = model.num_params();
    if found == expected { Ok(()) } else { Err(Error::length(found, expected)) }
}

/// Copies parameters to the numbers that are left.
struct Flatten<'n, A> {
    rest: &'n mut [A],
}

impl<A: Real> Visitor<'_, A> for Flatten<'_, A> {
    fn tensor(&mut self, at: &At<'_>, tensor: Tensor<'_, A>) {
        if at.role() != Role::Buffer
            && let Some((numbers, rest)) = std::mem::take(&mut self.rest).split_at_mut_checked(tensor.len())
        {
            tensor.copy_to(numbers);
            self.rest = rest;
        }
    }
}

/// Copies the numbers that are left to parameters, or to buffers.
struct Unflatten<'n, A> {
    rest: &'n [A],
    buffers: bool,
}

impl<'n, A> Unflatten<'n, A> {
    fn parameters(numbers: &'n [A]) -> Self {
        Unflatten { rest: numbers, buffers: false }
    }
}

impl<A: Real> VisitorMut<'_, A> for Unflatten<'_, A> {
    fn tensor(&mut self, at: &At<'_>, mut tensor: TensorMut<'_, A>) {
        if (at.role() == Role::Buffer) == self.buffers
            && let Some((numbers, rest)) = self.rest.split_at_checked(tensor.len())
        {
            tensor.copy_from(numbers);
            self.rest = rest;
        }
    }
}
