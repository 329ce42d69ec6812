//! Products of matrices for the layers: `c = start + a · b`, of any strides, without allocating.
//!
//! `ndarray`'s own product allocates its packing buffers on every call. This one packs into memory that a thread keeps
//! ([`pack`]), and only where the operands do not lie well as they are; most of a small network's do. [`blocks`] cuts a
//! product to the sizes of the caches, the loop over [`tile`]s is compiled once for each instruction set and chosen at
//! run time. A product's last bits depend on the instruction set: where there is a fused multiply-add, it is used.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_ptr_alignment,
    clippy::inline_always,
    reason = "distances in memory fit an `isize`, lanes a `u32`; loads are unaligned; tiles must be part of a loop that was compiled for its instruction set"
)]

mod blocks;
mod lanes;
mod pack;
#[cfg(test)]
mod tests;
mod tile;

use ndarray::{ArrayView1, ArrayView2, ArrayViewMut2};

use super::Execution;
use crate::error::Error;
use crate::real::Real;

pub(crate) use self::tile::Multiply;

/// What the sums of a product start from.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a, A> {
    /// `c = a · b`.
    Zero,
    /// `c += a · b`.
    Add,
    /// Every row of `c` starts from this one: `c[i, j] = row[j] + Σ a[i, p] · b[p, j]`.
    Row(ArrayView1<'a, A>),
}

/// The product of two matrices, `c = start + a · b`: `a` (rows, depth), `b` (depth, columns), `c` (rows, columns).
///
/// Any of them may have any strides; a transposed operand is `b.t()`. Allocates nothing once the thread has computed a
/// product of the size. The last bits depend on the processor's instruction set, nothing else does.
///
/// ```
/// use optim_core::kernel::{Start, matmul};
/// use optim_core::ndarray::{Array2, array};
///
/// let (a, b) = (array![[1.0, 2.0], [3.0, 4.0]], array![[1.0, 0.0], [1.0, 1.0]]);
/// let mut c = Array2::zeros((2, 2));
/// matmul(c.view_mut(), a.view(), b.t(), Start::Zero)?;
/// assert_eq!(c, array![[1.0, 3.0], [3.0, 7.0]]);
/// # Ok::<(), optim_core::Error>(())
/// ```
///
/// # Errors
/// When the shapes do not fit; `c` is as before.
pub fn matmul<A: Real>(
    c: ArrayViewMut2<'_, A>,
    a: ArrayView2<'_, A>,
    b: ArrayView2<'_, A>,
    start: Start<'_, A>,
) -> Result<(), Error> {
    matmul_with(Execution::default(), c, a, b, start)
}

/// [`matmul`] with threads and instructions of one's own choice. Without a choice of threads, as many as pay.
///
/// The number of threads does not change the result in any bit; the instructions may, as sums are fused where they can.
///
/// # Errors
/// When the shapes do not fit, or the machine does not have the instructions; `c` is as before.
pub fn matmul_with<A: Real>(
    execution: Execution,
    c: ArrayViewMut2<'_, A>,
    a: ArrayView2<'_, A>,
    b: ArrayView2<'_, A>,
    start: Start<'_, A>,
) -> Result<(), Error> {
    execution.check()?;
    let ((rows, depth), columns) = (a.dim(), b.ncols());
    if b.nrows() != depth {
        return Err(Error::shape("the product `a · b`", "b", b.shape(), &[depth, columns]));
    }
    if c.dim() != (rows, columns) {
        return Err(Error::shape("the product `a · b`", "c", c.shape(), &[rows, columns]));
    }
    if let Start::Row(row) = start
        && row.len() != columns
    {
        return Err(Error::shape("the product `a · b`", "start", row.shape(), &[columns]));
    }
    blocks::multiply(execution, c, a, b, start);
    Ok(())
}
