//! Activations: functions of one number, applied to every number of an input of any rank.
//!
//! `y = f(x)`, elementwise; backward `dx = f′(x) · dy`. [`Relu`], [`Tanh`], [`Sigmoid`], and any type that implements
//! [`Activation`].

use ndarray::{ArrayView, Dimension, Zip};

use super::{Exponential, Layer, Workspace, expect_shape};
use crate::Optimizable;
use crate::error::Error;
use crate::real::{NoScalar, Real};

/// A differentiable function of one number. Whatever implements it is a [`Layer`] for inputs of every rank and of both
/// number types.
///
/// ```
/// use optim_core::ndarray::array;
/// use optim_core::prelude::*;
///
/// /// `x` for positive `x`, a fraction of it for negative.
/// #[derive(Optimizable)]
/// struct LeakyRelu {
///     #[optim(skip)]
///     leak: f64,
/// }
///
/// impl Activation for LeakyRelu {
///     fn value<A: Real>(&self, x: A) -> A {
///         if x <= A::zero() { A::from_f64(self.leak) * x } else { x }
///     }
///     fn slope<A: Real>(&self, x: A, _: A) -> A {
///         if x <= A::zero() { A::from_f64(self.leak) } else { A::one() }
///     }
/// }
///
/// let layer = LeakyRelu { leak: 0.5 };
/// let mut workspace = Default::default();
/// let y = layer.forward(array![[2.0_f32, -2.0]].view(), &mut workspace)?;
/// assert_eq!(y, array![[2.0, -1.0]]);
/// # Ok::<(), optim_core::Error>(())
/// ```
pub trait Activation: Optimizable<Scalar = NoScalar> {
    /// `f(x)`.
    fn value<A: Real>(&self, x: A) -> A;

    /// `f′(x)`, from `x` and `y = f(x)`, whichever is cheaper.
    fn slope<A: Real>(&self, x: A, y: A) -> A;
}

impl<F: Activation, A: Real, D: Dimension> Layer<A, D> for F {
    type Output = D;
    type Workspace = Workspace<A, D>;

    fn output_shape(&self, x: D) -> Result<D, Error> {
        Ok(x)
    }

    fn forward<'w>(
        &self,
        x: ArrayView<'_, A, D>,
        workspace: &'w mut Workspace<A, D>,
    ) -> Result<ArrayView<'w, A, D>, Error> {
        let mut y = workspace.y.resize(x.raw_dim());
        // Indices over slices need nothing inlined from other crates to become a loop of vectors.
        if let (Some(y), Some(x)) = (y.as_slice_mut(), x.as_slice()) {
            let x = &x[..y.len()];
            for i in 0..y.len() {
                y[i] = self.value(x[i]);
            }
        } else {
            Zip::from(y).and(&x).for_each(|y, &x| *y = self.value(x));
        }
        Ok(workspace.y.view())
    }

    fn output<'w>(&self, workspace: &'w Workspace<A, D>) -> ArrayView<'w, A, D> {
        workspace.y.view()
    }

    fn backward<'w>(
        &self,
        x: ArrayView<'_, A, D>,
        dy: ArrayView<'_, A, D>,
        workspace: &'w mut Workspace<A, D>,
        _: &mut Self,
    ) -> Result<ArrayView<'w, A, D>, Error> {
        expect_shape::<Self, _>("the gradient of the output", dy.raw_dim(), x.raw_dim())?;
        expect_shape::<Self, _>("the input of `backward`", x.raw_dim(), workspace.y.shape())?;
        let mut dx = workspace.dx.resize(x.raw_dim());
        let y = workspace.y.view();
        if let (Some(dx), Some(x), Some(y), Some(dy)) = (dx.as_slice_mut(), x.as_slice(), y.as_slice(), dy.as_slice()) {
            let n = dx.len();
            let (x, y, dy) = (&x[..n], &y[..n], &dy[..n]);
            for i in 0..n {
                dx[i] = self.slope(x[i], y[i]) * dy[i];
            }
        } else {
            Zip::from(dx).and(&x).and(&y).and(&dy).for_each(|dx, &x, &y, &dy| *dx = self.slope(x, y) * dy);
        }
        Ok(workspace.dx.view())
    }

    /// There are none.
    fn backward_parameters(
        &self,
        x: ArrayView<'_, A, D>,
        dy: ArrayView<'_, A, D>,
        _: &mut Workspace<A, D>,
        _: &mut Self,
    ) -> Result<(), Error> {
        expect_shape::<Self, _>("the gradient of the output", dy.raw_dim(), x.raw_dim()).map(drop)
    }
}

/// The rectifier: `y = max(x, 0)`, with slope 0 at 0.
///
/// NaN stays NaN.
///
/// ```
/// use optim_core::ndarray::array;
/// use optim_core::prelude::*;
///
/// let mut workspace = Default::default();
/// let y = Relu.forward(array![[-1.0_f32, 0.0, 2.0]].view(), &mut workspace)?;
/// assert_eq!(y, array![[0.0, 0.0, 2.0]]);
/// # Ok::<(), optim_core::Error>(())
/// ```
///
/// V. Nair, G. Hinton, *Rectified Linear Units Improve Restricted Boltzmann Machines*, ICML 2010.
#[derive(Optimizable, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Relu;

/// The hyperbolic tangent: `y = tanh(x)`, with slope `1 − y²`.
///
/// ```
/// use optim_core::ndarray::array;
/// use optim_core::prelude::*;
///
/// let mut workspace = Default::default();
/// let y = Tanh.forward(array![[0.0_f64, 1e3]].view(), &mut workspace)?;
/// assert_eq!(y, array![[0.0, 1.0]]);
/// # Ok::<(), optim_core::Error>(())
/// ```
#[derive(Optimizable, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tanh;

/// The logistic function: `y = 1 / (1 + exp(−x))`, with slope `y · (1 − y)`.
///
/// Exact to rounding for large `x` of either sign: nothing overflows.
///
/// ```
/// use optim_core::ndarray::array;
/// use optim_core::prelude::*;
///
/// let mut workspace = Default::default();
/// let y = Sigmoid.forward(array![[0.0_f32, 200.0, -200.0]].view(), &mut workspace)?;
/// assert_eq!(y, array![[0.5, 1.0, 0.0]]);
/// # Ok::<(), optim_core::Error>(())
/// ```
#[derive(Optimizable, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sigmoid;

impl Activation for Relu {
    #[inline]
    fn value<A: Real>(&self, x: A) -> A {
        if x <= A::zero() { A::zero() } else { x }
    }

    #[inline]
    fn slope<A: Real>(&self, x: A, _: A) -> A {
        if x <= A::zero() { A::zero() } else { A::one() }
    }
}

impl Activation for Tanh {
    #[inline]
    fn value<A: Real>(&self, x: A) -> A {
        <A as Exponential>::layer_tanh(x)
    }

    #[inline]
    fn slope<A: Real>(&self, _: A, y: A) -> A {
        A::one() - y * y
    }
}

impl Activation for Sigmoid {
    #[inline]
    fn value<A: Real>(&self, x: A) -> A {
        let small = <A as Exponential>::layer_exp(-x.abs());
        let numerator = if x < A::zero() { small } else { A::one() };
        numerator / (A::one() + small)
    }

    #[inline]
    fn slope<A: Real>(&self, _: A, y: A) -> A {
        y * (A::one() - y)
    }
}
