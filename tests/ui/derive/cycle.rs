//! Types that contain each other: the compiler goes round in circles, and the names on its way say what to write.
use optim_core::Optimizable;

#[derive(Optimizable)]
struct Even {
    weight: f32,
    next: Option<Box<Odd>>,
}

#[derive(Optimizable)]
struct Odd {
    bias: Vec<f32>,
    next: Vec<(Even, f32)>,
}

fn main() {}
