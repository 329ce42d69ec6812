//! Ready models, data sets and landscapes, built from `optim-core` as any user would.
//!
//! [`data`] holds handwritten digits, a reader of IDX files and batches; [`mlp`] a network of dense layers;
//! [`landscape`] functions of two numbers on which one sees what a rule does.
//!
//! ```
//! use optim_core::prelude::*;
//! use optim_models::{Batches, Mlp, MlpWorkspace, data};
//!
//! let (train, test) = data::digits_split::<f32>();
//! let mut model: Mlp<f32> = Mlp::new(&[64, 32, 10], Init::HeNormal, &mut Rng::new(1))?;
//! let mut opt = Adam::default().with_lr(3e-3).init(&model)?;
//! let (mut batches, mut workspace) = (Batches::new(&train, 32, 1)?, MlpWorkspace::default());
//! for _epoch in 0..3 {
//!     batches.shuffle();
//!     while let Some((x, labels)) = batches.next_batch() {
//!         opt.try_step_with(&mut model, |model, grad| model.loss_and_grad(x, labels, &mut workspace, grad))?;
//!     }
//! }
//! assert!(model.accuracy(test.inputs.view(), &test.labels, &mut workspace)? > 0.8);
//! # Ok::<(), optim_core::Error>(())
//! ```

pub mod data;
pub mod landscape;
pub mod mlp;

pub use data::{Batches, Dataset};
pub use landscape::Landscape;
pub use mlp::{Mlp, MlpWorkspace};
