//! What stands where in a file: weights under their paths, the optimizer's state behind `optimizer/`, a program's own
//! values behind `value/`; counts, numbers and texts among the metadata, all else as tensors.

use std::borrow::Cow;
use std::io;

use ndarray::ArrayD;

use super::file::{Contents, Part, Stored};
use super::json::Result;
use super::number::{Number, from_bf16, from_f16};
use super::text;
use crate::real::Real;
use crate::record::{Record, Value, array};

/// What this version writes, and the newest that it reads.
pub(super) const SCHEMA: u64 = 1;
const SCHEMA_NAME: &str = "schema";
const OPTIMIZER: &str = "optimizer";
const VALUE: &str = "value";

/// A checkpoint, apart.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Parts {
    /// Tensors by the paths of the model.
    pub(super) weights: Record,
    pub(super) optimizer: Option<Record>,
    pub(super) values: Record,
}

/// The name of a weight in a file. One that would be taken for something else stands behind a slash.
pub(super) fn weight_name(path: &str) -> Cow<'_, str> {
    let taken = |part: &str| path.strip_prefix(part).is_some_and(|rest| rest.starts_with('/'));
    if path.starts_with('/') || path == "__metadata__" || taken(OPTIMIZER) || taken(VALUE) {
        return Cow::Owned(format!("/{path}"));
    }
    Cow::Borrowed(path)
}

/// What is to be written: texts, in the order of their names, and tensors.
pub(super) fn to_file(parts: &Parts) -> (Vec<(String, String)>, Vec<(String, Part<'_>)>) {
    let (mut metadata, mut tensors) = (Vec::new(), Vec::new());
    for (path, value) in parts.weights.iter() {
        tensors.extend(part(value).map(|part| (weight_name(path).into_owned(), part)));
    }
    let mut put = |name: String, value| match part(value) {
        Some(part) => tensors.push((name, part)),
        None => metadata.extend(text::write(value).map(|text| (name, text))),
    };
    for (name, value) in parts.optimizer.iter().flat_map(Record::iter) {
        put(format!("{OPTIMIZER}/{name}"), value);
    }
    put(SCHEMA_NAME.to_owned(), &Value::Count(SCHEMA));
    for (name, value) in parts.values.iter() {
        put(format!("{VALUE}/{name}"), value);
    }
    (metadata, tensors)
}

/// A value as a tensor of a file.
pub(super) fn part(value: &Value) -> Option<Part<'_>> {
    match value {
        Value::F32(array) => Some(numbers(Number::F32, array, f32::to_le_bytes)),
        Value::F64(array) => Some(numbers(Number::F64, array, f64::to_le_bytes)),
        Value::Bytes(bytes) => {
            let fill = move |put: &mut dyn FnMut(&[u8]) -> io::Result<()>| put(bytes);
            Some(Part { number: Number::U8, shape: vec![bytes.len()], fill: Box::new(fill) })
        }
        _ => None,
    }
}

fn numbers<A: Real, const N: usize>(number: Number, array: &ArrayD<A>, bytes: fn(A) -> [u8; N]) -> Part<'_> {
    let fill = move |put: &mut dyn FnMut(&[u8]) -> io::Result<()>| {
        let mut buffer = Vec::with_capacity(1 << 16);
        // In logical order, whatever the layout.
        for &x in array {
            buffer.extend_from_slice(&bytes(x));
            if buffer.len() + N > 1 << 16 {
                put(&buffer)?;
                buffer.clear();
            }
        }
        put(&buffer)
    };
    Part { number, shape: array.shape().to_vec(), fill: Box::new(fill) }
}

/// Takes a checkpoint apart.
pub(super) fn from_file(contents: &Contents) -> Result<Parts> {
    let metadata = &contents.metadata;
    let schema = match metadata.iter().find(|(name, _)| name == SCHEMA_NAME) {
        Some((_, schema)) if contents.checked => schema,
        _ => return Err("it is not a checkpoint of this library, or was changed by something else".to_owned()),
    };
    match schema.parse::<u64>() {
        Ok(SCHEMA) => {}
        Ok(newer) if newer > SCHEMA => {
            return Err(format!("its schema is {newer}, and this version reads up to {SCHEMA}"));
        }
        _ => return Err(format!("its schema is `{schema}`, which is not known")),
    }
    let (mut all, mut weights) = (Record::new(), Record::new());
    for (name, text) in metadata.iter().filter(|(name, _)| name.contains('/')) {
        all.put(name, text::read(text));
    }
    for (name, stored) in &contents.tensors {
        let value = value(contents, stored).map_err(|text| format!("`{name}` {text}"))?;
        let taken = |part: &str| name.strip_prefix(part).is_some_and(|rest| rest.starts_with('/'));
        if !taken(OPTIMIZER) && !taken(VALUE) {
            weights.put(name.strip_prefix('/').unwrap_or(name), value);
        } else if all.get(name).is_ok() {
            return Err(format!("`{name}` stands among its tensors and its metadata"));
        } else {
            all.put(name, value);
        }
    }
    let optimizer = all.part(OPTIMIZER);
    let optimizer = (optimizer != Record::new()).then_some(optimizer);
    Ok(Parts { weights, optimizer, values: all.part(VALUE) })
}

/// A tensor of a file as a value; half precision becomes single.
pub(super) fn value(contents: &Contents, stored: &Stored) -> Result<Value> {
    let bytes = contents.bytes(stored);
    match stored.number {
        Number::F64 => Ok(numbers_of(stored, bytes, f64::from_le_bytes)),
        Number::F32 => Ok(numbers_of(stored, bytes, f32::from_le_bytes)),
        Number::F16 => Ok(numbers_of(stored, bytes, |bytes| from_f16(u16::from_le_bytes(bytes)))),
        Number::BF16 => Ok(numbers_of(stored, bytes, |bytes| from_bf16(u16::from_le_bytes(bytes)))),
        Number::U8 if stored.shape.len() == 1 => Ok(Value::Bytes(bytes.to_vec())),
        number => Err(format!("is a tensor of {}, which no model has", number.name())),
    }
}

/// There are as many bytes as the shape says: the file was checked.
fn numbers_of<A: Real, const N: usize>(stored: &Stored, bytes: &[u8], number: fn([u8; N]) -> A) -> Value {
    array(&stored.shape, bytes.as_chunks().0.iter().map(|bytes| number(*bytes)).collect())
}
