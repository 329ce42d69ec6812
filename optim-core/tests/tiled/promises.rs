//! What a step promises also where a rule has a schedule.
