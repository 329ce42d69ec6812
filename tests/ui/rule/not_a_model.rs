//! An optimizer is made for models.
use optim_core::prelude::*;

struct Plain {
    weight: f32,
}

fn main() {
    let _ = Adam::default().init(&Plain { weight: 1.0 });
}
