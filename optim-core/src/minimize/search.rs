//! The line search: along a direction, a step that satisfies the strong Wolfe conditions.
//!
//! With `φ(α)` the loss at `w + α d`, a step size `α` is accepted when
//!
//! `φ(α) ≤ φ(0) + c₁ α φ′(0)` (sufficient decrease) and `|φ′(α)| ≤ c₂ |φ′(0)|` (curvature).
//!
//! Algorithms 3.5 (bracketing) and 3.6 (zoom) of Nocedal & Wright, 2006, written as a state that is told one trial after
//! the other: it calls nobody. Interpolation is cubic (3.59).
//!
//! Deviations: bracketing extrapolates by the cubic, 1.1 to 4 times the last move, and zoom bisects when two trials have
//! not shortened the interval to 0.66 of what it was, both as Moré & Thuente, 1994, do it. Where losses differ by less than their rounding, sufficient
//! decrease is read from slopes, `φ′(α) ≤ (2 c₁ − 1) φ′(0)`, which is the approximate condition of Hager & Zhang, 2005. A
//! trial whose loss or gradient is not finite counts as infinitely high.

/// A point on the line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Trial {
    /// The step size α.
    pub(super) at: f64,
    /// φ(α).
    pub(super) loss: f64,
    /// φ′(α).
    pub(super) slope: f64,
}

/// What is asked of a step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Conditions {
    pub(super) c1: f64,
    pub(super) c2: f64,
    /// Losses that differ by no more are the same.
    pub(super) noise: f64,
    pub(super) max_trials: u64,
}

/// How a search ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Both conditions hold.
    Wolfe,
    /// Both hold, the first one read from slopes.
    Approximate,
    /// The trials ran out; the best one has sufficient decrease.
    Decrease,
    /// The trials ran out, and none had.
    Nothing,
}

/// What a trial was.
#[derive(Clone, Copy, Debug)]
pub(super) struct Verdict {
    /// It is the best one so far.
    pub(super) better: bool,
    /// The search is over, and the best one is its result.
    pub(super) end: Option<End>,
}

#[derive(Clone, Copy, Debug)]
enum Stage {
    /// Looking for an interval with a minimum in it.
    Bracket,
    /// There is one between the best trial and `high`; how wide the interval was one and two trials ago.
    Zoom { high: Trial, widths: [f64; 2] },
}

#[derive(Clone, Debug)]
pub(super) struct Search {
    start: Trial,
    conditions: Conditions,
    stage: Stage,
    best: Trial,
    next: f64,
    trials: u64,
    /// No trial's loss was told from that at the start.
    flat: bool,
    first: f64,
}

impl Search {
    /// A search from `loss` and `slope` (below 0) at the start, that first tries `first`.
    pub(super) fn new(loss: f64, slope: f64, first: f64, conditions: Conditions) -> Self {
        let start = Trial { at: 0.0, loss, slope };
        Search { start, conditions, stage: Stage::Bracket, best: start, next: first, trials: 0, flat: true, first }
    }

    /// The step size to try.
    pub(super) fn next(&self) -> f64 {
        self.next
    }

    /// The best trial; the start where none was better.
    pub(super) fn best(&self) -> Trial {
        self.best
    }

    /// Whether a search that found nothing could have: not where all that is to be gained drowns in rounding.
    pub(super) fn is_below_rounding(&self) -> bool {
        self.flat || -self.start.slope * self.first <= self.conditions.noise
    }

    /// Takes the trial at [`next`](Self::next).
    pub(super) fn observe(&mut self, loss: f64, slope: f64) -> Verdict {
        self.trials += 1;
        let trial = Trial { at: self.next, loss, slope };
        let finite = loss.is_finite() && slope.is_finite();
        self.flat &= finite && self.same(loss, self.start.loss);
        let low = self.best;
        // A first trial that is as high as the start is judged by its decrease alone, as in algorithm 3.5.
        let higher = low.at > 0.0 && loss >= low.loss && !self.same(loss, low.loss);
        if !finite || !self.decreases(trial) || higher {
            let high = if finite { trial } else { Trial { loss: f64::INFINITY, ..trial } };
            return self.zoom(high, false);
        }
        self.best = trial;
        if slope.abs() <= self.conditions.c2 * self.start.slope.abs() {
            let end = if self.armijo(trial) { End::Wolfe } else { End::Approximate };
            return Verdict { better: true, end: Some(end) };
        }
        match self.stage {
            Stage::Bracket if slope >= 0.0 => self.zoom(low, true),
            Stage::Bracket => {
                self.next = extrapolate(low, trial);
                Verdict { better: true, end: self.exhausted() }
            }
            Stage::Zoom { high, .. } => self.zoom(if slope * (high.at - low.at) >= 0.0 { low } else { high }, true),
        }
    }

