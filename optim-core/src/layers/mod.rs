//! Layers without autodiff: a forward pass that keeps what its backward pass needs, both written by hand.
//!
//! A [`Layer`] is a plain [`Optimizable`] struct with two functions. What stands between them is the caller's: a
//! *workspace*, made by [`Layer::workspace`], grown by the first batch and used again by every later one, so that a
//! step of training allocates nothing. The layer itself is only read: one model serves several threads, each with a
//! workspace and a gradient of its own.
//!
//! ```
//! use optim_core::loss::softmax_cross_entropy;
//! use optim_core::ndarray::array;
//! use optim_core::prelude::*;
//!
//! let mut rng = Rng::new(1);
//! let network = (Linear::<f32>::new(2, 8, Init::HeNormal, &mut rng), Relu, Linear::new(8, 3, Init::HeNormal, &mut rng));
//! let (x, labels) = (array![[0.5, -1.0], [2.0, 0.1]], [2, 0]);
//!
//! // Once:
//! let (mut workspace, mut dlogits, mut grad) = (network.workspace(), Buffer::default(), network.zeros_like());
//! // Every step:
//! grad.fill_zero();
//! let logits = network.forward(x.view(), &mut workspace)?;
//! let loss = softmax_cross_entropy(logits, &labels, &mut dlogits)?;
//! network.backward(x.view(), dlogits.view(), &mut workspace, &mut grad)?;
//! assert!(loss > 0.0 && grad.norm() > 0.0);
//! # Ok::<(), optim_core::Error>(())
//! ```
//!
//! # Networks
//! A tuple of layers is a layer, up to twelve; tuples of tuples go on. A `Vec` of layers is one too, for a depth that
//! is known at run time. [`chain!`](crate::chain) makes one of a struct's fields. All of it is static: no boxes, no
//! dynamic calls. What is not a chain (a residual connection, two heads) is a layer written by hand, which calls the
//! layers that it is made of; its workspace holds theirs.
//!
//! # A layer of one's own
//! An elementwise function implements [`Activation`] and thereby is a layer for inputs of every rank. Any other layer
//! implements [`Layer`]: the shapes, the two passes, and where the output stands.
//!
//! ```
//! use optim_core::gradcheck::GradientCheck;
//! use optim_core::layers::expect_shape;
//! use optim_core::ndarray::{Array1, ArrayView2, Ix2, Zip, array};
//! use optim_core::prelude::*;
//!
//! /// `y[i, j] = gain[j] · x[i, j]`
//! #[derive(Optimizable)]
//! struct Gain<A: Real> {
//!     gain: Array1<A>,
//! }
//!
//! impl<A: Real> Layer<A> for Gain<A> {
//!     type Output = Ix2;
//!     type Workspace = Workspace<A>;
//!
//!     fn output_shape(&self, x: Ix2) -> Result<Ix2, Error> {
//!         expect_shape::<Self, _>("the input", x, Ix2(x[0], self.gain.len()))
//!     }
//!
//!     fn forward<'w>(&self, x: ArrayView2<A>, workspace: &'w mut Workspace<A>) -> Result<ArrayView2<'w, A>, Error> {
//!         let mut y = workspace.y.resize(self.output_shape(x.raw_dim())?);
//!         Zip::from(&mut y).and(&x).and_broadcast(&self.gain).for_each(|y, &x, &gain| *y = gain * x);
//!         Ok(workspace.y.view())
//!     }
//!
//!     fn output<'w>(&self, workspace: &'w Workspace<A>) -> ArrayView2<'w, A> {
//!         workspace.y.view()
//!     }
//!
//!     fn backward<'w>(
//!         &self,
//!         x: ArrayView2<A>,
//!         dy: ArrayView2<A>,
//!         workspace: &'w mut Workspace<A>,
//!         grad: &mut Self,
//!     ) -> Result<ArrayView2<'w, A>, Error> {
//!         self.check_backward(x.raw_dim(), dy.raw_dim(), grad)?;
//!         for (x, dy) in x.rows().into_iter().zip(dy.rows()) {
//!             Zip::from(&mut grad.gain).and(&x).and(&dy).for_each(|dgain, &x, &dy| *dgain += x * dy);
//!         }
//!         let mut dx = workspace.dx.resize(x.raw_dim());
//!         Zip::from(&mut dx).and(&dy).and_broadcast(&self.gain).for_each(|dx, &dy, &gain| *dx = gain * dy);
//!         Ok(workspace.dx.view())
//!     }
//! }
//!
//! // It composes with the others, and the two passes belong together:
//! let mut network = (Gain { gain: array![0.5, 2.0, -1.0] }, Tanh);
//! GradientCheck::default().layer(&mut network, &array![[1.0, 0.2, 0.3], [-0.4, 0.5, 0.6]])?;
//! # Ok::<(), optim_core::Error>(())
//! ```
//!
//! # Training, evaluation and random numbers
//! A layer that does not do the same in both, or that draws random numbers (dropout), keeps its mode and its
//! [`Rng`](crate::random::Rng) in its workspace, public fields of a workspace type of its own: two threads do not
//! disturb each other, and a workspace with the same seed repeats a step exactly. Nothing of the kind is in the layer.
//! What a layer learns outside of gradients (a running mean) is an `#[optim(buffer)]` of the model.

