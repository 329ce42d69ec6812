//! [`Mlp`]: dense layers with an activation between them, a classifier.
//!
//! `h₀ = x`, `hₖ = f(hₖ₋₁ · Wₖ + bₖ)`, `logits = hₙ · W + b`; the loss is softmax cross-entropy.

use optim_core::layers::{Activation, Buffer, Layer, Linear, Relu};
use optim_core::loss::{self, class_of, softmax_cross_entropy};
use optim_core::ndarray::ArrayView2;
use optim_core::prelude::{Init, Rng};
use optim_core::{Error, Optimizable, Real, chain};

/// A hidden layer: `y = f(x · W + b)`, `x` (batch, inputs), `y` (batch, outputs).
#[derive(Optimizable, Clone, Debug, PartialEq)]
pub struct Hidden<A: Real, F: Activation = Relu> {
    /// The weighted sums.
    pub linear: Linear<A>,
    /// The function `f` of each.
    pub activation: F,
}

chain! { impl[A: Real, F: Activation] Layer<A> for Hidden<A, F> { linear: Linear<A>, activation: F } }

/// A network of dense layers that classifies: any number of hidden layers, and a head that gives a logit a class.
///
/// Shapes: `x` (batch, inputs), logits (batch, classes). A layer itself, so that it can be a part of a larger network.
///
/// ```
/// use optim_core::ndarray::array;
/// use optim_core::prelude::*;
/// use optim_models::{Mlp, MlpWorkspace};
///
/// let model: Mlp<f64> = Mlp::new(&[2, 16, 3], Init::HeNormal, &mut Rng::new(1))?;
/// assert_eq!(model.num_params(), 2 * 16 + 16 + 16 * 3 + 3);
/// let (x, labels) = (array![[0.5, -1.0], [2.0, 0.1]], [2, 0]);
/// let (mut workspace, mut grad) = (MlpWorkspace::default(), model.zeros_like());
/// let loss = model.loss_and_grad(x.view(), &labels, &mut workspace, &mut grad)?;
/// assert!(loss > 0.0 && grad.norm() > 0.0);
/// assert_eq!(model.predict(x.view(), &mut workspace)?.len(), 2);
/// # Ok::<(), optim_core::Error>(())
/// ```
#[derive(Optimizable, Clone, Debug, PartialEq)]
pub struct Mlp<A: Real, F: Activation = Relu> {
    /// From the input on.
    pub hidden: Vec<Hidden<A, F>>,
    /// From the last hidden layer to the logits.
    pub head: Linear<A>,
}

chain! { impl[A: Real, F: Activation] Layer<A> for Mlp<A, F> { hidden: Vec<Hidden<A, F>>, head: Linear<A> } }

/// What a pass through an [`Mlp`] keeps; empty at first, grown by the largest batch.
#[derive(Debug)]
pub struct MlpWorkspace<A: Real, F: Activation = Relu> {
    layers: <Mlp<A, F> as Layer<A>>::Workspace,
    dlogits: Buffer<A>,
}

impl<A: Real, F: Activation> Default for MlpWorkspace<A, F> {
    fn default() -> Self {
        MlpWorkspace { layers: Default::default(), dlogits: Buffer::default() }
    }
}

impl<A: Real, F: Activation + Default> Mlp<A, F> {
    /// A network of these sizes: inputs, each hidden layer, classes. Initial weights are drawn from the input on.
    ///
    /// # Errors
    /// When there are fewer than two sizes.
    pub fn new(sizes: &[usize], init: Init, rng: &mut Rng) -> Result<Self, Error> {
        let [hidden @ .., last, classes] = sizes else {
            return Err(Error::other(format!(
                "`Mlp`: the sizes {sizes:?} are too few: write inputs and classes at least"
            )));
        };
        let next = hidden.iter().skip(1).chain([last]);
        let hidden = hidden.iter().zip(next).map(|(&inputs, &outputs)| Hidden {
            linear: Linear::new(inputs, outputs, init, rng),
            activation: F::default(),
        });
        Ok(Mlp { hidden: hidden.collect(), head: Linear::new(*last, *classes, init, rng) })
    }
}

impl<A: Real, F: Activation> Mlp<A, F> {
    /// The logits, (batch, classes).
    ///
    /// # Errors
    /// When `x` does not have as many columns as the network has inputs.
    pub fn logits<'w>(
        &self,
        x: ArrayView2<'_, A>,
        workspace: &'w mut MlpWorkspace<A, F>,
    ) -> Result<ArrayView2<'w, A>, Error> {
        self.forward(x, &mut workspace.layers)
    }

    /// The mean loss over a batch, and its gradient, added to `grad`.
    ///
    /// # Errors
    /// When shapes do not fit, or a label is not a class; nothing has been added.
    pub fn loss_and_grad(
        &self,
        x: ArrayView2<'_, A>,
        labels: &[usize],
        workspace: &mut MlpWorkspace<A, F>,
        grad: &mut Self,
    ) -> Result<f64, Error> {
        let loss = self.loss(x, labels, workspace)?;
        self.backward_parameters(x, workspace.dlogits.view(), &mut workspace.layers, grad)?;
        Ok(loss)
    }

    /// The mean loss over a batch.
    ///
    /// # Errors
    /// When shapes do not fit, or a label is not a class.
    pub fn loss(
        &self,
        x: ArrayView2<'_, A>,
        labels: &[usize],
        workspace: &mut MlpWorkspace<A, F>,
    ) -> Result<f64, Error> {
        softmax_cross_entropy(self.forward(x, &mut workspace.layers)?, labels, &mut workspace.dlogits)
    }

    /// The share of examples whose largest logit is that of their class, between 0 and 1.
    ///
    /// # Errors
    /// When shapes do not fit, or a label is not a class.
    pub fn accuracy(
        &self,
        x: ArrayView2<'_, A>,
        labels: &[usize],
        workspace: &mut MlpWorkspace<A, F>,
    ) -> Result<f64, Error> {
        loss::accuracy(self.logits(x, workspace)?, labels)
    }

    /// The class of the largest logit of each example; none where there is a NaN.
    ///
    /// # Errors
    /// When `x` does not have as many columns as the network has inputs.
    pub fn predict(
        &self,
        x: ArrayView2<'_, A>,
        workspace: &mut MlpWorkspace<A, F>,
    ) -> Result<Vec<Option<usize>>, Error> {
        let logits = self.logits(x, workspace)?;
        Ok(logits.rows().into_iter().map(|row| class_of(row)).collect())
    }
}
