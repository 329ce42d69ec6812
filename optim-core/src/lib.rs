//! Optimizers from declared update rules, for any struct of arrays.
//!
//! Three things, each usable without the others:
//!
//! - **A model is any struct.** [`#[derive(Optimizable)]`](derive@Optimizable) writes the traversal of its parameters.
//!   A gradient is a value of the same type ([`zeros_like`](Optimizable::zeros_like)), from wherever you like.
//! - **A rule is declared.** [`define_optimizer!`] turns an update rule, written as a paper prints it, into a struct of
//!   hyper-parameters with kernels, checks and a formula. [`language`] describes the language, [`rules`] holds the
//!   usual ones.
//! - **An [`Optimizer`] is a rule and its state for one model**: [`rule.init(&model)`](Rule::init), then a
//!   [`step`](Optimizer::step) with a gradient, or a [`step_with`](Optimizer::step_with) with a closure that makes one.
//!
//! ```
//! use optim_core::ndarray::{Array1, Array2, array};
//! use optim_core::prelude::*;
//!
//! #[derive(Optimizable)]
//! struct Affine {
//!     weight: Array2<f64>,
//!     bias: Array1<f64>,
//! }
//!
//! // y = 2 x + 1, learned from four points.
//! let (x, y) = (array![[0.0], [1.0], [2.0], [3.0]], array![[1.0], [3.0], [5.0], [7.0]]);
//! let mut model = Affine { weight: Array2::zeros((1, 1)), bias: Array1::zeros(1) };
//! let mut opt = Adam::default().with_lr(0.1).init(&model)?;
//! for _ in 0..500 {
//!     opt.step_with(&mut model, |model, gradient| {
//!         let error = x.dot(&model.weight) + &model.bias - &y;
//!         gradient.weight.assign(&(x.t().dot(&error) / 4.0));
//!         gradient.bias.assign(&(error.sum_axis(ndarray::Axis(0)) / 4.0));
//!     })?;
//! }
//! assert!((model.weight[[0, 0]] - 2.0).abs() < 1e-2 && (model.bias[0] - 1.0).abs() < 2e-2);
//! # use optim_core::ndarray;
//! # Ok::<(), optim_core::Error>(())
//! ```
//!
//! # What holds everywhere
//! Bad input is an [`Error`] that names the thing, before anything has moved. The result of a step does not depend, in
//! any bit, on memory layout, number of threads or instruction set (but for rules that multiply matrices, as
//! [`Muon`](rules::Muon) does, on the instruction set). A step allocates nothing after the first.

extern crate self as optim_core;

pub use ndarray;

mod both;
pub mod checkpoint;
mod compiled;
mod composition;
pub mod constraint;
mod cube_root;
mod error;
pub mod flat;
pub mod gradcheck;
pub mod gradient;
mod hyper;
pub mod init;
pub mod kernel;
pub mod language;
mod large_pages;
pub mod layers;
mod leaves;
mod levels;
pub mod loss;
pub mod math;
pub mod matrix;
pub mod minimize;
mod mode;
mod optimizable;
pub mod optimize;
pub mod optimizer;
mod outline;
mod pair;
pub mod path;
mod pattern;
mod plan;
mod precision;
#[doc(hidden)]
pub mod private;
pub mod random;
mod real;
pub mod record;
pub mod reference;
mod replace;
pub mod rule;
pub mod rules;
pub mod schedule;
pub mod selection;
mod state;
mod tiled;
#[cfg(feature = "train")]
pub mod train;
pub mod walk;
pub mod wrap;

