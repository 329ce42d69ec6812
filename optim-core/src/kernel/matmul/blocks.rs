//! A product cut to the sizes of the caches: which way round it is computed, what is packed, and the loops over blocks.

use ndarray::{ArrayView2, ArrayViewMut2, ShapeBuilder};

use super::Start;
use super::pack::{self, Scratch};
use super::tile::{Block, Operand};
use crate::kernel::Isa;
use crate::real::Real;

/// The depth of a packed block: a panel of `b` and the rows of a tile stay in the caches next to the core.
const DEPTH: usize = 512;
/// The depth of a block of which `b` is read where it lies.
const DEPTH_IN_PLACE: usize = 256;
/// The columns of a packed block: it stays in the last cache.
const COLUMNS: usize = 2048;
/// The rows of a block: where they are packed, they stay in the second cache.
const ROWS: usize = 96;

// From here on packing pays; measured on one core with AVX-512, 32 KiB and 512 KiB of cache (2026-11-24).
/// Columns and depth of a product whose `a` has its rows side by side.
const PACK_A: (usize, usize) = (256, 128);
/// Rows, and bytes of `b`, where one row of `b` is at least `FAR` bytes after the other; twice and more the rows
/// (`PACK_B_NEAR`) where they are nearer.
const PACK_B: (usize, usize) = (48, 16 << 10);
const FAR: usize = 1 << 10;
const PACK_B_NEAR: usize = 128;
/// Up to this depth the loop runs along the rows of `c`, which then is most of the memory there is.
const SHALLOW: usize = 16;

/// The product of matrices whose shapes fit.
pub(super) fn multiply<A: Real>(
    isa: Isa,
    mut c: ArrayViewMut2<'_, A>,
    a: ArrayView2<'_, A>,
    b: ArrayView2<'_, A>,
    start: Start<'_, A>,
) {
    let (rows, columns) = c.dim();
    if c.is_empty() {
        return;
    }
    // A tile writes vectors along the rows of `c`, and reads those of `b`.
    let along_rows = columns == 1 || c.strides()[1] == 1;
    let along_columns = rows == 1 || c.strides()[0] == 1;
    let single_row = rows == 1 && columns > 1 && b.strides()[1] != 1;
    if along_columns && (!along_rows || single_row) {
        let start = match start {
            Start::Zero | Start::Add => start,
            Start::Row(row) => {
                c.assign(&row);
                Start::Add
            }
        };
        return blocks(isa, c.reversed_axes(), b.reversed_axes(), a.reversed_axes(), start);
    }
    if along_rows {
        return match start {
            Start::Row(row) if columns > 1 && row.strides()[0] != 1 => {
                c.assign(&row);
                blocks(isa, c, a, b, Start::Add);
            }
            _ => blocks(isa, c, a, b, start),
        };
    }
    Scratch::with_result(|scratch| {
        let [pointer] = scratch.reserve::<A, 1>([rows * columns]);
        // SAFETY: the scratch has room for the matrix, holds numbers wherever it has room, and is borrowed for as long
        // as the view is used.
        let mut result = unsafe { ArrayViewMut2::from_shape_ptr((rows, columns).strides((columns, 1)), pointer) };
        match start {
            Start::Zero => {}
            Start::Add => result.assign(&c),
            Start::Row(row) => result.assign(&row),
        }
        let start = if matches!(start, Start::Zero) { Start::Zero } else { Start::Add };
        blocks(isa, result.view_mut(), a, b, start);
        c.assign(&result);
    });
}

