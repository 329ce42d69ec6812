//! Methods that find their step size by themselves, for smooth losses: [`Lbfgs`] and [`ConjugateGradient`].
//!
//! They look at the loss as well as at the gradient. In each step they choose a direction `d`, and search along it for a
//! step size `α` that satisfies the strong Wolfe conditions, with `φ(α)` the loss at `w + α d`:
//!
//! `φ(α) ≤ φ(0) + c₁ α φ′(0)`, `|φ′(α)| ≤ c₂ |φ′(0)|`, then `w ← w + α d`.
//!
//! | method | direction | memory, numbers a weight |
//! |---|---|---|
//! | [`Lbfgs`] | `−H g`, `H` from the last `history` steps | `2 · history + 6` |
//! | [`ConjugateGradient`] | `−g + β d` | 6 |
//!
//! There is no learning rate. Losses have to be exact: the whole data set, no random numbers in the closure. For batches take
//! a rule ([`rules`](crate::rules)).
//!
//! # A law of two numbers
//! A body falls `s = v t + g t² / 2`. How fast it was at the start, and how strong gravity is, from measured times and ways:
//!
//! ```
//! use optim_core::prelude::*;
//!
//! #[derive(Optimizable)]
//! struct Fall {
//!     speed: f64,
//!     gravity: f64,
//! }
//!
//! let measured = [(0.1, 0.25), (0.2, 0.60), (0.3, 1.04), (0.4, 1.59), (0.5, 2.22), (0.6, 2.96)];
//! let mut fall = Fall { speed: 0.0, gravity: 0.0 };
//! let mut lbfgs = Lbfgs::default().with_gradient_tolerance(1e-9).init(&fall)?;
//! let report = lbfgs.minimize(&mut fall, 100, |fall, gradient| {
//!     let mut loss = 0.0;
//!     for (t, s) in measured {
//!         let error = fall.speed * t + 0.5 * fall.gravity * t * t - s;
//!         loss += 0.5 * error * error;
//!         gradient.speed += error * t;
//!         gradient.gravity += error * 0.5 * t * t;
//!     }
//!     loss
//! })?;
//! assert!(report.converged() && report.evaluations < 20, "{report}");
//! assert!((fall.speed - 2.0).abs() < 0.1 && (fall.gravity - 9.8).abs() < 0.2);
//! # Ok::<(), optim_core::Error>(())
//! ```
//!
//! # Where it stops
//! [`Minimizer::minimize`] takes steps until there is a [`Reason`] to stop, which its [`Report`] names;
//! [`Minimizer::step_with`] takes one. Near a minimum, losses differ by less than they are rounded, long before the gradient is
//! zero. Where that is so, the search reads the decrease from slopes (Hager & Zhang, 2005); where slopes say nothing either,
//! the step says [`Ending::Rounding`] instead of going round in circles. A trial at which loss or gradient is not finite
//! counts as infinitely high: the search goes back.
//!
//! # What they are not
//! [`Optimize`](crate::Optimize) is for optimizers that do not look at the loss; these do, and their closure returns an `f64`.
//! So wrappers and schedules of rules are none of theirs. They have [`Persist`](crate::Persist), and go on from a
//! saved state bit for bit.

mod conjugate;
mod flat;
mod lbfgs;
mod line;
mod method;
mod minimizer;
mod persist;
mod report;
mod search;
mod stop;
mod weights;

pub use conjugate::{Beta, ConjugateGradient};
pub use lbfgs::Lbfgs;
pub use method::Method;
pub use minimizer::Minimizer;
pub use report::{Ending, Progress, Reason, Report};
