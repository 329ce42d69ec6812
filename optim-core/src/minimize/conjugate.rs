//! [`ConjugateGradient`]: nonlinear conjugate gradients.

use super::flat::{dot, norm, set_scaled};
use super::method::{LastStep, Limits, Method, Moved, Sealed, range, settings};
use crate::error::Error;
use crate::real::Real;
use crate::record::{Record, Value};
use crate::rule::Hyper;

/// What of the last direction stays in the next: `β` in `d ← −gₖ₊₁ + β d`, with `y = gₖ₊₁ − gₖ`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Beta {
    /// `max(0, gₖ₊₁ · y / ‖gₖ‖²)`: Polak & Ribière, 1969, with Powell's restart where it is negative.
    #[default]
    PolakRibierePlus,
    /// `(y − 2 d ‖y‖² / (d · y)) · gₖ₊₁ / (d · y)`, at least `−1 / (‖d‖ min(0.01, ‖gₖ‖))`: Hager & Zhang, 2005.
    HagerZhang,
    /// `‖gₖ₊₁‖² / ‖gₖ‖²`: Fletcher & Reeves, 1964. Wants a `c2` below 0.5.
    FletcherReeves,
}

impl Beta {
    const ALL: [(&'static str, Beta); 3] = [
        ("PolakRibierePlus", Beta::PolakRibierePlus),
        ("HagerZhang", Beta::HagerZhang),
        ("FletcherReeves", Beta::FletcherReeves),
    ];

    fn name(self) -> &'static str {
        Beta::ALL.iter().find(|(_, beta)| *beta == self).map_or("", |(name, _)| name)
    }

    fn of<A: Real>(self, moved: &Moved<'_, A>, direction: &[A]) -> f64 {
        let (old, new) = (moved.gradient_before, moved.gradient);
        let new_new = dot(new, new);
        match self {
            Beta::FletcherReeves => new_new / dot(old, old),
            // `y` is not stored: sums with it are differences of sums, of which none is much larger than the result
            // but near a minimum along the line, where they are small against the others.
            Beta::PolakRibierePlus => ((new_new - dot(new, old)) / dot(old, old)).max(0.0),
            Beta::HagerZhang => {
                let (new_old, old_old) = (dot(new, old), dot(old, old));
                let d_y = dot(direction, new) - dot(direction, old);
                let y_y = new_new - 2.0 * new_old + old_old;
                let beta = (new_new - new_old - 2.0 * y_y * dot(direction, new) / d_y) / d_y;
                beta.max(-1.0 / (norm(direction) * old_old.sqrt().min(0.01)))
            }
        }
    }
}

settings! {
    /// Nonlinear conjugate gradients: the gradient, bent by what the last direction was.
    ///
    /// `d ← −g + β d`, with `β` as [`Beta`] says. On a quadratic with exact searches it is the linear method, and ends
    /// after as many steps as there are weights.
    ///
    /// It starts anew from `−g` where two gradients in a row are far from orthogonal, `|gₖ₊₁ · gₖ| ≥ orthogonality · ‖gₖ₊₁‖²`
    /// (Powell, 1977), where the direction would not descend by at least `−g · d ≥ 0.01 ‖g‖²`, after `restart` steps, and
    /// where a search fails. The step size tried first is the one that would lower the loss by as
    /// much as the last step did, `min(1, 2.02 Δφ / φ′(0))`, along `−g` `min(1, 1 / ‖g‖)`.
    ///
    /// What to take instead of [`Lbfgs`](super::Lbfgs) where memory is scarce: 6 numbers a weight. It needs more calls of the
    /// closure.
    ///
    /// Reference: Nocedal & Wright, Numerical Optimization, 2006, section 5.2; Hager & Zhang, SIAM Journal on Optimization
    /// 16, 2005. Deviations: the line search is one for all three, see [`minimize`](super).
    ///
    /// ```
    /// use optim_core::minimize::Beta;
    /// use optim_core::prelude::*;
    ///
    /// // Σ (i + 1) (wᵢ − 1)² / 2
    /// let mut w = vec![0.0; 50];
    /// let mut cg = ConjugateGradient::default().with_formula(Beta::HagerZhang).init(&w)?;
    /// let report = cg.minimize(&mut w, 200, |w, gradient| {
    ///     let mut loss = 0.0;
    ///     for (i, (g, w)) in gradient.iter_mut().zip(w).enumerate() {
    ///         *g = (i + 1) as f64 * (*w - 1.0);
    ///         loss += 0.5 * *g * (*w - 1.0);
    ///     }
    ///     loss
    /// })?;
    /// assert!(report.converged() && report.steps < 50, "{report}");
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    pub struct ConjugateGradient {
        /// After how many steps it starts anew; 0: never for that reason.
        restart, with_restart: u64 = 0, range(0.0, false, None, "0..");
        /// How far from orthogonal two gradients in a row may be.
        orthogonality, with_orthogonality: f64 = 0.1, range(0.0, true, None, "0<..");
        /// Sufficient decrease: how much of what the slope promises a step has to bring. Below `c2`.
        c1, with_c1: f64 = 1e-4, range(0.0, true, Some(0.5), "0<..<0.5");
        /// Curvature: how much of the slope may be left after a step.
        c2, with_c2: f64 = 0.1, range(0.0, true, Some(1.0), "0<..<1");
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
    also {
        /// What of the last direction stays in the next.
        formula, with_formula: Beta = Beta::PolakRibierePlus;
    }
}

impl Method for ConjugateGradient {
    const NAME: &'static str = "ConjugateGradient";

    fn settings() -> &'static [Hyper] {
        ConjugateGradient::SETTINGS
    }
}

