//! The loops of a rule that is computed pass by pass ([`Tiled`]), compiled for each pass and each set of instructions.
//!
//! As in `loops.rs`, the rule's function is inlined into the loop, and no operation is reordered. What a pass writes is
//! a constant of its loop, so that it neither loads nor stores what it does not use.

use super::Isa;
use super::loops::{Pointers, load, store};
use crate::real::Real;
use crate::rule::{CacheArray, Rule};
use crate::tiled::{Pass, Section, SumKind, Tiled};

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
    /// What the row of each weight brings, and its column.
    pub(super) rows: [*const A; MAX_STREAMS],
    pub(super) columns: [*const A; MAX_STREAMS],
    pub(super) terms: [*mut A; MAX_STREAMS],
}

/// `(step, streams, n)`: a pass for `n` weights of a matrix.
///
/// # Safety
/// `n` numbers are readable behind the pointers to weights, gradients, caches, rows and columns, as many as the rule has
/// of them; and writable behind those to weights, caches and the terms of the pass. The pointers do not overlap.
pub(super) type Loop<R, A> = unsafe fn(&<R as Rule>::Step<A>, &Streams<A>, usize);

/// The loop of a pass; `isa` is one that the machine has.
///
/// # Panics
/// When the rule has no such pass.
pub(super) fn loop_of<R: Rule, A: Real>(isa: Isa, pass: usize) -> Loop<R, A> {
    let found = match pass {
        0 => on::<R, A, 0>(isa),
        1 => on::<R, A, 1>(isa),
        2 => on::<R, A, 2>(isa),
        3 => on::<R, A, 3>(isa),
        4 => on::<R, A, 4>(isa),
        5 => on::<R, A, 5>(isa),
        6 => on::<R, A, 6>(isa),
        7 => on::<R, A, 7>(isa),
        8 => on::<R, A, 8>(isa),
        9 => on::<R, A, 9>(isa),
        10 => on::<R, A, 10>(isa),
        11 => on::<R, A, 11>(isa),
        12 => on::<R, A, 12>(isa),
        13 => on::<R, A, 13>(isa),
        14 => on::<R, A, 14>(isa),
        15 => on::<R, A, 15>(isa),
        _ => None,
    };
    found.unwrap_or_else(|| unreachable!("`{}` has no pass {pass}", R::NAME))
}

/// `None`, and no code, where the rule does not have so many passes.
fn on<R: Rule, A: Real, const PASS: usize>(isa: Isa) -> Option<Loop<R, A>> {
    if const { PASS < R::Tiled::PASSES.len() } {
        return Some(match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => avx2::pass::<R, A, PASS>,
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => avx512::pass::<R, A, PASS>,
            _ => portable::pass::<R, A, PASS>,
        });
    }
    None
}

/// What is known of a pass when its loop is compiled.
const fn pass_of<R: Rule>(pass: usize) -> Pass {
    if pass < R::Tiled::PASSES.len() {
        R::Tiled::PASSES[pass]
    } else {
        Pass { section: Section::Update, moves: false, writes: 0 }
    }
}

/// How many terms a pass has.
pub(super) const fn terms_of<R: Rule>(pass: usize) -> usize {
    let (mut count, mut i) = (0, 0);
    while i < R::Tiled::SUMS.len() {
        let sum = R::Tiled::SUMS[i];
        let end = if matches!(sum.kind, SumKind::Products) { sum.term + 2 } else { sum.term + 1 };
        if sum.pass == pass && end > count {
            count = end;
        }
        i += 1;
    }
    count
}

/// # Safety
/// As for [`Loop`].
#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
unsafe fn pass<R: Rule, A: Real, const PASS: usize>(step: &R::Step<A>, streams: &Streams<A>, n: usize) {
    // By value: behind a reference the compiler would have to expect that the loop changes it.
    let (step, streams) = (*step, *streams);
    for i in 0..n {
        // SAFETY: `i < n`.
        let w = unsafe { load(streams.weights, i) };
        // SAFETY: `i < n`.
        let g = unsafe { load(streams.gradients, i) };
        // SAFETY: `i < n`, and the rule's caches have pointers.
        let old = R::Caches::<A>::from_fn(|k| unsafe { load(streams.caches[k], i) });
        // SAFETY: `i < n`, and what the rule's rows and columns bring has pointers.
        let row = <R::Tiled as Tiled<R>>::Row::<A>::from_fn(|k| unsafe { load(streams.rows[k], i) });
        // SAFETY: as above.
        let col = <R::Tiled as Tiled<R>>::Col::<A>::from_fn(|k| unsafe { load(streams.columns[k], i) });
        let (w, new, terms) = R::Tiled::pass::<A, PASS>(step, w, g, old, row, col);
        if const { pass_of::<R>(PASS).moves } {
            // SAFETY: `i < n`.
            unsafe { store(streams.weights, i, w) };
        }
        for (k, cache) in streams.caches.iter().enumerate().take(R::Caches::<A>::COUNT) {
            if const { pass_of::<R>(PASS).writes } >> k & 1 == 1 {
                // SAFETY: `i < n`, and the rule's caches have pointers.
                unsafe { store(*cache, i, new.get(k)) };
            }
        }
        for (k, stream) in streams.terms.iter().enumerate().take(const { terms_of::<R>(PASS) }) {
            // SAFETY: `i < n`, and the terms of the pass have pointers.
            unsafe { store(*stream, i, terms.get(k)) };
        }
    }
}

macro_rules! loops_for {
    ($module:ident $(, $feature:literal)?) => {
        mod $module {
            use super::{Real, Rule, Streams};

            $(#[target_feature(enable = $feature)])?
            pub(super) unsafe fn pass<R: Rule, A: Real, const PASS: usize>(
                step: &R::Step<A>,
                streams: &Streams<A>,
                n: usize,
            ) {
                // SAFETY: the caller keeps the contract of `Loop`.
                unsafe { super::pass::<R, A, PASS>(step, streams, n) }
            }
        }
    };
}

loops_for!(portable);
#[cfg(target_arch = "x86_64")]
loops_for!(avx2, "avx2");
#[cfg(target_arch = "x86_64")]
loops_for!(avx512, "avx512f,avx512vl,avx512bw,avx512dq");
