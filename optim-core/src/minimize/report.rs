//! [`Progress`] of a step and [`Report`] of a minimisation: what was reached, at what cost, and why it ended.

use std::fmt;

/// How the line search of a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Ending {
    /// At a step size that satisfies the strong Wolfe conditions.
    Wolfe,
    /// At one that satisfies them as far as the rounding of the loss lets one see: sufficient decrease was read from
    /// slopes.
    ApproximateWolfe,
    /// At the best one of as many as may be tried: it has sufficient decrease, the slope is still steep.
    Decrease,
    /// Nowhere: the gradient is zero.
    Stationary,
    /// Nowhere: what is left to gain drowns in the rounding of the loss.
    Rounding,
    /// Nowhere, though the gradient promises a decrease: it may not be the gradient of this loss, or the loss may be less
    /// exact than `rounding` says.
    NoDecrease,
}

impl Ending {
    /// Whether the weights have moved.
    pub fn moved(self) -> bool {
        matches!(self, Ending::Wolfe | Ending::ApproximateWolfe | Ending::Decrease)
    }
}

/// What one step has done.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// How the line search ended, and whether the weights have moved.
    pub ending: Ending,
    /// The loss before the step.
    pub loss_before: f64,
    /// The loss after it.
    pub loss: f64,
    /// The largest magnitude among the elements of the gradient after it.
    pub gradient: f64,
    /// The slope along the direction before the step, `φ′(0)`; 0 where there was no search.
    pub slope_before: f64,
    /// The slope along the direction after the step, `φ′(α)`.
    pub slope: f64,
    /// The step size `α`: how many times the direction the weights have moved; 0 where they have not.
    pub step_size: f64,
    /// Whether the direction was the negative gradient, without anything learned.
    pub steepest: bool,
    /// How often the closure was called.
    pub evaluations: u64,
}

/// Why a minimisation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// No element of the gradient is larger than `gradient_tolerance`.
    Gradient,
    /// A step lowered the loss by no more than `decrease_tolerance`.
    Decrease,
    /// What is left to gain drowns in the rounding of the loss.
    Rounding,
    /// No step size lowers the loss, though the gradient promises it; see [`Ending::NoDecrease`].
    NoDecrease,
    /// As many steps as were asked for.
    Steps,
    /// As many calls of the closure as `max_evaluations` allows.
    Evaluations,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reason::Gradient => "the gradient is within its tolerance",
            Reason::Decrease => "a step lowered the loss by less than its tolerance",
            Reason::Rounding => "what is left to gain drowns in the rounding of the loss",
            Reason::NoDecrease => {
                "no step along the negative gradient lowers the loss: it may not be the gradient of this loss, or the loss \
                 may be less exact than `rounding` says"
            }
            Reason::Steps => "the steps ran out",
            Reason::Evaluations => "the evaluations ran out",
        })
    }
}

/// What a minimisation has reached, at what cost, and why it ended.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// Why it ended.
    pub reason: Reason,
    /// The loss at the end.
    pub loss: f64,
    /// The largest magnitude among the elements of the gradient at the end.
    pub gradient: f64,
    /// How many steps were taken.
    pub steps: u64,
    /// How often the closure was called.
    pub evaluations: u64,
}

impl Report {
    /// Whether it ended at a minimum, as far as can be told: by a tolerance, or by rounding.
    pub fn converged(&self) -> bool {
        matches!(self.reason, Reason::Gradient | Reason::Decrease | Reason::Rounding)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Report { reason, loss, gradient, steps, evaluations } = self;
        write!(f, "{reason}: loss {loss:e}, gradient {gradient:e} after {steps} steps, {evaluations} evaluations")
    }
}
