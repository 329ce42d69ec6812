//! One mistake is one error: the struct, its setters and its rule are there for the code that uses them.
use optim_core::prelude::*;

define_optimizer! {
    pub struct Broken { lr: f64 = 0.1, count: u64 = 2, on: bool = true }
    cache { m }
    update(w, g) { w -= lr * h * count * if on { m } else { 1 }; }
}

fn main() -> Result<(), Error> {
    let mut w = vec![1.0_f32];
    let mut opt = Broken { lr: 0.2, ..Broken::default() }.with_count(3).with_on(false).init(&w)?;
    opt.step(&mut w, &vec![1.0])?;
    Ok(())
}
