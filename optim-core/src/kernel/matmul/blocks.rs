//! A product cut to the sizes of the caches: which way round it is computed, what is packed, and the loops over blocks.

use core::ops::Range;

use ndarray::{ArrayView2, ArrayViewMut2, ShapeBuilder};

use super::Start;
use super::pack::{self, Scratch};
use super::tile::{Block, Operand};
use crate::kernel::{Execution, Isa, pool};
use crate::real::Real;

/// The depth of a packed block: a panel of `b` and the rows of a tile stay in the caches next to the core.
const DEPTH: usize = 512;
/// The depth of a block of which `b` is read where it lies.
const DEPTH_IN_PLACE: usize = 256;
/// The columns of a packed block: it stays in the last cache.
const COLUMNS: usize = 2048;
/// The rows of a block: where they are packed, they stay in the second cache.
const ROWS: usize = 96;

// Measured with `cargo bench -p optim-core --bench matmul` on an AMD EPYC (Zen 3) with AVX2, 32 KiB and 512 KiB of
// cache a core, 2026-11-24.
/// From so many columns and such a depth on, `a` is packed where its rows do not lie side by side.
const PACK_A: (usize, usize) = (256, 128);
/// From so many rows and so many bytes of `b` on, `b` is packed.
const PACK_B: (usize, usize) = (48, 16 << 10);
/// Up to this depth the loop runs along the rows of `c`, which then is most of the memory there is.
const SHALLOW: usize = 16;
/// A thread gets at least about this many multiplications, some 25 µs of work in `f32`: waking it may take as long.
const WORTH_A_THREAD: usize = 2 << 20;
/// So many parts for each thread.
const PARTS: usize = 2;

/// The product of matrices whose shapes fit, with threads and instructions that the machine has.
pub(super) fn multiply<A: Real>(
    execution: Execution,
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
        return blocks(execution, c.reversed_axes(), b.reversed_axes(), a.reversed_axes(), start);
    }
    if along_rows {
        return match start {
            Start::Row(row) if columns > 1 && row.strides()[0] != 1 => {
                c.assign(&row);
                blocks(execution, c, a, b, Start::Add);
            }
            _ => blocks(execution, c, a, b, start),
        };
    }
    Scratch::with_result(|scratch| {
        let [pointer] = scratch.reserve::<A, 1>(1, [rows * columns]).part(0);
        // SAFETY: the scratch has room for the matrix, holds numbers wherever it has room, and is borrowed for as long
        // as the view is used.
        let mut result = unsafe { ArrayViewMut2::from_shape_ptr((rows, columns).strides((columns, 1)), pointer) };
        match start {
            Start::Zero => {}
            Start::Add => result.assign(&c),
            Start::Row(row) => result.assign(&row),
        }
        let start = if matches!(start, Start::Zero) { Start::Zero } else { Start::Add };
        blocks(execution, result.view_mut(), a, b, start);
        c.assign(&result);
    });
}

/// The product into a `c` of at least one element, whose rows lie side by side, as does `start`.
fn blocks<A: Real>(
    execution: Execution,
    mut c: ArrayViewMut2<'_, A>,
    a: ArrayView2<'_, A>,
    b: ArrayView2<'_, A>,
    start: Start<'_, A>,
) {
    let ((rows, columns), depth) = (c.dim(), a.ncols());
    let (c_row, pointer) = (c.strides()[0], c.as_mut_ptr());
    let isa = fused(execution.chosen_isa());
    let work = rows.saturating_mul(depth).saturating_mul(columns);
    let threads = execution.threads_for_work(work, WORTH_A_THREAD);
    let (height, width) = A::matmul_tile(isa);
    let (a_strides, b_strides) = ((a.strides()[0], a.strides()[1]), (b.strides()[0], b.strides()[1]));
    let b_pays = rows >= PACK_B.0 && columns >= width && depth * columns * size_of::<A>() > PACK_B.1;
    let pack_b = b_pays || columns > 1 && b_strides.1 != 1;
    let product = Product {
        isa,
        tile: (height, width),
        depth,
        a: a.as_ptr(),
        a_strides,
        b: b.as_ptr(),
        b_strides,
        c: pointer,
        c_row,
        start: match start {
            Start::Zero => Operand { pointer: A::MATMUL_ZEROS.as_ptr(), panel: 0, row: 0, column: 0 },
            Start::Add => Operand { pointer: pointer.cast_const(), panel: 1, row: c_row, column: 1 },
            Start::Row(row) => Operand { pointer: row.as_ptr(), panel: 1, row: 0, column: 1 },
        },
        pack_a: a_strides.1 != 1 && columns >= PACK_A.0 && depth >= PACK_A.1,
        pack_b,
        deep: if pack_b { DEPTH } else { DEPTH_IN_PLACE },
        high: if depth <= SHALLOW { height } else { ROWS },
    };

    // Each part packs what it needs. All need the whole of one operand: the one that costs less. More than one part a
    // thread, as another program may have one of the cores.
    let again = (if product.pack_a { rows } else { 0 }, if pack_b { columns } else { 0 });
    let by_columns = again.0 < again.1 && columns >= 2 * width;
    let (length, step) = if by_columns { (columns, width) } else { (rows, height) };
    let parts = if threads == 1 { 1 } else { PARTS * threads };
    let share = length.div_ceil(parts).next_multiple_of(step);
    let parts = length.div_ceil(share);
    let (most_rows, most_columns) = if by_columns { (rows, share) } else { (share, columns) };
    let room_a = if product.pack_a { product.high.min(most_rows).next_multiple_of(height) } else { 0 };
    let room_b = if pack_b { COLUMNS.min(most_columns).next_multiple_of(width) } else { 0 };
    let deep = product.deep.min(depth);
    Scratch::with_packed(|scratch| {
        let room = scratch.reserve::<A, 2>(parts, [room_a * deep, room_b * deep]);
        pool::run(threads, parts, &|part| {
            let begin = part * share;
            let piece = begin..length.min(begin + share);
            let (rows, columns) = if by_columns { (0..rows, piece) } else { (piece, 0..columns) };
            // SAFETY: pieces of `c` that do not overlap; the operands are borrowed, the room is that of this part.
            unsafe { product.part(rows, columns, room.part(part)) };
        });
    });
}

