//! The loops of a rule that is computed pass by pass ([`Tiled`]), compiled for each pass and each set of instructions.
//!
//! As in `loops.rs`, the rule's function is inlined into the loop, and no operation is reordered. What a pass writes is
//! a constant of its loop, so that it neither loads nor stores what it does not use.

use super::Isa;
use super::ahead::{Behind, read_ahead, strides};
use super::loops::{MAX_CACHES, Pointers, load, passed_over, start, starts, store};
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
    /// What the row of each weight brings, and its column.
    pub(super) rows: [*const A; MAX_STREAMS],
    pub(super) columns: [*const A; MAX_STREAMS],
    pub(super) terms: [*mut A; MAX_STREAMS],
}

/// `(step, streams, n)`: a pass for `n` weights of a matrix.
///
/// # Safety
/// `step` is the address of scalars of the rule that the loop is of. `n` numbers are readable behind the pointers to
/// weights and gradients, and to what the pass uses of the caches and of what rows and columns bring; and writable behind
/// those to weights, the caches that it changes and its terms. The pointers do not overlap.
pub(super) type Loop<A> = unsafe fn(*const (), &Streams<A>, usize);

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

/// `None`, and no code, where the rule does not have so many passes.
const fn on<R: Rule, A: Real, const BARE: bool, const PASS: usize>(isa: Isa) -> Option<Loop<A>> {
    if const { PASS < R::Tiled::PASSES.len() } {
        return Some(match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => avx2::pass::<R, A, BARE, PASS>,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => avx512::pass::<R, A, BARE, PASS>,
            _ => portable::pass::<R, A, BARE, PASS>,
        });
    }
    None
}

/// # Safety
/// As for [`Loop`].
#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
unsafe fn pass<R: Rule, A: Real, const BARE: bool, const PASS: usize>(step: *const (), streams: &Streams<A>, n: usize) {
    let pass = const { Plan::of::<R>().pass(PASS) };
    let used = |k: usize| k < R::Caches::<A>::COUNT && pass.uses_cache(k) && !passed_over::<R>(BARE, k);
    let of_row = |k: usize| k < <R::Tiled as Tiled<R>>::Row::<A>::COUNT && pass.rows >> k & 1 == 1;
    let of_col = |k: usize| k < <R::Tiled as Tiled<R>>::Col::<A>::COUNT && pass.columns >> k & 1 == 1;
    let (count, computed) = const { (Plan::of::<R>().terms_of(PASS), Plan::of::<R>().computed(PASS)) };
    let is_term = |k: usize| k < count && computed >> k & 1 == 1;
    // By value: behind a reference the compiler would have to expect that the loop changes it.
    // SAFETY: the caller keeps the contract: these are the rule's scalars.
    let step = unsafe { *step.cast::<R::Step<A>>() };
    // SAFETY: there are pointers to weights and gradients always.
    let weights = unsafe { start(streams.weights) };
    // SAFETY: as above.
    let gradients = unsafe { start(streams.gradients) };
    // SAFETY: the caches that the pass uses have pointers, or are passed over.
    let caches = unsafe { starts::<A, MAX_CACHES>(|k| streams.caches[k], used) };
    // SAFETY: what the pass uses of what rows bring has pointers.
    let rows = unsafe { starts::<A, MAX_STREAMS>(|k| streams.rows[k], of_row) };
    // SAFETY: as above.
    let columns = unsafe { starts::<A, MAX_STREAMS>(|k| streams.columns[k], of_col) };
    // SAFETY: the terms of the pass have pointers.
    let terms = unsafe { starts::<A, MAX_STREAMS>(|k| streams.terms[k], is_term) };
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
                if used(k) {
                    read_ahead(cache.as_ptr(), stride.start);
                    streams.backing[k].read_ahead::<A>(stride.start);
                }
            }
        }
        for i in stride {
            // SAFETY: `i < n`.
            let w = unsafe { load(weights, i) };
            // SAFETY: `i < n`.
            let g = unsafe { load(gradients, i) };
            // SAFETY: `i < n`, and the streams that are used have pointers.
            let number = |used, stream| if used { unsafe { load(stream, i) } } else { A::zero() };
            let old = R::Caches::<A>::from_fn(|k| number(used(k), caches[k]));
            let row = <R::Tiled as Tiled<R>>::Row::<A>::from_fn(|k| number(of_row(k), rows[k]));
            let col = <R::Tiled as Tiled<R>>::Col::<A>::from_fn(|k| number(of_col(k), columns[k]));
            let (w, new, brought) = R::Tiled::pass::<A, PASS>(step, w, g, old, row, col);
            if pass.moves {
                // SAFETY: `i < n`.
                unsafe { store(weights, i, w) };
            }
            for (k, cache) in caches.iter().enumerate().take(R::Caches::<A>::COUNT) {
                if used(k) && pass.writes >> k & 1 == 1 {
                    // SAFETY: `i < n`.
                    unsafe { store(*cache, i, new.get(k)) };
                }
            }
            for (k, term) in terms.iter().enumerate().take(count) {
                if is_term(k) {
                    // SAFETY: `i < n`.
                    unsafe { store(*term, i, brought.get(k)) };
                }
            }
        }
    }
}

macro_rules! loops_for {
    ($module:ident $(, $feature:literal)?) => {
        mod $module {
            use super::{Real, Rule, Streams};

            $(#[target_feature(enable = $feature)])?
            pub(super) unsafe fn pass<R: Rule, A: Real, const BARE: bool, const PASS: usize>(
                step: *const (),
                streams: &Streams<A>,
                n: usize,
            ) {
                // SAFETY: the caller keeps the contract of `Loop`.
                unsafe { super::pass::<R, A, BARE, PASS>(step, streams, n) }
            }
        }
    };
}

loops_for!(portable);
#[cfg(target_arch = "x86_64")]
loops_for!(avx2, "avx2");
#[cfg(target_arch = "x86_64")]
loops_for!(avx512, "avx512f,avx512vl,avx512bw,avx512dq");
