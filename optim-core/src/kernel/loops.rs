//! The loops of a rule over blocks of contiguous memory, compiled for each set of instructions.
//!
//! A loop is generic over the rule; the rule's functions are inlined into it, and the compiler vectorises the whole.
//! No operation is reordered or contracted, so every instruction set gives the same bits. Passes call loops without
//! knowing the rule: scalars of a step are an address to them.

use core::marker::PhantomData;
use core::ptr::{self, NonNull};

use super::Isa;
use super::ahead::{AHEAD, STRIDE, read_ahead};
use super::streams::{SLICES, Set, first, load, load_each, start, starts, store, store_each};
use crate::real::Real;
use crate::rule::{CacheArray, Rule};
use crate::tiled::Tiled;

/// How many caches a rule may have; `define_optimizer!` refuses more.
pub(crate) const MAX_CACHES: usize = 16;

/// A pointer for each cache.
pub(crate) type Pointers<A> = [*mut A; MAX_CACHES];

/// `(step, weights, gradients, first, second, third, caches)`: moves the weights. The first caches are slices, as the
/// weights are; the pointers are to all.
type Moves<A> = unsafe fn(*const (), &mut [A], &[A], &mut [A], &mut [A], &mut [A], &Pointers<A>);

/// The loop that moves weights.
#[derive(Clone, Copy)]
pub(super) struct Update<A>(Moves<A>);

impl<A> Update<A> {
    /// Moves `n` weights.
    ///
    /// # Safety
    /// `step` is the address of scalars of the rule that the loop is of. `n` numbers are readable behind the pointer to
    /// gradients, which nobody writes meanwhile, and readable and writable behind that to weights and those to caches, which
    /// the caller alone has; none overlap. Pointers to caches that the loop passes over may be null instead, and those to
    /// caches that the rule does not have are.
    #[inline]
    pub(super) unsafe fn run(
        self,
        step: *const (),
        weights: *mut A,
        gradients: *const A,
        caches: &Pointers<A>,
        n: usize,
    ) {
        // SAFETY: the caller keeps the contract.
        unsafe { self.run_with(step, (weights, gradients), &slices(caches, n), caches, n) };
    }

    /// The same, with [`slices`] of the caches.
    ///
    /// # Safety
    /// As for [`run`](Self::run).
    #[inline]
    pub(super) unsafe fn run_with(
        self,
        step: *const (),
        (weights, gradients): (*mut A, *const A),
        &[first, second, third]: &[*mut [A]; SLICES],
        caches: &Pointers<A>,
        n: usize,
    ) {
        // SAFETY: the caller keeps the contract.
        let weights = unsafe { core::slice::from_raw_parts_mut(weights, n) };
        // SAFETY: the caller keeps the contract.
        let gradients = unsafe { core::slice::from_raw_parts(gradients, n) };
        // SAFETY: the caller keeps the contract.
        let first = unsafe { &mut *first };
        // SAFETY: the caller keeps the contract.
        let second = unsafe { &mut *second };
        // SAFETY: the caller keeps the contract.
        let third = unsafe { &mut *third };
        // SAFETY: the caller keeps the contract.
        unsafe { self.0(step, weights, gradients, first, second, third, caches) };
    }
}

/// The first caches as slices of `n` numbers, of none where they do not exist.
#[inline]
pub(super) fn slices<A>(caches: &Pointers<A>, n: usize) -> [*mut [A]; SLICES] {
    let slice = |k: usize| match NonNull::new(caches[k]) {
        Some(first) => ptr::slice_from_raw_parts_mut(first.as_ptr(), n),
        None => ptr::slice_from_raw_parts_mut(NonNull::dangling().as_ptr(), 0),
    };
    [slice(0), slice(1), slice(2)]
}

/// `(step, weights, caches, n)`: moves `n` weights to another point, from which they will be taken back.
///
/// # Safety
/// As for [`Update::run`], without gradients; every cache of the rule has a pointer.
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
        match vectors::<R, A>(isa) {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => avx2::loops::<R, A>(),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => avx512::loops::<R, A>(),
            _ => portable::loops::<R, A>(),
        }
    }
}

/// The instructions that the loops of a rule are compiled for. Roots and quotients are not computed faster in 512 bits than
/// in twice 256, and what waits for them goes on earlier in 256: a tenth faster in `f64`. In `f32` they are as fast in either,
/// and stay with 512 for caches in fewer bits: beside their codes there is no time to wait, and Adam in `Block8` takes 0.66 ns
/// a weight in 512 bits, 0.90 with its loop in 256.
const fn vectors<R: Rule, A: Real>(isa: Isa) -> Isa {
    match isa {
        Isa::Avx512 if R::ROOTS && size_of::<A>() == 8 => Isa::Avx2,
        isa => isa,
    }
}

/// The caches that a loop looks at: where none of those exists that need a condition, the compiler need not know of them.
pub(super) const fn used<R: Rule, A: Real>(bare: bool) -> u64 {
    let all = first(R::Caches::<A>::COUNT);
    if bare { all & !R::OPTIONAL } else { all }
}

/// As a type.
struct UsedOf<R, A, const BARE: bool>(PhantomData<(R, A)>);

impl<R: Rule, A: Real, const BARE: bool> Set for UsedOf<R, A, BARE> {
    const BITS: u64 = used::<R, A>(BARE);
}

