//! [`Lbfgs`]: limited-memory BFGS.

use super::flat::{add_scaled, dot, set_difference, set_scaled};
use super::method::{LastStep, Limits, Method, Moved, Sealed, range, settings};
use crate::error::Error;
use crate::real::Real;
use crate::record::{Record, Value};
use crate::rule::Hyper;

settings! {
    /// L-BFGS: the direction of BFGS, from the last few steps and the changes of the gradient along them.
    ///
    /// With `s = wₖ₊₁ − wₖ`, `y = gₖ₊₁ − gₖ` and `ρ = 1 / (y · s)` of the last `history` steps, the direction is
    /// `d = −H g`, where `H` is `γ I`, `γ = (s · y) / (y · y)` of the last step, updated with each pair from the oldest to the
    /// newest:
    ///
    /// `H ← (I − ρ s yᵀ) H (I − ρ y sᵀ) + ρ s sᵀ`.
    ///
    /// The product is computed without `H`, by the two-loop recursion, in `4 · history` operations a weight. The step
    /// size tried first is 1, along the first direction `−g` it is `1 / ‖g‖`.
    ///
    /// What to take for a smooth loss over few or many weights whose gradient is exact: the whole data set, not a batch of
    /// it. Memory: `2 · history + 6` numbers a weight.
    ///
    /// Reference: Nocedal & Wright, Numerical Optimization, 2006, algorithms 7.4 and 7.5. Deviations: a pair whose `y · s`
    /// is not above rounding is not kept; where a search fails, the history is forgotten and `−g` is tried.
    ///
    /// ```
    /// use optim_core::prelude::*;
    ///
    /// // Rosenbrock's valley.
    /// let mut w = [-1.2, 1.0];
    /// let mut lbfgs = Lbfgs::default().with_gradient_tolerance(1e-8).init(&w)?;
    /// let report = lbfgs.minimize(&mut w, 100, |w, gradient| {
    ///     let (a, b) = (1.0 - w[0], w[1] - w[0] * w[0]);
    ///     *gradient = [-2.0 * a - 400.0 * b * w[0], 200.0 * b];
    ///     a * a + 100.0 * b * b
    /// })?;
    /// assert!(report.converged() && report.evaluations < 60, "{report}");
    /// assert!((w[0] - 1.0).abs() < 1e-7 && (w[1] - 1.0).abs() < 1e-7);
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    pub struct Lbfgs {
        /// How many steps are remembered.
        history, with_history: u64 = 10, range(1.0, false, Some(1001.0), "1..=1000");
        /// Sufficient decrease: how much of what the slope promises a step has to bring. Below `c2`.
        c1, with_c1: f64 = 1e-4, range(0.0, true, Some(0.5), "0<..<0.5");
        /// Curvature: how much of the slope may be left after a step.
        c2, with_c2: f64 = 0.9, range(0.0, true, Some(1.0), "0<..<1");
        /// How many step sizes a search may try.
        max_trials, with_max_trials: u64 = 20, range(1.0, false, None, "1..");
        /// The rounding of the loss, relative to it, in units of the number type's epsilon: smaller differences say
        /// nothing.
        rounding, with_rounding: f64 = 10.0, range(0.0, false, None, "0..");
        /// `minimize` stops where no element of the gradient is larger.
        gradient_tolerance, with_gradient_tolerance: f64 = 1e-5, range(0.0, false, None, "0..");
        /// `minimize` stops when a step lowers the loss by no more, relative to the larger loss or 1; 0: never.
        decrease_tolerance, with_decrease_tolerance: f64 = 0.0, range(0.0, false, None, "0..");
        /// `minimize` stops after so many calls of the closure.
        max_evaluations, with_max_evaluations: u64 = 15000, range(1.0, false, None, "1..");
    }
    also {}
}

impl Method for Lbfgs {
    const NAME: &'static str = "Lbfgs";

    fn settings() -> &'static [Hyper] {
        Lbfgs::SETTINGS
    }
}

/// The last pairs, in a ring.
#[derive(Clone)]
pub struct History<A> {
    pairs: Vec<Pair<A>>,
    /// How many there are, and where the next one goes.
    known: usize,
    next: usize,
    /// The factors between the two loops.
    factors: Vec<f64>,
}

#[derive(Clone)]
struct Pair<A> {
    s: Vec<A>,
    y: Vec<A>,
    rho: f64,
}

impl<A: Real> History<A> {
    /// Where the pair stands that is `age` steps older than the newest.
    fn place(&self, age: usize) -> usize {
        (self.next + self.pairs.len() - 1 - age) % self.pairs.len()
    }

    /// Adds a pair, unless its curvature drowns in rounding.
    fn add(&mut self, moved: &Moved<'_, A>) {
        let pair = &mut self.pairs[self.next];
        set_difference(&mut pair.s, moved.weights, moved.weights_before);
        set_difference(&mut pair.y, moved.gradient, moved.gradient_before);
        let curvature = dot(&pair.s, &pair.y);
        let rounding = f64::EPSILON * (dot(&pair.s, &pair.s) * dot(&pair.y, &pair.y)).sqrt();
        if curvature > rounding && (1.0 / curvature).is_finite() {
            pair.rho = 1.0 / curvature;
            self.next = (self.next + 1) % self.pairs.len();
            self.known = (self.known + 1).min(self.pairs.len());
        } else {
            // Where all places were taken, it stands in that of the oldest pair, which is lost.
            self.known = self.known.min(self.pairs.len() - 1);
        }
    }

