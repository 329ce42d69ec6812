//! [`Store`]: the numbers of a cache in the format that they are kept in, and where scales stand among them.

use core::ops::Range;

use super::ahead::Behind;
use super::block8::{self, BLOCK};
use super::coding::Coding;
use super::dither::Dither;
use super::{Grid, Isa, Slot};
use crate::precision::Precision;
use crate::real::Real;
use crate::state::Arena;

/// The numbers of one cache; without any where it does not exist.
#[derive(Clone)]
pub(crate) enum Store<A: Real> {
    Exact(Arena<A>),
    Bf16(Arena<[u8; 2]>),
    /// Codes, and a scale for each block of them.
    Block8(Arena<u8>, Arena<u16>),
}

/// How the numbers of a tensor, in logical order, are cut into blocks: by its shape alone, so that no two threads share
/// one. Matrices into lines of tiles, these into runs that a loop gets at once, these into blocks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cuts {
    /// The first scale.
    first: usize,
    matrix: usize,
    line: usize,
    run: usize,
}

/// Numbers that are not kept exactly, as pointers, for threads that each work on a range of their own.
#[derive(Clone, Copy)]
pub(super) enum Coded {
    /// They are, or there are none.
    No,
    Bf16(*mut [u8; 2]),
    Block8(*mut u8, *mut u16),
}

impl Cuts {
    /// Of a tensor without tiles, by its slot.
    pub(crate) fn of_slot(slot: &Slot, index: usize) -> Self {
        // Each tensor has at most one more than the arena has whole blocks.
        let whole = slot.len.max(1);
        Cuts { first: slot.offset / BLOCK + index, matrix: whole, line: whole, run: whole }
    }

    /// Of a tensor with tiles.
    pub(crate) fn of_grid(grid: &Grid) -> Self {
        let (run, line) = grid.run();
        Cuts { first: grid.first_scale, matrix: (grid.rows * grid.cols).max(1), line, run }
    }

    /// How many scales a tensor of `len` numbers has at most, from the first on.
    pub(crate) fn count(&self, len: usize) -> usize {
        len.div_ceil(self.matrix) * self.in_matrix()
    }

    fn in_run(&self) -> usize {
        self.run.div_ceil(BLOCK)
    }

    fn in_line(&self) -> usize {
        self.line.div_ceil(self.run) * self.in_run()
    }

    fn in_matrix(&self) -> usize {
        self.matrix.div_ceil(self.line) * self.in_line()
    }

    /// The scale of an element, in logical order.
    #[inline]
    pub(super) fn scale(&self, element: usize) -> usize {
        let (matrix, rest) = (element / self.matrix, element % self.matrix);
        let (line, rest) = (rest / self.line, rest % self.line);
        let (run, rest) = (rest / self.run, rest % self.run);
        self.first + matrix * self.in_matrix() + line * self.in_line() + run * self.in_run() + rest / BLOCK
    }

    /// The ranges of a tensor of `len` numbers whose scales stand side by side.
    fn runs(&self, len: usize) -> impl Iterator<Item = Range<usize>> {
        let cuts = *self;
        let mut start = 0;
        core::iter::from_fn(move || {
            let rest = start % cuts.matrix;
            let within = rest % cuts.line;
            let to_go = [cuts.run - within % cuts.run, cuts.line - within, cuts.matrix - rest, len - start];
            let end = start + to_go.into_iter().min().unwrap_or(0);
            let run = start..end;
            start = end;
            (!run.is_empty()).then_some(run)
        })
    }
}

impl<A: Real> Store<A> {
    /// `len` zeros, which have so many scales.
    pub(crate) fn zeros(precision: Precision, len: usize, scales: usize) -> Self {
        match precision {
            Precision::Exact => Store::Exact(Arena::zeros(len)),
            Precision::Bf16 => Store::Bf16(Arena::zeros(len)),
            Precision::Block8 => Store::Block8(Arena::zeros(len), Arena::zeros(if len == 0 { 0 } else { scales })),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Store::Exact(numbers) => numbers.len(),
            Store::Bf16(codes) => codes.len(),
            Store::Block8(codes, _) => codes.len(),
        }
    }

    fn scales(&self) -> usize {
        if let Store::Block8(_, scales) = self { scales.len() } else { 0 }
    }

    /// Whether `len` numbers from a place on, so cut, stand in it.
    pub(super) fn holds(&self, place: usize, len: usize, cuts: &Cuts) -> bool {
        let scaled = !matches!(self, Store::Block8(..)) || cuts.first + cuts.count(len) <= self.scales();
        place + len <= self.len() && scaled
    }

    /// The numbers, where they are kept exactly.
    pub(crate) fn exact(&self) -> Option<&[A]> {
        if let Store::Exact(numbers) = self { Some(numbers.as_slice()) } else { None }
    }

    pub(crate) fn exact_mut(&mut self) -> Option<&mut [A]> {
        if let Store::Exact(numbers) = self { Some(numbers.as_mut_slice()) } else { None }
    }

    /// The pointer to the numbers, where they are kept exactly and there are some.
    pub(super) fn pointer(&mut self) -> Option<*mut A> {
        if let Store::Exact(numbers) = self { (numbers.len() > 0).then(|| numbers.as_mut_ptr()) } else { None }
    }

    pub(super) fn coded(&mut self) -> Coded {
        match self {
            Store::Bf16(codes) if codes.len() > 0 => Coded::Bf16(codes.as_mut_ptr()),
            Store::Block8(codes, scales) if codes.len() > 0 => Coded::Block8(codes.as_mut_ptr(), scales.as_mut_ptr()),
            Store::Exact(_) | Store::Bf16(_) | Store::Block8(..) => Coded::No,
        }
    }

