//! Two places of one name.
use optim_core::Optimizable;

#[derive(Optimizable)]
struct Named {
    a: f32,
    #[optim(rename = "a")]
    b: f32,
    #[optim(rename = "d")]
    c: f32,
    d: f32,
    #[optim(rename = "z")]
    e: f32,
    #[optim(rename = "z")]
    f: f32,
}

#[derive(Optimizable)]
struct Tuple(f32, #[optim(rename = "0")] f32);

#[derive(Optimizable)]
struct Raw {
    r#type: f32,
    #[optim(rename = "type")]
    kind: f32,
}

#[derive(Optimizable)]
enum Variants {
    First,
    #[optim(rename = "First")]
    Second,
}

#[derive(Optimizable)]
struct SkippedHasNone {
    #[optim(skip)]
    a: f32,
    #[optim(rename = "a")]
    b: f32,
}

fn main() {}
