//! A law of physics from data: two numbers are a model too.
//!
//! Kepler's third law says how long a planet takes around the sun, `T = c · aᵖ`. From the eight planets' distances (in
//! astronomical units) and periods (in years): what are `c` and `p`?

use optim_core::prelude::*;

const PLANETS: [(&str, f64, f64); 8] = [
    ("Mercury", 0.387, 0.241),
    ("Venus", 0.723, 0.615),
    ("Earth", 1.000, 1.000),
    ("Mars", 1.524, 1.881),
    ("Jupiter", 5.203, 11.86),
    ("Saturn", 9.537, 29.45),
    ("Uranus", 19.19, 84.02),
    ("Neptune", 30.07, 164.8),
];

#[derive(Clone, Debug, Optimizable)]
struct Law {
    ln_c: f64,
    p: f64,
}

impl Law {
    /// The mean square error of ln T, and its gradient.
    fn loss(&self, gradient: &mut Law) -> f64 {
        let mut loss = 0.0;
        for (_, a, period) in PLANETS {
            let error = self.ln_c + self.p * a.ln() - period.ln();
            loss += error * error / 8.0;
            gradient.ln_c += 2.0 * error / 8.0;
            gradient.p += 2.0 * error * a.ln() / 8.0;
        }
        loss
    }
}

fn main() -> Result<(), Error> {
    let mut law = Law { ln_c: 1.0, p: 1.0 };
    let mut opt = Nag::default().with_lr(0.05).init(&law)?;
    let mut loss = f64::INFINITY;
    for _ in 0..300 {
        loss = opt.step_with(&mut law, |law, gradient| law.loss(gradient))?;
    }
    println!("T = {:.4} · a^{:.4}    (mean square error of ln T: {loss:.1e})", law.ln_c.exp(), law.p);
    for (name, a, period) in PLANETS {
        println!("{name:>8}: {period:>8.3} years, by the law {:>8.3}", law.ln_c.exp() * a.powf(law.p));
    }
    assert!((law.p - 1.5).abs() < 1e-3, "Kepler says 3/2");
    Ok(())
}
