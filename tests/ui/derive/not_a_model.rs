//! What has no fields to borrow.
use optim_core::Optimizable;

#[derive(Optimizable)]
union Union {
    a: f32,
    b: u32,
}

#[derive(Optimizable)]
#[repr(C, packed(2))]
struct Packed {
    a: f32,
}

#[derive(Optimizable)]
fn function() {}

fn main() {}
