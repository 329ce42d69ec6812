//! Checks of a wrapper's numbers, and what their records have in common.

use crate::composition::is_of_another;
use crate::error::Error;
use crate::record::{PerWeight, Persist, Record, Value};

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

/// Whether a record is of this wrapper, with these names beside those of the inner optimizer; one that ends with a slash is
/// for all behind it.
pub(super) fn is_of(wrapper: &str, record: &Record, names: &[&str]) -> Result<(), Error> {
    match record.text("wrapper") {
        Ok(found) if found == wrapper => {}
        Ok(found) => return Err(Error::data(format!("`wrapper` is `{found}`, not `{wrapper}`"))),
        Err(_) if record.get("wrapper").is_err() && *record != Record::new() => {
            return Err(is_of_another(record, wrapper));
        }
        Err(error) => return Err(error),
    }
    record.has_only(&[names, &["wrapper", "inner/"]].concat(), &format!("this wrapper (`{wrapper}`)"))
}

/// What the inner optimizer keeps for each weight, by its names in the wrapper's record.
pub(super) fn per_weight(inner: &impl Persist, record: &Record, parameters: &[(String, Vec<usize>)]) -> Vec<PerWeight> {
    let inside = inner.per_weight(&record.part("inner"), parameters);
    inside.into_iter().map(|found| found.behind("inner")).collect()
}
