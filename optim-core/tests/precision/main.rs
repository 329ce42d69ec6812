//! What optimizers keep in fewer bits: bits that do not depend on the machine, numbers that are what the formats say,
//! checkpoints, parts of models, masks, wrappers.

mod bits;
mod changed;
#[path = "../erased/mod.rs"]
mod erased;
mod masked;
#[path = "../normals/mod.rs"]
mod normals;
mod parts;
mod run;
mod state;
mod values;
mod wrapped;
