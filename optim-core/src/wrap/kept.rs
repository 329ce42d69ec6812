//! [`Kept`]: one number for each weight that a wrapper keeps from step to step.

use ndarray::{ArrayD, IxDyn};

use super::flat::{Flat, Place};
use crate::error::Error;
use crate::optimizable::{Optimizable, RealOf};
use crate::optimize::Optimize;
use crate::record::{Record, tensor};

/// Numbers of all parameters (not of frozen ones), or none yet.
pub(super) struct Kept<M: Optimizable> {
    /// What it is called in a record.
    name: &'static str,
    there: bool,
    numbers: Vec<RealOf<M>>,
    /// Numbers from a record that no model has been compared with.
    loaded: Option<Record>,
}

impl<M: Optimizable> Kept<M> {
    pub(super) const fn new(name: &'static str) -> Self {
        Kept { name, there: false, numbers: Vec::new(), loaded: None }
    }

    pub(super) fn is_there(&self) -> bool {
        self.there
    }

    /// The numbers are there from now on.
    pub(super) fn keep(&mut self) {
        self.there = true;
    }

    /// There are none from now on; the memory stays.
    pub(super) fn forget(&mut self) {
        self.there = false;
        self.loaded = None;
    }

    /// The memory for the numbers, whether they are there or not.
    pub(super) fn numbers(&mut self) -> &mut Vec<RealOf<M>> {
        &mut self.numbers
    }

    /// Adds the numbers to a record, by path.
    pub(super) fn save(&self, flat: &Flat<M>, record: &mut Record) {
        if !self.there {
            return;
        }
        if let Some(loaded) = &self.loaded {
            record.put_part(self.name, loaded.clone());
            return;
        }
        for Place { path, shape, range, .. } in flat.places() {
            let numbers = self.numbers[range.clone()].to_vec();
            if let Ok(array) = ArrayD::from_shape_vec(IxDyn(shape), numbers) {
                record.put(&format!("{}/{path}", self.name), tensor(array));
            }
        }
    }

    /// Takes the numbers from a record that has them where `there` says so. They are compared with the model as soon as
    /// one is seen.
    pub(super) fn load(&mut self, record: &Record, there: bool, flat: &Flat<M>) -> Result<(), Error> {
        let mut loaded = Kept::new(self.name);
        if there {
            loaded.there = true;
            loaded.loaded = Some(record.part(self.name));
            if flat.is_confirmed() {
                loaded.settle(flat)?;
            }
        }
        *self = loaded;
        Ok(())
    }

    /// Compares numbers from a record with the model.
    ///
    /// # Errors
    /// When one is missing, too many, or of another shape or number type; the numbers stay as they are then.
    pub(super) fn settle(&mut self, flat: &Flat<M>) -> Result<(), Error> {
        if self.loaded.is_none() {
            return Ok(());
        }
        let places = flat.places().iter().map(|place| (place.path.as_str(), &*place.shape));
        if let Some(numbers) = self.loaded_numbers(&places.collect::<Vec<_>>())? {
            (self.numbers, self.loaded) = (numbers, None);
        }
        Ok(())
    }

    /// The same without a model, for the parameters that are the inner optimizer's.
    ///
    /// # Errors
    /// As [`settle`](Self::settle).
    pub(super) fn fits(&self, inner: &impl Optimize<M>, parameters: &[(String, Vec<usize>)]) -> Result<(), Error> {
        let owned = parameters.iter().filter(|(path, _)| inner.owns(path));
        let owned: Vec<(&str, &[usize])> = owned.map(|(path, shape)| (path.as_str(), shape.as_slice())).collect();
        self.loaded_numbers(&owned).map(drop)
    }

    /// What a record has for these parameters, one after the other; `None` where nothing waits to be compared.
    fn loaded_numbers(&self, parameters: &[(&str, &[usize])]) -> Result<Option<Vec<RealOf<M>>>, Error> {
        let Some(loaded) = &self.loaded else { return Ok(None) };
        let name = |path: &str| format!("{}/{path}", self.name);
        if let Some((path, _)) = loaded.iter().find(|(path, _)| parameters.iter().all(|(known, _)| known != path)) {
            return Err(Error::data(format!("`{}` is there, and the model has no such parameter", name(path))));
        }
        let mut numbers = Vec::new();
        for (path, shape) in parameters {
            // The whole name in the error, not the one behind the slash.
            let found = loaded.get(path).map_err(|_| Error::data(format!("`{}` is missing", name(path))))?;
            let mut named = Record::new();
            named.put(&name(path), found.clone());
            let found = named.tensor::<RealOf<M>>(&name(path))?;
            if found.shape() != *shape {
                return Err(Error::shape("the record", name(path), found.shape(), shape));
            }
            numbers.extend(found.iter());
        }
        Ok(Some(numbers))
    }

    /// Evaluates at these numbers; afterwards the inner optimizer takes the weights back.
    pub(super) fn evaluate<T, O: Optimize<M>>(
        &mut self,
        flat: &mut Flat<M>,
        inner: &mut O,
        model: &mut M,
        f: impl FnOnce(&mut M) -> T,
    ) -> Result<T, Error> {
        if !self.there {
            return inner.evaluate_with(model, f);
        }
        flat.prepare(model, inner);
        let evaluated = inner.evaluate_with(model, |model| {
            flat.confirm();
            self.settle(flat)?;
            flat.write(model, "the model", &mut self.numbers)?;
            Ok(f(model))
        });
        evaluated.and_then(|value| value)
    }
}

impl<M: Optimizable> Clone for Kept<M> {
    fn clone(&self) -> Self {
        let numbers = if self.there { self.numbers.clone() } else { Vec::new() };
        Kept { name: self.name, there: self.there, numbers, loaded: self.loaded.clone() }
    }
}