/// # Safety
/// As for [`Update::run`].
#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
unsafe fn update<R: Rule, A: Real, const BARE: bool>(
    step: *const (),
    weights: &mut [A],
    gradients: &[A],
    slices: [&mut [A]; SLICES],
    caches: &Pointers<A>,
) {
    let n = weights.len().min(gradients.len());
    let (weights, gradients) = (NonNull::from(weights).cast::<A>(), NonNull::from(gradients).cast::<A>());
    // By value: behind a reference the compiler would have to expect that the loop changes it. Where each loop begins, so
    // that vectors of them are loaded as such.
    // SAFETY: the caller keeps the contract: these are the rule's scalars.
    let scalars = || unsafe { *step.cast::<R::Step<A>>() };
    // SAFETY: the rule's caches have pointers, or are passed over.
    let caches = unsafe { starts::<UsedOf<R, A, BARE>, _, _, _>(slices, caches) };
    let each = |step: R::Step<A>, i: usize| {
        // SAFETY: `i < n`.
        let w = unsafe { load(weights, i) };
        // SAFETY: `i < n`.
        let g = unsafe { load(gradients, i) };
        // SAFETY: `i < n`.
        let (w, new) = R::update(step, w, g, unsafe { load_each::<UsedOf<R, A, BARE>, _, _, _>(&caches, i) });
        // SAFETY: `i < n`.
        unsafe { store(weights, i, w) };
        // SAFETY: `i < n`.
        unsafe { store_each::<UsedOf<R, A, BARE>, _, _, _>(&caches, i, new) };
    };
    let ahead = n * size_of::<A>() >= AHEAD;
    // Hidden from the compiler, which would write every operation of a stride, many times the code; but for that vectors
    // leave nothing over. Most calls for blocks are for one stride.
    let whole = n / (STRIDE / size_of::<A>()) * (STRIDE / size_of::<A>());
    let size = core::hint::black_box(STRIDE / size_of::<A>());
    // SAFETY: it is a constant, 32 or 64.
    unsafe { core::hint::assert_unchecked(size > 0 && size.is_multiple_of(32)) };
    let mut first = 0;
    if whole > 0 {
        let step = scalars();
        while first < whole {
            if ahead {
                read_ahead(weights.as_ptr(), first);
                read_ahead(gradients.as_ptr(), first);
                for (k, cache) in caches.iter().enumerate().take(R::Caches::<A>::COUNT) {
                    if UsedOf::<R, A, BARE>::has(k) {
                        read_ahead(cache.as_ptr(), first);
                    }
                }
            }
            for i in first..first + size {
                each(step, i);
            }
            first += size;
        }
    }
    if whole < n {
        let step = scalars();
        for i in whole..n {
            each(step, i);
        }
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
    let caches = unsafe { starts::<UsedOf<R, A, false>, _, _, _>([], caches) };
    for i in 0..n {
        // SAFETY: `i < n`.
        let w = unsafe { load(weights, i) };
        // SAFETY: `i < n`.
        let w = point(step, w, unsafe { load_each::<UsedOf<R, A, false>, _, _, _>(&caches, i) });
        // SAFETY: `i < n`.
        unsafe { store(weights, i, w) };
    }
}

/// The point of a rule that has none: where the weights are.
unsafe fn stay<A>(_: *const (), _: *mut A, _: &Pointers<A>, _: usize) {}

/// The loop of a rule that is computed pass by pass; it is never called.
unsafe fn none_to_update<A>(
    _: *const (),
    _: &mut [A],
    _: &[A],
    _: &mut [A],
    _: &mut [A],
    _: &mut [A],
    _: &Pointers<A>,
) {
    unreachable!("a rule that is computed pass by pass has a loop for each pass");
}

macro_rules! loops_for {
    ($module:ident $(, $feature:literal)?) => {
        mod $module {
            use super::{Loops, Pointers, Real, Rule, Tiled, Update};

            pub(super) const fn loops<R: Rule, A: Real>() -> Loops<A> {
                // No code for what the rule does not do: a rule that is computed pass by pass has loops of its own for all.
                Loops {
                    update: Update(if R::Tiled::TILED { super::none_to_update } else { update::<R, A, false> }),
                    update_bare: Update(match (R::Tiled::TILED, R::OPTIONAL) {
                        (true, _) => super::none_to_update,
                        (false, 0) => update::<R, A, false>,
                        (false, _) => update::<R, A, true>,
                    }),
                    look_ahead: if R::LOOKS_AHEAD && !R::Tiled::TILED { look_ahead::<R, A> } else { super::stay },
                    evaluate: if R::EVALUATES && !R::Tiled::TILED { evaluate::<R, A> } else { super::stay },
                }
            }

            $(#[target_feature(enable = $feature)])?
            unsafe fn update<R: Rule, A: Real, const BARE: bool>(
                step: *const (),
                weights: &mut [A],
                gradients: &[A],
                first: &mut [A],
                second: &mut [A],
                third: &mut [A],
                caches: &Pointers<A>,
            ) {
                // SAFETY: the caller keeps the contract of `Update::run`.
                unsafe { super::update::<R, A, BARE>(step, weights, gradients, [first, second, third], caches) }
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