/// Operands and result as pointers and distances, and what has been chosen for them.
struct Product<A> {
    isa: Isa,
    tile: (usize, usize),
    depth: usize,
    a: *const A,
    a_strides: (isize, isize),
    b: *const A,
    b_strides: (isize, isize),
    c: *mut A,
    c_row: isize,
    start: Operand<A>,
    pack_a: bool,
    pack_b: bool,
    /// Depth and rows of a block.
    deep: usize,
    high: usize,
}

// SAFETY: parts read the operands, which are borrowed for the product, and each writes rows and columns of its own.
unsafe impl<A: Sync> Sync for Product<A> {}

impl<A: Real> Product<A> {
    /// These rows and columns of `c`, with room for the packed blocks of `a` and `b`.
    ///
    /// # Safety
    /// They lie in `c`, and no other part that runs has any of them; the operands and the room are as `blocks` makes them.
    unsafe fn part(&self, rows: Range<usize>, columns: Range<usize>, [packed_a, packed_b]: [*mut A; 2]) {
        let (height, width) = self.tile;
        let (first_row, first_column) = (rows.start, columns.start);
        for (j, columns) in cut(columns.len(), COLUMNS) {
            let j = first_column + j;
            for (p, depth) in cut(self.depth, self.deep) {
                let from = offset(self.b, (p, j), self.b_strides);
                let b = if self.pack_b {
                    // SAFETY: the block lies in `b`, and room for its panels has been reserved.
                    unsafe { pack::panels(packed_b, from, (depth, columns), self.b_strides, width) };
                    let row = width as isize;
                    Operand { pointer: packed_b.cast_const(), panel: (width * depth) as isize, row, column: 1 }
                } else {
                    Operand { pointer: from, panel: width as isize, row: self.b_strides.0, column: 1 }
                };
                for (i, rows) in cut(rows.len(), self.high) {
                    let i = first_row + i;
                    let from = offset(self.a, (i, p), self.a_strides);
                    let a = if self.pack_a {
                        let strides = (self.a_strides.1, self.a_strides.0);
                        // SAFETY: the block lies in `a`, and room for its panels has been reserved.
                        unsafe { pack::panels(packed_a, from, (depth, rows), strides, height) };
                        let panel = (height * depth) as isize;
                        Operand { pointer: packed_a.cast_const(), panel, row: 1, column: height as isize }
                    } else {
                        let (row, column) = self.a_strides;
                        Operand { pointer: from, panel: height as isize * row, row, column }
                    };
                    let c = offset(self.c.cast_const(), (i, j), (self.c_row, 1)).cast_mut();
                    let start = if p == 0 {
                        let Operand { pointer, row, panel, .. } = self.start;
                        Operand { pointer: offset(pointer, (i, j), (row, panel)), ..self.start }
                    } else {
                        Operand { pointer: c.cast_const(), panel: 1, row: self.c_row, column: 1 }
                    };
                    let block = Block { rows, columns, depth, a, b, start, c, c_row: self.c_row };
                    // SAFETY: the processor has `isa`: the execution has been checked. The block's elements lie in
                    // the operands or in their packed copies; a row of `start` has as many numbers as the block has
                    // columns, or is read again from its beginning for each panel (`MATMUL_ZEROS`). `c` is borrowed
                    // exclusively, and no other part has these rows and columns: it is none of what is read, but for
                    // `start`, where that is meant.
                    unsafe { A::matmul_block(self.isa, &block) };
                }
            }
        }
    }
}

/// The instructions, with a fused multiply-add: some processors have AVX2 and no FMA.
#[inline]
fn fused(isa: Isa) -> Isa {
    match isa {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 if !std::arch::is_x86_feature_detected!("fma") => Isa::Portable,
        isa => isa,
    }
}

/// `length` in pieces of at most `piece`, with where each begins; a length of 0 is one piece, for which `c` is set to
/// its start.
fn cut(length: usize, piece: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..length.max(1)).step_by(piece).map(move |begin| (begin, piece.min(length - begin)))
}

fn offset<A>(pointer: *const A, (i, j): (usize, usize), (row, column): (isize, isize)) -> *const A {
    pointer.wrapping_offset(i as isize * row + j as isize * column)
}
