//! The loops of a rule that is computed pass by pass ([`Tiled`]), compiled for each pass and each set of instructions.
//!
//! As in `loops.rs`, the rule's function is inlined into the loop, and no operation is reordered. What a pass writes is
//! a constant of its loop, so that it neither loads nor stores what it does not use.

use core::marker::PhantomData;
use core::ptr::{self, NonNull};

use super::Isa;
use super::ahead::{Behind, read_ahead, strides};
use super::loops::{MAX_CACHES, Pointers, used};
use super::streams::{SLICES, Set, TERM_SLICES, first, load, load_each, slice, slice_read, starts, store, store_each};
use crate::plan::Plan;
use crate::real::Real;
use crate::rule::{CacheArray, Rule};
use crate::tiled::Tiled;

/// How many passes a rule may have.
pub(crate) const MAX_PASSES: usize = 16;

/// How many terms a pass may have, and how many numbers a column may bring.
pub(crate) const MAX_STREAMS: usize = 16;

/// The memory that a loop works on.
#[derive(Clone, Copy)]
pub(super) struct Streams<A> {
    pub(super) weights: *mut A,
    pub(super) gradients: *const A,
    pub(super) caches: Pointers<A>,
    pub(super) backing: [Behind; MAX_CACHES],
    /// What the row of each weight brings, and its column. It is only read; the pointers are as those of the others.
    pub(super) rows: [*mut A; MAX_STREAMS],
    pub(super) columns: [*mut A; MAX_STREAMS],
    pub(super) terms: [*mut A; MAX_STREAMS],
}

/// `(step, weights, gradients, caches, terms, streams)`: a pass for as many weights of a matrix as there are. The first
/// three caches are slices, as the weights are, and the first two terms; those that the pass does not use may be empty.
type Passes<A> = unsafe fn(*const (), &mut [A], &[A], &mut [A], &mut [A], &mut [A], &mut [A], &mut [A], &Streams<A>);

/// The loop of a pass.
#[derive(Clone, Copy)]
pub(super) struct Loop<A>(Passes<A>);

impl<A> Loop<A> {
    /// A pass for `n` weights of a matrix, which computes the terms of a set.
    ///
    /// # Safety
    /// `step` is the address of scalars of the rule that the loop is of. `n` numbers are readable behind the pointers to
    /// what rows and columns bring and to gradients, and readable and writable behind those to weights, caches and the
    /// terms that are computed. None overlap, and the caller alone has what is writable. Pointers to gradients and caches
    /// that the pass does not use may be null instead, and those to caches that the rule does not have are.
    #[inline]
    pub(super) unsafe fn run(self, step: *const (), streams: &Streams<A>, computed: u32, n: usize) {
        let (caches, terms) = (&streams.caches, &streams.terms);
        let term = |k: usize| if computed >> k & 1 == 1 { terms[k] } else { ptr::null_mut() };
        // SAFETY: the caller keeps the contract.
        let weights = unsafe { slice(streams.weights, n) };
        // SAFETY: the caller keeps the contract.
        let first = unsafe { slice(caches[0], n) };
        // SAFETY: the caller keeps the contract.
        let second = unsafe { slice(caches[1], n) };
        // SAFETY: the caller keeps the contract.
        let third = unsafe { slice(caches[2], n) };
        let (pointer, next) = (term(0), term(1));
        // SAFETY: the caller keeps the contract.
        let term = unsafe { slice(pointer, n) };
        // SAFETY: the caller keeps the contract.
        let next = unsafe { slice(next, n) };
        // SAFETY: the caller keeps the contract.
        let gradients = unsafe { slice_read(streams.gradients, n) };
        // SAFETY: the caller keeps the contract.
        unsafe { self.0(step, weights, gradients, first, second, third, term, next, streams) };
    }
}

/// The loops of a rule for one instruction set: one for each pass that it has. `BARE`: for tensors that have none of the
/// caches which need a condition; the loops neither read nor write behind their pointers.
pub(super) const fn loops_of<R: Rule, A: Real, const BARE: bool>(isa: Isa) -> [Option<Loop<A>>; MAX_PASSES] {
    if BARE && R::OPTIONAL == 0 {
        return loops_of::<R, A, false>(isa);
    }
    [
        on::<R, A, BARE, 0>(isa),
        on::<R, A, BARE, 1>(isa),
        on::<R, A, BARE, 2>(isa),
        on::<R, A, BARE, 3>(isa),
        on::<R, A, BARE, 4>(isa),
        on::<R, A, BARE, 5>(isa),
        on::<R, A, BARE, 6>(isa),
        on::<R, A, BARE, 7>(isa),
        on::<R, A, BARE, 8>(isa),
        on::<R, A, BARE, 9>(isa),
        on::<R, A, BARE, 10>(isa),
        on::<R, A, BARE, 11>(isa),
        on::<R, A, BARE, 12>(isa),
        on::<R, A, BARE, 13>(isa),
        on::<R, A, BARE, 14>(isa),
        on::<R, A, BARE, 15>(isa),
    ]
}

/// `None`, and no code, where the rule does not have so many passes. Vectors have up to 256 bits: a pass is short, weights
/// seldom begin where vectors of 512 would not straddle two lines, and roots wait longer in these. It is 3 to 5 % faster in
/// `f32`, up to 15 in `f64`.
const fn on<R: Rule, A: Real, const BARE: bool, const PASS: usize>(isa: Isa) -> Option<Loop<A>> {
    if const { PASS < R::Tiled::PASSES.len() } {
        return Some(Loop(match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 | Isa::Avx512 => avx2::pass::<R, A, BARE, PASS>,
            _ => portable::pass::<R, A, BARE, PASS>,
        }));
    }
    None
}

