//! [`Record`] and [`Persist`]: what has to survive an interruption, by name.

use std::collections::BTreeMap;

use ndarray::{Array1, ArrayD};

use crate::error::Error;
use crate::optimizable::{Optimizable, RealOf};
use crate::path::Role;
use crate::real::Real;

/// A value of a [`Record`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// A whole number.
    Count(u64),
    /// A number; kept bit for bit.
    Number(f64),
    /// A word or a text.
    Text(String),
    /// A tensor of `f32`.
    F32(ArrayD<f32>),
    /// A tensor of `f64`.
    F64(ArrayD<f64>),
    /// Bytes: bits of a mask, the state of a generator.
    Bytes(Vec<u8>),
}

/// Values by their names, which may have parts: `"clip/norm"`, `"optimizer/m/hidden.weight"`.
///
/// What is saved to a file, and what is read back from one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    values: BTreeMap<String, Value>,
}

impl Record {
    /// An empty one.
    pub fn new() -> Self {
        Record::default()
    }

    /// Adds a value, in place of one that has the name already.
    pub fn put(&mut self, name: &str, value: Value) {
        self.values.insert(name.to_owned(), value);
    }

    /// Adds all values of another record, their names behind `name` and a slash.
    pub fn put_part(&mut self, name: &str, part: Record) {
        for (inner, value) in part.values {
            self.values.insert(format!("{name}/{inner}"), value);
        }
    }

    /// Adds every parameter of a model that is not frozen, behind `name` and a slash.
    pub fn put_parameters<M: Optimizable>(&mut self, name: &str, model: &M) {
        model.for_each_tensor(|path, role, value| {
            if role == Role::Parameter {
                self.put(&format!("{name}/{path}"), tensor(value.to_owned()));
            }
        });
    }

    /// All values, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The value of this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn get(&self, name: &str) -> Result<&Value, Error> {
        self.values.get(name).ok_or_else(|| Error::data(format!("`{name}` is missing")))
    }

    /// The values whose names begin with `name` and a slash, under what is behind it.
    #[must_use]
    pub fn part(&self, name: &str) -> Record {
        let mut part = Record::new();
        for (whole, value) in &self.values {
            if let Some(inner) = whole.strip_prefix(name).and_then(|rest| rest.strip_prefix('/')) {
                part.put(inner, value.clone());
            }
        }
        part
    }

    /// The values of other kinds than tensors and bytes.
    pub(crate) fn without_tensors(&self) -> Record {
        let mut small = Record::new();
        for (name, value) in &self.values {
            if matches!(value, Value::Count(_) | Value::Number(_) | Value::Text(_)) {
                small.put(name, value.clone());
            }
        }
        small
    }

    /// Compares the names with those that somebody asks for, which are few; one that ends with a slash is for all behind it.
    ///
    /// # Errors
    /// When there is another one: it is not `whose`.
    pub(crate) fn has_only(&self, known: &[&str], whose: &str) -> Result<(), Error> {
        let asked =
            |name: &str| known.iter().any(|&known| name == known || known.ends_with('/') && name.starts_with(known));
        match self.values.keys().find(|name| !asked(name)) {
            None => Ok(()),
            Some(name) => Err(Error::data(format!("`{name}` is not of {whose}"))),
        }
    }

    /// A whole number.
    ///
    /// # Errors
    /// When there is none of this name, or it is something else.
    pub fn count(&self, name: &str) -> Result<u64, Error> {
        match self.get(name)? {
            Value::Count(count) => Ok(*count),
            other => Err(other.is_not(name, "a whole number")),
        }
    }

    /// A number.
    ///
    /// # Errors
    /// When there is none of this name, or it is something else.
    pub fn number(&self, name: &str) -> Result<f64, Error> {
        match self.get(name)? {
            Value::Number(number) => Ok(*number),
            other => Err(other.is_not(name, "a number")),
        }
    }

    /// A text.
    ///
    /// # Errors
    /// When there is none of this name, or it is something else.
    pub fn text(&self, name: &str) -> Result<&str, Error> {
        match self.get(name)? {
            Value::Text(text) => Ok(text),
            other => Err(other.is_not(name, "a text")),
        }
    }

    /// Bytes.
    ///
    /// # Errors
    /// When there are none of this name, or it is something else.
    pub fn bytes(&self, name: &str) -> Result<&[u8], Error> {
        match self.get(name)? {
            Value::Bytes(bytes) => Ok(bytes),
            other => Err(other.is_not(name, "bytes")),
        }
    }

    /// A tensor of the number type `A`.
    ///
    /// # Errors
    /// When there is none of this name, or it is something else, or of the other number type.
    pub fn tensor<A: Real>(&self, name: &str) -> Result<&ArrayD<A>, Error> {
        self.get(name)?.as_tensor(name)
    }

    /// Reads every parameter that is not frozen into `model`, from behind `name` and a slash.
    ///
    /// # Errors
    /// When one is missing, or of another shape or number type; nothing has been read then.
    pub fn parameters<M: Optimizable>(&self, name: &str, model: &mut M) -> Result<(), Error> {
        let mut wrong = None;
        model.for_each_tensor(|path, role, value| {
            if role == Role::Parameter && wrong.is_none() {
                let found = self.tensor::<RealOf<M>>(&format!("{name}/{path}"));
                wrong = match found {
                    Ok(found) if found.shape() == value.shape() => None,
                    Ok(found) => Some(Error::shape("the record", path, found.shape(), value.shape())),
                    Err(error) => Some(error),
                };
            }
        });
        if let Some(error) = wrong {
            return Err(error);
        }
        model.for_each_tensor_mut(|path, role, mut value| {
            if role == Role::Parameter
                && let Ok(found) = self.tensor::<RealOf<M>>(&format!("{name}/{path}"))
            {
                value.assign(found);
            }
        });
        Ok(())
    }
}

