//! What optimizers keep in fewer bits: bits that do not depend on the machine, errors that are what the formats say,
//! checkpoints, masks and groups.

mod bits;
mod run;
