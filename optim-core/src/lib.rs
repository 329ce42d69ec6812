//! Optimizers from declared update rules, for any struct of arrays.

extern crate self as optim_core;

pub use ndarray;

mod error;
pub mod gradcheck;
mod gradient;
pub mod init;
pub mod kernel;
pub mod layers;
mod leaves;
pub mod loss;
pub mod math;
mod optimizable;
pub mod optimizer;
mod outline;
mod pair;
pub mod path;
#[doc(hidden)]
pub mod private;
pub mod random;
mod real;
pub mod rule;
pub mod rules;
mod state;
pub mod walk;

pub use error::{Error, ErrorKind};
pub use gradient::Gradient;
pub use optim_macros::{Optimizable, define_optimizer};
pub use optimizable::{Optimizable, RealOf};
pub use optimizer::Optimizer;
pub use path::Role;
pub use real::{Join, NoScalar, Real, Scalar};
pub use rule::Rule;

/// What a program that trains something names: `use optim_core::prelude::*;`.
pub mod prelude {
    pub use crate::init::Init;
    pub use crate::layers::{Activation, Buffer, Layer, Linear, Relu, Sigmoid, Tanh, Workspace};
    pub use crate::random::Rng;
    pub use crate::rules::*;
    pub use crate::{Error, Gradient, Optimizable, Optimizer, Real, Rule, define_optimizer};
}
