//! [`GradientCheck`]: a hand-written gradient beside central differences of the function that it is the gradient of.
//!
//! In `f64` only: in `f32` the differences say nothing. A layer, a loss and a whole model go through the same loop.

use core::fmt;

use ndarray::{Array, ArrayD, Dimension, Zip};

use crate::error::Error;
use crate::layers::Layer;
use crate::optimizable::Optimizable;
use crate::random::Rng;
use crate::real::Scalar;

/// How a gradient is checked: the differences' step, and how far the two may be apart.
///
/// Every number of the gradient, `a`, is compared with `n = (f(w + h) − f(w − h)) / 2h`, where `h` is `step` times
/// `max(1, |w|)`. The error is `|a − n| / max(|a|, |n|, 10⁻³)`; the floor is there because differences of a function of
/// size 1 are exact to about 10⁻¹¹ only.
///
/// ```
/// use optim_core::gradcheck::GradientCheck;
/// use optim_core::prelude::*;
///
/// // f(w) = w₀² · w₁, and a gradient that is wrong in its second number.
/// let f = |w: &mut Vec<f64>, grad: &mut Vec<f64>| {
///     grad[0] += 2.0 * w[0] * w[1];
///     grad[1] += w[0];
///     Ok(w[0] * w[0] * w[1])
/// };
/// let error = GradientCheck::default().model(&mut vec![3.0, 0.5], f).unwrap_err();
/// assert!(error.to_string().starts_with("gradient check: the whole model [1] is 3, by central differences "));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GradientCheck {
    /// The step of the differences, relative to a number larger than 1, else absolute.
    pub step: f64,
    /// The largest error that passes.
    pub tolerance: f64,
    /// The seed of the weights with which a layer's outputs are summed.
    pub seed: u64,
}

impl Default for GradientCheck {
    fn default() -> Self {
        GradientCheck { step: 1e-5, tolerance: 1e-6, seed: 0 }
    }
}

/// What a check has found: every number within the tolerance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// How many numbers were compared.
    pub compared: usize,
    /// The number with the largest error; none where nothing was compared.
    pub worst: Option<Comparison>,
}

/// One number of a gradient, and what central differences say of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    /// The path of the parameter; of a layer's input `"input"`.
    pub path: String,
    /// Where in the parameter.
    pub index: Vec<usize>,
    /// The gradient that was checked.
    pub gradient: f64,
    /// The central difference.
    pub difference: f64,
    /// How far they are apart: see [`GradientCheck`].
    pub error: f64,
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str("the whole model")?,
            path => write!(f, "`{path}`")?,
        }
        let Comparison { index, gradient, difference, error, .. } = self;
        write!(f, " {index:?} is {gradient}, by central differences {difference} (error {error:.1e})")
    }
}

impl Report {
    /// Takes note of a comparison: an error that is NaN is worse than any other.
    fn add(&mut self, comparison: Comparison) {
        self.compared += 1;
        let worse = |worst: &Comparison| comparison.error > worst.error || comparison.error.is_nan();
        if self.worst.as_ref().is_none_or(worse) {
            self.worst = Some(comparison);
        }
    }

    fn within(self, tolerance: f64) -> Result<Self, Error> {
        match &self.worst {
            // Not `error > tolerance`, which lets NaN pass.
            Some(worst) if !matches!(worst.error.partial_cmp(&tolerance), Some(order) if order.is_le()) => {
                Err(Error::other(format!("gradient check: {worst}, tolerance {tolerance:.1e}")))
            }
            _ => Ok(self),
        }
    }
}

/// More than rounding makes; NaN differs from everything.
fn differs(found: f64, expected: f64) -> bool {
    let error = error_of(found, expected);
    error.is_nan() || error > 1e-9
}

fn error_of(gradient: f64, difference: f64) -> f64 {
    (gradient - difference).abs() / gradient.abs().max(difference.abs()).max(1e-3)
}

/// What is the same for a model's gradient in one place and in another: path and numbers.
fn tensors<M: Optimizable>(model: &M) -> Vec<(String, ArrayD<f64>)>
where
    M::Scalar: Scalar<Real = f64>,
{
    let mut tensors = Vec::new();
    model.for_each_param(|path, value| tensors.push((path.to_owned(), value.to_owned())));
    tensors
}

