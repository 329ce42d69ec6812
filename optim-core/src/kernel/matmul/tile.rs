//! The loop over tiles of one block: some rows of `a` against a few vectors of `b`'s columns, in registers.

use super::lanes::{Lanes, Portable};
use crate::kernel::Isa;

/// One block product, `c = start + a · b`, as pointers; distances are in numbers.
///
/// Element `(i, p)` of `a` stands at `i / rows · panel + i % rows · row + p · column`, where `rows` is the height of a
/// tile; element `(p, j)` of `b` at `j / columns · panel + p · row + j % columns`, where `columns` is its width.
pub struct Block<A> {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) depth: usize,
    pub(super) a: Operand<A>,
    pub(super) b: Operand<A>,
    /// What the sums start from; its `panel` is the distance from one column to the next: 1, or 0 where all columns
    /// start from the same (zeros).
    pub(super) start: Operand<A>,
    pub(super) c: *mut A,
    pub(super) c_row: isize,
}

pub(super) struct Operand<A> {
    pub(super) pointer: *const A,
    pub(super) panel: isize,
    pub(super) row: isize,
    pub(super) column: isize,
}

impl<A> Clone for Operand<A> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<A> Copy for Operand<A> {}

/// Distances between elements fit: no array spans more than `isize::MAX` bytes.
#[inline(always)]
fn at(index: usize, distance: isize) -> isize {
    (index as isize).wrapping_mul(distance)
}

/// `R` rows by `V` vectors of `c`, the last of which has `last` lanes where it is not `FULL`.
///
/// # Safety
/// As for [`run`], at a tile that lies in the block.
#[inline(always)]
unsafe fn tile<L: Lanes, const R: usize, const V: usize, const FULL: bool>(
    block: &Block<L::Scalar>,
    a: *const L::Scalar,
    b: *const L::Scalar,
    start: *const L::Scalar,
    c: *mut L::Scalar,
    last: usize,
) {
    let part = |v: usize| !FULL && v == V - 1;
    // SAFETY: the caller says that the instruction set is there.
    let mut sums = [[unsafe { L::splat(Default::default()) }; V]; R];
    for (i, sums) in sums.iter_mut().enumerate() {
        for (v, sum) in sums.iter_mut().enumerate() {
            let from = start.wrapping_offset(at(i, block.start.row)).wrapping_add(v * L::COUNT);
            // SAFETY: a row of the tile is a row of the block's start, of which the last vector has `last` numbers.
            *sum = if part(v) { unsafe { L::load_part(from, last) } } else { unsafe { L::load(from) } };
        }
    }
    let (mut a, mut b) = (a, b);
    for _ in 0..block.depth {
        // SAFETY: the caller says that the instruction set is there.
        let mut row = [unsafe { L::splat(Default::default()) }; V];
        for (v, vector) in row.iter_mut().enumerate() {
            let from = b.wrapping_add(v * L::COUNT);
            // SAFETY: row `p` of `b` has the tile's columns, of which the last vector has `last`.
            *vector = if part(v) { unsafe { L::load_part(from, last) } } else { unsafe { L::load(from) } };
        }
        for (i, sums) in sums.iter_mut().enumerate() {
            // SAFETY: column `p` of `a` has the tile's rows.
            let x = unsafe { *a.wrapping_offset(at(i, block.a.row)) };
            // SAFETY: the caller says that the instruction set is there.
            let x = unsafe { L::splat(x) };
            for v in 0..V {
                // SAFETY: the caller says that the instruction set is there.
                sums[v] = unsafe { x.mul_add(row[v], sums[v]) };
            }
        }
        a = a.wrapping_offset(block.a.column);
        b = b.wrapping_offset(block.b.row);
    }
    for (i, sums) in sums.into_iter().enumerate() {
        for (v, sum) in sums.into_iter().enumerate() {
            let to = c.wrapping_offset(at(i, block.c_row)).wrapping_add(v * L::COUNT);
            if part(v) {
                // SAFETY: a row of the tile is a row of `c`, of which the last vector has `last` numbers.
                unsafe { sum.store_part(to, last) }
            } else {
                // SAFETY: a row of the tile is a row of `c`.
                unsafe { sum.store(to) }
            }
        }
    }
}

