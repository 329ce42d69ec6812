//! Checks of a wrapper's numbers, and what their records have in common.

use crate::error::Error;
use crate::record::{Persist, Record, Value};

/// A number that has to be in a range.
pub(super) fn number(
    wrapper: &'static str,
    name: &'static str,
    value: f64,
    fits: bool,
    range: &'static str,
) -> Result<(), Error> {
    if fits { Ok(()) } else { Err(Error::range(wrapper, name, value.to_string(), range)) }
}

/// A count that has to be 1 or more.
pub(super) fn at_least_one(wrapper: &'static str, name: &'static str, value: u64) -> Result<(), Error> {
    if value > 0 { Ok(()) } else { Err(Error::range(wrapper, name, value.to_string(), "1..")) }
}

/// A record with the name of a wrapper and all of the inner optimizer.
pub(super) fn record(wrapper: &str, inner: &impl Persist) -> Record {
    let mut record = Record::new();
    record.put("wrapper", Value::Text(wrapper.to_owned()));
    record.put_part("inner", inner.save());
    record
}

/// Whether a record is of this wrapper.
pub(super) fn is_of(wrapper: &str, record: &Record) -> Result<(), Error> {
    match record.text("wrapper")? {
        found if found == wrapper => Ok(()),
        found => Err(Error::data(format!("`wrapper` is `{found}`, not `{wrapper}`"))),
    }
}
