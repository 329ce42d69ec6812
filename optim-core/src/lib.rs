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
mod optimizable;
mod outline;
mod pair;
pub mod path;
#[doc(hidden)]
pub mod private;
pub mod random;
mod real;
pub mod walk;

pub use error::{Error, ErrorKind};
pub use gradient::Gradient;
pub use optim_macros::Optimizable;
pub use optimizable::{Optimizable, RealOf};
pub use path::Role;
pub use real::{Join, NoScalar, Real, Scalar};

/// What a program that trains something names: `use optim_core::prelude::*;`.
pub mod prelude {
    pub use crate::init::Init;
    pub use crate::layers::{Activation, Buffer, Layer, Linear, Relu, Sigmoid, Tanh, Workspace};
    pub use crate::random::Rng;
    pub use crate::{Error, Gradient, Optimizable, Real};
}
