//! What stands around a training loop, and stays out of its way: metrics, early stopping, loggers, norms.
//!
//! The loop is yours. Nothing here calls you; each is a value that is given numbers. Behind the feature `train`:
//! `cargo add optim-core --features train`.
//!
//! - [`metrics`]: [`Mean`](metrics::Mean), [`Accuracy`](metrics::Accuracy), [`TopK`](metrics::TopK),
//!   [`Confusion`](metrics::Confusion).
//! - [`EarlyStopping`]: whether a value is the best so far, and whether to stop.
//! - [`Logger`], where numbers go: [`Progress`] on the terminal, [`Csv`], [`JsonLines`], [`TensorBoard`], several through
//!   [`Tee`]. Files are readable whenever the process ends, and [`resume`](Csv::resume) goes on with them.
//! - [`Norms`] of weights, gradients and updates, for each parameter; [`Histogram`] of any numbers.
//!
//! ```
//! use optim_core::prelude::*;
//! use optim_core::train::metrics::Mean;
//! use optim_core::train::{Csv, EarlyStopping, Logger, Mode, Norms, Progress, Tee};
//!
//! // The minimum of (w₀ − 3)² + (w₁ + 1)², and what is seen on the way.
//! let file = std::env::temp_dir().join(format!("optim-doc-train-{}.csv", std::process::id()));
//! let mut model = vec![0.0_f64, 0.0];
//! let mut opt = Adam::default().with_lr(0.3).init(&model)?;
//! let mut log = Tee::new().with(Csv::create(&file)?).with(Progress::new(50).showing(["loss"]));
//! let mut stopping = EarlyStopping::new(Mode::Min, 5)?.with_min_delta(1e-3)?;
//! let mut mean = Mean::default();
//! for epoch in 1..=50 {
//!     mean.reset();
//!     for _ in 0..10 {
//!         let loss = opt.step_with(&mut model, |w, gradient| {
//!             gradient.copy_from_slice(&[2.0 * (w[0] - 3.0), 2.0 * (w[1] + 1.0)]);
//!             (w[0] - 3.0).powi(2) + (w[1] + 1.0).powi(2)
//!         })?;
//!         mean.update(loss);
//!     }
//!     log.scalar(epoch, "loss", mean.value())?;
//!     Norms::of(&model).log(epoch, &mut log)?;
//!     if stopping.update(epoch, mean.value()).stop {
//!         break;
//!     }
//! }
//! log.flush()?;
//! let table = std::fs::read_to_string(&file)?;
//! assert!(table.starts_with("step,loss,weight_norm,total_weight_norm\n1,"));
//! assert!(stopping.value() < 1e-3 && stopping.best().unwrap().step < 50);
//! # drop(log);
//! # std::fs::remove_file(&file)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The model before a step, for [`Norms::of_step`], is a clone of it, or for types that are not `Clone` a
//! [`zeros_like`](crate::Optimizable::zeros_like) to which it is [added](crate::Optimizable::add_scaled).

mod csv;
mod early_stopping;
mod histogram;
mod json_lines;
mod log_file;
mod logger;
pub mod metrics;
mod norms;
mod progress;
mod table;
mod tee;
mod tensorboard;

pub use crate::mode::Mode;
pub use csv::Csv;
pub use early_stopping::{Best, EarlyStopping, StoppingState, Verdict};
pub use histogram::Histogram;
pub use json_lines::JsonLines;
pub use logger::Logger;
pub use norms::{Norm, Norms};
pub use progress::Progress;
pub use tee::Tee;
pub use tensorboard::TensorBoard;
