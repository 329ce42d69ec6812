//! What cannot both be, and what is said twice.
use optim_core::Optimizable;

#[derive(Optimizable)]
#[optim(scalar = "f32", scalar = "f32")]
#[optim(crate = "optim_core", crate = "optim_core")]
struct Twice {
    #[optim(skip, skip)]
    a: f32,
    #[optim(freeze)]
    #[optim(freeze)]
    b: f32,
    #[optim(group = "a", group = "b")]
    c: f32,
    #[optim(rename = "x", rename = "y")]
    d: f32,
}

#[derive(Optimizable)]
enum Both {
    Named {
        #[optim(skip, freeze)]
        a: f32,
        #[optim(buffer, skip)]
        b: f32,
        #[optim(skip, group = "g")]
        c: f32,
        #[optim(skip, rename = "x")]
        d: f32,
    },
    #[optim(freeze, buffer)]
    Tuple(#[optim(buffer, freeze)] f32),
}

fn main() {}
