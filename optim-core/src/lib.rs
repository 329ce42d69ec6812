//! Optimizers from declared update rules, for any struct of arrays.

extern crate self as optim_core;

pub use ndarray;

mod error;
mod gradient;
pub mod kernel;
mod leaves;
mod optimizable;
mod outline;
mod pair;
pub mod path;
#[doc(hidden)]
pub mod private;
mod real;
pub mod walk;

pub use error::{Error, ErrorKind};
pub use gradient::Gradient;
/// ```
/// use optim_core::ndarray::{Array1, Array2, array};
/// use optim_core::prelude::*;
///
/// #[derive(Optimizable)]
/// struct Linear<A: Real> {
///     #[optim(rename = "w")]
///     weight: Array2<A>,
///     #[optim(group = "no_decay")]
///     bias: Array1<A>,
/// }
///
/// #[derive(Optimizable)]
/// enum Layer<A: Real> {
///     Dense(Linear<A>),
///     Scale { by: A },
///     Relu,
/// }
///
/// #[derive(Optimizable)]
/// struct Network<A: Real> {
///     #[optim(freeze)]
///     embedding: Linear<A>,
///     layers: Vec<Layer<A>>,
///     #[optim(skip)]
///     labels: Vec<String>,
/// }
///
/// let linear = |n| Linear { weight: Array2::<f32>::ones((n, 2)), bias: Array1::zeros(2) };
/// let network = Network {
///     embedding: linear(5),
///     layers: vec![Layer::Dense(linear(2)), Layer::Relu, Layer::Scale { by: 0.5 }],
///     labels: vec!["cat".into(), "dog".into()],
/// };
/// let mut paths = Vec::new();
/// network.for_each_param(|path, _| paths.push(path.to_owned()));
/// assert_eq!(
///     paths,
///     ["embedding.w", "embedding.bias", "layers.0.Dense.0.w", "layers.0.Dense.0.bias", "layers.2.Scale.by"]
/// );
/// let gradient = network.zeros_like();
/// assert_eq!(gradient.embedding.bias, array![0.0, 0.0]);
/// assert_eq!(gradient.labels, network.labels);
/// ```
pub use optim_macros::Optimizable;
pub use optimizable::{Optimizable, RealOf};
pub use path::Role;
pub use real::{Join, NoScalar, Real, Scalar};

/// What a program that trains something names: `use optim_core::prelude::*;`.
pub mod prelude {
    pub use crate::{Error, Gradient, Optimizable, Real};
}
