//! The rule over caches that are not kept exactly, for tensors whose elements lie side by side: 64 weights at a time are
//! decoded, moved and encoded. That is little enough for the processor to work on the codes of one block while it waits
//! for the divisions of another. Everything around the rule is compiled once for each instruction set.

use core::mem::MaybeUninit;
use core::ptr;

use super::ahead::ask_for;
use super::coding::Coding;
use super::dither::{Dither, LANES, Rounding};
use super::format::Format;
use super::loops::{MAX_CACHES, Pointers, Update, nowhere, slices};
use super::pass::{Shared, Work};
use super::riders::Riding;
use super::staging::{Blocks, Stretch};
use super::store::Coded;
use crate::real::Real;

/// How far ahead lines of memory are asked for, in bytes of a stream.
const AHEAD: usize = 2048;

/// A cache line.
const LINE: usize = 64;

/// The numbers of a block of each cache, at the beginning of a line: a vector in two lines waits long for what was just
/// written to these.
#[repr(align(64))]
struct Memory<A>(MaybeUninit<[[A; LANES]; MAX_CACHES]>);

/// A cache that is not kept exactly: all its codes, and their scales where there are such.
#[derive(Clone, Copy)]
pub(super) struct Channel {
    cache: usize,
    codes: *mut u8,
    scales: *mut u16,
    dither: Dither,
    /// Whether its random numbers are those of the channel before.
    shares: bool,
}

/// The caches that are not kept exactly, all in one format.
pub(super) struct Channels {
    list: [Channel; MAX_CACHES],
    count: usize,
    /// Whether the format is the one that has scales.
    scaled: bool,
}

/// Whole blocks of a tensor, and what is done with them. The pointers are those to the first number.
pub(super) struct Pipeline<A> {
    update: Update<A>,
    step: *const (),
    count: usize,
    /// The place in the arenas, and that of the first scale.
    place: usize,
    scale: usize,
    weights: *mut A,
    gradients: *const A,
    caches: Pointers<A>,
    /// How far a block is from the next in the memory of a cache: nothing, where it does not exist.
    advances: [usize; MAX_CACHES],
    /// The weights that are taken back before the rule.
    saved: Option<*const A>,
    /// What the weights are rounded with behind it.
    rounding: Option<Dither>,
    coding: Coding<A>,
    riding: Riding<A>,
    /// The gradients that become zeros.
    cleared: Option<*mut A>,
}

impl<A: Real> Shared<'_, '_, A> {
    /// The rule for the elements `from..to` of a tensor, as far as they make whole blocks; where it ended. It takes
    /// tensors that lie side by side, have caches that are not kept exactly, and move as a whole.
    pub(super) fn pipeline(&self, stretch: &Stretch<'_>, from: usize, to: usize, blocks: &mut Blocks<A>) -> usize {
        let slot = stretch.slot;
        let count = (to - from) / LANES;
        let takes = stretch.in_place && stretch.mask.is_none() && stretch.work.updates();
        let (Some((loops, steps)), Some((_, gradients))) = (&self.rule, self.gradients.get(slot.tensor)) else {
            return from;
        };
        if !takes || count == 0 || self.channels.count == 0 {
            return from;
        }
        let place = slot.offset + from;
        let (mut caches, mut advances) = (nowhere(), [0; MAX_CACHES]);
        self.point(&mut caches, place, blocks);
        for (cache, advance) in advances.iter_mut().enumerate().take(self.count) {
            *advance = if self.caches[cache].is_null() { 0 } else { LANES };
        }
        let cleared = self.gradients.used_up(slot.tensor).filter(|_| self.riding.clears);
        let pipeline = Pipeline {
            update: if self.bare { loops.update_bare } else { loops.update },
            step: steps.group(slot.group),
            count,
            place,
            scale: stretch.cuts.scale(from),
            weights: self.weights[slot.tensor].pointer().wrapping_add(from),
            gradients: gradients.wrapping_add(from),
            caches,
            advances,
            saved: (stretch.work == Work::RestoreAndUpdate).then(|| self.saved.wrapping_add(place).cast_const()),
            rounding: self.rounds_weights.then(|| self.rounding.dither(MAX_CACHES)),
            coding: self.coding,
            riding: self.riding,
            cleared: cleared.map(|(_, gradients)| gradients.wrapping_add(from)),
        };
        // SAFETY: each pointer is that to as many numbers as the blocks have: the tensor's and the gradient's, from an
        // element of theirs on; the arenas', which are as long as the slots together, and so are codes and their scales.
        // They are this thread's alone. All that is not kept exactly is in one format.
        unsafe { self.coding.run(self.channels.scaled, &pipeline, &self.channels.list[..self.channels.count]) };
        from + count * LANES
    }
}