    fn same(&self, loss: f64, other: f64) -> bool {
        (loss - other).abs() <= self.conditions.noise
    }

    fn armijo(&self, trial: Trial) -> bool {
        trial.loss <= self.start.loss + self.conditions.c1 * trial.at * self.start.slope
    }

    fn decreases(&self, trial: Trial) -> bool {
        let by_slope = trial.slope <= (2.0 * self.conditions.c1 - 1.0) * self.start.slope;
        self.armijo(trial) || (self.same(trial.loss, self.start.loss) && by_slope)
    }

    /// Between the best trial and `high`.
    fn zoom(&mut self, high: Trial, better: bool) -> Verdict {
        let low = self.best;
        let width = (high.at - low.at).abs();
        let widths = match self.stage {
            Stage::Bracket => [f64::INFINITY; 2],
            Stage::Zoom { widths, .. } => widths,
        };
        let slow = width >= 0.66 * widths[1];
        self.stage = Stage::Zoom { high, widths: [width, widths[0]] };
        self.next = if high.loss == f64::INFINITY {
            low.at + 0.1 * (high.at - low.at)
        } else if slow {
            low.at + 0.5 * (high.at - low.at)
        } else {
            interpolate(low, high, self.same(low.loss, high.loss))
        };
        let collapsed = width <= 4.0 * f64::EPSILON * high.at.max(low.at) || self.next == low.at;
        let end = if collapsed { Some(self.best_there_is()) } else { self.exhausted() };
        Verdict { better, end }
    }

    fn exhausted(&mut self) -> Option<End> {
        (self.trials >= self.conditions.max_trials || !self.next.is_finite()).then(|| self.best_there_is())
    }

    /// A decrease that was only read from slopes is none where the slope has not become smaller: those of a wrong gradient
    /// say nothing.
    fn best_there_is(&mut self) -> End {
        let flatter = self.best.slope.abs() <= 0.9 * self.start.slope.abs();
        if self.best.at > 0.0 && (self.armijo(self.best) || flatter) {
            return End::Decrease;
        }
        self.best = self.start;
        End::Nothing
    }
}

/// The minimum of the cubic with the losses and slopes at `a` and `b` (Nocedal & Wright, 3.59); NaN where it has none.
fn cubic(a: Trial, b: Trial) -> f64 {
    let d1 = a.slope + b.slope - 3.0 * (a.loss - b.loss) / (a.at - b.at);
    let d2 = (d1 * d1 - a.slope * b.slope).sqrt().copysign(b.at - a.at);
    b.at - (b.at - a.at) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2.0 * d2))
}

/// Within the interval from `low` to `high`: the cubic's minimum; by slopes alone where the losses are the same.
fn interpolate(low: Trial, high: Trial, same: bool) -> f64 {
    let width = high.at - low.at;
    let minimum = if same && low.slope * high.slope < 0.0 {
        low.at - low.slope * width / (high.slope - low.slope)
    } else {
        cubic(low, high)
    };
    let part = (minimum - low.at) / width;
    // NaN is neither above nor below.
    if part > 0.0 && part < 1.0 { low.at + part.clamp(1e-6, 1.0 - 1e-6) * width } else { low.at + 0.5 * width }
}

/// Beyond `trial`, where the loss still falls as it did at `low`.
fn extrapolate(low: Trial, trial: Trial) -> f64 {
    let (move_, minimum) = (trial.at - low.at, cubic(low, trial));
    let (nearest, farthest) = (trial.at + 1.1 * move_, trial.at + 4.0 * move_);
    if minimum > trial.at { minimum.clamp(nearest, farthest) } else { farthest }
}

#[cfg(test)]
mod tests {
    use super::{Conditions, End, Search, Trial, cubic, interpolate};

    const CONDITIONS: Conditions = Conditions { c1: 1e-4, c2: 0.1, noise: 0.0, max_trials: 30 };

    /// Searches on `phi(α) -> (loss, slope)`; the result, how it ended, and how many trials it took.
    fn search(phi: impl Fn(f64) -> (f64, f64), first: f64, conditions: Conditions) -> (Trial, End, u64) {
        let (loss, slope) = phi(0.0);
        let mut search = Search::new(loss, slope, first, conditions);
        loop {
            let (loss, slope) = phi(search.next());
            if let Some(end) = search.observe(loss, slope).end {
                return (search.best(), end, search.trials);
            }
        }
    }

