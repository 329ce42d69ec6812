//! [`Centralise`]: gradients of mean zero.

use super::assign::Given;
use super::check;
use super::flat::Flat;
use super::frame::{forward, state_inside, wrapper};
use crate::error::Error;
use crate::optimizable::Optimizable;
use crate::optimize::Optimize;
use crate::real::Real;
use crate::record::{Persist, Record, Value};

/// Takes from the gradient of every output's weights their mean: `g = g − mean(g)`. Made by
/// [`Wrap::centralise`](super::Wrap::centralise).
///
/// Outputs stand on the last axis of a tensor, as in [`Linear`](crate::layers::Linear), or on the first
/// ([`outputs_first`](Self::outputs_first)); the mean is over all others, in `f64`, in walking order, rounded once to the
/// model's number type. Tensors with fewer than two axes (biases) stay, and so do those with one weight an output, which
/// would never move. Of a rule with two gradients a step both are centralised.
///
/// Yong et al., *Gradient Centralization: A New Optimization Technique for Deep Neural Networks*, 2020,
/// <https://arxiv.org/abs/2004.01461>.
pub struct Centralise<O, M: Optimizable> {
    inner: O,
    outputs_first: bool,
    means: Vec<f64>,
    flat: Flat<M>,
    given: Given<M>,
}

wrapper!(Centralise { outputs_first } with { means, flat, given });

impl<O, M: Optimizable> Centralise<O, M> {
    pub(super) fn new(inner: O) -> Self {
        Centralise { inner, outputs_first: false, means: Vec::new(), flat: Flat::new(), given: Given::new() }
    }

    /// For tensors whose first axis is that of the outputs, as PyTorch's.
    #[must_use]
    pub fn outputs_first(mut self) -> Self {
        self.outputs_first = true;
        self
    }
}

impl<M: Optimizable, O: Optimize<M>> Optimize<M> for Centralise<O, M> {
    forward!();

    fn try_step_with<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        mut f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        let Centralise { inner, outputs_first, means, flat, .. } = self;
        flat.prepare(model, inner);
        inner.try_step_with(model, |model, gradient| {
            flat.confirm();
            let value = f(model, gradient)?;
            flat.change_gradient(gradient, |places, numbers| {
                let mut changed = false;
                for place in places {
                    let tensor = &mut numbers[place.range.clone()];
                    let outputs = if *outputs_first { place.shape.first() } else { place.shape.last() };
                    let outputs = outputs.filter(|&&outputs| place.shape.len() > 1 && outputs < tensor.len());
                    if let Some(&outputs) = outputs {
                        let each = tensor.len() / outputs;
                        if *outputs_first {
                            rows(tensor, each);
                        } else {
                            columns(tensor, outputs, means);
                        }
                        changed = true;
                    }
                }
                changed
            })?;
            Ok(value)
        })
    }
}

/// Takes from every stretch of `each` numbers its mean.
fn rows<A: Real>(tensor: &mut [A], each: usize) {
    for row in tensor.chunks_exact_mut(each) {
        let mean = A::from_f64(row.iter().fold(0.0, |sum, &g| sum + g.as_f64()) / each as f64);
        for g in row {
            *g -= mean;
        }
    }
}

/// Takes from every column of a matrix with `outputs` of them its mean.
fn columns<A: Real>(tensor: &mut [A], outputs: usize, means: &mut Vec<f64>) {
    means.clear();
    means.resize(outputs, 0.0);
    for row in tensor.chunks_exact(outputs) {
        means.iter_mut().zip(row).for_each(|(sum, &g)| *sum += g.as_f64());
    }
    let each = (tensor.len() / outputs) as f64;
    for row in tensor.chunks_exact_mut(outputs) {
        row.iter_mut().zip(&*means).for_each(|(g, &sum)| *g -= A::from_f64(sum / each));
    }
}

impl<O: Persist, M: Optimizable> Persist for Centralise<O, M> {
    fn save(&self) -> Record {
        let mut record = check::record("centralise", &self.inner);
        record.put("outputs_first", Value::Count(self.outputs_first.into()));
        record
    }

    fn load(&mut self, record: &Record) -> Result<(), Error> {
        check::is_of("centralise", record, &["outputs_first"])?;
        let outputs_first = record.count("outputs_first")? > 0;
        self.inner.load(&record.part("inner"))?;
        self.outputs_first = outputs_first;
        Ok(())
    }

    state_inside!();
}
