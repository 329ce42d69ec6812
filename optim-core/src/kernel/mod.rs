//! Loops over memory: the only place, with `state.rs`, that holds `unsafe` code.
#![expect(unsafe_code, reason = "kernels read and write through pointers; see ARCHITECTURE.md")]

mod tensor;

pub use tensor::{Tensor, TensorMut};