    /// The functions of Moré & Thuente's article, section 5, from first steps of 10⁻³ to 10³.
    #[test]
    fn functions_made_to_be_hard_have_a_step() {
        let first = |a: f64| (-a / (a * a + 2.0), (a * a - 2.0) / (a * a + 2.0).powi(2));
        let second = |a: f64| {
            let x = a + 0.004;
            (x.powi(5) - 2.0 * x.powi(4), 5.0 * x.powi(4) - 8.0 * x.powi(3))
        };
        let gamma = |b: f64| (1.0 + b * b).sqrt() - b;
        let fourth = |b1: f64, b2: f64| {
            move |a: f64| {
                let (p, q) = ((1.0 - a).hypot(b2), a.hypot(b1));
                (gamma(b1) * p + gamma(b2) * q, gamma(b1) * (a - 1.0) / p + gamma(b2) * a / q)
            }
        };
        let (easy, right, left) = (fourth(0.001, 0.001), fourth(0.01, 0.001), fourth(0.001, 0.01));
        let all: [&dyn Fn(f64) -> (f64, f64); 5] = [&first, &second, &easy, &right, &left];
        for (i, phi) in all.iter().enumerate() {
            for start in [1e-3, 1e-1, 1e1, 1e3] {
                let (best, end, trials) = search(phi, start, CONDITIONS);
                let (loss, slope) = phi(0.0);
                assert_eq!(end, End::Wolfe, "{i} from {start}");
                assert_eq!((best.loss, best.slope), phi(best.at));
                assert!(best.loss <= loss + 1e-4 * best.at * slope && best.slope.abs() <= 0.1 * slope.abs());
                assert!(trials <= 16, "{i} from {start}: {trials} trials");
            }
        }
    }

    #[test]
    fn a_parabola_is_ended_by_the_second_trial() {
        let phi = |a: f64| (0.5 * (a - 3.0) * (a - 3.0), a - 3.0);
        let (best, end, trials) = search(phi, 50.0, Conditions { c2: 1e-12, c1: 1e-13, ..CONDITIONS });
        assert_eq!((end, trials), (End::Wolfe, 2));
        assert!((best.at - 3.0).abs() < 1e-12);
    }

    #[test]
    fn the_cubic_through_a_cubic_is_the_cubic() {
        // a³ − a has its minimum at 1/√3.
        let trial = |at: f64| Trial { at, loss: at * at * at - at, slope: 3.0 * at * at - 1.0 };
        for (a, b) in [(0.0, 2.0), (2.0, 0.0), (0.5, 0.7), (-0.2, 0.1)] {
            assert!((cubic(trial(a), trial(b)) - 3_f64.sqrt().recip()).abs() < 1e-12, "{a} to {b}");
        }
        let flat = Trial { at: 0.0, loss: 1.0, slope: -1.0 };
        assert_eq!(interpolate(flat, Trial { at: 4.0, slope: 3.0, ..flat }, true), 1.0);
    }

    #[test]
    fn below_the_noise_slopes_decide() {
        // A loss of which nothing is seen: rounded to whole numbers.
        let phi = |a: f64| (5.0, a - 3.0);
        let (best, end, _) = search(phi, 1.0, Conditions { noise: 0.5, ..CONDITIONS });
        assert_eq!(end, End::Approximate);
        assert!((best.at - 3.0).abs() < 0.3);
        // Seen, a rise is no decrease, whatever the slopes are.
        let rises = |a: f64| (5.0 + 1e-9 * a, a - 3.0);
        assert_eq!(search(rises, 1.0, CONDITIONS).1, End::Nothing);
        assert_eq!(search(rises, 1.0, Conditions { noise: 1e-6, ..CONDITIONS }).1, End::Approximate);
    }

    #[test]
    fn a_search_that_finds_nothing_ends_at_the_start() {
        let (best, end, trials) = search(|a| (a, -1.0), 1.0, CONDITIONS);
        assert_eq!((best.at, end), (0.0, End::Nothing));
        assert!(trials <= 30);
        let (best, end, _) = search(|a| if a > 0.0 { (f64::NAN, f64::NAN) } else { (0.0, -1.0) }, 1.0, CONDITIONS);
        assert_eq!((best.at, end), (0.0, End::Nothing));
    }
}
