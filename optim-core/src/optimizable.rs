//! [`Optimizable`]: what makes a type a model, and what every model can do.

use ndarray::{ArrayViewD, ArrayViewMutD};

use crate::error::Error;
use crate::flat;
use crate::kernel::{Tensor, TensorMut};
use crate::pair;
use crate::path::{At, Role};
use crate::real::Scalar;
use crate::walk::{Op, Read, Visitor, VisitorMut, Write};

/// The number type that `M` is made of (`f64` where there is none).
pub type RealOf<M> = <<M as Optimizable>::Scalar as Scalar>::Real;

/// A model: any value that is made of parameters. Derive it.
///
/// Numbers (`f32`, `f64`), owned `ndarray` arrays, `Vec`s and arrays of numbers are tensors; `Vec`, `[T; N]`, `Option`,
/// `Box`, tuples, `BTreeMap<String, T>` and derived types contain models. A gradient is a value of the model's own type
/// ([`zeros_like`](Self::zeros_like)).
///
/// ```
/// use optim_core::ndarray::{Array1, Array2};
/// use optim_core::prelude::*;
///
/// #[derive(Optimizable)]
/// struct Affine {
///     weight: Array2<f32>,
///     bias: Array1<f32>,
///     #[optim(skip)]
///     name: String,
/// }
///
/// let model = Affine { weight: Array2::ones((3, 2)), bias: Array1::ones(2), name: "head".into() };
/// assert_eq!(model.num_params(), 8);
/// let gradient = model.zeros_like();
/// assert_eq!((gradient.weight.sum(), gradient.name.as_str()), (0.0, "head"));
/// let mut paths = Vec::new();
/// model.for_each_param(|path, _| paths.push(path.to_owned()));
/// assert_eq!(paths, ["weight", "bias"]);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not optimizable",
    label = "not optimizable: derive `Optimizable` for `{Self}`, or leave the field out with `#[optim(skip)]`",
    note = "parameters are `f32`, `f64`, owned `ndarray` arrays of them, `Vec` and `[T; N]` of numbers or models, `Option`, `Box`, tuples and `BTreeMap<String, T>` of models"
)]
pub trait Optimizable: Sized {
    /// The number type of all its parameters; [`NoScalar`](crate::NoScalar) where there are none.
    type Scalar: Scalar;

    /// Written by the derive: does what `op` says to every field, and returns a value for [`Op::Zeros`].
    #[doc(hidden)]
    fn visit<A: crate::Real>(op: Op<'_, '_, Self, A>) -> Option<Self>;

