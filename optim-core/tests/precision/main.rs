//! What optimizers keep in fewer bits: bits that do not depend on the machine, numbers that are what the formats say,
//! checkpoints, masks and frozen parameters.

mod bits;
mod run;
mod state;
mod values;
