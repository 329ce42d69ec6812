//! State of schedules that are made of others: that of the parts, one behind the other.

use super::Schedule;
use crate::error::Error;

/// Checks that there are as many numbers as a schedule has.
pub(super) fn expect(state: &[f64], count: usize) -> Result<(), Error> {
    if state.len() == count {
        return Ok(());
    }
    Err(Error::data(format!("the state of a schedule has {} numbers, not {count}", state.len())))
}

/// The state of two parts.
pub(super) fn of_both(first: &impl Schedule, second: &impl Schedule) -> Vec<f64> {
    let mut state = first.state();
    state.extend(second.state());
    state
}

/// Puts the state of two parts back: into both or into none.
pub(super) fn set_both<S: Schedule>(first: &mut S, second: &mut impl Schedule, state: &[f64]) -> Result<(), Error> {
    let count = first.state().len();
    expect(state, count + second.state().len())?;
    let mut changed = first.clone();
    changed.set_state(&state[..count])?;
    second.set_state(&state[count..])?;
    *first = changed;
    Ok(())
}
