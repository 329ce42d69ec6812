//! [`Rule`]: an update rule as the rest of the crate sees it, and the descriptions of its parts.
//!
//! Implemented by `define_optimizer!`, never by hand.

use std::fmt;

use crate::error::Error;
pub use crate::hyper::{Hyper, HyperKind, Range};
use crate::kernel::Kernels;
use crate::optimizable::Optimizable;
use crate::optimizer::{Optimizer, Precisions};
use crate::precision::{Precision, Storage};
use crate::real::Real;
use crate::selection::Parameter;
use crate::tiled::{Shape, Tiled};

/// How many numbers a cache has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CacheScope {
    /// One for each weight, of the model's scalar type.
    Weight,
    /// One for each row of the last two axes, of the model's scalar type.
    Row,
    /// One for each column of the last two axes, of the model's scalar type.
    Col,
    /// One for each tensor, an `f64`.
    Tensor,
    /// One for the whole model, an `f64`.
    Model,
}

/// A cache of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cache {
    /// Its name.
    pub name: &'static str,
    /// How many numbers it has.
    pub scope: CacheScope,
    /// Under which condition it exists, as text; always where there is none.
    pub condition: Option<&'static str>,
}

/// A rule as a formula, in three forms of the same.
///
/// ```
/// use optim_core::prelude::*;
///
/// let formula = Momentum::formula();
/// assert_eq!(
///     formula.text(),
///     "update(w, g):\n  velocity = momentum * velocity - lr * g\n  w += velocity"
/// );
/// assert!(formula.latex().contains(r"\leftarrow"));
/// assert!(formula.mathml().starts_with("<math"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Formula {
    latex: &'static str,
    mathml: &'static str,
    text: &'static str,
}

impl Formula {
    #[doc(hidden)]
    pub const fn new(latex: &'static str, mathml: &'static str, text: &'static str) -> Self {
        Formula { latex, mathml, text }
    }

    /// As LaTeX: one `aligned` environment, for math mode.
    pub fn latex(&self) -> &'static str {
        self.latex
    }

    /// As a `<math>` element, which browsers show without script.
    pub fn mathml(&self) -> &'static str {
        self.mathml
    }

    /// As text, in the notation of the language of rules: a statement a line, blocks indented.
    pub fn text(&self) -> &'static str {
        self.text
    }
}

