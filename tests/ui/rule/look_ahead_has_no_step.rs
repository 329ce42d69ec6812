//! A rule that looks ahead needs a closure: it says which function to use.
use optim_core::prelude::*;

fn main() -> Result<(), Error> {
    let mut w = vec![1.0_f32];
    let mut opt = Nag::default().init(&w)?;
    opt.step(&mut w, &vec![1.0])?;
    Ok(())
}
