//! Loops over memory: the only place, with `state.rs`, that holds `unsafe` code.
#![expect(unsafe_code, reason = "kernels read and write through pointers; see ARCHITECTURE.md")]

pub(crate) mod matmul;
mod tensor;

pub use matmul::{Start, matmul};
pub use tensor::{Tensor, TensorMut};
