//! Everything the language has, in one rule, and odd but right ways of writing.
use optim_core::prelude::*;

define_optimizer! {
    /// Docs.
    #[allow(missing_docs)]
    pub(crate) struct Whole {
        lr: f64 = 1.0 / 4 in 0.0<..=1.0,
        shift: f64 = -0.5 in -1.0..-0.25,
        count: u64 = 0x10 in 1..,
        on: bool = true,
        r#type: f64 = 1_000.0 in ..2e3,
    }
    require count < 20 && (on || lr < 0.5), "not so many"
    cache { m, v = 2 * lr if on, slow = w }
    step(time) {
        let a = lr / max(1, time);
        let first = time == 1;
        let b = if first && on { 1 } else if on { let c = 2 * a; c } else { 0 };
    }
    look_ahead(x) { let far = m * 2; x + far }
    update(x, gradient) {
        let gradient = gradient + shift * x;
        let k = lr + count;
        if first { m = gradient; } else if gradient > 0 && on { m += gradient; } else { m *= 0.5; };
        if on { v = max(v, m); }
        x -= a * b * k * (if on { v } else { m }) / r#type;
        slow += 0.5 * (x - slow);
    }
    evaluate(y) { let half = 0.5; half * y + half * slow }
}

define_optimizer! {
    struct Starts { lr: f64 = 0.5, on: bool = true }
    require lr > epsilon(), "larger than that"
    cache {
        a = if on { w } else { 0 },
        b = if w > 0 { let k = lr * 2; k * w } else { 0 },
        c if lr > epsilon(),
        d[model] = epsilon() if on,
    }
    step(t) { if on { d = d + 1; } let e = if on { d } else { 0 }; }
    update(w, g) {
        a += g + b + e;
        b = a;
        if lr > epsilon() { c = b; w -= c; } else { w -= b; }
    }
}

define_optimizer! {
    struct Sum;
    update(w, g) { w -= g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g; }
}

define_optimizer! {
    struct Bare;
    update(w, g) { w -= g; }
}

define_optimizer! {
    struct Empty {}
    cache {}
    step(t) {}
    update(w, g) { w -= g / t; }
}

fn main() -> Result<(), Error> {
    let mut w = vec![1.0_f64];
    let mut opt = Whole::default().with_type(2.0).init(&w)?;
    opt.step_with(&mut w, |_, gradient| gradient[0] = 1.0)?;
    Starts::default().init(&w)?.step(&mut w, &vec![0.5])?;
    Sum.init(&w)?.step(&mut w, &vec![0.5])?;
    Bare.init(&w)?.step(&mut w, &vec![0.5])?;
    Empty {}.init(&w)?.step(&mut w, &vec![0.5])?;
    Ok(())
}
