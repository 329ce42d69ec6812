//! Copies of operands in the order in which a tile reads them, in memory that is kept for the next product.

use core::cell::RefCell;

/// Memory for copies of operands, aligned to a cache line; it grows to the largest product of its thread and stays.
#[derive(Default)]
pub(super) struct Scratch(Vec<Line>);

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; 64]);

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch::default());
}

impl Scratch {
    /// Calls `f` with the scratch of this thread.
    pub(super) fn with<T>(f: impl FnOnce(&mut Scratch) -> T) -> T {
        SCRATCH.with_borrow_mut(f)
    }

    /// Room for so many numbers, for each of `lengths`; what stands there is left over from earlier.
    pub(super) fn reserve<A, const N: usize>(&mut self, lengths: [usize; N]) -> [*mut A; N] {
        let lines = lengths.map(|length| (length * size_of::<A>()).div_ceil(size_of::<Line>()));
        let total = lines.iter().sum();
        if self.0.len() < total {
            self.0.resize(total, Line([0; 64]));
        }
        let mut next = self.0.as_mut_ptr();
        lines.map(|lines| {
            let here = next;
            next = next.wrapping_add(lines);
            here.cast()
        })
    }
}

/// Copies the matrix of `rows` by `columns` at `from` in panels of `width` columns, each row of a panel side by side.
///
/// # Safety
/// The matrix is there to read, and at `to` is room for its panels, the last one of `width` columns as well.
pub(super) unsafe fn panels<A: Copy>(
    to: *mut A,
    from: *const A,
    (rows, columns): (usize, usize),
    (row, column): (isize, isize),
    width: usize,
) {
    let mut first = 0;
    while first < columns {
        let count = width.min(columns - first);
        let to = to.wrapping_add(first * rows);
        let from = from.wrapping_offset(first as isize * column);
        // SAFETY: `count` columns are left from `first` on, and the panel has room for `width`.
        unsafe { panel(to, from, (rows, count), (row, column), width) };
        first += width;
    }
}

/// One panel of [`panels`].
///
/// # Safety
/// As there.
#[inline(always)]
unsafe fn panel<A: Copy>(
    to: *mut A,
    from: *const A,
    (rows, count): (usize, usize),
    (row, column): (isize, isize),
    width: usize,
) {
    if column == 1 {
        for p in 0..rows {
            let from = from.wrapping_offset(p as isize * row);
            // SAFETY: the matrix has `count` numbers side by side here; the panel is apart from it.
            unsafe { core::ptr::copy_nonoverlapping(from, to.wrapping_add(p * width), count) };
        }
        return;
    }
    // Blocks of rows, so that what is written stays in the nearest cache while the columns are read one after the other.
    for block in (0..rows).step_by(64) {
        for j in 0..count {
            let from = from.wrapping_offset(j as isize * column);
            let to = to.wrapping_add(j);
            for p in block..rows.min(block + 64) {
                // SAFETY: row `p` and column `j` lie in the matrix.
                let x = unsafe { *from.wrapping_offset(p as isize * row) };
                // SAFETY: the panel has room for `rows` times `width` numbers.
                unsafe { *to.wrapping_add(p * width) = x };
            }
        }
    }
}