/// # Safety
/// As for [`Loop::run`].
#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
unsafe fn pass<R: Rule, A: Real, const BARE: bool, const PASS: usize>(
    step: *const (),
    weights: &mut [A],
    gradients: &[A],
    first_caches: [&mut [A]; SLICES],
    first_terms: [&mut [A]; TERM_SLICES],
    streams: &Streams<A>,
) {
    let n = weights.len();
    let (weights, gradients) = (NonNull::from(weights).cast::<A>(), NonNull::from(gradients).cast::<A>());
    let pass = const { Plan::of::<R>().pass(PASS) };
    // By value: behind a reference the compiler would have to expect that the loop changes it.
    // SAFETY: the caller keeps the contract: these are the rule's scalars.
    let step = unsafe { *step.cast::<R::Step<A>>() };
    // SAFETY: the caches that the pass uses have pointers, or are passed over.
    let caches = unsafe { starts::<UsedOf<R, A, BARE, PASS, CACHES>, _, _, _>(first_caches, &streams.caches) };
    // SAFETY: what the pass uses of what rows bring has pointers.
    let rows = unsafe { starts::<UsedOf<R, A, BARE, PASS, ROWS>, _, _, _>([], &streams.rows) };
    // SAFETY: as above.
    let columns = unsafe { starts::<UsedOf<R, A, BARE, PASS, COLUMNS>, _, _, _>([], &streams.columns) };
    // SAFETY: the terms of the pass have pointers.
    let terms = unsafe { starts::<UsedOf<R, A, BARE, PASS, TERMS>, _, _, _>(first_terms, &streams.terms) };
    let (strides, ahead) = strides::<A>(n);
    for stride in strides {
        if ahead {
            if pass.weight {
                read_ahead(weights.as_ptr(), stride.start);
            }
            if pass.gradient {
                read_ahead(gradients.as_ptr(), stride.start);
            }
            for (k, cache) in caches.iter().enumerate().take(R::Caches::<A>::COUNT) {
                if UsedOf::<R, A, BARE, PASS, CACHES>::has(k) {
                    read_ahead(cache.as_ptr(), stride.start);
                    streams.backing[k].read_ahead::<A>(stride.start);
                }
            }
        }
        for i in stride {
            // SAFETY: `i < n`.
            let w = if pass.weight { unsafe { load(weights, i) } } else { A::zero() };
            // SAFETY: `i < n`.
            let g = if pass.gradient { unsafe { load(gradients, i) } } else { A::zero() };
            // SAFETY: `i < n`.
            let old = unsafe { load_each::<UsedOf<R, A, BARE, PASS, CACHES>, _, _, _>(&caches, i) };
            // SAFETY: `i < n`.
            let row = unsafe { load_each::<UsedOf<R, A, BARE, PASS, ROWS>, _, _, _>(&rows, i) };
            // SAFETY: `i < n`.
            let col = unsafe { load_each::<UsedOf<R, A, BARE, PASS, COLUMNS>, _, _, _>(&columns, i) };
            let (w, new, brought) = R::Tiled::pass::<A, PASS>(step, w, g, old, row, col);
            if pass.moves {
                // SAFETY: `i < n`.
                unsafe { store(weights, i, w) };
            }
            // SAFETY: `i < n`.
            unsafe { store_each::<UsedOf<R, A, BARE, PASS, CHANGED>, _, _, _>(&caches, i, new) };
            // SAFETY: `i < n`.
            unsafe { store_each::<UsedOf<R, A, BARE, PASS, TERMS>, _, _, _>(&terms, i, brought) };
        }
    }
}

/// The streams that a pass uses, of the kind with this number.
struct UsedOf<R, A, const BARE: bool, const PASS: usize, const KIND: usize>(PhantomData<(R, A)>);

const CACHES: usize = 0;
/// Caches that the pass changes.
const CHANGED: usize = 1;
const ROWS: usize = 2;
const COLUMNS: usize = 3;
const TERMS: usize = 4;

impl<R: Rule, A: Real, const BARE: bool, const PASS: usize, const KIND: usize> Set for UsedOf<R, A, BARE, PASS, KIND> {
    const BITS: u64 = {
        let (plan, pass) = (Plan::of::<R>(), Plan::of::<R>().pass(PASS));
        match KIND {
            CACHES => used::<R, A>(BARE) & (pass.reads | pass.writes) as u64,
            CHANGED => used::<R, A>(BARE) & pass.writes as u64,
            ROWS => first(<R::Tiled as Tiled<R>>::Row::<A>::COUNT) & pass.rows as u64,
            COLUMNS => first(<R::Tiled as Tiled<R>>::Col::<A>::COUNT) & pass.columns as u64,
            _ => first(plan.terms_of(PASS)) & plan.computed(PASS) as u64,
        }
    };
}

macro_rules! loops_for {
    ($module:ident $(, $feature:literal)?) => {
        mod $module {
            use super::{Real, Rule, Streams};

            $(#[target_feature(enable = $feature)])?
            #[expect(clippy::too_many_arguments, reason = "only arguments are known to meet nothing else")]
            pub(super) unsafe fn pass<R: Rule, A: Real, const BARE: bool, const PASS: usize>(
                step: *const (),
                weights: &mut [A],
                gradients: &[A],
                first: &mut [A],
                second: &mut [A],
                third: &mut [A],
                term: &mut [A],
                next: &mut [A],
                streams: &Streams<A>,
            ) {
                let (caches, terms) = ([first, second, third], [term, next]);
                // SAFETY: the caller keeps the contract of `Loop::run`.
                unsafe { super::pass::<R, A, BARE, PASS>(step, weights, gradients, caches, terms, streams) }
            }
        }
    };
}

loops_for!(portable);
#[cfg(target_arch = "x86_64")]
loops_for!(avx2, "avx2");
