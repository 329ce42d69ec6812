//! [`Changes`]: how a file is to be read for a model that is not quite the one that was saved.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use ndarray::ArrayD;

use super::load::Now;
use crate::error::Error;
use crate::pattern::Pattern;
use crate::real::Real;
use crate::record::{PerWeight, Persist, Record, Value, array};

/// What was asked for, in the order in which it is done.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Changes {
    pub(super) renamed: Vec<(String, String)>,
    pub(super) discarded: Vec<Pattern>,
    pub(super) converts: bool,
    pub(super) grown: Vec<Pattern>,
    pub(super) forgotten: Vec<Pattern>,
    pub(super) new: Vec<Pattern>,
}

/// What comes behind `whole` in a path that is this or stands below it.
fn below<'p>(path: &'p str, whole: &str) -> Option<&'p str> {
    match path.strip_prefix(whole)? {
        rest if rest.is_empty() || whole.is_empty() => Some(rest),
        rest => rest.strip_prefix('.'),
    }
}

fn any(patterns: &[Pattern], path: &str) -> bool {
    patterns.iter().any(|pattern| pattern.matches(path))
}

impl Changes {
    pub(super) fn is_new(&self, path: &str) -> bool {
        any(&self.new, path)
    }

    pub(super) fn grows(&self, path: &str) -> bool {
        any(&self.grown, path)
    }

    /// Every pattern that is to match a parameter of the model matches one.
    pub(super) fn check(&self, model: &BTreeSet<String>) -> Result<(), Error> {
        for (what, patterns) in [("grow", &self.grown), ("forget", &self.forgotten), ("allow_new", &self.new)] {
            for pattern in patterns {
                if !model.iter().any(|path| pattern.matches(path)) {
                    let what = format!("`{what}`: the path");
                    return Err(Error::unknown_name(what, pattern.written(), model.iter().map(String::as_str)));
                }
            }
        }
        Ok(())
    }

