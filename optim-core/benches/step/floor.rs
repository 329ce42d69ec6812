//! The floor: a loop over the arrays that a rule reads and writes, with one addition for each.
//!
//! It adds whole numbers as wide as the rule's: they take as long to load and store, and no sum of them is a
//! denormal, an infinity or a NaN, however often it is added to.
#![expect(unsafe_code, reason = "passes share arrays, and threads share tensors: pointers, as in the kernels")]

use optim_core::Real;
use optim_core::kernel::Isa;
use optim_core::random::Rng;

use crate::measure::Count;
use crate::memory::Memory;
use crate::set::Set;
use crate::streams::{Pass, Place};
use crate::team;

/// What the floor adds.
pub(crate) trait Word: Copy + Send + Sync + 'static {
    const ONE: Self;
    fn plus(self, other: Self) -> Self;
    fn from_bits(bits: u64) -> Self;
}

impl Word for u32 {
    const ONE: u32 = 1;
    #[inline]
    fn plus(self, other: u32) -> u32 {
        self.wrapping_add(other)
    }
    #[expect(clippy::cast_possible_truncation, reason = "some of the bits")]
    fn from_bits(bits: u64) -> u32 {
        bits as u32
    }
}

impl Word for u64 {
    const ONE: u64 = 1;
    #[inline]
    fn plus(self, other: u64) -> u64 {
        self.wrapping_add(other)
    }
    fn from_bits(bits: u64) -> u64 {
        bits
    }
}

/// The word as wide as a number.
pub(crate) trait Width: Real {
    type Word: Word;
}
impl Width for f32 {
    type Word = u32;
}
impl Width for f64 {
    type Word = u64;
}

/// Arrays of a pass: those that are read and written, then those that are read, then those that are written.
const MOST: usize = 16;
type Pointers<T> = [*mut T; MOST];

/// # Safety
/// `n` words are readable behind the first pointers and writable behind all but those that are only read; the arrays do
/// not overlap.
type Loop<T> = unsafe fn(&Pointers<T>, usize);

/// One array of a pass, the next of the pointers.
///
/// # Safety
/// As for [`Loop`], and nobody else uses the array meanwhile, but to read it where this only reads.
#[inline]
unsafe fn next<'a, T>(pointers: &Pointers<T>, used: &mut usize, n: usize) -> &'a mut [T] {
    let pointer = pointers[*used];
    *used += 1;
    // SAFETY: the caller keeps the contract.
    unsafe { std::slice::from_raw_parts_mut(pointer, n) }
}

/// The loop for arrays of these names, compiled for an instruction set: arguments of their own, which the compiler
/// knows not to overlap.
macro_rules! row {
    ([$($feature:literal)?] $word:ident [$($both:ident)*] [$($only:ident)*] [$($fresh:ident)*]) => {{
        $(#[target_feature(enable = $feature)])?
        unsafe fn run<T: Word>(pointers: &Pointers<T>, n: usize) {
            let mut used = 0;
            $(
                // SAFETY: the caller keeps the contract, and every array is named once.
                let $both = unsafe { next(pointers, &mut used, n) };
            )*
            $(
                // SAFETY: as above.
                let $only = unsafe { next(pointers, &mut used, n) };
            )*
            $(
                // SAFETY: as above.
                let $fresh = unsafe { next(pointers, &mut used, n) };
            )*
            debug_assert!(used <= MOST);
            add(n $(, $both)* $(, $only)* $(, $fresh)*);
        }

        #[inline(always)]
        fn add<T: Word>(n: usize $(, $both: &mut [T])* $(, $only: &[T])* $(, $fresh: &mut [T])*) {
            $(let $both = &mut $both[..n];)*
            $(let $only = &$only[..n];)*
            $(let $fresh = &mut $fresh[..n];)*
            let mut total = T::ONE;
            for i in 0..n {
                let sum = T::ONE;
                $(let sum = sum.plus($only[i]);)*
                $($both[i] = $both[i].plus(sum);)*
                $($fresh[i] = sum;)*
                // What is read and leads to nothing would not be read.
                if <[&str]>::is_empty(&[$(stringify!($both),)* $(stringify!($fresh),)*]) {
                    total = total.plus(sum);
                }
            }
            std::hint::black_box(total);
        }
        run::<$word>
    }};
}

/// The loop for so many arrays of each kind: all that passes of the catalogue have.
macro_rules! table {
    ($features:tt $word:ident $counts:expr) => {
        table! { @ $features $word $counts;
            ([] [] [x])
            ([] [p] [x])
            ([] [p q] [x])
            ([] [p q r] [x])
            ([] [p q] [x y])
            ([] [p] [])
            ([] [p q] [])
            ([] [p q r] [])
            ([] [p q r s] [])
            ([a] [] [])
            ([a] [p] [])
            ([a] [p q] [])
            ([a] [p q r] [])
            ([a] [p q r s] [])
            ([a b] [] [])
            ([a b] [p] [])
            ([a b] [p q] [])
            ([a b] [p q r] [])
            ([a b c] [] [])
            ([a b c] [p] [])
            ([a b c] [p q] [])
            ([a b c] [p q r] [])
            ([a b c d] [p] [])
            ([a b c d] [p q] [])
            ([a b c d e] [p] [])
            ([a] [] [x])
            ([a] [p] [x])
            ([a] [p q] [x])
            ([a b] [p] [x])
            ([a b] [p q] [x])
            ([a b c] [p] [x])
        }
    };
    (@ $features:tt $word:ident $counts:expr; $(([$($both:ident)*] [$($only:ident)*] [$($fresh:ident)*]))*) => {{
        let counts: [usize; 3] = $counts;
        $(
            let names: [&[&str]; 3] =
                [&[$(stringify!($both)),*], &[$(stringify!($only)),*], &[$(stringify!($fresh)),*]];
            if counts == names.map(<[_]>::len) {
                return row!($features $word [$($both)*] [$($only)*] [$($fresh)*]);
            }
        )*
        panic!("no floor for {counts:?} arrays (read and written, only read, only written): add them to the table");
    }};
}

fn portable<T: Word>(counts: [usize; 3]) -> Loop<T> {
    table!([] T counts)
}

#[cfg(target_arch = "x86_64")]
fn avx2<T: Word>(counts: [usize; 3]) -> Loop<T> {
    table!(["avx2"] T counts)
}

#[cfg(target_arch = "x86_64")]
fn avx512<T: Word>(counts: [usize; 3]) -> Loop<T> {
    table!(["avx512f,avx512vl,avx512bw,avx512dq"] T counts)
}

fn loop_of<T: Word>(counts: [usize; 3]) -> Loop<T> {
    match Isa::best() {
        #[cfg(target_arch = "x86_64")]
        Isa::Avx512 => avx512(counts),
        #[cfg(target_arch = "x86_64")]
        Isa::Avx2 => avx2(counts),
        _ => portable(counts),
    }
}

/// A part of a tensor in one pass.
struct Job<T> {
    run: Loop<T>,
    pointers: Pointers<T>,
    n: usize,
}

/// What each thread does in a pass.
type Jobs<T> = Vec<Vec<Job<T>>>;

/// The floor of one rule.
pub(crate) struct Floor<'m, T> {
    passes: Vec<Jobs<T>>,
    threads: usize,
    /// What the pointers go into.
    _memory: &'m mut Memory<T>,
}

