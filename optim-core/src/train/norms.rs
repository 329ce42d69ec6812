//! [`Norms`]: how large weights, gradients and updates are, for each parameter.

use core::fmt;

use ndarray::ArrayViewD;

use super::Logger;
use super::table::Table;
use crate::error::Error;
use crate::optimizable::Optimizable;
use crate::real::Real;

/// The norms of one parameter.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Norm {
    /// The path of the parameter; `""` where it is the whole model.
    pub path: String,
    /// How many numbers it holds.
    pub len: usize,
    /// The norm of the weights, before the step.
    pub weight: f64,
    /// The norm of the gradient, where one was given.
    pub gradient: Option<f64>,
    /// The norm of what the step has added, where a model after the step was given.
    pub update: Option<f64>,
    /// How many of these numbers (weights, gradient, update) are NaN or infinite.
    pub not_finite: u64,
}

impl Norm {
    /// `update / weight`: by which part of itself the step has changed the parameter. Often near 10⁻³ when training goes
    /// well.
    pub fn ratio(&self) -> Option<f64> {
        self.update.map(|update| update / self.weight)
    }
}

/// How large weights, gradients and updates are, for each parameter, frozen ones included and buffers not.
///
/// A norm is `√(Σ x²)` over the tensor in logical order, in `f64`; without overflow and underflow of the squares. A NaN
/// in a tensor makes its norm NaN, and is counted.
///
/// ```
/// use optim_core::prelude::*;
/// use optim_core::train::Norms;
///
/// #[derive(Optimizable, Clone)]
/// struct Model {
///     weight: Vec<f64>,
///     bias: f64,
/// }
///
/// let before = Model { weight: vec![3.0, 4.0], bias: 1.0 };
/// let gradient = Model { weight: vec![0.6, 0.8], bias: -2.0 };
/// let mut after = before.clone();
/// Sgd::default().with_lr(0.5).init(&after)?.step(&mut after, &gradient)?;
///
/// let norms = Norms::of_step(&before, &gradient, &after)?;
/// assert_eq!((norms.get("weight").unwrap().weight, norms.get("weight").unwrap().gradient), (5.0, Some(1.0)));
/// assert_eq!(
///     norms.to_string(),
///     "\
/// parameter  numbers   weight  gradient    update     ratio
/// weight           2  5.000e0   1.000e0  5.000e-1  1.000e-1
/// bias             1  1.000e0   2.000e0   1.000e0   1.000e0
/// (all)            3  5.099e0   2.236e0   1.118e0  2.193e-1
/// "
/// );
/// # Ok::<(), optim_core::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Norms {
    parameters: Vec<Norm>,
}

impl Norms {
    /// The norms of the weights.
    pub fn of<M: Optimizable>(model: &M) -> Self {
        let mut parameters = Vec::new();
        model.for_each_param(|path, value| {
            let (weight, not_finite) = norm(value.iter().map(|x| x.as_f64()));
            let (path, len) = (path.to_owned(), value.len());
            parameters.push(Norm { path, len, weight, gradient: None, update: None, not_finite });
        });
        Norms { parameters }
    }

    /// The norms of the weights and of a gradient.
    ///
    /// # Errors
    /// When model and gradient differ in structure or in a shape; the error names the path.
    pub fn of_gradient<M: Optimizable>(model: &M, gradient: &M) -> Result<Self, Error> {
        let mut norms = Norms::of(model);
        norms.add(model, gradient, |norm, _, gradient| {
            let (value, not_finite) = self::norm(gradient.iter().map(|x| x.as_f64()));
            norm.gradient = Some(value);
            norm.not_finite += not_finite;
        })?;
        Ok(norms)
    }

    /// The norms of the weights before a step, of the gradient, and of what the step has added: `after − before`, in the
    /// model's scalar type.
    ///
    /// # Errors
    /// When two of the three differ in structure or in a shape; the error names the path.
    pub fn of_step<M: Optimizable>(before: &M, gradient: &M, after: &M) -> Result<Self, Error> {
        let mut norms = Norms::of_gradient(before, gradient)?;
        norms.add(before, after, |norm, before, after| {
            let difference = after.iter().zip(before.iter()).map(|(&after, &before)| (after - before).as_f64());
            let (value, not_finite) = self::norm(difference);
            norm.update = Some(value);
            norm.not_finite += not_finite;
        })?;
        Ok(norms)
    }

