//! [`Mask`]: which elements of a tensor move, a bit each.

use core::slice;

use crate::real::Real;

/// Which elements of a tensor move, in logical order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mask {
    bits: Box<[u64]>,
    len: usize,
}

impl Mask {
    pub(crate) fn new(moves: impl Iterator<Item = bool>) -> Self {
        let (mut bits, mut len) = (Vec::new(), 0);
        for moves in moves {
            if len % 64 == 0 {
                bits.push(0);
            }
            bits[len / 64] |= u64::from(moves) << (len % 64);
            len += 1;
        }
        Mask { bits: bits.into(), len }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Whether the element at `index`, in logical order, moves.
    #[inline]
    pub(crate) fn moves(&self, index: usize) -> bool {
        self.bits[index / 64] >> (index % 64) & 1 == 1
    }

    /// Puts the old number back for each of the elements `from..from + n` that does not move.
    ///
    /// # Safety
    /// `n` numbers are readable behind `old` and writable behind `new`.
    pub(super) unsafe fn put_back<A: Real>(&self, from: usize, n: usize, old: *const A, new: *mut A) {
        // SAFETY: the caller keeps the contract.
        let old = unsafe { slice::from_raw_parts(old, n) };
        // SAFETY: the caller keeps the contract.
        let new = unsafe { slice::from_raw_parts_mut(new, n) };
        for (_, (new, old)) in new.iter_mut().zip(old).enumerate().filter(|(i, _)| !self.moves(from + i)) {
            *new = *old;
        }
    }

    /// Writes zero for each of the elements `from..from + n` that does not move.
    ///
    /// # Safety
    /// `n` numbers are writable behind `numbers`.
    pub(super) unsafe fn clear<A: Real>(&self, from: usize, n: usize, numbers: *mut A) {
        // SAFETY: the caller keeps the contract.
        let numbers = unsafe { slice::from_raw_parts_mut(numbers, n) };
        for (_, number) in numbers.iter_mut().enumerate().filter(|(i, _)| !self.moves(from + i)) {
            *number = A::zero();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Mask;

    #[test]
    fn a_bit_each() {
        for len in [0, 1, 63, 64, 65, 200] {
            let moves = |i: usize| i % 3 == 1 || i == 64;
            let mask = Mask::new((0..len).map(moves));
            assert_eq!((mask.len(), mask.bits.len()), (len, len.div_ceil(64)));
            assert!((0..len).all(|i| mask.moves(i) == moves(i)));
        }
    }
}