impl Channels {
    pub(super) fn of(coded: &[Coded; MAX_CACHES], rounding: Rounding) -> Self {
        let none = Channel {
            cache: 0,
            codes: ptr::null_mut(),
            scales: ptr::null_mut(),
            dither: Dither::NEAREST,
            shares: false,
        };
        let mut channels = Channels { list: [none; MAX_CACHES], count: 0, scaled: false };
        for (cache, coded) in coded.iter().enumerate() {
            let (codes, scales) = match *coded {
                Coded::No => continue,
                Coded::Bf16(codes) => (codes.cast(), ptr::null_mut()),
                Coded::Block8(codes, scales) => (codes, scales),
            };
            let (dither, count) = (rounding.dither(cache), channels.count);
            assert!(count == 0 || channels.scaled != scales.is_null(), "codes of two formats");
            let shares = count > 0 && dither.shares(channels.list[count - 1].dither);
            channels.list[count] = Channel { cache, codes, scales, dither, shares };
            channels.count += 1;
            channels.scaled = !scales.is_null();
        }
        channels
    }

    /// Which caches these are, and what they are rounded with.
    pub(super) fn dithers(&self) -> impl Iterator<Item = (usize, Dither)> {
        self.list[..self.count].iter().map(|channel| (channel.cache, channel.dither))
    }
}

impl Channel {
    /// Brings the numbers of a block to memory, whose first one's place is `place`.
    ///
    /// # Safety
    /// The codes are of the format, those of the block are there and the caller's alone, and so is their scale.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
    unsafe fn decode<F: Format, A: Real>(&self, place: usize, scale: usize, block: &mut [A; LANES]) {
        let codes = self.codes.cast::<F::Code>().wrapping_add(place);
        ask_ahead(codes.cast_const());
        // SAFETY: the caller keeps the contract.
        let scale = if F::SCALED { unsafe { self.scales.wrapping_add(scale).read() } } else { 0 };
        // A copy, so that the compiler need not look whether what is written is what is read.
        // SAFETY: the caller keeps the contract.
        let codes = unsafe { codes.cast::<[F::Code; LANES]>().read() };
        F::read(&codes, scale, block);
    }

    /// Keeps them.
    ///
    /// # Safety
    /// As for [`decode`](Self::decode).
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
    unsafe fn encode<F: Format, A: Real>(&self, place: usize, scale: usize, block: &[A; LANES], random: u64) {
        let (codes, scale_of_block) = F::write(block, self.dither.of(random));
        // SAFETY: the caller keeps the contract.
        unsafe { self.codes.cast::<F::Code>().wrapping_add(place).cast::<[F::Code; LANES]>().write(codes) };
        if F::SCALED {
            // SAFETY: the caller keeps the contract.
            unsafe { self.scales.wrapping_add(scale).write(scale_of_block) };
        }
    }
}

/// Asks for the lines that a stream will need soon, where a block of it stands at `place`.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a part of the loops")]
fn ask_ahead<T>(place: *const T) {
    for line in 0..(LANES * size_of::<T>()).div_ceil(LINE) {
        ask_for(place.cast::<u8>().wrapping_add(AHEAD + LINE * line));
    }
}