    /// A slice of these, read: a container of parts; one tensor where they are numbers.
    #[doc(hidden)]
    #[inline]
    fn read_slice<'a, A: crate::Real>(slice: &'a [Self], walk: &mut Read<'_, 'a, A>) {
        for (index, element) in slice.iter().enumerate() {
            Self::visit(Op::Read(element, walk.index(index)));
        }
    }

    /// A slice of these, changed.
    #[doc(hidden)]
    #[inline]
    fn write_slice<'a, A: crate::Real>(slice: &'a mut [Self], walk: &mut Write<'_, 'a, A>) {
        for (index, element) in slice.iter_mut().enumerate() {
            Self::visit(Op::Write(element, walk.index(index)));
        }
    }

    /// A value of the same structure and shapes with zeros for parameters, frozen ones and buffers; skipped fields are
    /// clones. This is what a gradient starts from.
    #[must_use]
    fn zeros_like(&self) -> Self {
        let zeros = Self::visit::<RealOf<Self>>(Op::Zeros(self));
        // The derive and the containers return a value for `Op::Zeros`, whatever the fields are.
        zeros.unwrap_or_else(|| unreachable!("`visit` returns a value for `Op::Zeros`"))
    }

    /// Shows every tensor to `visitor`, in walking order.
    fn walk<'a>(&'a self, visitor: &mut dyn Visitor<'a, RealOf<Self>>) {
        Self::visit(Op::Read(self, Read::new(visitor)));
    }

    /// Shows every tensor to `visitor`, which may change the elements, in walking order.
    fn walk_mut<'a>(&'a mut self, visitor: &mut dyn VisitorMut<'a, RealOf<Self>>) {
        Self::visit(Op::Write(self, Write::new(visitor)));
    }

    /// How many numbers the parameters hold, frozen ones included, buffers not.
    fn num_params(&self) -> usize {
        struct Count(usize);
        impl<A> Visitor<'_, A> for Count {
            fn tensor(&mut self, at: &At<'_>, tensor: Tensor<'_, A>) {
                if at.role() != Role::Buffer {
                    self.0 += tensor.len();
                }
            }
        }
        let mut count = Count(0);
        self.walk(&mut count);
        count.0
    }

    /// Calls `f` with path and value of every parameter, frozen ones included, in walking order.
    fn for_each_param<'a>(&'a self, mut f: impl FnMut(&str, ArrayViewD<'a, RealOf<Self>>)) {
        self.for_each_tensor(|path, role, value| {
            if role != Role::Buffer {
                f(path, value);
            }
        });
    }

    /// Calls `f` with path and value of every parameter, frozen ones included, in walking order.
    fn for_each_param_mut<'a>(&'a mut self, mut f: impl FnMut(&str, ArrayViewMutD<'a, RealOf<Self>>)) {
        self.for_each_tensor_mut(|path, role, value| {
            if role != Role::Buffer {
                f(path, value);
            }
        });
    }

    /// Calls `f` with path, role and value of every tensor, buffers included, in walking order.
    fn for_each_tensor<'a>(&'a self, f: impl FnMut(&str, Role, ArrayViewD<'a, RealOf<Self>>)) {
        struct Each<F>(F, String);
        impl<'a, A: crate::Real, F: FnMut(&str, Role, ArrayViewD<'a, A>)> Visitor<'a, A> for Each<F> {
            fn tensor(&mut self, at: &At<'_>, tensor: Tensor<'a, A>) {
                (self.0)(pair::write_path(&mut self.1, at), at.role(), tensor.view());
            }
        }
        self.walk(&mut Each(f, String::new()));
    }

    /// Calls `f` with path, role and value of every tensor, buffers included, in walking order.
    fn for_each_tensor_mut<'a>(&'a mut self, f: impl FnMut(&str, Role, ArrayViewMutD<'a, RealOf<Self>>)) {
        struct Each<F>(F, String);
        impl<'a, A: crate::Real, F: FnMut(&str, Role, ArrayViewMutD<'a, A>)> VisitorMut<'a, A> for Each<F> {
            fn tensor(&mut self, at: &At<'_>, tensor: TensorMut<'a, A>) {
                (self.0)(pair::write_path(&mut self.1, at), at.role(), tensor.into_view());
            }
        }
        self.walk_mut(&mut Each(f, String::new()));
    }

    /// Calls `f` with path and both values of every parameter of two models, frozen ones included, in step.
    ///
    /// # Errors
    /// When the models differ in structure or in a shape; the error names the path, and `f` has not been called.
    fn for_each_pair<'a>(
        &'a self,
        other: &'a Self,
        f: impl FnMut(&str, ArrayViewD<'a, RealOf<Self>>, ArrayViewD<'a, RealOf<Self>>),
    ) -> Result<(), Error> {
        pair::for_each_pair(self, other, f)
    }

    /// Calls `f` with path and both values of every parameter of two models, frozen ones included, in step; the first
    /// model's may be changed.
    ///
    /// # Errors
    /// When the models differ in structure or in a shape; the error names the path, and `f` has not been called.
    fn for_each_pair_mut<'a>(
        &'a mut self,
        other: &'a Self,
        f: impl FnMut(&str, ArrayViewMutD<'a, RealOf<Self>>, ArrayViewD<'a, RealOf<Self>>),
    ) -> Result<(), Error> {
        pair::for_each_pair_mut(self, other, f)
    }

    /// Multiplies every parameter by `factor`, rounded to the model's scalar.
    fn scale(&mut self, factor: f64) {
        struct Scale<A>(A);
        impl<'a, A: crate::Real> VisitorMut<'a, A> for Scale<A> {
            fn tensor(&mut self, at: &At<'_>, mut tensor: TensorMut<'a, A>) {
                if at.role() != Role::Buffer {
                    tensor.scale(self.0);
                }
            }
        }
        self.walk_mut(&mut Scale(crate::Real::from_f64(factor)));
    }

    /// Adds `factor · other`: `x ← x + factor · y`, with `factor` rounded to the model's scalar.
    ///
    /// # Errors
    /// When the two differ in structure or in a shape; the error names the path, and nothing has been added.
    fn add_scaled(&mut self, factor: f64, other: &Self) -> Result<(), Error> {
        pair::add_scaled(self, factor, other, &mut Vec::new())
    }

    /// `√Σ xᵢ²` over the parameters, frozen ones included, in walking order, in `f64`.
    fn norm(&self) -> f64 {
        struct Squares(f64);
        impl<A: crate::Real> Visitor<'_, A> for Squares {
            fn tensor(&mut self, at: &At<'_>, tensor: Tensor<'_, A>) {
                if at.role() != Role::Buffer {
                    let mut sum = 0.0;
                    tensor.for_each_block(|block| block.iter().for_each(|x| sum += x.as_f64() * x.as_f64()));
                    self.0 += sum;
                }
            }
        }
        let mut squares = Squares(0.0);
        self.walk(&mut squares);
        squares.0.sqrt()
    }

    /// Writes the parameters to `numbers`, in walking order, each tensor in logical row-major order: as many as
    /// [`num_params`](Self::num_params) counts, frozen ones included, buffers not. See [`flat`](crate::flat).
    ///
    /// ```
    /// use optim_core::prelude::*;
    ///
    /// let mut numbers = vec![0.0; 3];
    /// (vec![1.0, 2.0], 3.0).flatten_into(&mut numbers)?;
    /// assert_eq!(numbers, [1.0, 2.0, 3.0]);
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// When `numbers` has another length; the error names both, and nothing has been written.
    fn flatten_into(&self, numbers: &mut [RealOf<Self>]) -> Result<(), Error> {
        flat::flatten_into(self, numbers)
    }

    /// Sets the parameters to `numbers`, in the order of [`flatten_into`](Self::flatten_into); buffers and skipped fields
    /// stay as they are.
    ///
    /// ```
    /// use optim_core::prelude::*;
    ///
    /// let mut model = (vec![1.0, 2.0], 3.0);
    /// model.unflatten_from(&[4.0, 5.0, 6.0])?;
    /// assert_eq!(model, (vec![4.0, 5.0], 6.0));
    /// let error = model.unflatten_from(&[1.0]).unwrap_err();
    /// assert_eq!(error.to_string(), "the flat vector holds 1 numbers, the parameters of the model are 3");
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// When `numbers` has another length; the error names both, and nothing has changed.
    fn unflatten_from(&mut self, numbers: &[RealOf<Self>]) -> Result<(), Error> {
        flat::unflatten_from(self, numbers)
    }

    /// A model like this one with `numbers` for parameters, in the order of [`flatten_into`](Self::flatten_into): the
    /// same structure, shapes and buffers, and in place of skipped fields what a gradient has there.
    ///
    /// # Errors
    /// When `numbers` has another length; the error names both.
    fn unflatten(&self, numbers: &[RealOf<Self>]) -> Result<Self, Error> {
        flat::unflatten(self, numbers)
    }

    /// Sets every number to zero, buffers included: what [`zeros_like`](Self::zeros_like) returns, without allocating.
    fn fill_zero(&mut self) {
        struct Zero;
        impl<'a, A: crate::Real> VisitorMut<'a, A> for Zero {
            fn tensor(&mut self, _: &At<'_>, mut tensor: TensorMut<'a, A>) {
                tensor.fill(A::zero());
            }
        }
        self.walk_mut(&mut Zero);
    }
}
