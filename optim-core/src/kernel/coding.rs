//! Reading and writing numbers in other formats, compiled for each instruction set; no rule is looked at.

use super::Isa;
use super::bf16::{self, Bf16};
use super::block8::Block8;
use super::dither::Dither;
use super::format::{self, Format};
use super::pipeline::{self, Channel, Pipeline};
use crate::real::Real;

/// `(codes, scales, numbers)`
///
/// # Safety
/// The machine has the instructions.
type Read<A, C> = unsafe fn(&[C], &[u16], &mut [A]);

/// `(numbers, codes, scales, dither, first)`: the first number's place is the last argument.
///
/// # Safety
/// The machine has the instructions.
type Write<A, C> = unsafe fn(&[A], &mut [C], &mut [u16], Dither, usize);

/// `(numbers, dither, first)`
///
/// # Safety
/// The machine has the instructions.
type Round<A> = unsafe fn(&mut [A], Dither, usize);

/// # Safety
/// The machine has the instructions, and as for [`pipeline::run`].
type Run<A> = unsafe fn(&Pipeline<A>, &[Channel]);

/// The functions for one instruction set.
#[derive(Clone, Copy)]
pub(super) struct Coding<A> {
    read_bf16: Read<A, [u8; 2]>,
    write_bf16: Write<A, [u8; 2]>,
    run_bf16: Run<A>,
    read_blocks: Read<A, u8>,
    write_blocks: Write<A, u8>,
    run_blocks: Run<A>,
    round: Round<A>,
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

    pub(super) fn read_bf16(self, codes: &[[u8; 2]], numbers: &mut [A]) {
        // SAFETY: these are the functions of an instruction set that the machine has.
        unsafe { (self.read_bf16)(codes, &[], numbers) }
    }

    pub(super) fn write_bf16(self, numbers: &[A], codes: &mut [[u8; 2]], dither: Dither, first: usize) {
        // SAFETY: these are the functions of an instruction set that the machine has.
        unsafe { (self.write_bf16)(numbers, codes, &mut [], dither, first) }
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

    /// `scaled`: whether the format is the one that has scales.
    ///
    /// # Safety
    /// As for [`pipeline::run`].
    pub(super) unsafe fn run(self, scaled: bool, pipeline: &Pipeline<A>, channels: &[Channel]) {
        let run = if scaled { self.run_blocks } else { self.run_bf16 };
        // SAFETY: these are the functions of an instruction set that the machine has; the caller keeps the contract.
        unsafe { run(pipeline, channels) }
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
            use super::{Bf16, Block8, Channel, Coding, Dither, Format, Pipeline, Real, bf16, format, pipeline};

            pub(super) fn coding<A: Real>() -> Coding<A> {
                Coding {
                    read_bf16: read::<Bf16, A>,
                    write_bf16: write::<Bf16, A>,
                    run_bf16: run::<Bf16, A>,
                    read_blocks: read::<Block8, A>,
                    write_blocks: write::<Block8, A>,
                    run_blocks: run::<Block8, A>,
                    round: round::<A>,
                }
            }

            $(#[target_feature(enable = $feature)])?
            fn read<F: Format, A: Real>(codes: &[F::Code], scales: &[u16], numbers: &mut [A]) {
                format::read::<F, A>(codes, scales, numbers);
            }

            $(#[target_feature(enable = $feature)])?
            fn write<F: Format, A: Real>(
                numbers: &[A],
                codes: &mut [F::Code],
                scales: &mut [u16],
                dither: Dither,
                first: usize,
            ) {
                format::write::<F, A>(numbers, codes, scales, dither, first);
            }

            $(#[target_feature(enable = $feature)])?
            unsafe fn run<F: Format, A: Real>(pipeline: &Pipeline<A>, channels: &[Channel]) {
                // SAFETY: the caller keeps the contract.
                unsafe { pipeline::run::<F, A>(pipeline, channels) };
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
