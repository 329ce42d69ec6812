//! [`Kept`]: one number for each weight that a wrapper keeps from step to step.

use super::flat::{Flat, Place};
use crate::error::Error;
use crate::kernel::Average;
use crate::optimizable::{Optimizable, RealOf};
use crate::optimize::Optimize;
use crate::optimizer::Beside;
use crate::record::{PerWeight, Record, Start, array};

/// Numbers of all parameters (not of frozen ones), or none yet.
pub(super) struct Kept<M: Optimizable> {
    kind: Kind,
    there: bool,
    numbers: Vec<RealOf<M>>,
    /// Numbers from a record that no model has been compared with.
    loaded: Option<Record>,
}

/// What the numbers are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    /// What they are called in a record.
    pub(super) name: &'static str,
    /// The count of a record that is 0 where there are none.
    pub(super) counted: &'static str,
    /// What a new weight starts at.
    pub(super) start: Start,
}

impl<M: Optimizable> Kept<M> {
    pub(super) const fn new(kind: Kind) -> Self {
        Kept { kind, there: false, numbers: Vec::new(), loaded: None }
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
            record.put_part(self.kind.name, loaded.clone());
            return;
        }
        for Place { path, shape, range, .. } in flat.places() {
            let numbers = self.numbers[range.clone()].to_vec();
            record.put(&format!("{}/{path}", self.kind.name), array(shape, numbers));
        }
    }

    /// Takes the numbers from a record, where its count says that there are any. They are compared with the model as soon
    /// as one is seen.
    pub(super) fn load(&mut self, record: &Record, flat: &Flat<M>) -> Result<(), Error> {
        let (mut loaded, numbers) = (Kept::new(self.kind), record.part(self.kind.name));
        if record.count(self.kind.counted)? > 0 {
            loaded.there = true;
            loaded.loaded = Some(numbers);
            if flat.is_confirmed() {
                loaded.settle(flat)?;
            }
        } else if let Some((path, _)) = numbers.iter().next() {
            let Kind { name, counted, .. } = self.kind;
            return Err(Error::data(format!("`{name}/{path}` is there, and `{counted}` is 0")));
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

    /// What [`load`](Self::load) looks for in a record.
    pub(super) fn per_weight(
        &self,
        inner: &impl Optimize<M>,
        record: &Record,
        parameters: &[(String, Vec<usize>)],
    ) -> Vec<PerWeight> {
        let Kind { name, counted, start } = self.kind;
        let there = record.count(counted).is_ok_and(|count| count > 0);
        let owned = parameters.iter().filter(|(path, _)| there && inner.owns(path));
        owned.map(|(path, _)| PerWeight { name: format!("{name}/{path}"), path: path.clone(), start }).collect()
    }

    /// What a record has for these parameters, one after the other; `None` where nothing waits to be compared.
    fn loaded_numbers(&self, parameters: &[(&str, &[usize])]) -> Result<Option<Vec<RealOf<M>>>, Error> {
        let Some(loaded) = &self.loaded else { return Ok(None) };
        let name = |path: &str| format!("{}/{path}", self.kind.name);
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

    /// A step of the inner optimizer, whose weights the numbers follow by `a ← stays · a + enters · w`: in the same pass
    /// where it can, and behind it where it cannot. Says whether the step was taken; numbers that there were not are the
    /// weights then.
    pub(super) fn follow<T, E: From<Error>, O: Optimize<M>>(
        &mut self,
        flat: &mut Flat<M>,
        (inner, model): (&mut O, &mut M),
        beside: &mut Beside<'_, RealOf<M>>,
        (stays, enters): (RealOf<M>, RealOf<M>),
        mut f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<(T, bool), E> {
        let steps = inner.steps();
        flat.prepare(model, inner);
        if self.there && self.loaded.is_none() && inner.carries().average {
            let average = Some(Average { numbers: &mut self.numbers, stays, enters });
            let mut both = Beside { scale: beside.scale, max_norm: beside.max_norm, norm: None, average };
            let value = inner.try_step_beside(model, &mut both, |model, gradient| {
                flat.confirm();
                f(model, gradient)
            })?;
            beside.norm = both.norm;
            if both.average.is_none() {
                return Ok((value, true));
            }
            let taken = inner.steps() != steps;
            if taken {
                self.enter(flat, model, |a, w| stays * a + enters * w)?;
            }
            return Ok((value, taken));
        }
        let value = inner.try_step_beside(model, beside, |model, gradient| {
            flat.confirm();
            self.settle(flat)?;
            f(model, gradient)
        })?;
        let taken = inner.steps() != steps;
        if taken {
            self.enter(flat, model, |a, w| stays * a + enters * w)?;
        }
        Ok((value, taken))
    }

    /// A step of the inner optimizer, and whether it was taken. What was loaded is compared with the model before the
    /// closure is called.
    pub(super) fn step<T, E: From<Error>, O: Optimize<M>>(
        &mut self,
        flat: &mut Flat<M>,
        inner: &mut O,
        model: &mut M,
        mut f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<(T, bool), E> {
        let steps = inner.steps();
        flat.prepare(model, inner);
        let value = inner.try_step_with(model, |model, gradient| {
            flat.confirm();
            self.settle(flat)?;
            f(model, gradient)
        })?;
        Ok((value, inner.steps() != steps))
    }

    /// Every number becomes `enter(number, weight)`; where there are none yet, they are the weights.
    pub(super) fn enter(
        &mut self,
        flat: &mut Flat<M>,
        model: &mut M,
        enter: impl Fn(RealOf<M>, RealOf<M>) -> RealOf<M>,
    ) -> Result<(), Error> {
        if !self.there {
            flat.read(model, "the model", &mut self.numbers)?;
            self.there = true;
            return Ok(());
        }
        flat.change(model, "the model", |_, weights| {
            self.numbers.iter_mut().zip(weights).for_each(|(number, w)| *number = enter(*number, *w));
            false
        })
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
        Kept { kind: self.kind, there: self.there, numbers, loaded: self.loaded.clone() }
    }
}
