//! Reading and writing numbers in other formats, compiled for each instruction set; no rule is looked at.

use super::dither::Dither;
use super::pipeline::{self, Channel, Pipeline};
use super::{Isa, bf16, block8};
use crate::real::Real;

/// `(codes, numbers)`
///
/// # Safety
/// The machine has the instructions.
type ReadBf16<A> = unsafe fn(&[u16], &mut [A]);

/// `(numbers, codes, dither, first)`: the first number's place is the last argument.
///
/// # Safety
/// The machine has the instructions.
type WriteBf16<A> = unsafe fn(&[A], &mut [u16], Dither, usize);

/// `(codes, scales, numbers)`
///
/// # Safety
/// The machine has the instructions.
type ReadBlocks<A> = unsafe fn(&[u8], &[u16], &mut [A]);

/// `(numbers, codes, scales, dither, first)`
///
/// # Safety
/// The machine has the instructions.
type WriteBlocks<A> = unsafe fn(&[A], &mut [u8], &mut [u16], Dither, usize);

/// `(numbers, dither, first)`
///
/// # Safety
/// The machine has the instructions.
type Round<A> = unsafe fn(&mut [A], Dither, usize);

/// # Safety
/// The machine has the instructions, and as for [`pipeline::run`].
type Run<A> = unsafe fn(&Pipeline<A>, &mut [Option<Channel<'_>>]);

/// The functions for one instruction set.
#[derive(Clone, Copy)]
pub(super) struct Coding<A> {
    read_bf16: ReadBf16<A>,
    write_bf16: WriteBf16<A>,
    read_blocks: ReadBlocks<A>,
    write_blocks: WriteBlocks<A>,
    round: Round<A>,
    run: Run<A>,
}

impl<A: Real> Coding<A> {
    /// `isa` is one that the machine has: [`Execution`](super::Execution) checks it.
    pub(super) fn of(isa: Isa) -> Self {
        match isa {
            #[cfg(target_arch = "x86_64")]
            Isa::Avx2 => avx2::coding(),
            #[cfg(target_arch = "x86_64")]
            Isa::Avx512 => avx512::coding(),
            _ => portable::coding(),
        }
    }

    pub(super) fn read_bf16(self, codes: &[u16], numbers: &mut [A]) {
        // SAFETY: these are the functions of an instruction set that the machine has.
        unsafe { (self.read_bf16)(codes, numbers) }
    }

    pub(super) fn write_bf16(self, numbers: &[A], codes: &mut [u16], dither: Dither, first: usize) {
        // SAFETY: these are the functions of an instruction set that the machine has.
        unsafe { (self.write_bf16)(numbers, codes, dither, first) }
    }

    pub(super) fn read_blocks(self, codes: &[u8], scales: &[u16], numbers: &mut [A]) {
        // SAFETY: these are the functions of an instruction set that the machine has.
        unsafe { (self.read_blocks)(codes, scales, numbers) }
    }

    pub(super) fn write_blocks(
        self,
        numbers: &[A],
        codes: &mut [u8],
        scales: &mut [u16],
        dither: Dither,
        first: usize,
    ) {
        // SAFETY: these are the functions of an instruction set that the machine has.
        unsafe { (self.write_blocks)(numbers, codes, scales, dither, first) }
    }

    /// # Safety
    /// As for [`pipeline::run`].
    pub(super) unsafe fn run(self, pipeline: &Pipeline<A>, channels: &mut [Option<Channel<'_>>]) {
        // SAFETY: these are the functions of an instruction set that the machine has; the caller keeps the contract.
        unsafe { (self.run)(pipeline, channels) }
    }

    /// Rounds numbers to such that bf16 has.
    pub(super) fn round(self, numbers: &mut [A], dither: Dither, first: usize) {
        // SAFETY: these are the functions of an instruction set that the machine has.
        unsafe { (self.round)(numbers, dither, first) }
    }
}

macro_rules! coding_for {
    ($module:ident $(, $feature:literal)?) => {
        mod $module {
            use super::{Channel, Coding, Dither, Pipeline, Real, bf16, block8, pipeline};

            pub(super) fn coding<A: Real>() -> Coding<A> {
                Coding {
                    read_bf16: read_bf16::<A>,
                    write_bf16: write_bf16::<A>,
                    read_blocks: read_blocks::<A>,
                    write_blocks: write_blocks::<A>,
                    round: round::<A>,
                    run: run::<A>,
                }
            }

            $(#[target_feature(enable = $feature)])?
            fn read_bf16<A: Real>(codes: &[u16], numbers: &mut [A]) {
                bf16::read(codes, numbers);
            }

            $(#[target_feature(enable = $feature)])?
            fn write_bf16<A: Real>(numbers: &[A], codes: &mut [u16], dither: Dither, first: usize) {
                bf16::write(numbers, codes, dither, first);
            }

            $(#[target_feature(enable = $feature)])?
            fn read_blocks<A: Real>(codes: &[u8], scales: &[u16], numbers: &mut [A]) {
                block8::read(codes, scales, numbers);
            }

            $(#[target_feature(enable = $feature)])?
            fn write_blocks<A: Real>(
                numbers: &[A],
                codes: &mut [u8],
                scales: &mut [u16],
                dither: Dither,
                first: usize,
            ) {
                block8::write(numbers, codes, scales, dither, first);
            }

            $(#[target_feature(enable = $feature)])?
            unsafe fn run<A: Real>(pipeline: &Pipeline<A>, channels: &mut [Option<Channel<'_>>]) {
                // SAFETY: the caller keeps the contract.
                unsafe { pipeline::run(pipeline, channels) };
            }

            $(#[target_feature(enable = $feature)])?
            fn round<A: Real>(numbers: &mut [A], dither: Dither, first: usize) {
                bf16::round(numbers, dither, first);
            }
        }
    };
}

coding_for!(portable);
#[cfg(target_arch = "x86_64")]
coding_for!(avx2, "avx2");
#[cfg(target_arch = "x86_64")]
coding_for!(avx512, "avx512f,avx512vl,avx512bw,avx512dq");
