//! `#[derive(Optimizable)]`, as users have it.

mod from_macros;
mod inside_functions;
mod no_prelude;
mod private_parts;
mod public;
mod shadowed;

pub use private_parts::{Generic, Kind, Network};
pub use public::{Activation, Affine, Marked};

/// The paths of a model's parameters.
#[cfg(test)]
fn paths(model: &impl opt::Optimizable) -> Vec<String> {
    let mut paths = Vec::new();
    model.for_each_param(|path, _| paths.push(path.to_owned()));
    paths
}
