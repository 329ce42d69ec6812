//! `#[derive(Optimizable)]` and the leaves, as a walk over a model shows them.
#![allow(missing_docs, reason = "models that are only tested")]

mod attributes;
mod containers;
mod enums;
mod generics;
mod layouts;
mod pairs;
mod properties;
mod recursion;
mod scalars;
mod structs;

use optim_core::path::{At, Role};
use optim_core::prelude::*;
use optim_core::walk::{Structure, Visitor};
use optim_core::{RealOf, kernel::Tensor};

/// The paths of all tensors, buffers included, in walking order.
fn paths(model: &impl Optimizable) -> Vec<String> {
    let mut paths = Vec::new();
    model.for_each_tensor(|path, _, _| paths.push(path.to_owned()));
    paths
}

/// Path, role and group of all tensors.
fn places<M: Optimizable>(model: &M) -> Vec<(String, Role, Option<&'static str>)> {
    struct Places(Vec<(String, Role, Option<&'static str>)>);
    impl<'a, A> Visitor<'a, A> for Places {
        fn tensor(&mut self, at: &At<'_>, _: Tensor<'a, A>) {
            self.0.push((at.to_string(), at.role(), at.group()));
        }
    }
    let mut places = Places(Vec::new());
    model.walk(&mut places);
    places.0
}

/// What a walk says between tensors, with its place.
fn structure<M: Optimizable>(model: &M) -> Vec<String> {
    struct Seen(Vec<String>);
    impl<'a, A> Visitor<'a, A> for Seen {
        fn tensor(&mut self, _: &At<'_>, _: Tensor<'a, A>) {}

        fn structure(&mut self, at: &At<'_>, structure: Structure<'_>) {
            self.0.push(format!("{at}: {structure:?}"));
        }
    }
    let mut seen = Seen(Vec::new());
    model.walk(&mut seen);
    seen.0
}

/// All numbers of all tensors, in walking order and logical order.
fn numbers<M: Optimizable>(model: &M) -> Vec<RealOf<M>> {
    let mut numbers = Vec::new();
    model.for_each_tensor(|_, _, value| numbers.extend(value.iter().copied()));
    numbers
}
