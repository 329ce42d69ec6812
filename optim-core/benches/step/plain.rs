//! Adam as one would write it by hand for speed: bias corrections before the loop, one division and one square root a
//! weight, compiled for the widest instructions of the machine, a stretch of each array for each thread.
#![expect(unsafe_code, reason = "instructions of the machine, and threads that share arrays")]

use optim_core::Real;
use optim_core::kernel::Isa;

use crate::measure::Count;
use crate::memory::Memory;
use crate::set::{Normal, Set};
use crate::streams::Place;
use crate::team;

#[derive(Clone, Copy)]
struct Scalars {
    beta1: f32,
    beta2: f32,
    rest1: f32,
    rest2: f32,
    rate: f32,
    correction: f32,
    eps: f32,
}

impl Scalars {
    #[expect(clippy::cast_possible_truncation, reason = "scalars of a step are computed in f64 and rounded once")]
    fn at(t: i32) -> Self {
        let (lr, beta1, beta2, eps) = (1e-3_f64, 0.9_f64, 0.999_f64, 1e-8_f64);
        Scalars {
            beta1: beta1 as f32,
            beta2: beta2 as f32,
            rest1: (1.0 - beta1) as f32,
            rest2: (1.0 - beta2) as f32,
            rate: (lr / (1.0 - beta1.powi(t))) as f32,
            correction: (1.0 / (1.0 - beta2.powi(t)).sqrt()) as f32,
            eps: eps as f32,
        }
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "the instructions are those of the function it is inlined into")]
fn adam(s: Scalars, w: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32]) {
    // Slices of one length, so that the loop has no checks and becomes vectors.
    let n = w.len();
    let (g, m, v) = (&g[..n], &mut m[..n], &mut v[..n]);
    for i in 0..n {
        m[i] = s.beta1 * m[i] + s.rest1 * g[i];
        v[i] = s.beta2 * v[i] + s.rest2 * g[i] * g[i];
        w[i] -= s.rate * m[i] / (s.correction * v[i].sqrt() + s.eps);
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq")]
fn adam_avx512(s: Scalars, w: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32]) {
    adam(s, w, g, m, v);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn adam_avx2(s: Scalars, w: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32]) {
    adam(s, w, g, m, v);
}

fn widest(isa: Isa, s: Scalars, w: &mut [f32], g: &[f32], m: &mut [f32], v: &mut [f32]) {
    match isa {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `isa` is what the machine has.
        Isa::Avx512 => unsafe { adam_avx512(s, w, g, m, v) },
        #[cfg(target_arch = "x86_64")]
        // SAFETY: `isa` is what the machine has.
        Isa::Avx2 => unsafe { adam_avx2(s, w, g, m, v) },
        _ => adam(s, w, g, m, v),
    }
}

/// A thread's stretch of a tensor.
struct Stretch {
    /// Weights, gradients, first and second moment.
    arrays: [*mut f32; 4],
    n: usize,
}

impl Stretch {
    fn of(memory: &mut Memory<f32>, tensor: usize, from: usize, n: usize) -> Self {
        let places = [Place::Weights, Place::Gradient, Place::Cache(0), Place::Cache(1)];
        let arrays = places.map(|place| memory.pointer(tensor, place, from));
        Stretch { arrays, n }
    }

    /// A slice of one of the arrays.
    ///
    /// # Safety
    /// Nobody else uses this stretch of the array meanwhile.
    unsafe fn slice<'a>(&self, array: usize) -> &'a mut [f32] {
        // SAFETY: `n` numbers follow each pointer; the caller says that they are its own.
        unsafe { std::slice::from_raw_parts_mut(self.arrays[array], self.n) }
    }
}

/// The loop and what it works on.
pub(crate) struct Plain {
    memory: Memory<f32>,
    threads: usize,
    stretches: Vec<Vec<Stretch>>,
    steps: i32,
}

// SAFETY: each thread has stretches of its own.
unsafe impl Sync for Plain {}

impl Plain {
    pub(crate) fn new(set: Set, threads: usize) -> Self {
        let mut normal = Normal::new(1);
        let mut memory = Memory::new(&set.shapes(), 2, || 0.0_f32);
        let mut fill = |numbers: &mut [f32], scale: f64| {
            for x in numbers {
                *x = f32::from_f64(scale * normal.next());
            }
        };
        memory.weights.iter_mut().for_each(|tensor| fill(tensor.as_mut_slice(), 0.1));
        memory.gradients.iter_mut().for_each(|tensor| fill(tensor.as_mut_slice(), 0.01));
        let total = memory.ranges.last().map_or(0, |range| range.end);
        let mut stretches: Vec<Vec<Stretch>> = Vec::new();
        for thread in 0..threads {
            let (share, mut own) = (team::share(total, thread, threads), Vec::new());
            for tensor in 0..memory.ranges.len() {
                let range = memory.ranges[tensor].clone();
                let (from, to) = (share.start.max(range.start), share.end.min(range.end));
                if from < to {
                    own.push(Stretch::of(&mut memory, tensor, from - range.start, to - from));
                }
            }
            stretches.push(own);
        }
        Plain { memory, threads, stretches, steps: 0 }
    }

    /// Seconds of each of so many steps, on average.
    pub(crate) fn time(&mut self, count: Count) -> f64 {
        self.steps = self.steps.saturating_add(1);
        let (isa, scalars) = (Isa::best(), Scalars::at(self.steps));
        let this = &*self;
        team::time(this.threads, 1, count, |thread, _| {
            for stretch in &this.stretches[thread] {
                // SAFETY: the stretch is this thread's, and the arrays are different allocations.
                let w = unsafe { stretch.slice(0) };
                // SAFETY: as above.
                let g = unsafe { stretch.slice(1) };
                // SAFETY: as above.
                let m = unsafe { stretch.slice(2) };
                // SAFETY: as above.
                let v = unsafe { stretch.slice(3) };
                widest(isa, scalars, w, g, m, v);
            }
        })
    }

    /// The other direction, as for a rule.
    pub(crate) fn turn(&mut self) {
        for tensor in &mut self.memory.gradients {
            tensor.as_mut_slice().iter_mut().for_each(|g| *g = -*g);
        }
    }
}
