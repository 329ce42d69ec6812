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
pub use optim_macros::Optimizable;
pub use optimizable::{Optimizable, RealOf};
pub use path::Role;
pub use real::{Join, NoScalar, Real, Scalar};

/// What a program that trains something names: `use optim_core::prelude::*;`.
pub mod prelude {
    pub use crate::{Error, Gradient, Optimizable, Real};
}
