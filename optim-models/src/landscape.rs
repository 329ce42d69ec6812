//! Landscapes: functions of two numbers with their gradients, on which one sees where a rule goes.
//!
//! A point `[f64; 2]` is a model, so the real rules walk here:
//!
//! ```
//! use optim_core::prelude::*;
//! use optim_models::landscape::{Landscape, TwoValleys};
//!
//! let lr = TwoValleys.learning_rate("Momentum").unwrap();
//! let mut point = TwoValleys.start();
//! let mut opt = Momentum::default().with_lr(lr).init(&point)?;
//! let mut path = vec![point];
//! for _ in 0..TwoValleys.steps() {
//!     opt.step_with(&mut point, |point, grad| *grad = TwoValleys.gradient(*point))?;
//!     path.push(point);
//! }
//! assert!(TwoValleys.value(point) < -0.98, "momentum leaves the first valley");
//! # Ok::<(), optim_core::Error>(())
//! ```

use std::ops::Range;

/// A place in a landscape, `[x, y]`.
pub type Point = [f64; 2];

/// A function of two numbers to be minimised, with what a picture of it needs.
pub trait Landscape: Sync {
    /// A short name, in small letters, for files and options.
    fn name(&self) -> &'static str;

    /// What one sees there, in a sentence.
    fn description(&self) -> &'static str;

    /// The height at a place.
    fn value(&self, at: Point) -> f64;

    /// The gradient at a place.
    fn gradient(&self, at: Point) -> Point;

    /// Where to begin.
    fn start(&self) -> Point;

    /// The part to draw: `x` and `y`.
    fn domain(&self) -> [Range<f64>; 2];

    /// The lowest place; the one that is reached from the start, where there are two.
    fn minimum(&self) -> Point;

    /// As many steps as the picture wants.
    fn steps(&self) -> usize;

    /// A learning rate with which a rule, its other hyper-parameters at their defaults, shows what it is like here;
    /// none for a rule that is not known.
    fn learning_rate(&self, rule: &str) -> Option<f64>;
}

/// All of this module.
pub const LANDSCAPES: [&dyn Landscape; 4] = [&Ravine, &Rosenbrock, &Saddle, &TwoValleys];

/// Learning rates by rule, in the order `Sgd`, `Momentum`, `Nag`, `Adagrad`, `RmsProp`, `Adam`, `AdamW`.
fn rate(rule: &str, [sgd, momentum, nag, adagrad, rmsprop, adam, adamw]: [f64; 7]) -> Option<f64> {
    match rule {
        "Sgd" => Some(sgd),
        "Momentum" => Some(momentum),
        "Nag" => Some(nag),
        "Adagrad" => Some(adagrad),
        "RmsProp" => Some(rmsprop),
        "Adam" => Some(adam),
        "AdamW" => Some(adamw),
        _ => None,
    }
}

/// A long valley with steep walls: `f = (x² + 100 y²) / 2`, lowest at `(0, 0)`.
///
/// The curvature across is a hundred times that along: the largest step that does not climb the walls is small along the
/// valley.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ravine;

impl Landscape for Ravine {
    fn name(&self) -> &'static str {
        "ravine"
    }

    fn description(&self) -> &'static str {
        "a long valley with steep walls: plain descent goes from wall to wall, momentum gathers speed along the bottom, \
         and rules with a step size per weight see no valley at all"
    }

    fn value(&self, [x, y]: Point) -> f64 {
        0.5 * (x * x + 100.0 * y * y)
    }

    fn gradient(&self, [x, y]: Point) -> Point {
        [x, 100.0 * y]
    }

    fn start(&self) -> Point {
        [-4.0, 0.5]
    }

    fn domain(&self) -> [Range<f64>; 2] {
        [-4.5..1.5, -0.8..0.8]
    }

    fn minimum(&self) -> Point {
        [0.0, 0.0]
    }

    fn steps(&self) -> usize {
        180
    }

    fn learning_rate(&self, rule: &str) -> Option<f64> {
        rate(rule, [0.019, 0.005, 0.005, 0.5, 0.04, 0.1, 0.1])
    }
}

