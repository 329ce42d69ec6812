//! The rule over caches that are not kept exactly: blocks of 64 weights go through three stages at a time.
//!
//! While the rule works on a block, the one before is encoded and the one behind decoded: none waits for another, and
//! the processor, which looks a few hundred instructions ahead, fills the time that it waits for divisions and roots with
//! the work on codes. Each cache has two halves of memory: one is the rule's, the other what comes from the block before
//! and then takes the next.

use core::mem::MaybeUninit;

use super::ahead::ask_for;
use super::dither::{Dither, LANES};
use super::loops::{MAX_CACHES, NO_BACKING};
use super::pass::{Shared, Slot, Work};
use super::staging::Blocks;
use super::store::Cuts;
use crate::real::Real;

/// Two blocks of numbers, at the beginning of a line of memory: a vector in two lines would wait for what was written.
#[repr(align(64))]
pub(super) struct Halves<A>([[A; LANES]; 2]);

/// How far ahead codes are asked for, in blocks.
const CODES_AHEAD: usize = 16;

/// The codes of a stretch, block by block.
pub(super) enum Codes<'p> {
    Bf16(&'p mut [[u16; LANES]]),
    Block8(&'p mut [[u8; LANES]], &'p mut [u16]),
}

/// A cache of a stretch.
pub(super) struct Channel<'p, A> {
    /// Which one.
    cache: usize,
    pub(super) codes: Codes<'p>,
    pub(super) dither: Dither,
    /// The first number's place.
    pub(super) place: usize,
    halves: Halves<A>,
}

impl<A: Real> Shared<'_, '_, A> {
    /// The rule for the elements `from..to` of a tensor that lie side by side, as far as they make whole blocks; where it
    /// ended.
    pub(super) fn pipeline(&self, slot: &Slot, cuts: &Cuts, from: usize, to: usize, blocks: &mut Blocks<A>) -> usize {
        let Some((loops, steps)) = &self.rule else { return from };
        let count = (to - from) / LANES;
        if count == 0 {
            return from;
        }
        let Some((_, gradient)) = self.gradients.get(slot.tensor) else { return from };
        let (place, scale) = (slot.offset + from, cuts.scale(from));
        // SAFETY: `from` is an element of the tensor, whose elements lie side by side.
        let weights = unsafe { self.weights[slot.tensor].pointer().add(from) };
        // SAFETY: as for the weights.
        let gradients = unsafe { gradient.add(from) };
        let mut channels: [MaybeUninit<Channel<'_, A>>; MAX_CACHES] = [const { MaybeUninit::uninit() }; MAX_CACHES];
        let mut open = 0;
        for (k, coded) in self.coded.iter().enumerate().take(self.count) {
            // SAFETY: so many codes and scales stand there, and are this thread's alone.
            let Some(codes) = (unsafe { coded.blocks(place, scale, count) }) else { continue };
            let halves = Halves([[A::zero(); LANES]; 2]);
            channels[open].write(Channel { cache: k, codes, dither: self.rounding.dither(k), place, halves });
            open += 1;
        }
        // SAFETY: so many are initialised.
        let channels = unsafe { channels[..open].assume_init_mut() };
        let step = steps.group(slot.group);
        let update = if self.bare { loops.update_bare } else { loops.update };
        self.coding.turn(channels, None, Some(0));
        let mut caches = self.caches_at(place, blocks);
        for i in 0..count {
            for channel in &mut *channels {
                caches[channel.cache] = channel.halves.0[i % 2].as_mut_ptr();
            }
            let w = weights.wrapping_add(i * LANES);
            let g = gradients.wrapping_add(i * LANES);
            for line in 0..LANES * size_of::<A>() / 64 {
                ask_for(w.cast::<u8>().wrapping_add(2048 + 64 * line));
                ask_for(g.cast::<u8>().wrapping_add(2048 + 64 * line));
            }
            let w = unsafe { core::slice::from_raw_parts_mut(w, LANES) };
            let g = unsafe { core::slice::from_raw_parts(g, LANES) };
            unsafe { update(step, w, g, &caches, &NO_BACKING) };
            for (k, cache) in caches.iter_mut().enumerate().take(self.count) {
                if !self.caches[k].is_null() {
                    *cache = cache.wrapping_add(LANES);
                }
            }
            self.coding.turn(channels, i.checked_sub(1), (i + 1 < count).then_some(i + 1));
        }
        self.coding.turn(channels, Some(count - 1), None);
        from + count * LANES
    }

    /// Whether nothing but the rule and codes is to be done.
    pub(super) fn pipelines(&self, work: Work) -> bool {
        work == Work::Update && self.coded.iter().any(|coded| coded.is_some()) && !self.riding.are_some() && !self.rounds_weights
    }
}

impl<A: Real> Channel<'_, A> {
    /// Encodes the block `written` and decodes `read` to where it was.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
    pub(super) fn turn(&mut self, written: Option<usize>, read: Option<usize>) {
        if let Some(i) = written {
            let (block, thresholds) = (&self.halves.0[i % 2], self.dither.at(self.place + i * LANES));
            match &mut self.codes {
                Codes::Bf16(codes) => super::bf16::write_block(block, &mut codes[i], thresholds),
                Codes::Block8(codes, scales) => scales[i] = super::block8::write_block(block, &mut codes[i], thresholds),
            }
        }
        if let Some(i) = read {
            let block = &mut self.halves.0[i % 2];
            match &self.codes {
                Codes::Bf16(codes) => {
                    super::bf16::read_block(&codes[i], block);
                    ask_for(codes.as_ptr().wrapping_add(i + CODES_AHEAD).cast());
                    ask_for(codes.as_ptr().wrapping_add(i + CODES_AHEAD).cast::<u8>().wrapping_add(64));
                }
                Codes::Block8(codes, scales) => {
                    super::block8::read_block(&codes[i], scales[i], block);
                    ask_for(codes.as_ptr().wrapping_add(i + CODES_AHEAD).cast());
                }
            }
        }
    }
}