    fn add<'m, M: Optimizable, A: Real>(
        &mut self,
        model: &'m M,
        other: &'m M,
        mut f: impl FnMut(&mut Norm, ArrayViewD<'m, A>, ArrayViewD<'m, A>),
    ) -> Result<(), Error>
    where
        M::Scalar: crate::Scalar<Real = A>,
    {
        let mut parameters = self.parameters.iter_mut();
        model.for_each_pair(other, |_, model, other| {
            // Both walks show the same parameters of the same model.
            if let Some(norm) = parameters.next() {
                f(norm, model, other);
            }
        })
    }

    /// Each parameter, in walking order.
    pub fn parameters(&self) -> &[Norm] {
        &self.parameters
    }

    /// The parameter of this path.
    pub fn get(&self, path: &str) -> Option<&Norm> {
        self.parameters.iter().find(|norm| norm.path == path)
    }

    /// All parameters as one, under the path `(all)`: the root of the sum of squares.
    pub fn total(&self) -> Norm {
        let over = |of: &dyn Fn(&Norm) -> Option<f64>| -> Option<f64> {
            let norms = self.parameters.iter().map(of).collect::<Option<Vec<f64>>>()?;
            Some(norm(norms.iter().copied()).0)
        };
        // Without parameters nobody knows what was given: nothing.
        let given = !self.parameters.is_empty();
        Norm {
            path: "(all)".into(),
            len: self.parameters.iter().map(|norm| norm.len).sum(),
            weight: over(&|norm| Some(norm.weight)).unwrap_or(0.0),
            gradient: over(&|norm| norm.gradient).filter(|_| given),
            update: over(&|norm| norm.update).filter(|_| given),
            not_finite: self.parameters.iter().map(|norm| norm.not_finite).sum(),
        }
    }

    /// Logs every norm: `weight_norm/<path>`, `gradient_norm/<path>`, `update_norm/<path>`, `update_ratio/<path>`, the same
    /// with `total_` in front for all parameters as one (`total_weight_norm`), and where there is any, `not_finite/<path>`.
    ///
    /// ```
    /// use optim_core::train::{JsonLines, Norms};
    ///
    /// # let path = std::env::temp_dir().join(format!("optim-doc-norms-{}.jsonl", std::process::id()));
    /// let mut log = JsonLines::create(&path)?;
    /// Norms::of(&(vec![3.0_f32, 4.0], 12.0_f32)).log(7, &mut log)?;
    /// assert_eq!(
    ///     std::fs::read_to_string(&path)?,
    ///     r#"{"step":7,"name":"weight_norm/0","value":5.0}
    /// {"step":7,"name":"weight_norm/1","value":12.0}
    /// {"step":7,"name":"total_weight_norm","value":13.0}
    /// "#
    /// );
    /// # drop(log);
    /// # std::fs::remove_file(&path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// What the logger returns.
    pub fn log(&self, step: u64, logger: &mut (impl Logger + ?Sized)) -> Result<(), Error> {
        for norm in &self.parameters {
            for (name, value) in norm.values() {
                // A leaf that is the whole model has no path.
                let slash = if norm.path.is_empty() { "" } else { "/" };
                logger.scalar(step, &format!("{name}{slash}{}", norm.path), value)?;
            }
        }
        for (name, value) in self.total().values() {
            logger.scalar(step, &format!("total_{name}"), value)?;
        }
        Ok(())
    }
}

impl Norm {
    /// What there is, by name.
    fn values(&self) -> impl Iterator<Item = (&'static str, f64)> {
        let not_finite = (self.not_finite > 0).then_some(self.not_finite as f64);
        let values = [
            ("weight_norm", Some(self.weight)),
            ("gradient_norm", self.gradient),
            ("update_norm", self.update),
            ("update_ratio", self.ratio()),
            ("not_finite", not_finite),
        ];
        values.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }
}

/// The norms as a table, the last line for all parameters as one. The column `not finite` is there where it is needed.
impl fmt::Display for Norms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let total = self.total();
        let (gradient, update, bad) = (total.gradient.is_some(), total.update.is_some(), total.not_finite > 0);
        let mut header = vec!["parameter", "numbers", "weight"];
        header.extend(gradient.then_some("gradient"));
        header.extend(update.then_some(["update", "ratio"]).into_iter().flatten());
        header.extend(bad.then_some("not finite"));
        let mut table = Table::new(header.into_iter().map(str::to_owned).collect());
        for norm in self.parameters.iter().chain([&total]) {
            let path = if norm.path.is_empty() { "(the whole model)" } else { &norm.path };
            let mut row = vec![path.to_owned(), norm.len.to_string()];
            let numbers = [Some(norm.weight), norm.gradient, norm.update, norm.ratio()];
            row.extend(numbers.into_iter().flatten().map(|number| format!("{number:.3e}")));
            row.extend(bad.then(|| norm.not_finite.to_string()));
            table.push(row);
        }
        table.fmt(f)
    }
}

/// The root of the sum of squares, and how many numbers are NaN or infinite.
fn norm(values: impl Iterator<Item = f64> + Clone) -> (f64, u64) {
    let (mut sum, mut largest, mut not_finite) = (0.0, 0.0_f64, 0);
    for x in values.clone() {
        sum += x * x;
        largest = largest.max(x.abs());
        not_finite += u64::from(!x.is_finite());
    }
    // Only numbers near the ends of the range of an `f64` need the second way, and no others get its rounding.
    if not_finite > 0 || largest == 0.0 || (1e-280..f64::INFINITY).contains(&sum) {
        return (f64::sqrt(sum), not_finite);
    }
    let sum: f64 = values.map(|x| (x / largest) * (x / largest)).sum();
    (largest * sum.sqrt(), 0)
}
