//! [`Parts`]: the gradient of a batch, computed in parts on threads and added in a fixed order.

use std::fmt;
use std::ops::Range;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::in_pairs;
use crate::error::Error;
use crate::kernel::{self, Execution, Tensor};
use crate::optimizable::{Optimizable, RealOf};
use crate::optimizer::recycle;
use crate::pair;

/// The gradient of a batch in a fixed number of parts, computed on as many threads as there are.
///
/// Part `p` of `n` has the examples `⌊p · batch / n⌋ .. ⌊(p + 1) · batch / n⌋`, a gradient of its own and a workspace
/// of its own. The gradients are added in pairs, pairs of pairs, and so on (as [`sum`](super::sum) does), the losses in
/// order of the parts. So losses and gradients have the same bits for any number of threads; they depend on the number
/// of parts, which belongs to the training as the batch size does: take as many as the largest machine has cores.
///
/// Gradients and workspaces are used again: after the first batch nothing is allocated, but by the closure.
///
/// ```
/// use optim_core::gradient::Parts;
/// use optim_core::ndarray::array;
/// use optim_core::prelude::*;
///
/// // y = slope · x, fitted to 1000 examples in 8 parts.
/// let (x, y): (Vec<f64>, Vec<f64>) = (0..1000).map(|i| (f64::from(i) / 1e3, f64::from(i) / 500.0)).unzip();
/// let mut slope = array![0.0];
/// let mut parts = Parts::new(&slope, 8);
/// let mut opt = Sgd::default().with_lr(0.5).init(&slope)?;
/// for _ in 0..200 {
///     opt.try_step_with(&mut slope, |slope, gradient| {
///         let slope = &*slope;
///         parts.mean(x.len(), gradient, |examples, gradient, ()| {
///             let share = 1.0 / examples.len() as f64;
///             examples
///                 .map(|i| {
///                     let error = slope[0] * x[i] - y[i];
///                     gradient[0] += 2.0 * share * error * x[i];
///                     share * error * error
///                 })
///                 .sum()
///         })
///     })?;
/// }
/// assert!((slope[0] - 2.0).abs() < 1e-6);
/// # Ok::<(), optim_core::Error>(())
/// ```
pub struct Parts<M: Optimizable, W = ()> {
    parts: Vec<Mutex<Part<M, W>>>,
    execution: Execution,
}

struct Part<M: Optimizable, W> {
    gradient: M,
    workspace: W,
    /// The sum over its examples.
    loss: f64,
    /// By what its gradient counts in that of the batch; none where it had no examples.
    weight: Option<f64>,
    /// Memory for the list of another part's tensors.
    list: Vec<Tensor<'static, RealOf<M>>>,
}

impl<M: Optimizable> Parts<M> {
    /// So many parts (at least one) of gradients for `model`.
    pub fn new(model: &M, parts: usize) -> Self {
        let part = |_| {
            let gradient = model.zeros_like();
            Mutex::new(Part { gradient, workspace: (), loss: 0.0, weight: None, list: Vec::new() })
        };
        Parts { parts: (0..parts.max(1)).map(part).collect(), execution: Execution::default() }
    }
}

impl<M: Optimizable, W> Parts<M, W> {
    /// The same parts, each with a workspace of its own: what the closure needs besides model and gradient.
    #[must_use]
    pub fn with_workspaces<V>(self, mut workspace: impl FnMut() -> V) -> Parts<M, V> {
        let parts = self.parts.into_iter().map(|part| {
            let part = part.into_inner().unwrap_or_else(PoisonError::into_inner);
            let Part { gradient, loss, weight, list, .. } = part;
            Mutex::new(Part { gradient, workspace: workspace(), loss, weight, list })
        });
        Parts { parts: parts.collect(), execution: self.execution }
    }

    /// On this many threads, at most 64; without this, as many as the machine has cores. The result is the same.
    #[must_use]
    pub fn threads(mut self, threads: usize) -> Self {
        self.execution = self.execution.threads(threads);
        self
    }

    /// How many parts there are.
    pub fn count(&self) -> usize {
        self.parts.len()
    }
}

impl<M: Optimizable + Send, W: Send> Parts<M, W> {
    /// Adds the gradients of all parts to `gradient`, and returns the sum of their losses.
    ///
    /// `f` gets a part's examples, a zeroed gradient to add to, and the part's workspace; it returns the part's loss. It is
    /// not called for parts without examples.
    ///
    /// # Errors
    /// When `gradient` has another structure or another shape than the model of [`new`](Parts::new), or the closure has
    /// changed a gradient's; the error names the path, and `gradient` is as before.
    pub fn sum(
        &mut self,
        batch: usize,
        gradient: &mut M,
        f: impl Fn(Range<usize>, &mut M, &mut W) -> f64 + Sync,
    ) -> Result<f64, Error> {
        self.try_sum(batch, gradient, |examples, gradient, workspace| Ok::<_, Error>(f(examples, gradient, workspace)))
    }

    /// As [`sum`](Self::sum), with a closure that can fail.
    ///
    /// # Errors
    /// As [`sum`](Self::sum), or the closure's error, that of the first part which has one; `gradient` is as before.
    pub fn try_sum<E: From<Error> + Send>(
        &mut self,
        batch: usize,
        gradient: &mut M,
        f: impl Fn(Range<usize>, &mut M, &mut W) -> Result<f64, E> + Sync,
    ) -> Result<f64, E> {
        self.add(batch, gradient, None, f)
    }

