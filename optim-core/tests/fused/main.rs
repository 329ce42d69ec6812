//! What rides along with a step: scaling, clipping by length and zeroing of the gradient, and an average of the weights,
//! bit for bit as if each were done for itself.

mod by_hand;
#[path = "../erased/mod.rs"]
mod erased;
mod errors;
#[path = "../normals/mod.rs"]
mod normals;
mod rules;
mod run;
mod wrapped;
mod zeros;