/// All rows of `V` vectors of columns, from column `j` on.
///
/// # Safety
/// As for [`run`], with `j` and `V` such that the columns lie in the block.
#[inline(always)]
unsafe fn panel<L: Lanes, const R: usize, const V: usize, const FULL: bool>(
    block: &Block<L::Scalar>,
    j: usize,
    last: usize,
) {
    let b = block.b.pointer.wrapping_offset(at(j / (2 * L::COUNT), block.b.panel));
    let start = block.start.pointer.wrapping_offset(at(j, block.start.panel));
    let c = block.c.wrapping_add(j);
    let mut i = 0;
    macro_rules! rows {
        ($rows:expr) => {{
            let a = block.a.pointer.wrapping_offset(at(i / R, block.a.panel)).wrapping_offset(at(i % R, block.a.row));
            let start = start.wrapping_offset(at(i, block.start.row));
            let c = c.wrapping_offset(at(i, block.c_row));
            // SAFETY: rows `i` to `i + $rows` and the panel's columns lie in the block.
            unsafe { tile::<L, { $rows }, V, FULL>(block, a, b, start, c, last) };
        }};
    }
    while block.rows - i >= R {
        rows!(R);
        i += R;
    }
    // The rows that are left: four keep the processor as busy as more. Fewer wait for their products, and one takes as
    // long as two.
    while R > 4 && block.rows - i >= 4 {
        rows!(4);
        i += 4;
    }
    if block.rows - i >= 2 {
        rows!(2);
        i += 2;
    }
    if i < block.rows {
        rows!(1);
    }
}

/// The whole block, in tiles of `R` rows by two vectors.
///
/// # Safety
/// The processor has the instruction set of `L`; the elements that [`Block`] describes are there, to read and in `c`
/// to write, and what is written is not what `a` or `b` read. `start` may be `c`.
#[inline(always)]
unsafe fn run<L: Lanes, const R: usize>(block: &Block<L::Scalar>) {
    let width = 2 * L::COUNT;
    let mut j = 0;
    while block.columns - j >= width {
        // SAFETY: two whole vectors of columns are left.
        unsafe { panel::<L, R, 2, true>(block, j, 0) };
        j += width;
    }
    let left = block.columns - j;
    if left > L::COUNT {
        // SAFETY: one whole vector of columns is left, and a part of another.
        unsafe { panel::<L, R, 2, false>(block, j, left - L::COUNT) };
    } else if left > 0 {
        // SAFETY: `left` columns are left, at most one vector.
        unsafe { panel::<L, R, 1, false>(block, j, left) };
    }
}

/// The block product for a number type, and the tiles of each instruction set.
pub trait Multiply: Copy + Default + 'static {
    /// Rows and columns of a tile.
    fn matmul_tile(isa: Isa) -> (usize, usize);

    /// As many zeros as the widest tile has columns.
    const MATMUL_ZEROS: &'static [Self];

    /// # Safety
    /// As for the block loop: `isa` is one that the processor has, and the block's elements are there.
    unsafe fn matmul_block(isa: Isa, block: &Block<Self>);
}

macro_rules! multiply {
    ($scalar:ident, $zeros:literal, $portable:ty, $avx2:ident, $avx512:ident) => {
        impl Multiply for $scalar {
            const MATMUL_ZEROS: &'static [Self] = &[0.0; $zeros];

            #[inline]
            fn matmul_tile(isa: Isa) -> (usize, usize) {
                match isa {
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx512 => (12, 2 * <core::arch::x86_64::$avx512 as Lanes>::COUNT),
                    #[cfg(target_arch = "x86_64")]
                    Isa::Avx2 => (6, 2 * <core::arch::x86_64::$avx2 as Lanes>::COUNT),
                    _ => (4, 2 * <$portable as Lanes>::COUNT),
                }
            }

            unsafe fn matmul_block(isa: Isa, block: &Block<Self>) {
                #[cfg(target_arch = "x86_64")]
                #[target_feature(enable = "avx512f")]
                unsafe fn avx512(block: &Block<$scalar>) {
                    // SAFETY: the caller answers for the block, this function's attribute for the instructions.
                    unsafe { run::<core::arch::x86_64::$avx512, 12>(block) }
                }
                #[cfg(target_arch = "x86_64")]
                #[target_feature(enable = "avx2,fma")]
                unsafe fn avx2(block: &Block<$scalar>) {
                    // SAFETY: the caller answers for the block, this function's attribute for the instructions.
                    unsafe { run::<core::arch::x86_64::$avx2, 6>(block) }
                }
                match isa {
                    #[cfg(target_arch = "x86_64")]
                    // SAFETY: the caller says that the processor has it.
                    Isa::Avx512 => unsafe { avx512(block) },
                    #[cfg(target_arch = "x86_64")]
                    // SAFETY: the caller says that the processor has it.
                    Isa::Avx2 => unsafe { avx2(block) },
                    // SAFETY: the caller answers for the block; every processor of the target has the instructions.
                    _ => unsafe { run::<$portable, 4>(block) },
                }
            }
        }
    };
}

multiply!(f32, 32, Portable<f32, 4>, __m256, __m512);
multiply!(f64, 16, Portable<f64, 2>, __m256d, __m512d);
