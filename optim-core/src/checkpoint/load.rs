//! Weights and optimizer from a checkpoint: all that can be wrong is found before anything moves.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use ndarray::{ArrayD, ArrayViewD};

use super::changes::{Changes, converted, grown};
use super::layout::Parts;
use crate::composition::differ;
use crate::error::Error;
use crate::kernel::Tensor;
use crate::optimizable::{Optimizable, RealOf};
use crate::path::{At, Role};
use crate::real::Real;
use crate::record::{PerWeight, Persist, Record, Start, Value, tensor};
use crate::walk::Visitor;

const WHAT: &str = "the checkpoint";

/// The tensors of a model, with what PyTorch has the other way round.
pub(super) struct Tensors<'a, A>(pub(super) Vec<(String, bool, ArrayViewD<'a, A>)>);

pub(super) fn tensors<M: Optimizable>(model: &M) -> Tensors<'_, RealOf<M>> {
    let mut tensors = Tensors(Vec::new());
    model.walk(&mut tensors);
    tensors
}

impl<A: Real> Tensors<'_, A> {
    fn paths(&self) -> BTreeSet<String> {
        self.0.iter().map(|(path, ..)| path.clone()).collect()
    }
}

impl<'a, A: Real> Visitor<'a, A> for Tensors<'a, A> {
    fn tensor(&mut self, at: &At<'_>, tensor: Tensor<'a, A>) {
        self.0.push((at.to_string(), at.transposed(), tensor.view()));
    }
}

/// What a checkpoint becomes for a model: a value for each of its tensors, but those that keep what they have.
pub(super) struct Adapted<'r>(BTreeMap<String, Cow<'r, Value>>);

impl Adapted<'_> {
    /// Writes the values into the model, which was looked at before.
    pub(super) fn write<M: Optimizable>(&self, model: &mut M) {
        model.for_each_tensor_mut(|path, _, mut value| {
            if let Some(Ok(found)) = self.0.get(path).map(|found| found.as_tensor::<RealOf<M>>(path)) {
                value.assign(found);
            }
        });
    }
}

/// A model as it is going to be.
pub(super) struct Now<'n, 'm, A> {
    tensors: &'n Tensors<'m, A>,
    adapted: &'n Adapted<'n>,
    /// Path and shape of what is not frozen.
    pub(super) parameters: &'n [(String, Vec<usize>)],
}

impl<A: Real> Now<'_, '_, A> {
    pub(super) fn paths(&self) -> BTreeSet<String> {
        self.tensors.paths()
    }

    /// What numbers start at that are kept for each weight.
    pub(super) fn start(&self, kept: &PerWeight) -> Option<Value> {
        let (_, _, present) = self.tensors.0.iter().find(|(path, ..)| *path == kept.path)?;
        Some(match (kept.start, self.adapted.0.get(&kept.path)) {
            (Start::Zero, _) => tensor(ArrayD::<A>::zeros(present.shape())),
            (Start::Weight, Some(value)) => Value::clone(value),
            (Start::Weight, None) => tensor(present.to_owned()),
        })
    }
}

/// Finds a value for each tensor of the model.
pub(super) fn adapt<'r, A: Real>(
    parts: &'r Parts,
    changes: &Changes,
    transposed: bool,
    model: &Tensors<'_, A>,
) -> Result<Adapted<'r>, Error> {
    let paths = model.paths();
    changes.check(&paths)?;
    let mut found = changes.weights(&parts.weights)?;
    let mut adapted = BTreeMap::new();
    for (path, other_way_round, present) in &model.0 {
        let Some(value) = found.remove(path) else {
            if changes.is_new(path) {
                continue;
            }
            return Err(missing(path, present.shape(), &found, &paths));
        };
        let mut value = Cow::Borrowed(value);
        if changes.converts {
            value = converted(value, Some(A::NAME == f64::NAME));
        }
        if transposed && *other_way_round {
            value = Cow::Owned(turned(value.into_owned()));
        }
        if changes.grows(path) {
            value = grown(value, Some(&tensor(present.to_owned())), path)?;
        }
        let array = value.as_tensor::<A>(path).map_err(|error| hint(error, &value))?;
        if array.shape() != present.shape() {
            return Err(Error::shape(WHAT, path, array.shape(), present.shape()));
        }
        adapted.insert(path.clone(), value);
    }
    match found.keys().next() {
        None => Ok(Adapted(adapted)),
        Some(extra) => Err(Error::structure(WHAT, extra.clone(), "is not in the model; `discard` it, or `rename` it")),
    }
}