// SAFETY: threads work on disjoint ranges of the words, and `time` lets nobody begin a pass before all have ended the
// last.
unsafe impl<T: Word> Sync for Floor<'_, T> {}

impl<'m, T: Word> Floor<'m, T> {
    /// `passes` are those of each tensor; a tensor that the rule does not move has none.
    pub(crate) fn new(memory: &'m mut Memory<T>, passes: &[&[Pass]], threads: usize) -> Self {
        let count = passes.iter().map(|passes| passes.len()).max().unwrap_or(0);
        let total = memory.ranges.last().map_or(0, |range| range.end);
        let mut all: Vec<Jobs<T>> = Vec::new();
        for index in 0..count {
            let mut jobs: Jobs<T> = Vec::new();
            for thread in 0..threads {
                let share = team::share(total, thread, threads);
                let mut own = Vec::new();
                for (tensor, passes) in passes.iter().enumerate() {
                    let Some(pass) = passes.get(index) else { continue };
                    let range = memory.ranges[tensor].clone();
                    let (from, to) = (share.start.max(range.start), share.end.min(range.end));
                    if from < to {
                        own.push(job(memory, tensor, pass, from - range.start, to - from));
                    }
                }
                jobs.push(own);
            }
            all.push(jobs);
        }
        Floor { passes: all, threads, _memory: memory }
    }

    /// Seconds of each of so many steps, on average.
    pub(crate) fn time(&mut self, count: Count) -> f64 {
        let this = &*self;
        team::time(this.threads, this.passes.len(), count, |thread, pass| {
            for job in &this.passes[pass][thread] {
                // SAFETY: the pointers go into `_memory`, which is borrowed exclusively, and `n` words follow each;
                // arrays are different allocations.
                unsafe { (job.run)(&job.pointers, job.n) };
            }
        })
    }
}

fn job<T: Word>(memory: &mut Memory<T>, tensor: usize, pass: &Pass, from: usize, n: usize) -> Job<T> {
    let is_read = |place: &&Place| pass.reads.contains(place);
    let is_written = |place: &&Place| pass.writes.contains(place);
    let both: Vec<Place> = pass.reads.iter().filter(is_written).copied().collect();
    let only: Vec<Place> = pass.reads.iter().filter(|place| !is_written(place)).copied().collect();
    let fresh: Vec<Place> = pass.writes.iter().filter(|place| !is_read(place)).copied().collect();
    let mut pointers = [std::ptr::null_mut(); MOST];
    for (pointer, &place) in pointers.iter_mut().zip(both.iter().chain(&only).chain(&fresh)) {
        *pointer = memory.pointer(tensor, place, from);
    }
    Job { run: loop_of([both.len(), only.len(), fresh.len()]), pointers, n }
}

/// Memory for the floors of all rules on a set, filled with random bits.
pub(crate) fn memory<T: Word>(set: Set) -> Memory<T> {
    let mut rng = Rng::new(2);
    Memory::for_all_rules(&set.shapes(), || T::from_bits(rng.bits()))
}
