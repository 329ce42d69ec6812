//! Which instructions and how many threads a step uses: chosen at run time, without effect on the result.

use std::sync::OnceLock;

use crate::error::Error;

/// A set of vector instructions that kernels are compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Isa {
    /// What every processor of the target has (SSE2 on x86-64, NEON on aarch64).
    Portable,
    /// 256 bits: AVX2.
    Avx2,
    /// 512 bits: AVX-512 F, VL, BW and DQ. Rules with reductions compute with 256, as those with roots do in `f64`: 512 gain
    /// nothing there.
    Avx512,
}

impl Isa {
    /// Those that this machine has, the widest last.
    ///
    /// ```
    /// use optim_core::kernel::Isa;
    ///
    /// assert_eq!(Isa::available()[0], Isa::Portable);
    /// ```
    pub fn available() -> &'static [Isa] {
        static AVAILABLE: OnceLock<Vec<Isa>> = OnceLock::new();
        AVAILABLE.get_or_init(|| {
            let mut available = vec![Isa::Portable];
            #[cfg(target_arch = "x86_64")]
            {
                use std::arch::is_x86_feature_detected as detected;
                if detected!("avx2") {
                    available.push(Isa::Avx2);
                }
                if detected!("avx512f") && detected!("avx512vl") && detected!("avx512bw") && detected!("avx512dq") {
                    available.push(Isa::Avx512);
                }
            }
            available
        })
    }

    /// The widest that this machine has.
    pub fn best() -> Isa {
        Isa::available().last().copied().unwrap_or(Isa::Portable)
    }
}

/// How steps are computed. The result is the same bits for any.
///
/// ```
/// use optim_core::kernel::{Execution, Isa};
/// use optim_core::prelude::*;
///
/// let mut weights = vec![1.0_f32; 5];
/// let mut opt = Sgd::default().init(&weights)?;
/// opt.set_execution(Execution::default().threads(1).isa(Isa::Portable))?;
/// opt.step(&mut weights, &vec![1.0; 5])?;
/// assert_eq!(weights, [0.99; 5]);
/// # Ok::<(), optim_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Execution {
    threads: Option<usize>,
    isa: Option<Isa>,
}

/// A thread gets at least this many weights: with fewer, waking it takes longer than its share of the work. Steps that
/// follow one another gain from fewer already, but between the batches of a training the other thread sleeps.
/// Measured with `cargo bench -p optim-core --bench step -- threads` on two cores of an Intel Xeon (Sapphire Rapids),
/// 2026-11-28; on two of an AMD EPYC (Zen 3) it was 64 · 1024.
const WORTH_A_THREAD: usize = 96 * 1024;

impl Execution {
    /// This many threads, at most 64, also where the model is small. Without this: as many as pay, and at most as many as
    /// the machine has.
    #[must_use]
    pub fn threads(self, threads: usize) -> Self {
        Execution { threads: Some(threads.clamp(1, 64)), ..self }
    }

    /// These instructions. Without this: the widest that the machine has.
    #[must_use]
    pub fn isa(self, isa: Isa) -> Self {
        Execution { isa: Some(isa), ..self }
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        match self.isa {
            Some(isa) if !Isa::available().contains(&isa) => {
                Err(Error::other(format!("this machine does not have {isa:?}; it has {:?}", Isa::available())))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn chosen_isa(&self) -> Isa {
        self.isa.unwrap_or_else(Isa::best)
    }

    pub(crate) fn threads_for(&self, weights: usize) -> usize {
        self.threads_for_work(weights, WORTH_A_THREAD)
    }

    /// The threads for so much work, of which `worth` is worth one.
    pub(crate) fn threads_for_work(&self, work: usize, worth: usize) -> usize {
        self.threads.unwrap_or_else(|| (work / worth).clamp(1, cores()))
    }
}

fn cores() -> usize {
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| std::thread::available_parallelism().map_or(1, usize::from))
}
