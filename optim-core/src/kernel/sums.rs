//! Adding up terms in the order that [`tiled`](crate::tiled) lays down, compiled for each instruction set; no rule is
//! looked at.

use super::Isa;
use super::ahead::{STRIDE, read_far_ahead};
use crate::real::Real;
use crate::tiled::{LANES, SumKind};

/// The lanes of a sum.
pub(super) type Lanes = [f64; LANES];

/// `(kind, terms, next, lanes, ahead)`: adds terms to lanes, beginning with the first lane. `next` are the terms that
/// products are made with; as many. `ahead`: memory is asked for what follows.
///
/// # Safety
/// The machine has the instructions.
type AddToLanes<A> = unsafe fn(SumKind, &[A], &[A], &mut Lanes, bool);

/// `(terms, lanes, ahead)`: adds the squares of two streams to lanes, each to its own; of as many terms.
///
/// # Safety
/// The machine has the instructions.
type AddTwoSquares<A> = unsafe fn([&[A]; 2], [&mut Lanes; 2], bool);

/// `(kind, terms, next, columns)`: adds to each column its term.
///
/// # Safety
/// The machine has the instructions.
type AddToColumns<A> = unsafe fn(SumKind, &[A], &[A], &mut [f64]);

/// The functions for one instruction set.
#[derive(Clone, Copy)]
pub(super) struct Adding<A> {
    lanes: AddToLanes<A>,
    two_squares: AddTwoSquares<A>,
    columns: AddToColumns<A>,
}

impl<A: Real> Adding<A> {
    /// `isa` is one that the machine has: [`Execution`](super::Execution) checks it.
    pub(super) fn of(isa: Isa) -> Self {
        match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => avx2::adding(),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => avx512::adding(),
            _ => portable::adding(),
        }
    }

    pub(super) fn to_lanes(self, kind: SumKind, terms: &[A], next: &[A], lanes: &mut Lanes, ahead: bool) {
        if terms.len() < LANES {
            // Not worth a call.
            return to_lanes(kind, terms, next, lanes, false);
        }
        // SAFETY: these are the functions of an instruction set that the machine has.
        unsafe { (self.lanes)(kind, terms, next, lanes, ahead) }
    }

    /// As [`to_lanes`](Self::to_lanes) for squares of two streams, with the same bits: memory is asked for both at once.
    pub(super) fn two_squares(self, terms: [&[A]; 2], lanes: [&mut Lanes; 2], ahead: bool) {
        // SAFETY: these are the functions of an instruction set that the machine has.
        unsafe { (self.two_squares)(terms, lanes, ahead) }
    }

    pub(super) fn to_columns(self, kind: SumKind, terms: &[A], next: &[A], columns: &mut [f64]) {
        // SAFETY: these are the functions of an instruction set that the machine has.
        unsafe { (self.columns)(kind, terms, next, columns) }
    }
}

/// Two partial sums together.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
pub(crate) fn join(kind: SumKind, sum: f64, more: f64) -> f64 {
    if kind == SumKind::MaxAbs { larger(sum, more) } else { sum + more }
}

/// The larger of two numbers that are not negative; NaN if one is.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
fn larger(a: f64, b: f64) -> f64 {
    if b > a || b.is_nan() { b } else { a }
}