mod activation;
mod buffer;
mod chain;
mod exponential;
mod linear;
mod list;

use ndarray::{ArrayView, Dimension, Ix2};

pub use self::activation::{Activation, Relu, Sigmoid, Tanh};
pub use self::buffer::{Buffer, Workspace};
pub(crate) use self::exponential::Exponential;
pub use self::linear::Linear;
pub use self::list::ListWorkspace;

use crate::error::Error;
use crate::optimizable::Optimizable;
use crate::pair;
use crate::real::Real;

/// A function with parameters, `y = f(x)`, and its derivative: two hand-written passes.
///
/// `A` is the number type, `D` the rank of `x` (two for dense layers, `(batch, features)`; four for images). Both
/// follow from the `x` that is passed. Views of any strides are accepted.
///
/// A pair of calls belongs together: `backward` takes the `x` of the last `forward` with this workspace, and may be
/// called more than once.
pub trait Layer<A: Real, D: Dimension = Ix2>: Optimizable {
    /// The rank of the output.
    type Output: Dimension;

    /// What `forward` keeps for `backward`, the output and the gradient of the input among it. Its memory grows to the
    /// largest batch and is used again.
    type Workspace: Default + Send;

    /// The shape of the output for an input of this shape.
    ///
    /// # Errors
    /// When no input of this shape fits; the error names the layer and both shapes.
    fn output_shape(&self, x: D) -> Result<Self::Output, Error>;

    /// Computes the output, which stands in the workspace.
    ///
    /// # Errors
    /// When the shape of `x` does not fit; nothing has been computed.
    fn forward<'w>(
        &self,
        x: ArrayView<'_, A, D>,
        workspace: &'w mut Self::Workspace,
    ) -> Result<ArrayView<'w, A, Self::Output>, Error>;

    /// The output of the last forward pass; empty before the first.
    fn output<'w>(&self, workspace: &'w Self::Workspace) -> ArrayView<'w, A, Self::Output>;

    /// From `dy`, the gradient of the loss with respect to the output: adds the gradient with respect to the
    /// parameters to `grad`, and returns that with respect to `x`, which stands in the workspace.
    ///
    /// # Errors
    /// When the shape of `x`, of `dy`, or of a tensor in `grad` does not fit; nothing has been computed.
    fn backward<'w>(
        &self,
        x: ArrayView<'_, A, D>,
        dy: ArrayView<'_, A, Self::Output>,
        workspace: &'w mut Self::Workspace,
        grad: &mut Self,
    ) -> Result<ArrayView<'w, A, D>, Error>;

    /// As [`backward`](Self::backward), without the gradient with respect to `x`: what the first layer of a network
    /// needs. Layers for which it saves work have their own.
    ///
    /// # Errors
    /// As for `backward`.
    fn backward_parameters(
        &self,
        x: ArrayView<'_, A, D>,
        dy: ArrayView<'_, A, Self::Output>,
        workspace: &mut Self::Workspace,
        grad: &mut Self,
    ) -> Result<(), Error> {
        self.backward(x, dy, workspace, grad).map(drop)
    }

    /// A workspace, empty: the first batch makes room.
    fn workspace(&self) -> Self::Workspace {
        Self::Workspace::default()
    }

    /// What a backward pass checks before it computes anything: that an input of the shape `x` fits, that `dy` has the
    /// shape of its output, and that the tensors of `grad` have the shapes of the layer's.
    ///
    /// # Errors
    /// When one of them does not.
    fn check_backward(&self, x: D, dy: Self::Output, grad: &Self) -> Result<(), Error> {
        let expected = self.output_shape(x)?;
        expect_shape::<Self, _>("the gradient of the output", dy, expected)?;
        pair::check_alike(self, grad, "the gradient")
    }
}

/// `found`, when it is the shape that was expected.
///
/// # Errors
/// When it is not: the error names the layer `L`, and what (`what`: "the input") has which shape.
pub fn expect_shape<L, D: Dimension>(what: &'static str, found: D, expected: D) -> Result<D, Error> {
    if found == expected {
        return Ok(found);
    }
    Err(Error::layer(name_of(core::any::type_name::<L>()), what, found.slice(), expected.slice()))
}

/// The name of a type as it is written where everything is in scope, without its generic arguments.
#[cold]
fn name_of(path: &str) -> String {
    let (mut name, mut segment, mut depth) = (String::new(), String::new(), 0_usize);
    for c in path.chars() {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            ':' => segment.clear(),
            _ if c.is_alphanumeric() || c == '_' => segment.push(c),
            _ => {
                name.push_str(&segment);
                name.push(c);
                segment.clear();
            }
        }
    }
    name + &segment
}

#[cfg(test)]
mod tests {
    use super::{Linear, Relu, name_of};

    #[test]
    fn a_layer_is_named_as_it_is_written() {
        let name = |path| name_of(path);
        assert_eq!(name(core::any::type_name::<Linear<f32>>()), "Linear");
        assert_eq!(name(core::any::type_name::<(Linear<f32>, Relu)>()), "(Linear, Relu)");
        assert_eq!(name("a::b::Vec<alloc::boxed::Box<x::Y>, Z>"), "Vec");
    }
}
