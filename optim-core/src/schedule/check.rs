//! What numbers of a schedule may be, and the errors that say so.

use crate::error::Error;

/// A finite number.
pub(super) fn finite(schedule: &'static str, name: &'static str, value: f64) -> Result<(), Error> {
    number(schedule, name, value, value.is_finite(), "the finite numbers")
}

/// A number for which `fits`, which is `range` in words.
pub(super) fn number(
    schedule: &'static str,
    name: &'static str,
    value: f64,
    fits: bool,
    range: &'static str,
) -> Result<(), Error> {
    if fits { Ok(()) } else { Err(Error::range(schedule, name, value.to_string(), range)) }
}

/// A number that is not negative.
pub(super) fn not_negative(schedule: &'static str, name: &'static str, value: f64) -> Result<(), Error> {
    number(schedule, name, value, value.is_finite() && value >= 0.0, "0..")
}

/// A factor between two steps, in `0<..=1`.
pub(super) fn decay(schedule: &'static str, name: &'static str, value: f64) -> Result<(), Error> {
    number(schedule, name, value, value > 0.0 && value <= 1.0, "0<..=1")
}

/// A count of at least one.
pub(super) fn some(schedule: &'static str, name: &'static str, count: u64) -> Result<(), Error> {
    if count > 0 { Ok(()) } else { Err(Error::range(schedule, name, count.to_string(), "1..")) }
}
