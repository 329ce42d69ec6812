//! [`Linear`]: every output is a weighted sum of all inputs, plus a bias.
//!
//! `y = x · W + b`, with `x` (batch, inputs), `W` (inputs, outputs), `b` (outputs), `y` (batch, outputs).
//! Backward: `dW += xᵀ · dy`, `db += Σ dy` over the batch, `dx = dy · Wᵀ`.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, ArrayViewMut1, Ix1, Ix2};

use super::{Layer, Workspace, expect_shape};
use crate::error::Error;
use crate::gradient::Gradient;
use crate::init::{Fans, Init};
use crate::kernel::{Start, matmul};
use crate::optimizable::Optimizable;
use crate::random::Rng;
use crate::real::Real;
use crate::walk::Op;

/// A dense layer: `y = x · W + b`.
///
/// Shapes: `x` (batch, inputs), `weight` (inputs, outputs), `bias` (outputs), `y` (batch, outputs). The weight is the
/// transpose of PyTorch's.
///
/// ```
/// use optim_core::ndarray::array;
/// use optim_core::prelude::*;
///
/// let layer = Linear { weight: array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], bias: array![0.5, -0.5] };
/// let mut workspace = layer.workspace();
/// let y = layer.forward(array![[1.0, 0.0, 1.0]].view(), &mut workspace)?;
/// assert_eq!(y, array![[6.5, 7.5]]);
///
/// let mut grad = layer.zeros_like();
/// let dx = layer.backward(array![[1.0, 0.0, 1.0]].view(), array![[1.0, -1.0]].view(), &mut workspace, &mut grad)?;
/// assert_eq!(dx, array![[-1.0, -1.0, -1.0]]);
/// assert_eq!(grad.weight, array![[1.0, -1.0], [0.0, 0.0], [1.0, -1.0]]);
/// assert_eq!(grad.bias, array![1.0, -1.0]);
/// # Ok::<(), optim_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Linear<A: Real> {
    /// `(inputs, outputs)`.
    pub weight: Array2<A>,
    /// `(outputs)`.
    pub bias: Array1<A>,
}

/// As the derive would write it, and says that PyTorch has the weight the other way round.
impl<A: Real> Optimizable for Linear<A> {
    type Scalar = A;

    #[inline]
    fn visit<B: Real>(mut op: Op<'_, '_, Self, B>) -> Option<Self> {
        match op {
            Op::Read(layer, ref mut walk) => {
                Array2::visit(Op::Read(&layer.weight, walk.field("weight").transposed()));
                Array1::visit(Op::Read(&layer.bias, walk.field("bias")));
                None
            }
            Op::Write(layer, ref mut walk) => {
                Array2::visit(Op::Write(&mut layer.weight, walk.field("weight").transposed()));
                Array1::visit(Op::Write(&mut layer.bias, walk.field("bias")));
                None
            }
            Op::Zeros(layer) => {
                let weight = Array2::visit::<B>(Op::Zeros(&layer.weight))?;
                Some(Linear { weight, bias: Array1::visit::<B>(Op::Zeros(&layer.bias))? })
            }
        }
    }
}

impl<A: Real> Gradient for Linear<A> {}

impl<A: Real> Linear<A> {
    /// A layer with initial weights, drawn in logical order before the biases.
    pub fn new(inputs: usize, outputs: usize, init: Init, rng: &mut Rng) -> Self {
        let fans = Fans { inputs, outputs };
        let weight = init.weight((inputs, outputs), fans, rng);
        Linear { weight, bias: init.bias(outputs, fans, rng) }
    }

    /// How many numbers it takes.
    pub fn inputs(&self) -> usize {
        self.weight.nrows()
    }

    /// How many numbers it gives.
    pub fn outputs(&self) -> usize {
        self.weight.ncols()
    }

    /// The part of the backward pass that both of them share.
    fn add_gradient(&self, x: ArrayView2<'_, A>, dy: ArrayView2<'_, A>, grad: &mut Self) -> Result<(), Error> {
        self.check_backward(x.raw_dim(), dy.raw_dim(), grad)?;
        matmul(grad.weight.view_mut(), x.t(), dy, Start::Add)?;
        for dy in dy.rows() {
            add(grad.bias.view_mut(), dy);
        }
        Ok(())
    }
}

/// `to += from`, of the same length.
fn add<A: Real>(mut to: ArrayViewMut1<'_, A>, from: ArrayView1<'_, A>) {
    let (Some(numbers), Some(from)) = (to.as_slice_mut(), from.as_slice()) else {
        to += &from;
        return;
    };
    // By index: no call of another crate's function is left in the loop, however little is inlined.
    let from = &from[..numbers.len()];
    for i in 0..numbers.len() {
        numbers[i] += from[i];
    }
}

impl<A: Real> Layer<A> for Linear<A> {
    type Output = Ix2;
    type Workspace = Workspace<A>;

    fn output_shape(&self, x: Ix2) -> Result<Ix2, Error> {
        let [batch, outputs] = [x[0], self.outputs()];
        expect_shape::<Self, _>("the bias", self.bias.raw_dim(), Ix1(outputs))?;
        expect_shape::<Self, _>("the input", x, Ix2(batch, self.inputs()))?;
        Ok(Ix2(batch, outputs))
    }

    fn forward<'w>(&self, x: ArrayView2<'_, A>, workspace: &'w mut Workspace<A>) -> Result<ArrayView2<'w, A>, Error> {
        let y = workspace.y.resize(self.output_shape(x.raw_dim())?);
        matmul(y, x, self.weight.view(), Start::Row(self.bias.view()))?;
        Ok(workspace.y.view())
    }

    fn output<'w>(&self, workspace: &'w Workspace<A>) -> ArrayView2<'w, A> {
        workspace.y.view()
    }

    fn backward<'w>(
        &self,
        x: ArrayView2<'_, A>,
        dy: ArrayView2<'_, A>,
        workspace: &'w mut Workspace<A>,
        grad: &mut Self,
    ) -> Result<ArrayView2<'w, A>, Error> {
        self.add_gradient(x, dy, grad)?;
        let dx = workspace.dx.resize(x.raw_dim());
        matmul(dx, dy, self.weight.t(), Start::Zero)?;
        Ok(workspace.dx.view())
    }

    fn backward_parameters(
        &self,
        x: ArrayView2<'_, A>,
        dy: ArrayView2<'_, A>,
        _: &mut Workspace<A>,
        grad: &mut Self,
    ) -> Result<(), Error> {
        self.add_gradient(x, dy, grad)
    }
}
