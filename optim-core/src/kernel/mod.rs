//! Loops over memory: tensors as pointers, passes in blocks, on threads and vector instructions.
//!
//! What comes in is a rule's functions over scalars and lists of tensors; what goes out are moved weights and caches.
//! [`Execution`] chooses threads and instructions; the result does not depend on them in any bit. Products of matrices
//! ([`matmul`]) are for the layers, and are the exception: their last bits depend on the instructions. This folder, with
//! `state.rs`, holds all `unsafe` code of the crate.
#![expect(unsafe_code, reason = "kernels read and write through pointers; see ARCHITECTURE.md")]

mod isa;
mod loops;
pub(crate) mod matmul;
mod pass;
mod pool;
mod strided;
mod tensor;

pub use isa::{Execution, Isa};
pub use matmul::{Start, matmul, matmul_with};
pub(crate) use pass::{Pass, Slot, Work};
pub use tensor::{Tensor, TensorMut};
