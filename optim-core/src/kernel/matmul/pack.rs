//! Copies of operands in the order in which a tile reads them, in memory that is kept for the next product.

use core::cell::RefCell;

/// Memory for copies of operands, aligned to a cache line; it grows to the largest product of its thread and stays.
#[derive(Default)]
pub(super) struct Scratch(Vec<Line>);

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; 64]);

thread_local! {
    static PACKED: RefCell<Scratch> = RefCell::default();
    static RESULT: RefCell<Scratch> = RefCell::default();
}

impl Scratch {
    /// Calls `f` with this thread's memory for packed operands.
    pub(super) fn with_packed(f: impl FnOnce(&mut Scratch)) {
        PACKED.with_borrow_mut(f);
    }

    /// Calls `f` with this thread's memory for a result whose own elements lie apart.
    pub(super) fn with_result(f: impl FnOnce(&mut Scratch)) {
        RESULT.with_borrow_mut(f);
    }

    /// Room for so many numbers (`lengths`), for each of `parts`; zeros, or what is left over from earlier.
    pub(super) fn reserve<A, const N: usize>(&mut self, parts: usize, lengths: [usize; N]) -> Room<A, N> {
        let lines = lengths.map(|length| (length * size_of::<A>()).div_ceil(size_of::<Line>()));
        let total = parts * lines.iter().sum::<usize>();
        if self.0.len() < total {
            self.0.resize(total, Line([0; 64]));
        }
        Room {
            first: self.0.as_mut_ptr().cast(),
            lengths: lines.map(|lines| lines * size_of::<Line>() / size_of::<A>()),
        }
    }
}

/// Room for the copies of each part of a product.
pub(super) struct Room<A, const N: usize> {
    first: *mut A,
    lengths: [usize; N],
}

// SAFETY: it only computes addresses; every part has its own.
unsafe impl<A: Sync, const N: usize> Sync for Room<A, N> {}

impl<A, const N: usize> Room<A, N> {
    /// That of one part, a place for each length.
    pub(super) fn part(&self, part: usize) -> [*mut A; N] {
        let mut next = self.first.wrapping_add(part * self.lengths.iter().sum::<usize>());
        self.lengths.map(|length| {
            let here = next;
            next = next.wrapping_add(length);
            here
        })
    }
}

/// Copies a matrix of `rows` by `columns` in panels of `width` columns, in which the rows stand one after the other.
///
/// # Safety
/// At `from` is the matrix, with the strides given, and at `to` room for its panels, the last of `width` columns too.
pub(super) unsafe fn panels<A: Copy>(
    to: *mut A,
    from: *const A,
    (rows, columns): (usize, usize),
    (row, column): (isize, isize),
    width: usize,
) {
    for first in (0..columns).step_by(width) {
        let count = width.min(columns - first);
        let to = to.wrapping_add(first * rows);
        let from = from.wrapping_offset(first as isize * column);
        if column == 1 {
            // SAFETY: `count` columns are left, and the panel has room for `width`.
            unsafe { rows_of_panel(to, from, (rows, count), row, width) };
            continue;
        }
        let (squares, rest) = if row == 1 { (count / SIDE * SIDE, rows / SIDE * SIDE) } else { (0, 0) };
        // SAFETY: `squares` of the `count` columns, `rest` of the rows.
        unsafe { squares_of_panel(to, from, (rest, squares), column, width) };
        // SAFETY: the rows of these columns that are left.
        unsafe { numbers_of_panel(to, from, (rest..rows, 0..squares), (row, column), width) };
        // SAFETY: the columns that are left.
        unsafe { numbers_of_panel(to, from, (0..rows, squares..count), (row, column), width) };
    }
}

/// Rows whose numbers stand side by side.
#[inline]
unsafe fn rows_of_panel<A: Copy>(
    to: *mut A,
    from: *const A,
    (rows, columns): (usize, usize),
    row: isize,
    width: usize,
) {
    for i in 0..rows {
        let from = from.wrapping_offset(i as isize * row);
        // SAFETY: the matrix has `columns` numbers side by side here, the panel has room, and they are apart.
        unsafe { core::ptr::copy_nonoverlapping(from, to.wrapping_add(i * width), columns) };
    }
}

/// The side of the squares that are turned in registers.
const SIDE: usize = 4;

/// Columns whose numbers stand side by side, `SIDE` by `SIDE`; both lengths are multiples of it.
#[inline]
unsafe fn squares_of_panel<A: Copy>(
    to: *mut A,
    from: *const A,
    (rows, columns): (usize, usize),
    column: isize,
    width: usize,
) {
    for j in (0..columns).step_by(SIDE) {
        for i in (0..rows).step_by(SIDE) {
            let read = |side: usize| {
                let from = from.wrapping_offset((j + side) as isize * column).wrapping_add(i);
                // SAFETY: the column has `SIDE` numbers side by side from row `i` on.
                unsafe { from.cast::<[A; SIDE]>().read_unaligned() }
            };
            let [a, b, c, d] = [read(0), read(1), read(2), read(3)];
            for side in 0..SIDE {
                let to = to.wrapping_add((i + side) * width + j).cast::<[A; SIDE]>();
                // SAFETY: the row of the panel has room for `SIDE` numbers from column `j` on.
                unsafe { to.write_unaligned([a[side], b[side], c[side], d[side]]) };
            }
        }
    }
}

/// The numbers in these rows and columns, one by one.
#[inline]
unsafe fn numbers_of_panel<A: Copy>(
    to: *mut A,
    from: *const A,
    (rows, columns): (core::ops::Range<usize>, core::ops::Range<usize>),
    (row, column): (isize, isize),
    width: usize,
) {
    for j in columns {
        for i in rows.clone() {
            let from = from.wrapping_offset(i as isize * row + j as isize * column);
            // SAFETY: the element is one of the matrix.
            let number = unsafe { from.read() };
            // SAFETY: the panel has room for it.
            unsafe { to.wrapping_add(i * width + j).write(number) };
        }
    }
}
