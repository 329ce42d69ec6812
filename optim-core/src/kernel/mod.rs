//! Loops over memory: tensors as pointers, passes in blocks, on threads and vector instructions.
//!
//! What comes in is a rule's functions over scalars and lists of tensors; what goes out are moved weights and caches.
//! [`Execution`] chooses threads and instructions; the result does not depend on them in any bit. Products of matrices
//! ([`matmul`]) are for the layers, and are the exception: their last bits depend on the instructions. This folder, with
//! `state.rs`, holds all `unsafe` code of the crate.
#![expect(unsafe_code, reason = "kernels read and write through pointers; see ARCHITECTURE.md")]

mod ahead;
mod arithmetic;
mod bf16;
mod block8;
mod blocks;
mod coding;
mod dither;
mod flat;
mod format;
mod gradients;
mod grid;
mod isa;
mod kernels;
mod large_pages;
mod lines;
mod loops;
mod mask;
pub(crate) mod matmul;
mod norm;
mod partials;
mod pass;
mod pipeline;
mod pool;
mod riders;
mod root;
mod scalars;
mod staging;
mod store;
mod streams;
mod strided;
mod sums;
mod tensor;
mod tile;
mod tile_loops;
mod tile_sums;
mod tiles;

pub(crate) use block8::BLOCK as SCALED_BLOCK;
pub(crate) use dither::Rounding;
pub(crate) use gradients::Gradients;
pub(crate) use grid::{Grid, Tiling};
pub use isa::{Execution, Isa};
pub use kernels::Kernels;
pub(crate) use kernels::{Steps, arithmetic_of, kernels_of};
pub(crate) use large_pages::{LARGE, Wish, ask, begin};
pub(crate) use lines::stretches;
pub(crate) use loops::MAX_CACHES;
pub(crate) use mask::Mask;
pub use matmul::{Start, matmul, matmul_with};
pub(crate) use norm::{Squares, sum_of_squares};
pub(crate) use partials::Partials;
pub(crate) use pass::{Pass, Slot, Work};
pub(crate) use pool::run;
pub(crate) use riders::{Average, Riders};
pub(crate) use scalars::{Arithmetic, Scalars};
pub(crate) use store::{Cuts, Store};
pub use tensor::{Tensor, TensorMut};
pub(crate) use tiles::{ABSENT, TilePass};
