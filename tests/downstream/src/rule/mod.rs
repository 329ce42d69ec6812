//! `define_optimizer!`, as users have it.

mod from_macros;
mod inside_functions;
mod no_prelude;
mod public;
mod shadowed;
mod tiled;

pub use public::{Decayed, Step};
pub use tiled::Tiled;

/// One step from 1 with the gradient 1.
#[cfg(test)]
fn moved<R: opt::Rule>(rule: R) -> f64 {
    let mut w = 1.0;
    let mut optimizer = rule.init(&w).unwrap();
    optimizer.step_with(&mut w, |_, gradient| *gradient = 1.0).unwrap();
    w
}