impl GradientCheck {
    /// Checks the gradient that `f` writes into its second argument, which is zero before each call, against the
    /// values that it returns: the closure that an optimizer's `step_with` takes. Frozen parameters are checked too.
    ///
    /// The parameters are as before afterwards; buffers and skipped fields are as `f` leaves them. For a loss, the
    /// model is its input:
    ///
    /// ```
    /// use optim_core::gradcheck::GradientCheck;
    /// use optim_core::loss::softmax_cross_entropy;
    /// use optim_core::ndarray::{Array2, array};
    /// use optim_core::prelude::*;
    ///
    /// let report = GradientCheck::default().model(&mut array![[0.3, -1.2, 2.0]], |logits, grad: &mut Array2<f64>| {
    ///     let mut dlogits = Buffer::default();
    ///     let loss = softmax_cross_entropy(logits.view(), &[1], &mut dlogits)?;
    ///     *grad += &dlogits.view();
    ///     Ok(loss)
    /// })?;
    /// assert_eq!(report.compared, 3);
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// When a number is off by more than the tolerance (the error names the worst one, with both values), and what `f`
    /// returns as an error.
    pub fn model<M: Optimizable>(
        &self,
        model: &mut M,
        mut f: impl FnMut(&mut M, &mut M) -> Result<f64, Error>,
    ) -> Result<Report, Error>
    where
        M::Scalar: Scalar<Real = f64>,
    {
        let mut report = Report::default();
        self.compare(model, &mut f, &mut report)?;
        report.within(self.tolerance)
    }

    /// Checks a layer at `x`: the gradient of the sum of its outputs, each times a fixed random number, with respect
    /// to every parameter and to the input. And what else is asked of a layer: that `output` and `output_shape` agree
    /// with `forward`, that `backward` adds, and that `backward_parameters` gives the same gradient.
    ///
    /// ```
    /// use optim_core::gradcheck::GradientCheck;
    /// use optim_core::ndarray::array;
    /// use optim_core::prelude::*;
    ///
    /// let mut layer = Linear::new(3, 2, Init::FanIn, &mut Rng::new(1));
    /// let report = GradientCheck::default().layer(&mut layer, &array![[1.0, -0.5, 2.0]])?;
    /// assert_eq!(report.compared, 3 * 2 + 2 + 3);
    /// # Ok::<(), optim_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// When a number is off by more than the tolerance (the error names the worst one, with both values), when the
    /// layer does not keep to what the trait says, and what its functions return as an error.
    pub fn layer<L: Layer<f64, D>, D: Dimension>(&self, layer: &mut L, x: &Array<f64, D>) -> Result<Report, Error>
    where
        L::Scalar: Scalar<Real = f64>,
    {
        let mut workspace = layer.workspace();
        let mut rng = Rng::new(self.seed);
        let y = layer.forward(x.view(), &mut workspace)?;
        let dy = Array::from_shape_simple_fn(y.raw_dim(), || 2.0 * rng.uniform() - 1.0);
        check_passes(layer, x, &dy, &mut workspace)?;

        let sum =
            |y: ndarray::ArrayView<'_, f64, L::Output>| Zip::from(&y).and(&dy).fold(0.0, |sum, y, dy| sum + y * dy);
        let mut report = Report::default();
        let mut by_parameters = |layer: &mut L, grad: &mut L| {
            let value = sum(layer.forward(x.view(), &mut workspace)?);
            layer.backward(x.view(), dy.view(), &mut workspace, grad)?;
            Ok(value)
        };
        self.compare(layer, &mut by_parameters, &mut report)?;

        let mut of_input = Report::default();
        let mut unused = layer.zeros_like();
        let mut by_input = |x: &mut Array<f64, D>, grad: &mut Array<f64, D>| {
            let value = sum(layer.forward(x.view(), &mut workspace)?);
            *grad += &layer.backward(x.view(), dy.view(), &mut workspace, &mut unused)?;
            Ok(value)
        };
        self.compare(&mut x.clone(), &mut by_input, &mut of_input)?;
        let compared = report.compared + of_input.compared;
        if let Some(worst) = of_input.worst {
            report.add(Comparison { path: "input".into(), ..worst });
        }
        Report { compared, ..report }.within(self.tolerance)
    }

