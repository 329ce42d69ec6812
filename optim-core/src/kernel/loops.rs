//! The loops of a rule over blocks of contiguous memory, compiled for each set of instructions.
//!
//! A loop is generic over the rule; the rule's functions are inlined into it, and the compiler vectorises the whole.
//! No operation is reordered or contracted, so every instruction set gives the same bits. Passes call loops without
//! knowing the rule: scalars of a step are an address to them.

use core::ptr::{self, NonNull};

use super::Isa;
use super::ahead::{AHEAD, STRIDE, read_ahead};
use crate::real::Real;
use crate::rule::{CacheArray, Rule};
use crate::tiled::Tiled;

/// How many caches a rule may have; `define_optimizer!` refuses more.
pub(crate) const MAX_CACHES: usize = 16;

/// A pointer for each cache.
pub(crate) type Pointers<A> = [*mut A; MAX_CACHES];

/// `(step, weights, gradients, caches)`: moves the weights. These and the gradients are slices, since arguments
/// that are references meet nothing else, where the compiler looks at each call whether pointers do.
///
/// # Safety
/// `step` is the address of scalars of the rule that the loop is of. As many numbers as there are weights are gradients,
/// and are readable and writable behind the pointer of each cache that the loop does not pass over; none overlap.
pub(super) type Update<A> = unsafe fn(*const (), &mut [A], &[A], &Pointers<A>);

/// `(step, weights, caches, n)`: moves `n` weights to another point, from which they will be taken back.
///
/// # Safety
/// As for [`Update`], with `n` weights.
pub(super) type Point<A> = unsafe fn(*const (), *mut A, &Pointers<A>, usize);

/// The loops of one rule for one instruction set.
#[derive(Clone, Copy)]
pub(super) struct Loops<A> {
    pub(super) update: Update<A>,
    /// [`update`](Self::update) where no cache exists that needs a condition: it neither reads nor writes behind their
    /// pointers.
    pub(super) update_bare: Update<A>,
    pub(super) look_ahead: Point<A>,
    pub(super) evaluate: Point<A>,
}

impl<A: Real> Loops<A> {
    pub(super) const fn of<R: Rule>(isa: Isa) -> Self {
        match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => avx2::loops::<R, A>(),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => avx512::loops::<R, A>(),
            _ => portable::loops::<R, A>(),
        }
    }
}

/// Where the numbers of a stream begin. Loops look at memory by references that the standard library makes of this: behind
/// a plain pointer, a build with debug assertions looks at each number whether it is null or not aligned, and vectorises
/// nothing.
///
/// # Safety
/// The pointer is not null.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
pub(super) unsafe fn start<A>(pointer: *const A) -> NonNull<A> {
    // SAFETY: the caller keeps the contract.
    unsafe { NonNull::new_unchecked(pointer.cast_mut()) }
}

/// The same for each of the streams that a loop uses.
///
/// # Safety
/// The pointers to these are not null.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
pub(super) unsafe fn starts<A, const N: usize>(
    pointers: impl Fn(usize) -> *const A,
    uses: impl Fn(usize) -> bool,
) -> [NonNull<A>; N] {
    // A plain loop, since `array::from_fn` would be compiled for the closure of every loop; and pointer by pointer, since
    // a copy of them all waits for what the caller has just written.
    let (mut starts, mut k) = ([NonNull::dangling(); N], 0);
    while k < N {
        if uses(k) {
            // SAFETY: the caller keeps the contract.
            starts[k] = unsafe { start(pointers(k)) };
        }
        k += 1;
    }
    starts
}

/// The number at `i`.
///
/// # Safety
/// More than `i` numbers are readable there.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
pub(super) unsafe fn load<A: Copy>(stream: NonNull<A>, i: usize) -> A {
    // SAFETY: the caller keeps the contract.
    let place = unsafe { stream.add(i) };
    // SAFETY: the caller keeps the contract.
    *unsafe { place.as_ref() }
}

/// Writes the number at `i`.
///
/// # Safety
/// More than `i` numbers are writable there.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
pub(super) unsafe fn store<A: Copy>(stream: NonNull<A>, i: usize, value: A) {
    // SAFETY: the caller keeps the contract.
    let mut place = unsafe { stream.add(i) };
    // SAFETY: the caller keeps the contract.
    *unsafe { place.as_mut() } = value;
}

/// Whether a loop leaves a cache alone: where none of those exists that need a condition, the compiler need not know of
/// them.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
pub(super) const fn passed_over<R: Rule>(bare: bool, cache: usize) -> bool {
    bare && R::OPTIONAL >> cache & 1 == 1
}