    /// `direction ← −H · gradient`: algorithm 7.4.
    fn direction(&mut self, gradient: &[A], direction: &mut [A]) {
        set_scaled(direction, -1.0, gradient);
        if self.known == 0 {
            return;
        }
        for age in 0..self.known {
            let place = self.place(age);
            let Pair { s, y, rho } = &self.pairs[place];
            let factor = rho * dot(s, direction);
            add_scaled(direction, -factor, y);
            self.factors[place] = factor;
        }
        let Pair { y, rho, .. } = &self.pairs[self.place(0)];
        let scale = 1.0 / (rho * dot(y, y));
        for d in &mut *direction {
            *d = A::from_f64(scale * d.as_f64());
        }
        for age in (0..self.known).rev() {
            let place = self.place(age);
            let Pair { s, y, rho } = &self.pairs[place];
            let factor = self.factors[place] - rho * dot(y, direction);
            add_scaled(direction, factor, s);
        }
    }
}

impl Sealed for Lbfgs {
    type State<A: Real> = History<A>;

    fn value(&self, index: usize) -> f64 {
        self.number(index)
    }

    fn set_value(&mut self, index: usize, value: f64) {
        self.set_number(index, value);
    }

    fn limits(&self) -> Limits {
        self.limits_of()
    }

    fn state<A: Real>(&self, weights: usize) -> History<A> {
        let pair = || Pair { s: vec![A::zero(); weights], y: vec![A::zero(); weights], rho: 0.0 };
        let pairs: Vec<_> = (0..self.history).map(|_| pair()).collect();
        History { factors: vec![0.0; pairs.len()], pairs, known: 0, next: 0 }
    }

    fn check_state<A: Real>(&self, state: &History<A>) -> Result<(), Error> {
        let made = state.pairs.len() as u64;
        if made == self.history {
            return Ok(());
        }
        let text = format!("`history` is {}, and there is memory for {made}; `init` the optimizer anew", self.history);
        Err(Error::require(Self::NAME, text))
    }

    fn forget<A: Real>(state: &mut History<A>) {
        (state.known, state.next) = (0, 0);
    }

    fn learn<A: Real>(&self, state: &mut History<A>, moved: Moved<'_, A>, direction: &mut [A]) {
        state.add(&moved);
        state.direction(moved.gradient, direction);
    }

    fn first_trial(&self, _: LastStep, _: f64) -> f64 {
        1.0
    }

    fn first_trial_along_gradient(&self, length: f64) -> f64 {
        // As SciPy bounds it: where the gradient is next to nothing, its inverse is no length.
        (1.0 / length).min(1e10)
    }

    fn save<A: Real>(&self, state: &History<A>, record: &mut Record, vector: &dyn Fn(&[A]) -> Record) {
        record.put("pairs", Value::Count(state.known as u64));
        for age in 0..state.known {
            let pair = &state.pairs[state.place(age)];
            record.put_part(&format!("s/{age}"), vector(&pair.s));
            record.put_part(&format!("y/{age}"), vector(&pair.y));
            record.put(&format!("rho/{age}"), Value::Number(pair.rho));
        }
    }

    fn load<A: Real>(
        &mut self,
        state: &mut History<A>,
        record: &Record,
        vector: &dyn Fn(&str, &mut [A]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let known = record.count("pairs")?;
        if known > self.history {
            return Err(Error::data(format!("`pairs` is {known}, more than `history` = {}", self.history)));
        }
        let capacity = state.pairs.len();
        state.known = usize::try_from(known).unwrap_or(capacity);
        state.next = state.known % capacity;
        for age in 0..state.known {
            let place = state.place(age);
            let pair = &mut state.pairs[place];
            vector(&format!("s/{age}"), &mut pair.s)?;
            vector(&format!("y/{age}"), &mut pair.y)?;
            pair.rho = record.number(&format!("rho/{age}"))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{History, Lbfgs, Moved, dot};
    use crate::minimize::method::Sealed;

    #[test]
    fn a_pair_that_is_refused_is_not_used_in_place_of_the_oldest() {
        let rule = Lbfgs::default().with_history(2);
        let mut history: History<f64> = rule.state(2);
        let zero = [0.0, 0.0];
        let mut add = |s: [f64; 2], y: [f64; 2]| {
            let moved = Moved { weights: &s, weights_before: &zero, gradient: &y, gradient_before: &zero };
            history.add(&moved);
            let used = (0..history.known).map(|age| &history.pairs[history.place(age)]);
            for pair in used.clone() {
                assert_eq!(pair.rho * dot(&pair.s, &pair.y), 1.0);
            }
            used.map(|pair| pair.s.clone()).collect::<Vec<_>>()
        };
        assert_eq!(add([1.0, 0.0], [2.0, 0.0]), [[1.0, 0.0]]);
        assert_eq!(add([0.0, 2.0], [0.0, 1.0]), [[0.0, 2.0], [1.0, 0.0]]);
        // Against the curvature of any convex loss: the oldest has made room for it.
        assert_eq!(add([1.0, 1.0], [-1.0, -1.0]), [[0.0, 2.0]]);
        assert_eq!(add([4.0, 0.0], [1.0, 0.0]), [[4.0, 0.0], [0.0, 2.0]]);
    }
}
