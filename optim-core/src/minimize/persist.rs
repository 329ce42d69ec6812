//! A minimizer's state as a [`Record`].

use num_traits::Zero;

use super::Minimizer;
use super::method::{LastStep, Method};
use super::minimizer::Known;
use super::weights::Weights;
use crate::composition::{composition, is_of_another};
use crate::error::Error;
use crate::optimizable::{Optimizable, RealOf};
use crate::real::Real;
use crate::record::{Persist, Record, Value, array};

impl<D: Method, M: Optimizable> Persist for Minimizer<D, M> {
    /// Settings, counts, and what is known at the weights: loss, gradient, direction, history. Vectors are tensors under
    /// the paths of the parameters: `gradient/hidden.weight`, `s/0/hidden.weight` (0 is the newest).
    fn save(&self) -> Record {
        let mut record = Record::new();
        record.put("method", Value::Text(D::NAME.to_owned()));
        for (index, setting) in D::settings().iter().enumerate() {
            let number = self.method.value(index);
            record.put(&format!("settings/{}", setting.name), Value::Number(number));
        }
        record.put("steps", Value::Count(self.steps));
        record.put("evaluations", Value::Count(self.evaluations));
        let vector = |vector: &[RealOf<M>]| by_path(&self.weights, vector);
        if let Some(known) = self.known {
            record.put("loss", Value::Number(known.loss));
            record.put("weights", Value::Count(known.print));
            record.put_part("gradient", vector(&self.gradient));
            if let Some(last) = known.last {
                record.put("fell", Value::Number(last.fell));
                record.put_part("direction", vector(&self.direction));
            }
        }
        self.method.save(&self.state, &mut record, &vector);
        record
    }

    /// As [`save`](Self::save) made it, settings too. Nothing has changed after an error.
    fn load(&mut self, record: &Record) -> Result<(), Error> {
        let mut loaded = self.clone();
        loaded.read(record)?;
        let known = loaded.save();
        if let Some((name, _)) = record.iter().find(|(name, _)| known.get(name).is_err()) {
            return Err(Error::data(format!("`{name}` is not of this minimizer (`{}`)", D::NAME)));
        }
        *self = loaded;
        Ok(())
    }

    /// Its vectors are over all weights together.
    fn is_divisible(&self) -> bool {
        false
    }
}

impl<D: Method, M: Optimizable> Minimizer<D, M> {
    /// Reads what [`save`](Persist::save) made; what has been read by then stays read after an error.
    fn read(&mut self, record: &Record) -> Result<(), Error> {
        if record.get("method").is_err() && composition(record) != "?" {
            return Err(is_of_another(record, D::NAME));
        }
        let name = record.text("method")?;
        if name != D::NAME {
            return Err(Error::data(format!("`method` is `{name}`, not `{}`", D::NAME)));
        }
        let mut method = self.method.clone();
        for setting in D::settings() {
            method.set(setting.name, record.number(&format!("settings/{}", setting.name))?)?;
        }
        method.check()?;
        let n = self.gradient.len();
        let mut state = method.state(n);
        let (mut gradient, mut direction) = (vec![RealOf::<M>::zero(); n], vec![RealOf::<M>::zero(); n]);
        let vector = |name: &str, into: &mut [RealOf<M>]| from_path(&self.weights, record, name, into);
        method.load(&mut state, record, &vector)?;
        let (steps, evaluations) = (record.count("steps")?, record.count("evaluations")?);
        let mut known = None;
        if record.get("loss").is_ok() {
            vector("gradient", &mut gradient)?;
            let (loss, print, mut last) = (record.number("loss")?, record.count("weights")?, None);
            if record.get("fell").is_ok() {
                vector("direction", &mut direction)?;
                last = Some(LastStep { fell: record.number("fell")? });
            }
            known = Some(Known { loss, print, last });
        }
        (self.method, self.state, self.known) = (method, state, known);
        (self.gradient, self.direction) = (gradient, direction);
        (self.steps, self.evaluations) = (steps, evaluations);
        Ok(())
    }
}

/// A vector over the weights as tensors, by the paths of the parameters.
fn by_path<A: Real>(weights: &Weights<A>, vector: &[A]) -> Record {
    let mut record = Record::new();
    for slot in &weights.slots {
        let place = &weights.outline.places[slot.tensor];
        let part = vector[slot.offset..slot.offset + slot.len].to_vec();
        record.put(&place.path, array(&place.shape, part));
    }
    record
}

/// Reads what [`by_path`] wrote behind `name`.
fn from_path<A: Real>(weights: &Weights<A>, record: &Record, name: &str, into: &mut [A]) -> Result<(), Error> {
    let part = record.part(name);
    for slot in &weights.slots {
        let place = &weights.outline.places[slot.tensor];
        let whole = format!("{name}/{}", place.path);
        let found = record.tensor::<A>(&whole)?;
        if *found.shape() != *place.shape {
            return Err(Error::shape("the record", whole, found.shape(), &place.shape));
        }
        into[slot.offset..slot.offset + slot.len].iter_mut().zip(found).for_each(|(into, &found)| *into = found);
    }
    let known = |path: &str| weights.slots.iter().any(|slot| weights.outline.places[slot.tensor].path == path);
    match part.iter().find(|(path, _)| !known(path)) {
        Some((path, _)) => Err(Error::data(format!("`{name}/{path}` is of no parameter that moves"))),
        None => Ok(()),
    }
}