pub use both::Both;
pub use constraint::Constraint;
pub use error::{Error, ErrorKind};
pub use gradient::Gradient;
pub use large_pages::ask_for_large_pages;
/// ```
/// use optim_core::ndarray::{Array1, Array2, array};
/// use optim_core::prelude::*;
///
/// #[derive(Optimizable)]
/// struct Linear<A: Real> {
///     #[optim(rename = "w")]
///     weight: Array2<A>,
///     #[optim(group = "no_decay")]
///     bias: Array1<A>,
/// }
///
/// #[derive(Optimizable)]
/// enum Layer<A: Real> {
///     Dense(Linear<A>),
///     Scale { by: A },
///     Relu,
/// }
///
/// #[derive(Optimizable)]
/// struct Network<A: Real> {
///     #[optim(freeze)]
///     embedding: Linear<A>,
///     layers: Vec<Layer<A>>,
///     #[optim(skip)]
///     labels: Vec<String>,
/// }
///
/// let linear = |n| Linear { weight: Array2::<f32>::ones((n, 2)), bias: Array1::zeros(2) };
/// let network = Network {
///     embedding: linear(5),
///     layers: vec![Layer::Dense(linear(2)), Layer::Relu, Layer::Scale { by: 0.5 }],
///     labels: vec!["cat".into(), "dog".into()],
/// };
/// let mut paths = Vec::new();
/// network.for_each_param(|path, _| paths.push(path.to_owned()));
/// assert_eq!(
///     paths,
///     ["embedding.w", "embedding.bias", "layers.0.Dense.0.w", "layers.0.Dense.0.bias", "layers.2.Scale.by"]
/// );
/// let gradient = network.zeros_like();
/// assert_eq!(gradient.embedding.bias, array![0.0, 0.0]);
/// assert_eq!(gradient.labels, network.labels);
/// ```
///
/// Skipped fields that are not `Clone`:
///
/// ```
/// use std::sync::Mutex;
///
/// use optim_core::prelude::*;
///
/// struct Log(Mutex<Vec<String>>);
///
/// #[derive(Optimizable)]
/// struct Model {
///     weight: f64,
///     #[optim(skip)]
///     name: String,
///     #[optim(skip = Log(Mutex::default()))]
///     log: Log,
///     #[optim(skip = Self::scratch(16))]
///     scratch: Box<[f64]>,
/// }
///
/// impl Model {
///     fn scratch(length: usize) -> Box<[f64]> {
///         vec![0.0; length].into()
///     }
/// }
///
/// let log = Log(Mutex::new(vec!["begun".into()]));
/// let model = Model { weight: 1.0, name: "m".into(), log, scratch: [].into() };
/// let gradient = model.zeros_like();
/// assert_eq!((gradient.name.as_str(), gradient.scratch.len()), ("m", 16));
/// assert!(gradient.log.0.into_inner().unwrap().is_empty());
/// ```
///
/// Types that contain each other:
///
/// ```
/// use optim_core::prelude::*;
///
/// #[derive(Optimizable)]
/// struct Block {
///     weight: f32,
///     branches: Vec<Branch>,
/// }
///
/// #[derive(Optimizable)]
/// #[optim(scalar = "f32")]
/// struct Branch {
///     blocks: Vec<Block>,
/// }
///
/// let leaf = Block { weight: 1.0, branches: vec![] };
/// assert_eq!(Block { weight: 2.0, branches: vec![Branch { blocks: vec![leaf] }] }.num_params(), 2);
/// ```
///
/// Bounds of one's own:
///
/// ```
/// use optim_core::ndarray::Array1;
/// use optim_core::prelude::*;
///
/// trait Backend {
///     type Number: Real;
///     type Layer: Optimizable<Scalar = Self::Number> + Clone;
/// }
///
/// #[derive(Optimizable)]
/// #[optim(bound = "B: Backend", scalar = "B::Number")]
/// struct Model<B: Backend> {
///     layers: Vec<B::Layer>,
///     bias: Array1<B::Number>,
///     #[optim(skip)]
///     template: Option<B::Layer>,
/// }
///
/// struct Cpu;
///
/// impl Backend for Cpu {
///     type Number = f32;
///     type Layer = Array1<f32>;
/// }
///
/// let model = Model::<Cpu> { layers: vec![Array1::ones(3)], bias: Array1::zeros(2), template: None };
/// assert_eq!(model.num_params(), 5);
/// ```
pub use optim_macros::Optimizable;
/// The language in full, with its grammar and twelve rules from one line to Prodigy: [`language`].
///
/// # The whole language in one rule
///
/// ```
/// use optim_core::prelude::*;
///
/// define_optimizer! {
///     /// What it is for, when to use it, where it comes from.
///     pub struct Example {
///         /// A number: `f64`, `u64` or `bool`, with a default and a range.
///         lr: f64 = 1e-2 in 0.0..,
///         momentum: f64 = 0.9 in 0.0..1.0,
///         warmup: u64 = 10 in 1..,
///         averaged: bool = true,
///     }
///     // What has to hold between hyper-parameters.
///     require momentum > 0 || !averaged, "averaging needs momentum"
///     // A number per weight: from 0, from a value, or only under a condition.
///     cache { velocity, average = w if averaged }
///     // Once a step, in `f64`; t = 1, 2, 3, …
///     step(t) {
///         let rate = lr * min(1, t / warmup);
///     }
///     // Where the gradient is taken, if not at the weight.
///     look_ahead(w) { w + momentum * velocity }
///     // What happens to a weight, in one pass.
///     update(w, g) {
///         velocity = momentum * velocity - rate * g;
///         w += velocity;
///         if averaged { average += 0.1 * (w - average); }
///     }
///     // Where the model is evaluated, if not at the weight.
///     evaluate(w) { if averaged { average } else { w } }
/// }
///
/// let mut w = vec![1.0_f32, -2.0];
/// let mut opt = Example { lr: 0.1, ..Example::default() }.init(&w)?;
/// for _ in 0..100 {
///     opt.step_with(&mut w, |w, gradient| gradient.clone_from(w))?;
/// }
/// assert!(opt.evaluate_with(&mut w, |w| w[0].abs())? < 0.05);
/// # Ok::<(), optim_core::Error>(())
/// ```
pub use optim_macros::define_optimizer;
pub use optimizable::{Optimizable, RealOf};
pub use optimize::{Optimize, Step};
pub use optimizer::{Fused, Optimizer};
pub use path::Role;
pub use precision::{Precision, Storage};
pub use real::{Join, NoScalar, Real, Scalar};
pub use record::{Persist, Record};
pub use rule::Rule;
pub use selection::{Parameter, paths};
pub use wrap::Wrap;

/// What a program that trains something names: `use optim_core::prelude::*;`.
pub mod prelude {
    pub use crate::constraint::Constraint;
    pub use crate::init::Init;
    pub use crate::layers::{Activation, Buffer, Layer, Linear, Relu, Sigmoid, Tanh, Workspace};
    pub use crate::minimize::{ConjugateGradient, Lbfgs, Method, Minimizer};
    pub use crate::random::Rng;
    pub use crate::rules::all::*;
    pub use crate::schedule::Schedule;
    pub use crate::selection::paths;
    pub use crate::{
        Both, Error, Gradient, Optimizable, Optimize, Optimizer, Real, Rule, Step, Wrap, define_optimizer,
    };
}

/// The example of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