    /// A path in the file under the name it has now.
    fn rename<'p>(&self, path: &'p str) -> Cow<'p, str> {
        let mut path = Cow::Borrowed(path);
        for (old, new) in &self.renamed {
            // Once is enough: the new one may stand below the old one.
            if let Some(rest) = below(&path, old).filter(|_| new.is_empty() || below(&path, new).is_none()) {
                let dot = if new.is_empty() || rest.is_empty() { "" } else { "." };
                path = Cow::Owned(format!("{new}{dot}{rest}"));
            }
        }
        path
    }

    /// The tensors of the file under the names they have now.
    pub(super) fn weights<'r>(&self, file: &'r Record) -> Result<BTreeMap<String, &'r Value>, Error> {
        for (old, new) in &self.renamed {
            // A file that was saved since has the new one.
            let there = |whole: &str| file.iter().any(|(path, _)| below(path, whole).is_some());
            let made = || self.renamed.iter().any(|(_, made)| below(old, made).is_some() || below(made, old).is_some());
            if !there(old) && !there(new) && !made() {
                return Err(Error::unknown_name("`rename`: the path", old, file.iter().map(|(path, _)| path)));
            }
        }
        let mut weights = BTreeMap::new();
        for (path, value) in file.iter() {
            let path = self.rename(path);
            if any(&self.discarded, &path) {
                continue;
            }
            if weights.insert(path.clone().into_owned(), value).is_some() {
                return Err(Error::data(format!("`rename`: the checkpoint has two tensors for `{path}`")));
            }
        }
        Ok(weights)
    }

    /// An optimizer's record as it is now; `optimizer` is the one that reads it, of a model that becomes `now`.
    pub(super) fn optimizer<'r, A: Real>(
        &self,
        file: &'r Record,
        weights: &Record,
        now: &Now<'_, '_, A>,
        optimizer: &dyn Persist,
    ) -> Result<Cow<'r, Record>, Error> {
        if *self == Changes::default() {
            return Ok(Cow::Borrowed(file));
        }
        let saved: BTreeSet<String> = weights.iter().map(|(path, _)| path.to_owned()).collect();
        let (number, divisible) = (weights.iter().find_map(|(_, value)| is_f64(value)), optimizer.is_divisible());
        let kept = optimizer.per_weight(&file.without_tensors(), now.parameters);
        let starts: BTreeMap<&str, &PerWeight> = kept.iter().map(|kept| (kept.name.as_str(), kept)).collect();
        let (present, mut record) = (optimizer.save(), Record::new());
        for (name, value) in file.iter() {
            let Some((of, path)) = parameter(name, value, &saved) else {
                record.put(name, value.clone());
                continue;
            };
            let (was, path) = (path, self.rename(path));
            if any(&self.discarded, &path) || any(&self.forgotten, &path) {
                if divisible {
                    continue;
                }
                return Err(Error::data(format!("`{of}{path}` cannot be left out: {WHOLE}")));
            }
            let name = format!("{of}{path}");
            // What a new optimizer has none of begins as the weights do.
            let start = starts.get(name.as_str()).and_then(|kept| now.start(kept));
            let there = start.as_ref().or_else(|| present.get(&name).ok());
            let mut value = Cow::Borrowed(value);
            if self.converts {
                // What the optimizer has nothing of yet is of the model's type if it was of that of the weights.
                let unknown = is_f64(&value).filter(|found| Some(*found) == number).map(|_| A::NAME == f64::NAME);
                let wanted = there.map_or(unknown, is_f64);
                value = converted(value, wanted);
            }
            if self.grows(&path) && divisible && (of == "mask/" || of.ends_with("/mask/")) {
                let old = weights.get(was).ok().and_then(shape_of);
                let new = now.parameters.iter().find(|(known, _)| *known == *path).map(|(_, shape)| shape.as_slice());
                value = grown_mask(value, old, new, &format!("optimizer/{name}"))?;
            } else if self.grows(&path) && divisible {
                value = grown(value, there, &format!("optimizer/{name}"))?;
            }
            record.put(&name, value.into_owned());
        }
        let begins = |path: &str| self.is_new(path) || any(&self.forgotten, path);
        for kept in kept.iter().filter(|kept| begins(&kept.path) && record.get(&kept.name).is_err()).collect::<Vec<_>>()
        {
            if let Some(start) = now.start(kept) {
                record.put(&kept.name, start);
            }
        }
        // Numbers that the present optimizer keeps beyond those of a new one are of weights that it has been at.
        let own = optimizer.per_weight(&present.without_tensors(), now.parameters);
        let own: BTreeSet<&str> = own.iter().map(|kept| kept.name.as_str()).collect();
        let paths = now.paths();
        for (name, value) in present.iter().filter(|(name, _)| !own.contains(name)) {
            let begins = parameter(name, value, &paths).is_some_and(|(_, path)| begins(path));
            if divisible && begins && record.get(name).is_err() {
                record.put(name, value.clone());
            }
        }
        Ok(Cow::Owned(record))
    }

    /// An error of an optimizer that nothing can be left out of or added to, with what helps.
    pub(super) fn explain(&self, error: Error, optimizer: &dyn Persist) -> Error {
        let partial = [&self.discarded, &self.grown, &self.forgotten, &self.new].iter().any(|asked| !asked.is_empty());
        if partial && !optimizer.is_divisible() { Error::data(format!("{error}; {WHOLE}")) } else { error }
    }
}

/// What helps where the model of a minimizer has changed.
const WHOLE: &str =
    "a minimizer's vectors are over all weights together, so `load_weights` alone, and begin with a new one";

/// The parameter that a tensor (or bits) of a record belongs to, and what stands before it: the longest path that the
/// name ends with. The name of a parameter's group and whether it is frozen belong to it too.
fn parameter<'n>(name: &'n str, value: &Value, paths: &BTreeSet<String>) -> Option<(&'n str, &'n str)> {
    let numbers = matches!(value, Value::F32(_) | Value::F64(_) | Value::Bytes(_));
    let mut splits = name.match_indices('/').map(|(at, _)| name.split_at(at + 1));
    let is_of = |of: &str| {
        numbers || ["member/", "frozen/"].iter().any(|what| of == *what || of.ends_with(&format!("/{what}")))
    };
    splits.find(|(of, path)| is_of(of) && paths.contains(*path))
}