/// The last direction is the minimizer's; what is left to know is how old it is.
#[derive(Clone)]
pub struct Age {
    /// Steps since the direction was `−g`.
    steps: u64,
}

impl Sealed for ConjugateGradient {
    type State<A: Real> = Age;

    fn value(&self, index: usize) -> f64 {
        self.number(index)
    }

    fn set_value(&mut self, index: usize, value: f64) {
        self.set_number(index, value);
    }

    fn limits(&self) -> Limits {
        self.limits_of()
    }

    fn state<A: Real>(&self, _: usize) -> Age {
        Age { steps: 0 }
    }

    fn check_state<A: Real>(&self, _: &Age) -> Result<(), Error> {
        Ok(())
    }

    fn forget<A: Real>(state: &mut Age) {
        state.steps = 0;
    }

    fn learn<A: Real>(&self, state: &mut Age, moved: Moved<'_, A>, direction: &mut [A]) {
        let g = moved.gradient;
        let young = self.restart == 0 || state.steps + 1 < self.restart;
        let orthogonal = dot(g, moved.gradient_before).abs() < self.orthogonality * dot(g, g);
        state.steps += 1;
        if young && orthogonal {
            let beta = self.formula.of(&moved, direction);
            if beta.is_finite() {
                direction.iter_mut().zip(g).for_each(|(d, g)| *d = A::from_f64(beta * d.as_f64() - g.as_f64()));
                if -dot(g, direction) >= 0.01 * dot(g, g) {
                    return;
                }
            }
        }
        state.steps = 0;
        set_scaled(direction, -1.0, g);
    }

    fn first_trial(&self, last: LastStep, slope: f64) -> f64 {
        let first = -2.02 * last.fell / slope;
        if first > 0.0 { first.min(1.0) } else { 1.0 }
    }

    fn first_trial_along_gradient(&self, length: f64) -> f64 {
        (1.0 / length).min(1.0)
    }

    fn save<A: Real>(&self, state: &Age, record: &mut Record, _: &dyn Fn(&[A]) -> Record) {
        record.put("settings/formula", Value::Text(self.formula.name().to_owned()));
        record.put("since_restart", Value::Count(state.steps));
    }

    fn load<A: Real>(
        &mut self,
        state: &mut Age,
        record: &Record,
        _: &dyn Fn(&str, &mut [A]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let name = record.text("settings/formula")?;
        let found = Beta::ALL.iter().find(|(known, _)| *known == name);
        let unknown = || Error::unknown_name("`ConjugateGradient`: formula", name, Beta::ALL.map(|(known, _)| known));
        self.formula = found.ok_or_else(unknown)?.1;
        state.steps = record.count("since_restart")?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Beta, Moved};

    fn betas(gradient_before: [f64; 2], gradient: [f64; 2], direction: [f64; 2]) -> [f64; 3] {
        let (gradient_before, gradient) = (&gradient_before[..], &gradient[..]);
        let moved = Moved { weights_before: &[], weights: &[], gradient_before, gradient };
        [Beta::PolakRibierePlus, Beta::HagerZhang, Beta::FletcherReeves].map(|beta| beta.of(&moved, &direction))
    }

    /// Computed by hand.
    #[test]
    fn the_formulas_are_those_of_their_authors() {
        let close = |found: [f64; 3], expected: [f64; 3]| {
            let distance = found.iter().zip(expected).map(|(found, expected)| (found - expected).abs()).sum::<f64>();
            assert!(distance < 1e-12, "{found:?}, not {expected:?}");
        };
        close(betas([1.0, 2.0], [2.0, -1.5], [-1.0, -1.0]), [1.45, 5.02, 1.25]);
        // Where Polak–Ribière would be negative; where Hager–Zhang is, within its bound and below it.
        close(betas([1.0, 2.0], [0.5, 1.0], [-1.0, -1.0]), [0.0, 1.25 / 1.5, 0.25]);
        close(betas([1.0, 2.0], [-3.0, -6.0], [-1.0, -1.0]), [12.0, -5.0, 9.0]);
        close(betas([20.0, 40.0], [-60.0, -120.0], [-1.0, -1.0]), [12.0, -100.0 / 2.0_f64.sqrt(), 9.0]);
    }
}