    fn compare<M: Optimizable>(
        &self,
        model: &mut M,
        f: &mut impl FnMut(&mut M, &mut M) -> Result<f64, Error>,
        report: &mut Report,
    ) -> Result<(), Error>
    where
        M::Scalar: Scalar<Real = f64>,
    {
        let mut grad = model.zeros_like();
        f(model, &mut grad)?;
        let gradients = tensors(&grad);
        for (tensor, (path, gradient)) in gradients.into_iter().enumerate() {
            for (place, (index, &gradient)) in gradient.indexed_iter().enumerate() {
                let weight = exchange(model, tensor, place, |weight| weight);
                let step = self.step * weight.abs().max(1.0);
                let mut value = |weight: f64| {
                    exchange(model, tensor, place, |_| weight);
                    grad.fill_zero();
                    f(model, &mut grad)
                };
                let values = (value(weight + step), value(weight - step));
                exchange(model, tensor, place, |_| weight);
                // Divided by the distance of the two points as they were rounded.
                let difference = (values.0? - values.1?) / ((weight + step) - (weight - step));
                let (path, index) = (path.clone(), index.slice().to_vec());
                report.add(Comparison { path, index, gradient, difference, error: error_of(gradient, difference) });
            }
        }
        Ok(())
    }
}

/// Puts `new` of the number that stands there at a place of a tensor, and returns what stood there.
fn exchange<M: Optimizable>(model: &mut M, tensor: usize, place: usize, new: impl Fn(f64) -> f64) -> f64
where
    M::Scalar: Scalar<Real = f64>,
{
    let (mut at, mut old) = (0, f64::NAN);
    model.for_each_param_mut(|_, mut value| {
        if at == tensor
            && let Some(number) = value.iter_mut().nth(place)
        {
            old = *number;
            *number = new(old);
        }
        at += 1;
    });
    old
}

/// That the functions of a layer agree with each other.
fn check_passes<L: Layer<f64, D>, D: Dimension>(
    layer: &L,
    x: &Array<f64, D>,
    dy: &Array<f64, L::Output>,
    workspace: &mut L::Workspace,
) -> Result<(), Error>
where
    L::Scalar: Scalar<Real = f64>,
{
    let y = layer.forward(x.view(), workspace)?.to_owned();
    if layer.output(workspace) != y {
        return Err(Error::other("gradient check: `output` is not what `forward` returned"));
    }
    if layer.output_shape(x.raw_dim())? != y.raw_dim() {
        return Err(Error::other("gradient check: `output_shape` is not the shape of what `forward` returned"));
    }
    let (mut once, mut without_input) = (layer.zeros_like(), layer.zeros_like());
    layer.backward(x.view(), dy.view(), workspace, &mut once)?;
    layer.backward_parameters(x.view(), dy.view(), workspace, &mut without_input)?;
    layer.backward_parameters(x.view(), dy.view(), workspace, &mut without_input)?;
    let mut twice = layer.zeros_like();
    layer.backward(x.view(), dy.view(), workspace, &mut twice)?;
    layer.backward(x.view(), dy.view(), workspace, &mut twice)?;
    let (once, without_input, twice) = (tensors(&once), tensors(&without_input), tensors(&twice));
    for (((path, once), (_, without_input)), (_, twice)) in once.iter().zip(&without_input).zip(&twice) {
        for ((index, &once), (&without_input, &twice)) in once.indexed_iter().zip(without_input.iter().zip(twice)) {
            if differs(twice, 2.0 * once) {
                return Err(Error::other(format!(
                    "gradient check: `{path}` {:?} is {once} after one `backward` and {twice} after two; \
                     `backward` adds to the gradient",
                    index.slice()
                )));
            }
            if differs(without_input, 2.0 * once) {
                return Err(Error::other(format!(
                    "gradient check: `{path}` {:?} is {once} after one `backward` and {without_input} after two \
                     `backward_parameters`, which do the same",
                    index.slice()
                )));
            }
        }
    }
    Ok(())
}
