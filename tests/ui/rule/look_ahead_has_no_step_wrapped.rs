//! A wrapper does not change where a rule wants its gradient.
use optim_core::prelude::*;

fn main() -> Result<(), Error> {
    let mut w = vec![1.0, 2.0];
    let mut opt = Nag::default().init(&w)?.clip_norm(1.0)?;
    opt.step(&mut w, &vec![1.0, 1.0])?;
    let mut both = Both::new(opt, Adam::default().init(&w)?, &w)?;
    both.step(&mut w, &vec![1.0, 1.0])
}
