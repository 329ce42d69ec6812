//! The length of a gradient: squares summed in `f64`, in an order that depends on the parameters alone.
//!
//! The numbers of all parameters stand one after the other, as in an arena. A piece of [`PIECE`] of them is summed in
//! fixed lanes, beginning with the first lane for each parameter of the piece; lanes are added by halves, pieces in order.

use core::ops::Range;

use super::gradients::Gradients;
use super::mask::Mask;
use super::sums::{Adding, by_halves};
use super::{Execution, Isa, Slot, lines, strided};
use crate::real::Real;
use crate::tiled::{LANES, SumKind};

/// How many numbers a piece has.
const PIECE: usize = 16 * 1024;

/// Tensors that do not lie side by side, and masked ones, go through blocks of this size: a multiple of the lanes.
const BLOCK: usize = 512;

/// What is summed.
pub(crate) struct Squares<'p, 'a, A> {
    /// In ascending order of their offsets, without gaps. Those that do not move count as zeros.
    pub(crate) slots: &'p [Slot],
    /// For each slot, which elements move, if not all; empty where all move.
    pub(crate) masks: &'p [Option<Mask>],
    pub(crate) gradients: &'p Gradients<'p, 'a, A>,
    pub(crate) execution: Execution,
}

impl<A: Real> Squares<'_, '_, A> {
    /// Their sum. `pieces` is memory, which has room for all from the second time on.
    pub(crate) fn sum(&self, pieces: &mut Vec<f64>) -> f64 {
        for slot in self.slots {
            let len = self.gradients.get(slot.tensor).map(|(layout, _)| layout.len());
            assert_eq!(len, Some(slot.len), "a gradient for every slot");
        }
        let fits = |(slot, mask): (&Slot, &Option<Mask>)| mask.as_ref().is_none_or(|mask| mask.len() == slot.len);
        assert!(self.slots.iter().zip(self.masks).all(fits));
        let end = self.slots.last().map_or(0, |slot| slot.offset + slot.len);
        pieces.clear();
        pieces.resize(end.div_ceil(PIECE), 0.0);
        let adding = Adding::of(self.execution.chosen_isa());
        let range = |index: usize| self.slots.get(index).map(|slot| slot.offset..slot.offset + slot.len);
        lines::shared(pieces, 1, self.execution.threads_for(end), |first, pieces| {
            for (k, piece) in pieces.iter_mut().enumerate() {
                let start = (first + k) * PIECE;
                let from = self.slots.partition_point(|slot| slot.offset + slot.len <= start);
                let mut lanes = [0.0; LANES];
                within(start, from, range, |slot, elements| self.add(adding, slot, elements, &mut lanes));
                *piece = by_halves(SumKind::Squares, lanes);
            }
        });
        pieces.iter().sum()
    }

    /// Adds elements of the tensor of a slot.
    fn add(&self, adding: Adding<A>, index: usize, elements: Range<usize>, lanes: &mut [f64; LANES]) {
        let slot = &self.slots[index];
        let Some((layout, pointer)) = self.gradients.get(slot.tensor).filter(|_| !slot.frozen) else { return };
        let mask = self.masks.get(index).and_then(Option::as_ref);
        if layout.is_standard() && mask.is_none() {
            // SAFETY: the elements lie side by side, and there are so many.
            let first = unsafe { pointer.add(elements.start) };
            // SAFETY: as above; nobody writes them now.
            let numbers = unsafe { core::slice::from_raw_parts(first, elements.len()) };
            return adding.to_lanes(SumKind::Squares, numbers, numbers, lanes, true);
        }
        let mut block = [A::zero(); BLOCK];
        for from in elements.clone().step_by(BLOCK) {
            let n = BLOCK.min(elements.end - from);
            // SAFETY: the tensor is live and has `from + n` elements; the block takes up to `BLOCK`.
            unsafe { strided::gather(&layout, pointer, from, n, block.as_mut_ptr()) };
            if let Some(mask) = mask {
                // SAFETY: `n` numbers are in the block.
                unsafe { mask.clear(from, n, block.as_mut_ptr()) };
            }
            adding.to_lanes(SumKind::Squares, &block[..n], &block[..n], lanes, false);
        }
    }
}

