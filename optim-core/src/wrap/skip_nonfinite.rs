//! [`SkipNonfinite`]: no step with a gradient that is not finite.

use super::assign::Given;
use super::check;
use super::flat::Flat;
use super::frame::{forward, state_inside, wrapper};
use super::stop::Stop;
use crate::error::Error;
use crate::optimizable::Optimizable;
use crate::optimize::Optimize;
use crate::record::{Persist, Record, Value};

/// Skips a step whose gradient has a NaN or an infinite number: weights, caches and step count stay as they are, and
/// the closure's value is returned as ever. Made by [`Wrap::skip_nonfinite`](super::Wrap::skip_nonfinite).
///
/// Skipped steps are counted, and more than `at_most_in_a_row` of them one after the other are an error that names the
/// parameter, so that a run that has diverged ends. The gradient of frozen parameters is not looked at. Of a rule with
/// two gradients a step either one is reason enough.
///
/// It belongs outside of what changes gradients: a clipped NaN is a NaN, but a clipped infinity is a number.
pub struct SkipNonfinite<O, M: Optimizable> {
    inner: O,
    at_most_in_a_row: u64,
    skipped: u64,
    in_a_row: u64,
    last_path: Option<String>,
    flat: Flat<M>,
    given: Given<M>,
}

wrapper!(SkipNonfinite { at_most_in_a_row, skipped, in_a_row, last_path } with { flat, given });

impl<O, M: Optimizable> SkipNonfinite<O, M> {
    pub(super) fn new(inner: O, at_most_in_a_row: u64) -> Self {
        let (flat, given) = (Flat::new(), Given::new());
        SkipNonfinite { inner, at_most_in_a_row, skipped: 0, in_a_row: 0, last_path: None, flat, given }
    }

    /// How many steps may be skipped one after the other.
    pub fn at_most_in_a_row(&self) -> u64 {
        self.at_most_in_a_row
    }

    /// How many steps were skipped.
    pub fn skipped(&self) -> u64 {
        self.skipped
    }

    /// How many steps were skipped since the last one that was taken.
    pub fn skipped_in_a_row(&self) -> u64 {
        self.in_a_row
    }

    /// The path of the first parameter whose gradient was not finite when a step was last skipped.
    pub fn last_path(&self) -> Option<&str> {
        self.last_path.as_deref()
    }
}

impl<M: Optimizable, O: Optimize<M>> Optimize<M> for SkipNonfinite<O, M> {
    forward!(ends_steps);

    fn try_step_with<T, E: From<Error>>(
        &mut self,
        model: &mut M,
        mut f: impl FnMut(&mut M, &mut M) -> Result<T, E>,
    ) -> Result<T, E> {
        let SkipNonfinite { inner, at_most_in_a_row, skipped, in_a_row, last_path, flat, .. } = self;
        let (mut first_value, mut bad) = (None, None);
        flat.prepare(model, inner);
        let done = inner.try_step_with(model, |model, gradient| {
            flat.confirm();
            let value = f(model, gradient).map_err(Stop::Failed)?;
            flat.change_gradient(gradient, |places, numbers| {
                let finite = |numbers: &[_]| numbers.iter().all(|&g| num_traits::Float::is_finite(g));
                if !finite(numbers) {
                    bad = places.iter().position(|place| !finite(&numbers[place.range.clone()]));
                }
                false
            })?;
            if let Some(bad) = bad {
                // No step will check them.
                flat.check(model, "the model")?;
                crate::pair::check_alike(model, gradient, "the gradient")?;
                if *in_a_row >= *at_most_in_a_row {
                    return Err(Error::nonfinite(&flat.places()[bad].path, *in_a_row + 1).into());
                }
            }
            first_value.get_or_insert(value);
            if bad.is_some() { Err(Stop::Stopped) } else { Ok(()) }
        });
        match done {
            Ok(()) => *in_a_row = 0,
            Err(Stop::Failed(error)) => return Err(error),
            Err(Stop::Stopped) => {
                *in_a_row += 1;
                *skipped += 1;
                if let Some(bad) = bad {
                    let last = last_path.get_or_insert_default();
                    last.clear();
                    last.push_str(&flat.places()[bad].path);
                }
            }
        }
        first_value.ok_or_else(|| Error::other("the inner optimizer has asked for no gradient").into())
    }
}

impl<O: Persist, M: Optimizable> Persist for SkipNonfinite<O, M> {
    fn save(&self) -> Record {
        let mut record = check::record("skip_nonfinite", &self.inner);
        record.put("at_most_in_a_row", Value::Count(self.at_most_in_a_row));
        record.put("skipped", Value::Count(self.skipped));
        record.put("in_a_row", Value::Count(self.in_a_row));
        if let Some(path) = &self.last_path {
            record.put("last_path", Value::Text(path.clone()));
        }
        record
    }

    fn load(&mut self, record: &Record) -> Result<(), Error> {
        check::is_of("skip_nonfinite", record, &["at_most_in_a_row", "skipped", "in_a_row", "last_path"])?;
        let at_most_in_a_row = record.count("at_most_in_a_row")?;
        let (skipped, in_a_row) = (record.count("skipped")?, record.count("in_a_row")?);
        let last_path = record.get("last_path").is_ok().then(|| record.text("last_path")).transpose()?;
        self.inner.load(&record.part("inner"))?;
        (self.at_most_in_a_row, self.skipped, self.in_a_row) = (at_most_in_a_row, skipped, in_a_row);
        self.last_path = last_path.map(str::to_owned);
        Ok(())
    }

    state_inside!();
}
