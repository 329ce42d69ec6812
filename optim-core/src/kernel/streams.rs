//! The streams of a loop: numbers side by side in memory, each with a place where it begins.
//!
//! Which of them a loop uses is a type, so that it is known before anything is optimised: a loop that looks is not vectorised.

use core::ptr::NonNull;

use crate::real::Real;
use crate::rule::CacheArray;

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

/// Which streams of one kind a loop uses.
pub(super) trait Set {
    /// A bit for each.
    const BITS: u64;
    /// Whether it is one of them.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a part of the loops")]
    fn has(stream: usize) -> bool {
        Self::BITS >> stream & 1 == 1
    }
}

/// Where the streams of one kind begin, of which a loop uses some.
pub(super) type Starts<A, const N: usize> = [NonNull<A>; N];

/// # Safety
/// The pointers to the streams that are used are not null, and slices are what their pointers are to.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
pub(super) unsafe fn starts<U: Set, A, const S: usize, const N: usize>(
    slices: [&mut [A]; S],
    pointers: &[*mut A; N],
) -> Starts<A, N> {
    let mut starts = [NonNull::dangling(); N];
    for (k, slice) in slices.into_iter().enumerate() {
        starts[k] = NonNull::from(slice).cast();
    }
    // Pointer by pointer, since a copy of them all waits for what the caller has just written.
    for k in S..N {
        if U::has(k) {
            // SAFETY: the caller keeps the contract.
            starts[k] = unsafe { start(pointers[k]) };
        }
    }
    starts
}

/// The number at `i` of each stream, zero for those that are not used.
///
/// # Safety
/// More than `i` numbers of each are readable.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
pub(super) unsafe fn load_each<U: Set, A: Real, C: CacheArray<A>, const N: usize>(
    starts: &Starts<A, N>,
    i: usize,
) -> C {
    // A loop, which is unrolled: the closures behind an array's `from_fn` and `map` are functions, which may stand in another
    // codegen unit; a loop that calls these is not vectorised.
    let mut numbers = C::filled(A::zero());
    for (k, start) in starts.iter().enumerate().take(C::COUNT) {
        if U::has(k) {
            // SAFETY: the caller keeps the contract.
            numbers.set(k, unsafe { load(*start, i) });
        }
    }
    numbers
}

/// Writes the number at `i` of each.
///
/// # Safety
/// More than `i` numbers of each are writable.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
pub(super) unsafe fn store_each<U: Set, A: Real, C: CacheArray<A>, const N: usize>(
    starts: &Starts<A, N>,
    i: usize,
    numbers: C,
) {
    for (k, start) in starts.iter().enumerate().take(C::COUNT) {
        if U::has(k) {
            // SAFETY: the caller keeps the contract.
            unsafe { store(*start, i, numbers.get(k)) };
        }
    }
}

/// How many caches a loop gets as slices, and how many terms of a pass. Arguments that are references meet nothing else;
/// where pointers might, the compiler looks at each call, and writes the loop twice.
pub(super) const SLICES: usize = 3;
pub(super) const TERM_SLICES: usize = 2;

/// As many numbers of a stream; none, where there is no stream.
///
/// # Safety
/// The pointer is null, or so many numbers are there that nothing else points to as long as the slice lives.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
pub(super) unsafe fn slice<'a, A>(pointer: *mut A, n: usize) -> &'a mut [A] {
    // SAFETY: the caller keeps the contract.
    if pointer.is_null() { &mut [] } else { unsafe { core::slice::from_raw_parts_mut(pointer, n) } }
}

/// The same of a stream that is only read.
///
/// # Safety
/// The pointer is null, or so many numbers are there that nobody writes as long as the slice lives.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
pub(super) unsafe fn slice_read<'a, A>(pointer: *const A, n: usize) -> &'a [A] {
    // SAFETY: the caller keeps the contract.
    if pointer.is_null() { &[] } else { unsafe { core::slice::from_raw_parts(pointer, n) } }
}

/// As many streams as there are of a kind, as a set.
pub(super) const fn first(count: usize) -> u64 {
    // A rule has at most 16.
    (1 << count) - 1
}