impl Value {
    /// The tensor, of the number type `A`; `name` is for the error.
    pub(crate) fn as_tensor<A: Real>(&self, name: &str) -> Result<&ArrayD<A>, Error> {
        let array: Option<&dyn std::any::Any> = match self {
            Value::F32(array) => Some(array),
            Value::F64(array) => Some(array),
            _ => None,
        };
        let array = array.and_then(|array| array.downcast_ref());
        array.ok_or_else(|| self.is_not(name, &format!("a tensor of `{}`", A::NAME)))
    }

    fn is_not(&self, name: &str, expected: &str) -> Error {
        let found = match self {
            Value::Count(_) => "a whole number",
            Value::Number(_) => "a number",
            Value::Text(_) => "a text",
            Value::F32(_) => "a tensor of `f32`",
            Value::F64(_) => "a tensor of `f64`",
            Value::Bytes(_) => "bytes",
        };
        Error::data(format!("`{name}` is {found}, not {expected}"))
    }
}

macro_rules! from {
    ($($from:ty => |$value:ident| $to:expr;)*) => {
        $(
            impl From<$from> for Value {
                fn from($value: $from) -> Self {
                    $to
                }
            }
        )*
    };
}

from! {
    u64 => |count| Value::Count(count);
    u32 => |count| Value::Count(count.into());
    usize => |count| Value::Count(count as u64);
    f64 => |number| Value::Number(number);
    f32 => |number| Value::Number(number.into());
    String => |text| Value::Text(text);
    &str => |text| Value::Text(text.to_owned());
    ArrayD<f32> => |array| Value::F32(array);
    ArrayD<f64> => |array| Value::F64(array);
    Vec<u8> => |bytes| Value::Bytes(bytes);
}

/// A tensor as a value.
pub fn tensor<A: Real>(array: ArrayD<A>) -> Value {
    let any: Box<dyn std::any::Any> = Box::new(array);
    match any.downcast::<ArrayD<f32>>() {
        Ok(array) => Value::F32(*array),
        Err(any) => match any.downcast::<ArrayD<f64>>() {
            Ok(array) => Value::F64(*array),
            // `Real` is sealed: there are two.
            Err(_) => unreachable!("a number is `f32` or `f64`"),
        },
    }
}

/// Numbers in logical order, as many as the shape says, as a value.
pub(crate) fn array<A: Real>(shape: &[usize], numbers: Vec<A>) -> Value {
    debug_assert_eq!(numbers.len(), shape.iter().product::<usize>(), "as many numbers as the shape says");
    tensor(Array1::from_vec(numbers).into_shape_with_order(shape).unwrap_or_else(|_| ArrayD::zeros(shape)))
}

/// Numbers for the weights of one parameter that a new optimizer has none of: of an average, of a sum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PerWeight {
    /// The name in a record.
    pub name: String,
    /// The path of the parameter.
    pub path: String,
    /// What a weight starts at that the record knows nothing of.
    pub start: Start,
}

impl PerWeight {
    /// The same in a larger record, in which these names stand behind `part` and a slash.
    #[must_use]
    pub fn behind(self, part: &str) -> Self {
        PerWeight { name: format!("{part}/{}", self.name), ..self }
    }
}

/// What is kept for a weight, before anything is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Start {
    /// The weight as the model has it.
    Weight,
    /// Zero.
    Zero,
}

/// What has state that has to survive an interruption: optimizers, wrappers, schedules, generators.
pub trait Persist {
    /// All of the state, by name.
    fn save(&self) -> Record;

    /// Takes the state from a record that [`save`](Self::save) made.
    ///
    /// # Errors
    /// When something is missing or does not fit; what has been read by then stays read, so it is done to a copy.
    fn load(&mut self, record: &Record) -> Result<(), Error>;

    /// Compares what was loaded with the parameters of a model (those that are not frozen by attribute), by path and shape,
    /// where [`load`](Self::load) does not know the model.
    ///
    /// # Errors
    /// When a parameter is missing, too many, or of another shape or number type.
    fn fits(&self, parameters: &[(String, Vec<usize>)]) -> Result<(), Error> {
        let _ = parameters;
        Ok(())
    }
    /// The numbers for each weight of these parameters that [`load`](Self::load) looks for in a record and that
    /// [`save`](Self::save) of a new optimizer does not have: averages, sums. A checkpoint asks when the model has changed
    /// since it was saved; the record has no tensors then, and all else.
    fn per_weight(&self, record: &Record, parameters: &[(String, Vec<usize>)]) -> Vec<PerWeight> {
        let _ = (record, parameters);
        Vec::new()
    }

    /// Whether what it keeps of one parameter makes sense without the rest. It does not where vectors are over all weights
    /// together, as those of a minimizer: then nothing is left out for a model that has changed, and nothing added.
    fn is_divisible(&self) -> bool {
        true
    }
}