/// A bent valley: `f = (1 − x)² + 10 (y − x²)²`, lowest at `(1, 1)`.
///
/// H. Rosenbrock, *An automatic method for finding the greatest or least value of a function*, The Computer Journal 3
/// (1960); with 10 in place of his 100, so that all rules get there in a picture's number of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rosenbrock;

impl Landscape for Rosenbrock {
    fn name(&self) -> &'static str {
        "rosenbrock"
    }

    fn description(&self) -> &'static str {
        "a bent valley: reaching its bottom is easy, following it round the bend is not"
    }

    fn value(&self, [x, y]: Point) -> f64 {
        (1.0 - x).powi(2) + 10.0 * (y - x * x).powi(2)
    }

    fn gradient(&self, [x, y]: Point) -> Point {
        let above = y - x * x;
        [-2.0 * (1.0 - x) - 40.0 * x * above, 20.0 * above]
    }

    fn start(&self) -> Point {
        [-1.5, 1.0]
    }

    fn domain(&self) -> [Range<f64>; 2] {
        [-2.0..2.0, -0.75..2.5]
    }

    fn minimum(&self) -> Point {
        [1.0, 1.0]
    }

    fn steps(&self) -> usize {
        400
    }

    fn learning_rate(&self, rule: &str) -> Option<f64> {
        rate(rule, [0.02, 0.005, 0.005, 0.7, 0.03, 0.2, 0.2])
    }
}

/// A pass between two hills, level in one place: `f = x²/2 − y²/2 + y⁴/4`, lowest at `(0, ±1)`.
///
/// At the saddle, `(0, 0)`, the gradient is zero. The start lies so near the ridge that descent first goes there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Saddle;

impl Landscape for Saddle {
    fn name(&self) -> &'static str {
        "saddle"
    }

    fn description(&self) -> &'static str {
        "a saddle, where the gradient is zero: plain descent stays there for long, and the faint slope to the side is \
         what rules with a step size per weight make large"
    }

    fn value(&self, [x, y]: Point) -> f64 {
        0.5 * (x * x - y * y) + 0.25 * y.powi(4)
    }

    fn gradient(&self, [x, y]: Point) -> Point {
        [x, y.powi(3) - y]
    }

    fn start(&self) -> Point {
        [-1.5, 0.001]
    }

    fn domain(&self) -> [Range<f64>; 2] {
        [-2.0..1.5, -1.5..1.75]
    }

    fn minimum(&self) -> Point {
        [0.0, 1.0]
    }

    fn steps(&self) -> usize {
        120
    }

    fn learning_rate(&self, rule: &str) -> Option<f64> {
        rate(rule, [0.1, 0.03, 0.03, 0.3, 0.02, 0.05, 0.05])
    }
}

/// Two valleys, the nearer one not the deepest: `f = x⁴/4 − x³/6 − 3x²/4 + y²/2`.
///
/// The nearer valley is at `(−1, 0)`, 0.33 below the pass at `(0, 0)`, the deepest at `(1.5, 0)`, 0.98 below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TwoValleys;

impl TwoValleys {
    /// The lowest place of the nearer valley.
    pub const LOCAL_MINIMUM: Point = [-1.0, 0.0];
}

impl Landscape for TwoValleys {
    fn name(&self) -> &'static str {
        "valleys"
    }

    fn description(&self) -> &'static str {
        "two valleys, the nearer one not the deepest: plain descent stays in it, momentum and Nesterov's gradient have \
         the speed to cross the pass"
    }

    fn value(&self, [x, y]: Point) -> f64 {
        x.powi(4) / 4.0 - x.powi(3) / 6.0 - 0.75 * x * x + 0.5 * y * y
    }

    fn gradient(&self, [x, y]: Point) -> Point {
        [(x + 1.0) * x * (x - 1.5), y]
    }

    fn start(&self) -> Point {
        [-2.0, 1.2]
    }

    fn domain(&self) -> [Range<f64>; 2] {
        [-2.25..2.5, -1.6..1.6]
    }

    fn minimum(&self) -> Point {
        [1.5, 0.0]
    }

    fn steps(&self) -> usize {
        120
    }

    fn learning_rate(&self, rule: &str) -> Option<f64> {
        rate(rule, [0.05, 0.05, 0.05, 0.5, 0.05, 0.1, 0.1])
    }
}