/// An update rule: declare it with [`define_optimizer!`](crate::define_optimizer).
///
/// A rule is a plain struct of its hyper-parameters; [`init`](Self::init) makes an [`Optimizer`] of it for one model.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an update rule",
    note = "rules are declared with `define_optimizer!`; `optim_core::rules` holds the usual ones"
)]
pub trait Rule: Clone + fmt::Debug + Default + PartialEq + Send + Sync + 'static {
    /// What it is called.
    const NAME: &'static str;
    /// Whether it takes its gradient elsewhere than at the weights.
    const LOOKS_AHEAD: bool;
    /// Whether the model is to be evaluated elsewhere than at the weights.
    const EVALUATES: bool;

    /// Its hyper-parameters.
    fn hyper() -> &'static [Hyper];

    /// Its documentation, in Markdown.
    fn doc() -> &'static str;

    /// Its formula.
    fn formula() -> Formula;

    /// Its caches, in order of declaration; some may exist only under a condition.
    fn declared_caches() -> &'static [Cache];

    /// A hyper-parameter by its name; a `bool` is 0 or 1.
    ///
    /// # Errors
    /// When there is none of this name; the error lists the names.
    fn get(&self, name: &str) -> Result<f64, Error> {
        index_of(Self::NAME, Self::hyper(), name).map(|index| self.value(index))
    }

    /// Sets a hyper-parameter by its name; a `bool` is 0 or 1.
    ///
    /// # Errors
    /// When there is none of this name, or the value is not in its range; nothing has changed then.
    fn set(&mut self, name: &str, value: f64) -> Result<(), Error> {
        let index = index_of(Self::NAME, Self::hyper(), name)?;
        Self::hyper()[index].check(Self::NAME, value)?;
        self.set_value(index, value);
        Ok(())
    }

    /// Bytes of cache a weight of type `A` has under these hyper-parameters.
    ///
    /// ```
    /// use optim_core::prelude::*;
    ///
    /// assert_eq!(Adam::default().cache_bytes::<f32>(), 8);
    /// assert_eq!(Adam::default().with_amsgrad(true).cache_bytes::<f64>(), 24);
    /// ```
    fn cache_bytes<A: Real>(&self) -> usize {
        let shape = Shape::of(&[1, 1]);
        of_weights(Self::declared_caches(), &|cache| self.exists::<A>(cache, &shape)) * size_of::<A>()
    }

    /// Bytes of cache that a weight of a model in `f32` has under these hyper-parameters; with
    /// [`caches`](Self::caches) it may be fewer.
    fn bytes_per_weight(&self) -> f64 {
        self.cache_bytes::<f32>() as f64
    }

    /// Keeps caches in fewer bits: `Adam::default().caches(Precision::Bf16).init(&model)`. See [`Precision`].
    fn caches(self, precision: Precision) -> Storage<Self> {
        Storage::new(self, precision)
    }

    /// An optimizer for `model`: checks every hyper-parameter and allocates every cache, once.
    ///
    /// # Errors
    /// When a hyper-parameter is out of its range, or a requirement of the rule is not met.
    fn init<M: Optimizable>(self, model: &M) -> Result<Optimizer<Self, M>, Error> {
        Optimizer::new(self, model, None, Precisions::default())
    }

    /// An optimizer for the parameters of `model` that are selected. The others are none of its business: it neither
    /// moves nor saves nor restores them, requires nothing of their shapes and has no caches for them. So two optimizers
    /// may share a model, one of them taking its step within the closure of the other.
    ///
    /// ```
    /// use optim_core::ndarray::{Array1, Array2};
    /// use optim_core::prelude::*;
    ///
    /// let mut model = (Array2::<f32>::ones((3, 2)), Array1::<f32>::ones(2));
    /// // Muon moves matrices alone.
    /// let mut matrices = Muon::default().init_where(&model, |p| p.shape.len() == 2)?;
    /// let mut others = AdamW::default().init_where(&model, |p| p.shape.len() != 2)?;
    /// others.try_step_with(&mut model, |model, outer| {
    ///     matrices.step_with(model, |_, gradient| {
    ///         gradient.1.fill(0.5);
    ///         gradient.0.fill(0.5);
    ///         outer.clone_from(gradient);
    ///     })
    /// })?;
    /// assert!(model.0[[0, 0]] < 1.0 && model.1[0] < 1.0);
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`init`](Self::init), and when no parameter that is updated is selected.
    fn init_where<M: Optimizable>(
        self,
        model: &M,
        selection: impl Fn(&Parameter<'_>) -> bool,
    ) -> Result<Optimizer<Self, M>, Error> {
        Optimizer::new(self, model, Some(&selection), Precisions::default())
    }

    /// Checks ranges and requirements, as `init` and every step do.
    ///
    /// # Errors
    /// When a hyper-parameter is out of its range, or a requirement of the rule is not met.
    fn check(&self) -> Result<(), Error> {
        self.check_for::<f64>()
    }

    /// [`check`](Self::check) for a model of this number type: a requirement may look at the machine epsilon.
    #[doc(hidden)]
    fn check_for<A: Real>(&self) -> Result<(), Error> {
        for (index, hyper) in Self::hyper().iter().enumerate() {
            hyper.check(Self::NAME, self.value(index))?;
        }
        self.require::<A>()
    }

    /// What the loop gets beside weight, gradient and caches.
    #[doc(hidden)]
    type Step<A: Real>: Copy + Send + Sync;
    /// One number of each cache.
    #[doc(hidden)]
    type Caches<A: Real>: CacheArray<A>;
    /// The caches that are one number for the whole model: `[f64; M]`.
    #[doc(hidden)]
    type Model: CacheArray<f64> + AsRef<[f64]> + AsMut<[f64]> + Send + Sync;
    /// How it is computed, if it looks at more than one weight.
    #[doc(hidden)]
    type Tiled: Tiled<Self>;
    /// Its loops, compiled where it is declared.
    #[doc(hidden)]
    fn kernels<A: Real>() -> &'static Kernels<A> {
        const { &Kernels::of::<Self>() }
    }
    /// Whether every cache starts at zero.
    #[doc(hidden)]
    const STARTS_AT_ZERO: bool = true;
    /// Which caches of weights exist only under a condition, a bit each.
    #[doc(hidden)]
    const OPTIONAL: u64 = 0;
    /// Whether it takes a square root for each weight. Of a rule that goes pass by pass, nobody asks.
    #[doc(hidden)]
    const ROOTS: bool = false;

    #[doc(hidden)]
    fn value(&self, index: usize) -> f64;
    #[doc(hidden)]
    fn set_value(&mut self, index: usize, value: f64);
    #[doc(hidden)]
    fn require<A: Real>(&self) -> Result<(), Error> {
        Ok(())
    }
    /// What has to hold of the shape of every parameter that is updated; the text of what does not.
    #[doc(hidden)]
    fn require_shape<A: Real>(&self, shape: &Shape) -> Result<(), &'static str> {
        let _ = shape;
        Ok(())
    }
    /// Whether a cache exists under these hyper-parameters, for a tensor of this shape.
    #[doc(hidden)]
    fn exists<A: Real>(&self, cache: usize, shape: &Shape) -> bool {
        let _ = (cache, shape);
        true
    }
    /// What the caches of a weight start at.
    #[doc(hidden)]
    fn start<A: Real>(&self, w: A) -> Self::Caches<A> {
        let _ = w;
        Self::Caches::filled(A::zero())
    }
    /// What a cache (by its place among all) that is not one number a weight starts at.
    #[doc(hidden)]
    fn start_number<A: Real>(&self, cache: usize) -> f64 {
        let _ = cache;
        0.0
    }
    /// Once a step, in `f64`; the numbers of the whole model become those of this step. Not called where the rule is
    /// [`Tiled`].
    #[doc(hidden)]
    fn scalars<A: Real>(&self, t: f64, model: &mut Self::Model) -> Self::Step<A> {
        let _ = (t, model);
        unreachable!("a tiled rule has `once`")
    }
    /// Shows the scalars of a step by name, a `bool` as 0 or 1, to be read or changed: what is saved for `evaluate`. Not
    /// called where the rule is [`Tiled`] or does not evaluate.
    #[doc(hidden)]
    fn visit_step<A: Real>(step: &mut Self::Step<A>, visit: &mut dyn FnMut(&'static str, &mut f64)) {
        let _ = (step, visit);
    }
    /// Where the gradient is taken.
    #[doc(hidden)]
    fn look_ahead<A: Real>(step: Self::Step<A>, w: A, caches: Self::Caches<A>) -> A {
        let _ = (step, caches);
        w
    }
    /// The rule, for one weight. Not called where the rule is [`Tiled`].
    #[doc(hidden)]
    fn update<A: Real>(step: Self::Step<A>, w: A, g: A, caches: Self::Caches<A>) -> (A, Self::Caches<A>) {
        let _ = (step, w, g, caches);
        unreachable!("a tiled rule has passes")
    }
    /// Where the model is evaluated.
    #[doc(hidden)]
    fn evaluate<A: Real>(step: Self::Step<A>, w: A, caches: Self::Caches<A>) -> A {
        let _ = (step, caches);
        w
    }
}