    /// Adds the mean of the gradients of all examples to `gradient`, and returns the mean of their losses.
    ///
    /// `f` is as in [`sum`](Self::sum), but for loss and gradient that are the mean over the part's examples, as the
    /// [losses](crate::loss) are: each part counts by its share of the batch. Of no examples the mean is 0.
    ///
    /// # Errors
    /// As [`sum`](Self::sum).
    pub fn mean(
        &mut self,
        batch: usize,
        gradient: &mut M,
        f: impl Fn(Range<usize>, &mut M, &mut W) -> f64 + Sync,
    ) -> Result<f64, Error> {
        self.try_mean(batch, gradient, |examples, gradient, workspace| Ok::<_, Error>(f(examples, gradient, workspace)))
    }

    /// As [`mean`](Self::mean), with a closure that can fail.
    ///
    /// # Errors
    /// As [`try_sum`](Self::try_sum).
    pub fn try_mean<E: From<Error> + Send>(
        &mut self,
        batch: usize,
        gradient: &mut M,
        f: impl Fn(Range<usize>, &mut M, &mut W) -> Result<f64, E> + Sync,
    ) -> Result<f64, E> {
        self.add(batch, gradient, Some(batch as f64), f)
    }

    fn add<E: From<Error> + Send>(
        &mut self,
        batch: usize,
        gradient: &mut M,
        mean_of: Option<f64>,
        f: impl Fn(Range<usize>, &mut M, &mut W) -> Result<f64, E> + Sync,
    ) -> Result<f64, E> {
        if let Some(part) = self.parts.first() {
            pair::check_alike(&lock(part).gradient, gradient, "the gradient")?;
        }
        let (parts, execution) = (&self.parts, self.execution);
        // The error of the first part that has one, whichever is the first in time.
        let failed: Mutex<Option<(usize, E)>> = Mutex::new(None);
        kernel::run(execution.threads_for_work(parts.len(), 1), parts.len(), &|index| {
            let Some(part) = parts.get(index) else { return };
            let part = &mut *lock(part);
            let examples = share(index, parts.len(), batch)..share(index + 1, parts.len(), batch);
            let count = examples.len() as f64;
            part.weight = (count > 0.0).then(|| mean_of.map_or(1.0, |batch| count / batch));
            if part.weight.is_none() {
                return;
            }
            part.gradient.fill_zero();
            match f(examples, &mut part.gradient, &mut part.workspace) {
                Ok(loss) => part.loss = if mean_of.is_some() { count * loss } else { loss },
                Err(error) => {
                    let mut failed = lock(&failed);
                    if failed.as_ref().is_none_or(|(first, _)| index < *first) {
                        *failed = Some((index, error));
                    }
                }
            }
        });
        if let Some((_, error)) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(error);
        }
        let mut loss = 0.0;
        for part in parts {
            let part = &mut *lock(part);
            if part.weight.is_some() {
                pair::check_alike(gradient, &part.gradient, "the gradient of a part")?;
                loss += part.loss;
            }
        }
        self.reduce();
        if let Some(part) = self.parts.first() {
            add_part(gradient, &mut lock(part))?;
        }
        Ok(loss / mean_of.filter(|_| batch > 0).unwrap_or(1.0))
    }

    /// Adds all gradients, each times its weight, to that of the first part.
    fn reduce(&self) {
        in_pairs(self.parts.len(), self.execution, |one, other| {
            if let (Some(one), Some(other)) = (self.parts.get(one), self.parts.get(other)) {
                let (mut one, mut other) = (lock(one), lock(other));
                if other.weight.is_none() {
                    return;
                }
                // With weights, a part is scaled when it is first added to: what comes later is a sum already.
                settle(&mut one);
                // They were found to be alike.
                let _ = add_part(&mut one.gradient, &mut other);
            }
        });
    }
}

/// Scales a part by its weight, once; one without examples becomes zero.
fn settle<M: Optimizable, W>(part: &mut Part<M, W>) {
    match part.weight {
        None => part.gradient.fill_zero(),
        Some(1.0) => return,
        Some(weight) => part.gradient.scale(weight),
    }
    part.weight = Some(1.0);
}

/// Adds a part to a gradient, times its weight.
fn add_part<M: Optimizable, W>(gradient: &mut M, part: &mut Part<M, W>) -> Result<(), Error> {
    let Some(weight) = part.weight else { return Ok(()) };
    let mut list = recycle(std::mem::take(&mut part.list));
    let added = pair::add_scaled(gradient, weight, &part.gradient, &mut list);
    part.list = recycle(list);
    added
}

/// Where part `index` of `parts` begins in a batch.
fn share(index: usize, parts: usize, batch: usize) -> usize {
    // Of two numbers below 2⁶⁴ the product is below 2¹²⁸, and the quotient is at most `batch`.
    usize::try_from(index as u128 * batch as u128 / parts as u128).unwrap_or(batch)
}

/// What a part that panicked left behind is zeroed before it is used again.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<M: Optimizable + Clone, W: Clone> Clone for Parts<M, W> {
    fn clone(&self) -> Self {
        let parts = self.parts.iter().map(|part| {
            let Part { gradient, workspace, loss, weight, .. } = &*lock(part);
            let (gradient, workspace) = (gradient.clone(), workspace.clone());
            Mutex::new(Part { gradient, workspace, loss: *loss, weight: *weight, list: Vec::new() })
        });
        Parts { parts: parts.collect(), execution: self.execution }
    }
}

impl<M: Optimizable, W> fmt::Debug for Parts<M, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("count", &self.count())
            .field("execution", &self.execution)
            .finish_non_exhaustive()
    }
}