    /// A copy of a tensor's numbers, which stand at `range`.
    pub(crate) fn read(&self, range: Range<usize>, cuts: &Cuts) -> Vec<A> {
        let coding = Coding::of(Isa::Portable);
        let mut numbers = vec![A::zero(); range.len()];
        match self {
            Store::Exact(all) => numbers.copy_from_slice(&all.as_slice()[range]),
            Store::Bf16(codes) => {
                let codes = &codes.as_slice()[range];
                cuts.runs(codes.len()).for_each(|run| coding.read_bf16(&codes[run.clone()], &mut numbers[run]));
            }
            Store::Block8(codes, scales) => {
                let codes = &codes.as_slice()[range];
                for run in cuts.runs(codes.len()) {
                    let scales = &scales.as_slice()[cuts.scale(run.start)..];
                    coding.read_blocks(&codes[run.clone()], scales, &mut numbers[run]);
                }
            }
        }
        numbers
    }

    /// Writes a tensor's numbers, rounded to the nearest. Such as were read stay what they are.
    pub(crate) fn write(&mut self, range: Range<usize>, cuts: &Cuts, numbers: &[A]) {
        match self {
            Store::Exact(all) => all.as_mut_slice()[range].copy_from_slice(numbers),
            Store::Bf16(codes) => {
                let (coding, codes) = (Coding::of(Isa::Portable), &mut codes.as_mut_slice()[range]);
                for run in cuts.runs(codes.len()) {
                    coding.write_bf16(&numbers[run.clone()], &mut codes[run], Dither::NEAREST, 0);
                }
            }
            Store::Block8(codes, scales) => {
                let codes = &mut codes.as_mut_slice()[range];
                for run in cuts.runs(codes.len()) {
                    let scales = &mut scales.as_mut_slice()[cuts.scale(run.start)..];
                    block8::write_again(&numbers[run.clone()], &mut codes[run], scales);
                }
            }
        }
    }
}

impl Coded {
    pub(super) fn is_some(self) -> bool {
        !matches!(self, Coded::No)
    }

    /// The codes from a place on, for who will need them next.
    #[inline]
    pub(super) fn next(self, place: usize) -> Behind {
        match self {
            Coded::No => Behind::NOTHING,
            Coded::Bf16(codes) => Behind::next(codes.wrapping_add(place)),
            Coded::Block8(codes, _) => Behind::next(codes.wrapping_add(place)),
        }
    }

    /// Reads `n` numbers from a place on, whose scales begin at `scale`: whole blocks, or to the end of a run.
    ///
    /// # Safety
    /// So many codes and their scales stand there, and nobody writes them; the block takes `n` numbers.
    // A call, since every pass has it: inlined it would be much of a pass's code.
    #[inline(never)]
    pub(super) unsafe fn read<A: Real>(self, coding: &Coding<A>, place: usize, scale: usize, n: usize, block: *mut A) {
        // SAFETY: the caller keeps the contract: it is initialised by what is read.
        let numbers = unsafe { core::slice::from_raw_parts_mut(block, n) };
        match self {
            Coded::No => {}
            Coded::Bf16(codes) => {
                // SAFETY: the caller keeps the contract.
                let first = unsafe { codes.add(place) };
                // SAFETY: the caller keeps the contract.
                let codes = unsafe { core::slice::from_raw_parts(first, n) };
                coding.read_bf16(codes, numbers);
            }
            Coded::Block8(codes, scales) => {
                // SAFETY: the caller keeps the contract.
                let first = unsafe { codes.add(place) };
                // SAFETY: the caller keeps the contract.
                let first_scale = unsafe { scales.add(scale) };
                // SAFETY: the caller keeps the contract.
                let codes = unsafe { core::slice::from_raw_parts(first, n) };
                // SAFETY: the caller keeps the contract.
                let scales = unsafe { core::slice::from_raw_parts(first_scale, n.div_ceil(BLOCK)) };
                coding.read_blocks(codes, scales, numbers);
            }
        }
    }

    /// Writes `n` numbers from a place on, whose scales begin at `scale`: whole blocks, or to the end of a run.
    ///
    /// # Safety
    /// So many codes and their scales stand there, and are the caller's alone; the block holds `n` numbers.
    // A call, since every pass has it: inlined it would be much of a pass's code.
    #[inline(never)]
    pub(super) unsafe fn write<A: Real>(
        self,
        coding: &Coding<A>,
        (place, scale): (usize, usize),
        n: usize,
        block: *const A,
        dither: Dither,
    ) {
        // SAFETY: the caller keeps the contract.
        let numbers = unsafe { core::slice::from_raw_parts(block, n) };
        match self {
            Coded::No => {}
            Coded::Bf16(codes) => {
                // SAFETY: the caller keeps the contract.
                let first = unsafe { codes.add(place) };
                // SAFETY: the caller keeps the contract.
                let codes = unsafe { core::slice::from_raw_parts_mut(first, n) };
                coding.write_bf16(numbers, codes, dither, place);
            }
            Coded::Block8(codes, scales) => {
                // SAFETY: the caller keeps the contract.
                let first = unsafe { codes.add(place) };
                // SAFETY: the caller keeps the contract.
                let first_scale = unsafe { scales.add(scale) };
                // SAFETY: the caller keeps the contract.
                let codes = unsafe { core::slice::from_raw_parts_mut(first, n) };
                // SAFETY: the caller keeps the contract.
                let scales = unsafe { core::slice::from_raw_parts_mut(first_scale, n.div_ceil(BLOCK)) };
                coding.write_blocks(numbers, codes, scales, dither, place);
            }
        }
    }
}
