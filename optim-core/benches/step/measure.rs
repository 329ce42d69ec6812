//! Measurements in turn: what is compared runs side by side, so that a machine's moods meet both.

use std::time::Instant;

use crate::median::median;

/// How long is measured.
#[derive(Clone, Copy)]
pub(crate) struct Budget {
    /// Pairs at the beginning that are not counted: they find how long a step takes, and fill the processor's caches.
    pub(crate) warm: usize,
    /// Seconds for one comparison, as far as `fewest` allows.
    pub(crate) seconds: f64,
    pub(crate) fewest: usize,
    pub(crate) most: usize,
}

/// How many steps are timed together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Count {
    pub(crate) steps: usize,
    /// Steps before them that are not: they wake threads, and find what the other side left in the processor's caches.
    pub(crate) warm: usize,
}

/// Seconds that a measurement takes at least, unless a step takes as long.
const SPAN: f64 = 2e-3;

impl Count {
    const ONE: Count = Count { steps: 1, warm: 1 };

    /// For something of which a step takes so long.
    fn of(seconds: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive, and at most 10,000")]
        let steps = (SPAN / seconds.max(1e-7)).ceil().min(10_000.0) as usize;
        let steps = steps.max(1);
        // A long step wakes threads as well, and what it finds in the caches is little of it.
        Count { steps, warm: if seconds < 2.0 * SPAN { steps } else { 0 } }
    }
}

/// Medians of both sides, and of their ratio pair by pair.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Compared {
    pub(crate) ours: f64,
    pub(crate) other: f64,
    /// `other / ours`: 1 where both take as long, less where we take longer.
    pub(crate) ratio: f64,
    pub(crate) pairs: usize,
}

/// Seconds of two things, pair by pair.
#[derive(Default)]
pub(crate) struct Pairs {
    ours: Vec<f64>,
    other: Vec<f64>,
}

impl Pairs {
    pub(crate) fn append(&mut self, mut more: Pairs) {
        self.ours.append(&mut more.ours);
        self.other.append(&mut more.other);
    }

    pub(crate) fn compared(self) -> Compared {
        let ratios: Vec<f64> = self.ours.iter().zip(&self.other).map(|(ours, other)| other / ours).collect();
        Compared { pairs: ratios.len(), ratio: median(ratios), ours: median(self.ours), other: median(self.other) }
    }
}

/// Two things in turn, each a function that gives the seconds of a step. Which comes first changes from pair to pair.
pub(crate) fn compare<E>(
    budget: Budget,
    mut ours: impl FnMut(Count) -> Result<f64, E>,
    mut other: impl FnMut(Count) -> Result<f64, E>,
) -> Result<Pairs, E> {
    let mut pairs = Pairs::default();
    let mut counts = (Count::ONE, Count::ONE);
    for _ in 0..budget.warm {
        counts = (Count::of(ours(counts.0)?), Count::of(other(counts.1)?));
    }
    let start = Instant::now();
    let count = |pairs: &Pairs| pairs.ours.len();
    while count(&pairs) < budget.fewest || count(&pairs) < budget.most && start.elapsed().as_secs_f64() < budget.seconds
    {
        let (a, b) = if count(&pairs) % 2 == 0 {
            let a = ours(counts.0)?;
            (a, other(counts.1)?)
        } else {
            let b = other(counts.1)?;
            (ours(counts.0)?, b)
        };
        pairs.ours.push(a);
        pairs.other.push(b);
    }
    Ok(pairs)
}