/// # Safety
/// As for [`Update`].
#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
unsafe fn update<R: Rule, A: Real, const BARE: bool>(
    step: *const (),
    weights: &mut [A],
    gradients: &[A],
    caches: &Pointers<A>,
) {
    let n = weights.len().min(gradients.len());
    let (weights, gradients) = (NonNull::from(weights).cast::<A>(), NonNull::from(gradients).cast::<A>());
    // By value: behind a reference the compiler would have to expect that the loop changes it.
    // SAFETY: the caller keeps the contract: these are the rule's scalars.
    let step = unsafe { *step.cast::<R::Step<A>>() };
    let used = |k: usize| k < R::Caches::<A>::COUNT && !passed_over::<R>(BARE, k);
    // SAFETY: the rule's caches have pointers, or are passed over.
    let caches = unsafe { starts::<A, MAX_CACHES>(|k| caches[k], used) };
    let each = |i: usize| {
        // SAFETY: `i < n`.
        let w = unsafe { load(weights, i) };
        // SAFETY: `i < n`.
        let g = unsafe { load(gradients, i) };
        // SAFETY: `i < n`.
        let old = R::Caches::<A>::from_fn(|k| if used(k) { unsafe { load(caches[k], i) } } else { A::zero() });
        let (w, new) = R::update(step, w, g, old);
        // SAFETY: `i < n`.
        unsafe { store(weights, i, w) };
        for (k, cache) in caches.iter().enumerate().take(R::Caches::<A>::COUNT) {
            if used(k) {
                // SAFETY: `i < n`.
                unsafe { store(*cache, i, new.get(k)) };
            }
        }
    };
    let ahead = n * size_of::<A>() >= AHEAD;
    // Hidden from the compiler, which would write every operation of a stride, many times the code; but for that vectors
    // leave nothing over. Most calls for blocks are for one stride.
    let whole = n / (STRIDE / size_of::<A>()) * (STRIDE / size_of::<A>());
    let size = core::hint::black_box(STRIDE / size_of::<A>());
    // SAFETY: it is a constant, 32 or 64.
    unsafe { core::hint::assert_unchecked(size > 0 && size.is_multiple_of(32)) };
    let mut first = 0;
    while first < whole {
        if ahead {
            read_ahead(weights.as_ptr(), first);
            read_ahead(gradients.as_ptr(), first);
            for (_, cache) in caches.iter().enumerate().filter(|(k, _)| used(*k)) {
                read_ahead(cache.as_ptr(), first);
            }
        }
        for i in first..first + size {
            each(i);
        }
        first += size;
    }
    for i in whole..n {
        each(i);
    }
}

/// # Safety
/// As for [`Point`].
#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
unsafe fn point<R: Rule, A: Real>(
    step: *const (),
    weights: *mut A,
    caches: &Pointers<A>,
    n: usize,
    point: impl Fn(R::Step<A>, A, R::Caches<A>) -> A,
) {
    // SAFETY: as in `update`.
    let step = unsafe { *step.cast::<R::Step<A>>() };
    // SAFETY: the weights have a pointer.
    let weights = unsafe { start(weights) };
    // SAFETY: the rule's caches have pointers.
    let caches = unsafe { starts::<A, MAX_CACHES>(|k| caches[k], |k| k < R::Caches::<A>::COUNT) };
    for i in 0..n {
        // SAFETY: `i < n`.
        let w = unsafe { load(weights, i) };
        // SAFETY: `i < n`.
        let cache = R::Caches::<A>::from_fn(|k| unsafe { load(caches[k], i) });
        // SAFETY: `i < n`.
        unsafe { store(weights, i, point(step, w, cache)) };
    }
}

/// The point of a rule that has none: where the weights are.
unsafe fn stay<A>(_: *const (), _: *mut A, _: &Pointers<A>, _: usize) {}

/// The loop of a rule that is computed pass by pass; it is never called.
unsafe fn none_to_update<A>(_: *const (), _: &mut [A], _: &[A], _: &Pointers<A>) {
    unreachable!("a rule that is computed pass by pass has a loop for each pass");
}

macro_rules! loops_for {
    ($module:ident $(, $feature:literal)?) => {
        mod $module {
            use super::{Loops, Pointers, Real, Rule, Tiled};

            pub(super) const fn loops<R: Rule, A: Real>() -> Loops<A> {
                // No code for what the rule does not do: a rule that is computed pass by pass has loops of its own for all.
                Loops {
                    update: if R::Tiled::TILED { super::none_to_update } else { update::<R, A, false> },
                    update_bare: match (R::Tiled::TILED, R::OPTIONAL) {
                        (true, _) => super::none_to_update,
                        (false, 0) => update::<R, A, false>,
                        (false, _) => update::<R, A, true>,
                    },
                    look_ahead: if R::LOOKS_AHEAD && !R::Tiled::TILED { look_ahead::<R, A> } else { super::stay },
                    evaluate: if R::EVALUATES && !R::Tiled::TILED { evaluate::<R, A> } else { super::stay },
                }
            }

            $(#[target_feature(enable = $feature)])?
            unsafe fn update<R: Rule, A: Real, const BARE: bool>(
                step: *const (),
                weights: &mut [A],
                gradients: &[A],
                caches: &Pointers<A>,
                        ) {
                // SAFETY: the caller keeps the contract of `Update`.
                unsafe { super::update::<R, A, BARE>(step, weights, gradients, caches) }
            }

            $(#[target_feature(enable = $feature)])?
            unsafe fn look_ahead<R: Rule, A: Real>(
                step: *const (),
                weights: *mut A,
                caches: &Pointers<A>,
                n: usize,
            ) {
                // SAFETY: the caller keeps the contract of `Point`.
                unsafe { super::point::<R, A>(step, weights, caches, n, R::look_ahead::<A>) }
            }

            $(#[target_feature(enable = $feature)])?
            unsafe fn evaluate<R: Rule, A: Real>(
                step: *const (),
                weights: *mut A,
                caches: &Pointers<A>,
                n: usize,
            ) {
                // SAFETY: the caller keeps the contract of `Point`.
                unsafe { super::point::<R, A>(step, weights, caches, n, R::evaluate::<A>) }
            }
        }
    };
}

loops_for!(portable);
#[cfg(target_arch = "x86_64")]
loops_for!(avx2, "avx2");
#[cfg(target_arch = "x86_64")]
loops_for!(avx512, "avx512f,avx512vl,avx512bw,avx512dq");

/// Where a cache that does not exist points: read as zeros, never kept.
pub(crate) fn nowhere<A>() -> Pointers<A> {
    [ptr::null_mut(); MAX_CACHES]
}
