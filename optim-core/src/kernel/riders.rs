//! [`Riders`]: what is done with the numbers of a block beside the rule, while they are in the nearest cache. No rule is
//! looked at; compiled for each instruction set.

use super::Isa;
use super::ahead::{read_ahead, strides};
use super::gradients::Gradients;
use super::streams::{load, start, store};
use super::strided;
use crate::real::Real;

/// What rides along with a pass.
pub(crate) struct Riders<'p, A> {
    /// What the gradient is multiplied by before the rule sees it.
    pub(crate) factor: Option<A>,
    /// Whether a gradient that is used up becomes zeros behind the rule.
    pub(crate) clears: bool,
    /// What follows the weights.
    pub(crate) average: Option<Average<'p, A>>,
}

/// An exponential moving average of the weights: `a ← stays · a + enters · w`, as long as the slots together.
pub(crate) struct Average<'p, A> {
    pub(crate) numbers: &'p mut [A],
    pub(crate) stays: A,
    pub(crate) enters: A,
}

impl<A> Riders<'_, A> {
    pub(crate) const NONE: Self = Riders { factor: None, clears: false, average: None };
}

/// The same for threads that each work on blocks of their own.
#[derive(Clone, Copy)]
pub(super) struct Riding<A> {
    pub(super) factor: Option<A>,
    pub(super) clears: bool,
    pub(super) average: Option<(*mut A, A, A)>,
    functions: Functions<A>,
}

/// `(gradients, block, n, factor)` and `(average, weights, n, stays, enters)`.
///
/// # Safety
/// `n` numbers are readable behind the pointers and writable behind the block and the average, in different memory.
#[derive(Clone, Copy)]
struct Functions<A> {
    scale: unsafe fn(*const A, *mut A, usize, A),
    average: unsafe fn(*mut A, *const A, usize, A, A),
}

impl<A: Real> Riding<A> {
    /// `isa` is one that the machine has; an average is as long as the slots together.
    pub(super) fn of(riders: Riders<'_, A>, isa: Isa, end: usize) -> Self {
        let Riders { factor, clears, average } = riders;
        let average = average.map(|Average { numbers, stays, enters }| {
            assert!(numbers.len() >= end, "an average for every weight");
            (numbers.as_mut_ptr(), stays, enters)
        });
        let functions = match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => avx2::functions(),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => avx512::functions(),
            _ => portable::functions(),
        };
        Riding { factor, clears, average, functions }
    }

    /// Whether the numbers of a block are looked at beside the rule.
    pub(super) fn are_some(&self) -> bool {
        self.factor.is_some() || self.clears || self.average.is_some()
    }

    /// Multiplies `n` gradients, to a block; where they are.
    ///
    /// # Safety
    /// `n` numbers are readable behind the first pointer, and writable behind the second; both may be the same.
    pub(super) unsafe fn scale(&self, gradients: *const A, block: *mut A, n: usize) -> *const A {
        let Some(factor) = self.factor else { return gradients };
        // SAFETY: the caller keeps the contract; these are the functions of instructions that the machine has.
        unsafe { (self.functions.scale)(gradients, block, n, factor) };
        block.cast_const()
    }

    /// Lets the average follow `n` weights, whose place in the arenas is given.
    ///
    /// # Safety
    /// `n` weights are readable, and their places are this thread's alone.
    pub(super) unsafe fn follow(&self, place: usize, weights: *const A, n: usize) {
        let Some((numbers, stays, enters)) = self.average else { return };
        // SAFETY: there is a number for every place.
        let numbers = unsafe { numbers.add(place) };
        // SAFETY: the caller keeps the contract; these are the functions of instructions that the machine has.
        unsafe { (self.functions.average)(numbers, weights, n, stays, enters) };
    }

    /// Makes zeros of `n` gradients of a tensor, from an element on; by way of a block.
    ///
    /// # Safety
    /// The tensor has so many, and these are this thread's alone; the block takes `n`.
    pub(super) unsafe fn clear(
        &self,
        gradients: &Gradients<'_, '_, A>,
        tensor: usize,
        (from, n): (usize, usize),
        block: *mut A,
    ) {
        let Some((layout, pointer)) = gradients.used_up(tensor).filter(|_| self.clears) else { return };
        if layout.is_standard() {
            // SAFETY: the elements lie side by side.
            let first = unsafe { pointer.add(from) };
            // SAFETY: the caller keeps the contract, and all bits zero is a number.
            return unsafe { first.write_bytes(0, n) };
        }
        // SAFETY: the block takes `n`, and all bits zero is a number.
        unsafe { block.write_bytes(0, n) };
        // SAFETY: the caller keeps the contract.
        unsafe { strided::scatter(&layout, block.cast_const(), from, n, pointer) };
    }
}

/// # Safety
/// As for [`Functions`]; both pointers may be the same.
#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
unsafe fn scale<A: Real>(gradients: *const A, block: *mut A, n: usize, factor: A) {
    // SAFETY: the caller keeps the contract.
    let (gradients, block) = (unsafe { start(gradients) }, unsafe { start(block) });
    for stride in strides::<A>(n).0 {
        read_ahead(gradients.as_ptr(), stride.start);
        for i in stride {
            // SAFETY: the caller keeps the contract.
            let g = unsafe { load(gradients, i) };
            // SAFETY: the caller keeps the contract.
            unsafe { store(block, i, g * factor) };
        }
    }
}

/// # Safety
/// As for [`Functions`].
#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
unsafe fn average<A: Real>(numbers: *mut A, weights: *const A, n: usize, stays: A, enters: A) {
    // SAFETY: the caller keeps the contract.
    let (numbers, weights) = (unsafe { start(numbers) }, unsafe { start(weights) });
    for stride in strides::<A>(n).0 {
        read_ahead(numbers.as_ptr(), stride.start);
        for i in stride {
            // SAFETY: the caller keeps the contract.
            let a = unsafe { load(numbers, i) };
            // SAFETY: the caller keeps the contract.
            let w = unsafe { load(weights, i) };
            // SAFETY: the caller keeps the contract.
            unsafe { store(numbers, i, stays * a + enters * w) };
        }
    }
}

macro_rules! functions_for {
    ($module:ident $(, $feature:literal)?) => {
        mod $module {
            use super::{Functions, Real};

            pub(super) fn functions<A: Real>() -> Functions<A> {
                Functions { scale: scale::<A>, average: average::<A> }
            }

            $(#[target_feature(enable = $feature)])?
            unsafe fn scale<A: Real>(gradients: *const A, block: *mut A, n: usize, factor: A) {
                // SAFETY: the caller keeps the contract.
                unsafe { super::scale(gradients, block, n, factor) }
            }

            $(#[target_feature(enable = $feature)])?
            unsafe fn average<A: Real>(numbers: *mut A, weights: *const A, n: usize, stays: A, enters: A) {
                // SAFETY: the caller keeps the contract.
                unsafe { super::average(numbers, weights, n, stays, enters) }
            }
        }
    };
}

functions_for!(portable);
#[cfg(target_arch = "x86_64")]
functions_for!(avx2, "avx2");
#[cfg(target_arch = "x86_64")]
functions_for!(avx512, "avx512f,avx512vl,avx512bw,avx512dq");
