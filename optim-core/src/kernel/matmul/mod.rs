//! Products of matrices for the layers: `c = start + a · b`, of any strides, without allocating.
//!
//! `ndarray`'s own product allocates its packing buffers on every call. This one packs into memory that a thread keeps
//! ([`pack`]), and only where the operands do not lie well as they are; most of a small network's do. The loop over
//! tiles ([`tile`]) is compiled once for each instruction set and chosen at run time. A product's last bits depend on
//! the instruction set: it sums in one rounding where there is a fused multiply-add.

mod lanes;
mod pack;
mod tile;

use ndarray::{ArrayView1, ArrayView2, ArrayViewMut2};

use self::pack::Scratch;
use self::tile::{Block, Operand};
use crate::error::Error;
use crate::real::Real;

pub use self::tile::Multiply;

/// The vectors that a product is computed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Isa {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    Portable,
}

impl Isa {
    /// The widest that this processor has.
    #[inline]
    pub(crate) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx512f") {
                return Isa::Avx512;
            }
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                return Isa::Avx2;
            }
        }
        Isa::Portable
    }
}

/// What the sums of a product start from.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a, A> {
    /// `c = a · b`.
    Zero,
    /// `c += a · b`.
    Add,
    /// Every row of `c` starts from these numbers: `c = 1 · rowᵀ + a · b`.
    Row(ArrayView1<'a, A>),
}

/// `c = start + a · b` for `a` (rows, depth), `b` (depth, columns), `c` (rows, columns).
///
/// Any of them may have any strides; a transposed operand is `b.t()`. Allocates nothing once a product of the size has
/// been computed on the thread.
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
    let (rows, depth) = a.dim();
    let columns = b.ncols();
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
    multiply(Isa::detect(), c, a, b, start);
    Ok(())
}

/// Numbers of `b` that are packed at once in depth and in columns, rows of `a`: the panel of a tile stays in the first
/// cache, the packed rows in the second, all of the packed columns in the third.
const DEPTH: usize = 256;
const COLUMNS: usize = 2048;
const ROWS: usize = 144;

fn multiply<A: Real>(
    isa: Isa,
    mut c: ArrayViewMut2<'_, A>,
    a: ArrayView2<'_, A>,
    b: ArrayView2<'_, A>,
    start: Start<'_, A>,
) {
    if c.is_empty() {
        return;
    }
    let (rows, columns) = c.dim();
    let depth = a.ncols();
    if columns > 1 && c.strides()[1] != 1 {
        let start = match start {
            Start::Zero | Start::Add => start,
            Start::Row(row) => {
                c.assign(&row);
                Start::Add
            }
        };
        if rows == 1 || c.strides()[0] == 1 {
            return multiply(isa, c.reversed_axes(), b.reversed_axes(), a.reversed_axes(), start);
        }
        todo!();
    }
    let (height, width) = A::tile(isa);
    let (a_row, a_column) = (a.strides()[0], a.strides()[1]);
    let (b_row, b_column) = (b.strides()[0], b.strides()[1]);
    let c_row = c.strides()[0];
    let c = c.as_mut_ptr();
    let (a, b) = (a.as_ptr(), b.as_ptr());
    let first = match start {
        Start::Zero => Operand { pointer: A::ZEROS.as_ptr(), panel: 0, row: 0, column: 0 },
        Start::Add => Operand { pointer: c.cast_const(), panel: 1, row: c_row, column: 1 },
        Start::Row(row) => Operand { pointer: row.as_ptr(), panel: 1, row: 0, column: 1 },
    };
    let pack_a = rows >= 24 && columns >= 64 && rows * depth > 4096;
    let pack_b = columns > 1 && b_column != 1 || (rows >= 48 && depth * columns > 8192);
    Scratch::with(|scratch| {
        let (deep, wide, high) = (DEPTH.min(depth), COLUMNS.min(columns), ROWS.min(rows));
        let [packed_a, packed_b] = scratch.reserve::<A, 2>([
            if pack_a { high.next_multiple_of(height) * deep } else { 0 },
            if pack_b { wide.next_multiple_of(width) * deep } else { 0 },
        ]);
        for j in (0..columns).step_by(COLUMNS) {
            let columns = COLUMNS.min(columns - j);
            for p in (0..depth.max(1)).step_by(DEPTH) {
                let depth = DEPTH.min(depth - p);
                let from = b.wrapping_offset(p as isize * b_row + j as isize * b_column);
                let b = if pack_b {
                    unsafe { pack::panels(packed_b, from, (depth, columns), (b_row, b_column), width) };
                    Operand { pointer: packed_b.cast_const(), panel: (width * depth) as isize, row: width as isize, column: 1 }
                } else {
                    Operand { pointer: from, panel: width as isize, row: b_row, column: 1 }
                };
                for i in (0..rows).step_by(ROWS) {
                    let rows = ROWS.min(rows - i);
                    let from = a.wrapping_offset(i as isize * a_row + p as isize * a_column);
                    let a = if pack_a {
                        unsafe { pack::panels(packed_a, from, (depth, rows), (a_column, a_row), height) };
                        Operand { pointer: packed_a.cast_const(), panel: (height * depth) as isize, row: 1, column: height as isize }
                    } else {
                        Operand { pointer: from, panel: height as isize * a_row, row: a_row, column: a_column }
                    };
                    let c = c.wrapping_offset(i as isize * c_row + j as isize);
                    let start = if p == 0 {
                        Operand {
                            pointer: first.pointer.wrapping_offset(i as isize * first.row + j as isize * first.panel),
                            ..first
                        }
                    } else {
                        Operand { pointer: c.cast_const(), panel: 1, row: c_row, column: 1 }
                    };
                    let block = Block { rows, columns, depth, a, b, start, c, c_row };
                    unsafe { A::multiply(isa, &block) };
                }
            }
        }
    });
}