/// How many caches of weights exist.
fn of_weights(caches: &[Cache], exists: &dyn Fn(usize) -> bool) -> usize {
    caches.iter().enumerate().filter(|(index, cache)| cache.scope == CacheScope::Weight && exists(*index)).count()
}

/// The place of a hyper-parameter of a rule.
fn index_of(rule: &str, hyper: &[Hyper], name: &str) -> Result<usize, Error> {
    hyper.iter().position(|hyper| hyper.name == name).ok_or_else(|| {
        let what = format!("`{rule}`: the hyper-parameter");
        Error::unknown_name(what, name, hyper.iter().map(|hyper| hyper.name))
    })
}

/// A rule that takes its gradient at the weights, so that a gradient can be handed to
/// [`Optimizer::step`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` looks ahead: it takes its gradient elsewhere than at the weights",
    label = "use `step_with`, which calls a closure where the rule wants the gradient",
    note = "`optimizer.step_with(&mut model, |model, gradient| …)` works for every rule"
)]
pub trait GradientAtWeights: Rule {}

mod sealed {
    pub trait Sealed {}
    impl<A, const K: usize> Sealed for [A; K] {}
}

/// One number of each cache: `[A; K]`, and nothing else, since the loops rely on what it does.
#[doc(hidden)]
pub trait CacheArray<A>: Copy + sealed::Sealed {
    /// How many caches there are.
    const COUNT: usize;
    /// The same number of each.
    fn filled(number: A) -> Self;
    fn get(&self, index: usize) -> A;
    fn set(&mut self, index: usize, number: A);
}

impl<A: Copy, const K: usize> CacheArray<A> for [A; K] {
    const COUNT: usize = K;
    #[inline(always)]
    #[allow(clippy::inline_always)]
    fn filled(number: A) -> Self {
        [number; K]
    }
    #[inline(always)]
    #[allow(clippy::inline_always)]
    fn get(&self, index: usize) -> A {
        self[index]
    }
    #[inline(always)]
    #[allow(clippy::inline_always)]
    fn set(&mut self, index: usize, number: A) {
        self[index] = number;
    }
}
