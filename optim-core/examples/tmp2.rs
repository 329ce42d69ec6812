//! x

use optim_core::prelude::*;
fn main() {
    let mut w = vec![1.0f32; 100];
    let g = w.clone();
    let mut o = Adam::default().init(&w).unwrap();
    o.step(&mut w, &g).unwrap();
    o.step_with(&mut w, |_, _| ()).unwrap();
    o.evaluate_with(&mut w, |_| ()).unwrap();
    println!("{w:?}");
}
