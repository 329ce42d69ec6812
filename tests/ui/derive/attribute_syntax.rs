//! Not what an attribute looks like.
use optim_core::Optimizable;

#[derive(Optimizable)]
struct Alone {
    #[optim]
    a: f32,
    #[optim = "skip"]
    b: f32,
    #[optim("skip")]
    c: f32,
    #[optim(skip, , freeze)]
    d: f32,
    #[optim(skip(true))]
    e: f32,
    #[optim(group: "a")]
    f: f32,
}

#[derive(Optimizable)]
struct Values {
    #[optim(freeze = true)]
    a: f32,
    #[optim(buffer = "mean")]
    b: f32,
    #[optim(skip =)]
    c: f32,
    #[optim(group)]
    d: f32,
    #[optim(group = no_decay)]
    e: f32,
    #[optim(group = "")]
    f: f32,
    #[optim(rename)]
    g: f32,
    #[optim(rename = 3)]
    h: f32,
    #[optim(rename = "")]
    i: f32,
    #[optim(rename = "a.b")]
    j: f32,
    #[optim(rename = "a\\b")]
    k: f32,
}

#[derive(Optimizable)]
#[optim(scalar)]
struct NoScalar;

#[derive(Optimizable)]
#[optim(scalar = "f32 f64")]
struct TwoScalars;

#[derive(Optimizable)]
#[optim(bound)]
struct NoBound;

#[derive(Optimizable)]
#[optim(bound = "T Optimizable")]
struct NotABound<T>(T);

#[derive(Optimizable)]
#[optim(crate)]
struct NoCrate;

#[derive(Optimizable)]
#[optim(crate = "not a path")]
struct NotAPath;

fn main() {}