/// The product into a `c` of at least one element, whose rows lie side by side, as does `start`.
fn blocks<A: Real>(
    isa: Isa,
    mut c: ArrayViewMut2<'_, A>,
    a: ArrayView2<'_, A>,
    b: ArrayView2<'_, A>,
    start: Start<'_, A>,
) {
    let ((rows, columns), depth) = (c.dim(), a.ncols());
    let (height, width) = A::tile(isa);
    let (a_strides, b_strides) = ((a.strides()[0], a.strides()[1]), (b.strides()[0], b.strides()[1]));
    let c_row = c.strides()[0];
    let (c, a, b) = (c.as_mut_ptr(), a.as_ptr(), b.as_ptr());
    let first = match start {
        Start::Zero => Operand { pointer: A::ZEROS.as_ptr(), panel: 0, row: 0, column: 0 },
        Start::Add => Operand { pointer: c.cast_const(), panel: 1, row: c_row, column: 1 },
        Start::Row(row) => Operand { pointer: row.as_ptr(), panel: 1, row: 0, column: 1 },
    };

    let pack_a = a_strides.1 != 1 && columns >= PACK_A.0 && depth >= PACK_A.1;
    let far = b_strides.0.unsigned_abs() * size_of::<A>() >= FAR;
    let pays = rows >= if far { PACK_B.0 } else { PACK_B_NEAR } && depth * columns * size_of::<A>() > PACK_B.1;
    let pack_b = pays || columns > 1 && b_strides.1 != 1;
    let deep = if pack_b { DEPTH } else { DEPTH_IN_PLACE };
    let high = if depth <= SHALLOW { height } else { ROWS };

    Scratch::with_packed(|scratch| {
        let [packed_a, packed_b] = scratch.reserve::<A, 2>([
            if pack_a { high.min(rows).next_multiple_of(height) * deep.min(depth) } else { 0 },
            if pack_b { COLUMNS.min(columns).next_multiple_of(width) * deep.min(depth) } else { 0 },
        ]);
        for (j, columns) in cut(columns, COLUMNS) {
            for (p, depth) in cut(depth, deep) {
                let from = offset(b, (p, j), b_strides);
                let b = if pack_b {
                    // SAFETY: the block lies in `b`, and room for its panels has been reserved.
                    unsafe { pack::panels(packed_b, from, (depth, columns), b_strides, width) };
                    let row = width as isize;
                    Operand { pointer: packed_b.cast_const(), panel: (width * depth) as isize, row, column: 1 }
                } else {
                    Operand { pointer: from, panel: width as isize, row: b_strides.0, column: 1 }
                };
                for (i, rows) in cut(rows, high) {
                    let from = offset(a, (i, p), a_strides);
                    let a = if pack_a {
                        // SAFETY: the block lies in `a`, and room for its panels has been reserved.
                        unsafe { pack::panels(packed_a, from, (depth, rows), (a_strides.1, a_strides.0), height) };
                        let panel = (height * depth) as isize;
                        Operand { pointer: packed_a.cast_const(), panel, row: 1, column: height as isize }
                    } else {
                        let panel = height as isize * a_strides.0;
                        Operand { pointer: from, panel, row: a_strides.0, column: a_strides.1 }
                    };
                    let c = offset(c.cast_const(), (i, j), (c_row, 1)).cast_mut();
                    let start = if p == 0 {
                        Operand { pointer: offset(first.pointer, (i, j), (first.row, first.panel)), ..first }
                    } else {
                        Operand { pointer: c.cast_const(), panel: 1, row: c_row, column: 1 }
                    };
                    let block = Block { rows, columns, depth, a, b, start, c, c_row };
                    // SAFETY: `isa` comes from `best`, or from a test that asked the processor. The block's
                    // elements lie in the operands or in their packed copies; a row of `start` has as many numbers as
                    // the block has columns, or is read again from its beginning for each panel (`ZEROS`). `c` is
                    // borrowed exclusively, so it is none of what is read, but for `start`, where that is meant.
                    unsafe { A::multiply(isa, &block) };
                }
            }
        }
    });
}

/// `length` in pieces of at most `piece`, with where each begins; a length of 0 is one piece, for which `c` is set to
/// its start.
fn cut(length: usize, piece: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..length.max(1)).step_by(piece).map(move |begin| (begin, piece.min(length - begin)))
}

fn offset<A>(pointer: *const A, (i, j): (usize, usize), (row, column): (isize, isize)) -> *const A {
    pointer.wrapping_offset(i as isize * row + j as isize * column)
}
