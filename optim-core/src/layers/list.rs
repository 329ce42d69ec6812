//! Lists of layers: a chain whose length is known at run time, `Vec<L>`.

use ndarray::{ArrayView, Dimension};

use super::{Buffer, Layer};
use crate::error::Error;
use crate::real::Real;

/// The workspace of a `Vec` of layers.
#[derive(Clone, Debug)]
pub struct ListWorkspace<W, A, D> {
    /// A workspace for each layer.
    pub layers: Vec<W>,
    /// Output and gradient of an empty list, which is the identity.
    identity: [Buffer<A, D>; 2],
}

impl<W, A: Real, D: Dimension> Default for ListWorkspace<W, A, D> {
    fn default() -> Self {
        ListWorkspace { layers: Vec::new(), identity: [Buffer::default(), Buffer::default()] }
    }
}

/// A chain of layers of one type whose outputs have the rank of their inputs; an empty one hands its input on.
///
/// ```
/// use optim_core::ndarray::Array2;
/// use optim_core::prelude::*;
///
/// let mut rng = Rng::new(1);
/// let sizes = [4, 16, 16, 3];
/// let network: Vec<(Linear<f32>, Tanh)> =
///     sizes.windows(2).map(|n| (Linear::new(n[0], n[1], Init::XavierNormal, &mut rng), Tanh)).collect();
/// let mut workspace = network.workspace();
/// assert_eq!(network.forward(Array2::ones((5, 4)).view(), &mut workspace)?.dim(), (5, 3));
/// # Ok::<(), optim_core::Error>(())
/// ```
impl<A: Real, D: Dimension, L: Layer<A, D, Output = D>> Layer<A, D> for Vec<L> {
    type Output = D;
    type Workspace = ListWorkspace<L::Workspace, A, D>;

    fn output_shape(&self, x: D) -> Result<D, Error> {
        self.iter().enumerate().try_fold(x, |shape, (index, layer)| layer.output_shape(shape).map_err(at(index)))
    }

    fn forward<'w>(
        &self,
        x: ArrayView<'_, A, D>,
        workspace: &'w mut Self::Workspace,
    ) -> Result<ArrayView<'w, A, D>, Error> {
        self.output_shape(x.raw_dim())?;
        workspace.layers.resize_with(self.len(), L::Workspace::default);
        let Some(last) = self.len().checked_sub(1) else {
            let [y, _] = &mut workspace.identity;
            y.resize(x.raw_dim()).assign(&x);
            return Ok(y.view());
        };
        for (index, layer) in self.iter().enumerate() {
            let (before, from_here) = workspace.layers.split_at_mut(index);
            let x = match index.checked_sub(1) {
                Some(previous) => self[previous].output(&before[previous]),
                None => x.view(),
            };
            layer.forward(x, &mut from_here[0]).map_err(at(index))?;
        }
        Ok(self[last].output(&workspace.layers[last]))
    }

    fn output<'w>(&self, workspace: &'w Self::Workspace) -> ArrayView<'w, A, D> {
        match (self.last(), workspace.layers.last()) {
            (Some(layer), Some(workspace)) => layer.output(workspace),
            _ => workspace.identity[0].view(),
        }
    }

    fn backward<'w>(
        &self,
        x: ArrayView<'_, A, D>,
        dy: ArrayView<'_, A, D>,
        workspace: &'w mut Self::Workspace,
        grad: &mut Self,
    ) -> Result<ArrayView<'w, A, D>, Error> {
        self.check_backward(x.raw_dim(), dy.raw_dim(), grad)?;
        let Some(first) = self.first() else {
            let [_, dx] = &mut workspace.identity;
            dx.resize(dy.raw_dim()).assign(&dy);
            return Ok(dx.view());
        };
        let (dy, first_workspace) = backward_to_first(self, dy, &mut workspace.layers, grad)?;
        first.backward(x, dy, first_workspace, &mut grad[0]).map_err(at(0))
    }

    fn backward_parameters(
        &self,
        x: ArrayView<'_, A, D>,
        dy: ArrayView<'_, A, D>,
        workspace: &mut Self::Workspace,
        grad: &mut Self,
    ) -> Result<(), Error> {
        self.check_backward(x.raw_dim(), dy.raw_dim(), grad)?;
        let Some(first) = self.first() else { return Ok(()) };
        let (dy, first_workspace) = backward_to_first(self, dy, &mut workspace.layers, grad)?;
        first.backward_parameters(x, dy, first_workspace, &mut grad[0]).map_err(at(0))
    }
}

/// The backward passes of all layers but the first, of which there is one: what that is to go on with, and its
/// workspace.
fn backward_to_first<'w: 'd, 'd, A: Real, D: Dimension, L: Layer<A, D, Output = D>>(
    list: &[L],
    mut dy: ArrayView<'d, A, D>,
    mut workspaces: &'w mut [L::Workspace],
    grad: &mut [L],
) -> Result<(ArrayView<'d, A, D>, &'w mut L::Workspace), Error> {
    if workspaces.len() != list.len() {
        return Err(Error::other("`Vec`: the workspace is that of another list; call `forward` first"));
    }
    for index in (1..list.len()).rev() {
        let (before, from_here) = workspaces.split_at_mut(index);
        let x = list[index - 1].output(&before[index - 1]);
        dy = list[index].backward(x, dy, &mut from_here[0], &mut grad[index]).map_err(at(index))?;
        workspaces = before;
    }
    Ok((dy, &mut workspaces[0]))
}

fn at(index: usize) -> impl FnOnce(Error) -> Error {
    move |error| error.within(&index.to_string())
}