/// Weights and optimizer; neither has changed after an error.
pub(super) fn load<M: Optimizable, O: Persist + Clone>(
    parts: &Parts,
    changes: &Changes,
    model: &mut M,
    optimizer: &mut O,
) -> Result<(), Error> {
    let mut parameters = Vec::new();
    model.for_each_tensor(|path, role, value| {
        if role == Role::Parameter {
            parameters.push((path.to_owned(), value.shape().to_vec()));
        }
    });
    let (tensors, mut loaded) = (tensors(&*model), optimizer.clone());
    let adapted = load_optimizer(parts, changes, &tensors, &parameters, (optimizer, &mut loaded))?;
    drop(tensors);
    adapted.write(model);
    *optimizer = loaded;
    Ok(())
}

/// Loads a copy of an optimizer, for a model with these tensors, and finds what these become. Not generic over the
/// optimizer: there is one type of these for each rule and everything around it.
fn load_optimizer<'r, A: Real>(
    parts: &'r Parts,
    changes: &Changes,
    tensors: &Tensors<'_, A>,
    parameters: &[(String, Vec<usize>)],
    (optimizer, copy): (&dyn Persist, &mut dyn Persist),
) -> Result<Adapted<'r>, Error> {
    let adapted = adapt(parts, changes, false, tensors)?;
    let nothing = Record::new();
    let record = match &parts.optimizer {
        Some(record) => record,
        // One that has no state leaves nothing in a file.
        None if optimizer.save() == nothing => &nothing,
        None => return Err(Error::data("the checkpoint has no optimizer")),
    };
    let now = Now { tensors, adapted: &adapted, parameters };
    let record = changes.optimizer::<A>(record, &parts.weights, &now, optimizer)?;
    let done = copy.load(&record).and_then(|()| copy.fits(parameters));
    done.map_err(|error| differ(&record, &optimizer.save()).unwrap_or_else(|| changes.explain(error, optimizer)))?;
    Ok(adapted)
}

/// A tensor with its last two axes exchanged.
fn turned(value: Value) -> Value {
    match value {
        Value::F32(array) if array.ndim() >= 2 => Value::F32(turn(array)),
        Value::F64(array) if array.ndim() >= 2 => Value::F64(turn(array)),
        other => other,
    }
}

pub(super) fn turn<S: ndarray::RawData>(
    mut array: ndarray::ArrayBase<S, ndarray::IxDyn>,
) -> ndarray::ArrayBase<S, ndarray::IxDyn> {
    let axes = array.ndim();
    if axes >= 2 {
        array.swap_axes(axes - 2, axes - 1);
    }
    array
}

fn missing(path: &str, shape: &[usize], found: &BTreeMap<String, &Value>, model: &BTreeSet<String>) -> Error {
    let same = |value: &Value| match value {
        Value::F32(array) => array.shape() == shape,
        Value::F64(array) => array.shape() == shape,
        _ => false,
    };
    let other = found.iter().find(|(path, value)| !model.contains(*path) && same(value));
    let hint = other.map_or("`allow_new`, if it is to keep what it has".to_owned(), |(other, _)| {
        format!("it has `{other}` of this shape: `rename`, if it is that")
    });
    Error::structure(WHAT, path.to_owned(), &format!("is missing; {hint}"))
}

/// What helps where the other number type was found.
fn hint(error: Error, value: &Value) -> Error {
    match value {
        Value::F32(_) | Value::F64(_) => Error::data(format!("{error}; `convert`, if it is to become that")),
        _ => error,
    }
}

/// The weights of a model.
pub(super) fn weights<M: Optimizable>(model: &M) -> Record {
    let mut record = Record::new();
    model.for_each_tensor(|path, _, value| record.put(path, tensor(value.to_owned())));
    record
}