/// What the lanes come to, added by halves.
pub(super) fn by_halves(kind: SumKind, mut lanes: Lanes) -> f64 {
    let mut half = LANES / 2;
    while half > 0 {
        for i in 0..half {
            lanes[i] = join(kind, lanes[i], lanes[i + half]);
        }
        half /= 2;
    }
    lanes[0]
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
fn to_lanes<A: Real>(kind: SumKind, terms: &[A], next: &[A], lanes: &mut Lanes, ahead: bool) {
    match kind {
        SumKind::Plain => each_lane(terms, terms, lanes, ahead, |sum, a, _| sum + a),
        SumKind::Squares => each_lane(terms, terms, lanes, ahead, |sum, a, _| sum + a * a),
        SumKind::Products => each_lane(terms, next, lanes, ahead, |sum, a, b| sum + a * b),
        SumKind::MaxAbs => each_lane(terms, terms, lanes, ahead, |sum, a, _| larger(sum, a.abs())),
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
fn each_lane<A: Real>(terms: &[A], next: &[A], lanes: &mut Lanes, ahead: bool, add: impl Fn(f64, f64, f64) -> f64) {
    let (whole, rest) = terms.as_chunks::<LANES>();
    let (next_whole, next_rest) = next.as_chunks::<LANES>();
    let products = !core::ptr::eq(terms, next);
    if !whole.is_empty() {
        let mut sums = *lanes;
        for k in 0..whole.len().min(next_whole.len()) {
            let (terms, next) = (&whole[k], &next_whole[k]);
            if ahead && k.is_multiple_of(STRIDE / size_of::<[A; LANES]>()) {
                read_far_ahead(terms.as_ptr());
                if products {
                    read_far_ahead(next.as_ptr());
                }
            }
            for i in 0..LANES {
                sums[i] = add(sums[i], terms[i].as_f64(), next[i].as_f64());
            }
        }
        *lanes = sums;
    }
    for i in 0..rest.len().min(next_rest.len()).min(LANES) {
        lanes[i] = add(lanes[i], rest[i].as_f64(), next_rest[i].as_f64());
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
fn two_squares<A: Real>([terms, others]: [&[A]; 2], [lanes, other_lanes]: [&mut Lanes; 2], ahead: bool) {
    let (whole, rest) = terms.as_chunks::<LANES>();
    let (other_whole, other_rest) = others.as_chunks::<LANES>();
    let (mut sums, mut other_sums) = (*lanes, *other_lanes);
    for k in 0..whole.len().min(other_whole.len()) {
        let (terms, others) = (&whole[k], &other_whole[k]);
        if ahead && k.is_multiple_of(STRIDE / size_of::<[A; LANES]>()) {
            read_far_ahead(terms.as_ptr());
            read_far_ahead(others.as_ptr());
        }
        for i in 0..LANES {
            sums[i] += terms[i].as_f64() * terms[i].as_f64();
        }
        for i in 0..LANES {
            other_sums[i] += others[i].as_f64() * others[i].as_f64();
        }
    }
    (*lanes, *other_lanes) = (sums, other_sums);
    let squares = SumKind::Squares;
    to_lanes(squares, rest, rest, lanes, false);
    to_lanes(squares, other_rest, other_rest, other_lanes, false);
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
fn to_columns<A: Real>(kind: SumKind, terms: &[A], next: &[A], columns: &mut [f64]) {
    match kind {
        SumKind::Plain => each_column(terms, terms, columns, |sum, a, _| sum + a),
        SumKind::Squares => each_column(terms, terms, columns, |sum, a, _| sum + a * a),
        SumKind::Products => each_column(terms, next, columns, |sum, a, b| sum + a * b),
        SumKind::MaxAbs => each_column(terms, terms, columns, |sum, a, _| larger(sum, a.abs())),
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
fn each_column<A: Real>(terms: &[A], next: &[A], columns: &mut [f64], add: impl Fn(f64, f64, f64) -> f64) {
    let n = columns.len().min(terms.len()).min(next.len());
    let (columns, terms, next) = (&mut columns[..n], &terms[..n], &next[..n]);
    for i in 0..n {
        columns[i] = add(columns[i], terms[i].as_f64(), next[i].as_f64());
    }
}

macro_rules! adding_for {
    ($module:ident $(, $feature:literal)?) => {
        mod $module {
            use super::{Adding, Lanes, Real, SumKind};

            pub(super) fn adding<A: Real>() -> Adding<A> {
                Adding { lanes: to_lanes::<A>, two_squares: two_squares::<A>, columns: to_columns::<A> }
            }

            $(#[target_feature(enable = $feature)])?
            fn to_lanes<A: Real>(kind: SumKind, terms: &[A], next: &[A], lanes: &mut Lanes, ahead: bool) {
                super::to_lanes(kind, terms, next, lanes, ahead);
            }

            $(#[target_feature(enable = $feature)])?
            fn two_squares<A: Real>(terms: [&[A]; 2], lanes: [&mut Lanes; 2], ahead: bool) {
                super::two_squares(terms, lanes, ahead);
            }

            $(#[target_feature(enable = $feature)])?
            fn to_columns<A: Real>(kind: SumKind, terms: &[A], next: &[A], columns: &mut [f64]) {
                super::to_columns(kind, terms, next, columns);
            }
        }
    };
}

adding_for!(portable);
#[cfg(target_arch = "x86_64")]
adding_for!(avx2, "avx2");
#[cfg(target_arch = "x86_64")]
adding_for!(avx512, "avx512f,avx512vl,avx512bw,avx512dq");

#[cfg(test)]
mod tests {
    use super::{Adding, by_halves};
    use crate::kernel::Isa;
    use crate::tiled::{LANES, SumKind};

    #[test]
    fn every_kind_in_order_on_every_instruction_set() {
        let terms: Vec<f32> = (0..77_u8).map(|i| (f32::from(i) * 1.7).sin()).collect();
        let next: Vec<f32> = terms.iter().map(|x| 1.0 - x).collect();
        for kind in [SumKind::Plain, SumKind::Squares, SumKind::Products, SumKind::MaxAbs] {
            let mut expected = [0.0_f64; LANES];
            for (j, (a, b)) in terms.iter().zip(&next).enumerate() {
                let (a, b, lane) = (f64::from(*a), f64::from(*b), &mut expected[j % LANES]);
                match kind {
                    SumKind::Plain => *lane += a,
                    SumKind::Squares => *lane += a * a,
                    SumKind::Products => *lane += a * b,
                    SumKind::MaxAbs => *lane = lane.max(a.abs()),
                }
            }
            for &isa in Isa::available() {
                let mut lanes = [0.0; LANES];
                Adding::of(isa).to_lanes(kind, &terms, &next, &mut lanes, true);
                assert_eq!(lanes, expected, "{kind:?} {isa:?}");
            }
        }
    }

    #[test]
    fn squares_of_two_streams_are_those_of_each() {
        let terms: Vec<f32> = (0..93_u8).map(|i| (f32::from(i) * 0.7).sin()).collect();
        let others: Vec<f32> = terms.iter().map(|x| 1.0 - x).collect();
        for &isa in Isa::available() {
            let (mut expected, mut found) = ([[0.5; LANES]; 2], [[0.5; LANES]; 2]);
            for (terms, lanes) in [&terms, &others].into_iter().zip(&mut expected) {
                Adding::of(isa).to_lanes(SumKind::Squares, terms, terms, lanes, true);
            }
            let [first, second] = &mut found;
            Adding::of(isa).two_squares([&terms, &others], [first, second], true);
            assert_eq!(found, expected, "{isa:?}");
        }
    }

    #[test]
    fn the_largest_is_nan_where_one_term_is() {
        for place in [0, 5, 20, 39] {
            let mut terms = [-2.0_f64; 40];
            terms[place] = f64::NAN;
            let mut lanes = [0.0; LANES];
            Adding::of(Isa::best()).to_lanes(SumKind::MaxAbs, &terms, &terms, &mut lanes, true);
            assert!(by_halves(SumKind::MaxAbs, lanes).is_nan());
        }
    }
}
