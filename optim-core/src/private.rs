//! What an expansion may name, and nothing else. Not for people: it changes without notice.

pub use crate::real::{Join, NoScalar, Real};
pub use crate::walk::{Op, Structure};
pub use core;