fn is_f64(value: &Value) -> Option<bool> {
    match value {
        Value::F32(_) => Some(false),
        Value::F64(_) => Some(true),
        _ => None,
    }
}

/// A tensor in `f64` (true) or `f32`, each number rounded to the nearest.
pub(super) fn converted(value: Cow<'_, Value>, wanted: Option<bool>) -> Cow<'_, Value> {
    match (&*value, wanted) {
        (Value::F32(found), Some(true)) => {
            Cow::Owned(array::<f64>(found.shape(), found.iter().map(|&x| x.into()).collect()))
        }
        (Value::F64(found), Some(false)) => {
            Cow::Owned(array::<f32>(found.shape(), found.iter().map(|&x| Real::from_f64(x)).collect()))
        }
        _ => value,
    }
}

/// A tensor in a larger one, whose other numbers are those of `present`.
pub(super) fn grown<'v>(value: Cow<'v, Value>, present: Option<&Value>, name: &str) -> Result<Cow<'v, Value>, Error> {
    let larger = match (&*value, present) {
        (Value::F32(old), Some(Value::F32(new))) if old.shape() != new.shape() => in_larger(old, new, name),
        (Value::F64(old), Some(Value::F64(new))) if old.shape() != new.shape() => in_larger(old, new, name),
        (Value::F32(_) | Value::F64(_), None) => {
            Err(Error::data(format!("`grow`: there is nothing that `{name}` could be a part of")))
        }
        _ => return Ok(value),
    };
    larger.map(Cow::Owned)
}

fn in_larger<A: Real>(old: &ArrayD<A>, new: &ArrayD<A>, name: &str) -> Result<Value, Error> {
    let (old_shape, new_shape) = (old.shape(), new.shape());
    if !fits(old_shape, new_shape) {
        return Err(Error::data(format!(
            "`grow`: `{name}` has the shape {old_shape:?}, which does not fit into {new_shape:?}"
        )));
    }
    let mut numbers: Vec<A> = new.iter().copied().collect();
    old.iter().enumerate().for_each(|(i, &x)| numbers[place(i, old_shape, new_shape)] = x);
    Ok(array(new_shape, numbers))
}

/// Whether a tensor can be the beginning of a larger one in every axis.
fn fits(old: &[usize], new: &[usize]) -> bool {
    old.len() == new.len() && old.iter().zip(new).all(|(old, new)| old <= new)
}

/// Where element `i` of a tensor stands in a larger one that begins with it, both in logical order.
fn place(i: usize, old: &[usize], new: &[usize]) -> usize {
    let (mut rest, mut place, mut stride) = (i, 0, 1);
    for (old, new) in old.iter().zip(new).rev() {
        place += rest % old * stride;
        rest /= old;
        stride *= new;
    }
    place
}

fn shape_of(value: &Value) -> Option<&[usize]> {
    match value {
        Value::F32(array) => Some(array.shape()),
        Value::F64(array) => Some(array.shape()),
        _ => None,
    }
}

/// A mask in a larger one, whose other elements move.
fn grown_mask<'v>(
    value: Cow<'v, Value>,
    old: Option<&[usize]>,
    new: Option<&[usize]>,
    name: &str,
) -> Result<Cow<'v, Value>, Error> {
    let (Value::Bytes(bits), Some(old), Some(new)) = (&*value, old, new) else { return Ok(value) };
    let elements: usize = old.iter().product();
    if !fits(old, new) || bits.len() != elements.div_ceil(8) {
        return Err(Error::data(format!("`grow`: `{name}` is for the shape {old:?}, which does not fit into {new:?}")));
    }
    let mut moves = vec![true; new.iter().product()];
    (0..elements).for_each(|i| moves[place(i, old, new)] = bits[i / 8] >> (i % 8) & 1 == 1);
    let mut bits = vec![0_u8; moves.len().div_ceil(8)];
    moves.into_iter().enumerate().for_each(|(i, moves)| bits[i / 8] |= u8::from(moves) << (i % 8));
    Ok(Cow::Owned(Value::Bytes(bits)))
}