/// The same of numbers that stand one after the other already, and where those of each parameter do.
pub(crate) fn sum_of_squares<A: Real>(numbers: &[A], range: &dyn Fn(usize) -> Option<Range<usize>>) -> f64 {
    let adding = Adding::of(Isa::best());
    let mut first = 0;
    let pieces = (0..numbers.len()).step_by(PIECE).map(|start| {
        let mut lanes = [0.0; LANES];
        while range(first).is_some_and(|range| range.end <= start) {
            first += 1;
        }
        within(start, first, range, |parameter, elements| {
            let all = range(parameter).map_or(&[][..], |range| &numbers[range]);
            adding.to_lanes(SumKind::Squares, &all[elements.clone()], &all[elements], &mut lanes, true);
        });
        by_halves(SumKind::Squares, lanes)
    });
    pieces.sum()
}

/// Calls `add` with the parameters of the piece at `start`, from the one at `first` on, and with which of their elements
/// are in it.
fn within(
    start: usize,
    first: usize,
    range: impl Fn(usize) -> Option<Range<usize>>,
    mut add: impl FnMut(usize, Range<usize>),
) {
    let end = start + PIECE;
    for parameter in first.. {
        let Some(range) = range(parameter).filter(|range| range.start < end) else { break };
        let elements = start.max(range.start) - range.start..end.min(range.end) - range.start;
        if !elements.is_empty() {
            add(parameter, elements);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PIECE, Squares, sum_of_squares};
    use crate::kernel::{Execution, Gradients, Isa, Slot, Tensor};
    use crate::tiled::LANES;

    #[test]
    fn the_order_depends_on_the_parameters_alone() {
        let lengths = [5, 0, PIECE - 3, 1, 2 * PIECE + 17, 40];
        let gradients: Vec<Vec<f32>> =
            lengths.iter().map(|&len| (0..len).map(|i| (i as f32 * 0.37 + len as f32).sin()).collect()).collect();
        let mut offset = 0;
        let slots: Vec<Slot> = (0..lengths.len())
            .map(|tensor| {
                let len = lengths[tensor];
                offset += len;
                Slot { tensor, offset: offset - len, len, group: 0, frozen: false }
            })
            .collect();
        // As it is laid down, one number after the other.
        let (mut pieces, mut place) = (vec![[0.0_f64; LANES]; offset.div_ceil(PIECE)], 0);
        for gradient in &gradients {
            let mut since = 0;
            for &g in gradient {
                since = if place % PIECE == 0 { 0 } else { since };
                pieces[place / PIECE][since % LANES] += f64::from(g) * f64::from(g);
                (place, since) = (place + 1, since + 1);
            }
        }
        let halves = |mut lanes: [f64; LANES]| {
            for half in [8, 4, 2, 1] {
                (0..half).for_each(|i| lanes[i] += lanes[i + half]);
            }
            lanes[0]
        };
        let expected: f64 = pieces.into_iter().map(halves).sum();
        let tensors: Vec<Tensor<'_, f32>> = gradients.iter().map(|gradient| Tensor::from_slice(gradient)).collect();
        let gradients_read = Gradients::Read(&tensors);
        for &isa in Isa::available() {
            for threads in [1, 2, 3, 7] {
                let execution = Execution::default().threads(threads).isa(isa);
                let squares = Squares { slots: &slots, masks: &[], gradients: &gradients_read, execution };
                assert_eq!(squares.sum(&mut Vec::new()).to_bits(), expected.to_bits());
            }
        }
        let flat = gradients.concat();
        let range = |index: usize| slots.get(index).map(|slot| slot.offset..slot.offset + slot.len);
        assert_eq!(sum_of_squares(&flat, &range).to_bits(), expected.to_bits());
    }
}