/// Does the work for every block.
///
/// # Safety
/// Behind each pointer are as many numbers as the blocks have, which are the caller's alone, the codes of each channel are
/// of the format, and the update is that of the rule whose scalars are behind `step`.
#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
pub(super) unsafe fn run<F: Format, A: Real>(pipeline: &Pipeline<A>, channels: &[Channel]) {
    let mut memory = Memory::<A>(MaybeUninit::uninit());
    let numbers = memory.0.as_mut_ptr().cast::<[A; LANES]>();
    let mut caches = pipeline.caches;
    for channel in channels {
        let block = numbers.wrapping_add(channel.cache);
        // SAFETY: the memory has a block for each cache.
        unsafe { block.write([A::zero(); LANES]) };
        caches[channel.cache] = block.cast();
    }
    let beside = pipeline.has_beside();
    let slices = slices(&caches, LANES);
    for i in 0..pipeline.count {
        let (start, scale) = (i * LANES, pipeline.scale + i);
        let place = pipeline.place + start;
        for channel in channels {
            // SAFETY: the block has numbers, and nothing else points to them now.
            let block = unsafe { &mut *numbers.wrapping_add(channel.cache) };
            // SAFETY: the caller keeps the contract.
            unsafe { channel.decode::<F, A>(place, scale, block) };
        }
        let (weights, gradients) = (pipeline.weights.wrapping_add(start), pipeline.gradients.wrapping_add(start));
        ask_ahead(weights);
        ask_ahead(gradients);
        if beside {
            // SAFETY: the caller keeps the contract.
            unsafe { pipeline.update_beside(start, &caches) };
        } else {
            // SAFETY: the caller keeps the contract: the pointers are to a block of each cache.
            unsafe { pipeline.update.run_with(pipeline.step, (weights, gradients), &slices, &caches, LANES) };
        }
        let mut random = 0;
        for channel in channels {
            if !channel.shares {
                random = channel.dither.random_at(place);
            }
            // SAFETY: the numbers are as the rule left them.
            let block = unsafe { &*numbers.wrapping_add(channel.cache) };
            // SAFETY: the caller keeps the contract.
            unsafe { channel.encode::<F, A>(place, scale, block, random) };
        }
    }
}

impl<A: Real> Pipeline<A> {
    /// Whether there is something to do beside the rule and its codes.
    fn has_beside(&self) -> bool {
        let exact = self.advances.iter().any(|advance| *advance > 0);
        exact || self.saved.is_some() || self.rounding.is_some() || self.riding.are_some()
    }

    /// The rule for a block that begins at number `start`, and what is done beside it. The caches are those of the block, or
    /// of the first one where they are kept exactly.
    ///
    /// # Safety
    /// As for [`run`].
    unsafe fn update_beside(&self, start: usize, first: &Pointers<A>) {
        let (weights, gradients) = (self.weights.wrapping_add(start), self.gradients.wrapping_add(start));
        let mut caches = *first;
        for (k, cache) in caches.iter_mut().enumerate() {
            *cache = cache.wrapping_add(start / LANES * self.advances[k]);
        }
        if let Some(saved) = self.saved {
            // SAFETY: the caller keeps the contract; saved weights are in memory of their own.
            unsafe { weights.copy_from_nonoverlapping(saved.wrapping_add(start), LANES) };
        }
        let mut scaled = [A::zero(); LANES];
        // SAFETY: the caller keeps the contract, and the block takes as many.
        let gradients = unsafe { self.riding.scale(gradients, scaled.as_mut_ptr(), LANES) };
        // SAFETY: the caller keeps the contract: the pointers are to a block of each cache.
        unsafe { self.update.run(self.step, weights, gradients, &caches, LANES) };
        if let Some(dither) = self.rounding {
            // SAFETY: the caller keeps the contract.
            let w = unsafe { core::slice::from_raw_parts_mut(weights, LANES) };
            self.coding.round(w, dither, self.place + start);
        }
        // SAFETY: the caller keeps the contract.
        unsafe { self.riding.follow(self.place + start, weights, LANES) };
        if let Some(cleared) = self.cleared {
            // SAFETY: the caller keeps the contract, and all bits zero is a number.
            unsafe { cleared.wrapping_add(start).write_bytes(0, LANES) };
        }
    }
}
