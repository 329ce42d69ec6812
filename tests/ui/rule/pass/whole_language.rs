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

mod own {
    use optim_core::Real;
    use optim_core::ndarray::{ArrayView2, ArrayViewMut2};

    pub(crate) fn scaled<A: Real>(x: ArrayView2<'_, A>, mut out: ArrayViewMut2<'_, A>, by: f64, bias: f64) {
        out.zip_mut_with(&x, |out, x| *out = *x * A::from_f64(by) + A::from_f64(bias));
    }
}

define_optimizer! {
    /// All scopes, reductions and shapes.
    struct Scopes { lr: f64 = 0.5, on: bool = true, at: f64 = 1.0, once: f64 = 1.0, rule: f64 = 1.0, row: f64 = 1.0 }
    require numel() > 0 && lr > 0, "something to move"
    cache {
        m, slow = w, step if on,
        r[row] if ndim() >= 2, c[col] = 2 * lr if ndim() >= 2, v if ndim() < 2,
        size[tensor] = 1, high[tensor] if on, best[model] = lr, count[model],
    }
    step(t) {
        count += 1;
        let a = best * lr + count + at + once + rule + row;
    }
    look_ahead(x, slope) {
        let s = slope / (norm(slope) + model_norm(x) + 1);
        if rows() > 1 { x + a * s } else { x - a * s }
    }
    update(w, g) {
        let total = model_dot(g, w - slow) + model_sum(g);
        let old = 2 * m;
        m = m + g / (1 + norm(g));
        let u = if on { let h = max_abs(m); m / (1 + h) } else { m };
        if ndim() >= 2 {
            r += row_mean(u * u) - r;
            c = if best > 0 { col_sum(abs(u)) } else { c };
            if r > 0 { w -= r * 0.1; }
        } else if total > 0 {
            v += u * u;
        } else {
            let half = v / 2;
            v -= half;
        }
        let d = if ndim() >= 2 { r * c / (1 + col_mean(r) + row_sum(c)) } else { v };
        let p = own::scaled(u + d, lr, norm(d));
        size = 0.5 * size + mean(p) / cols();
        if on { high = max(high, sum(p)); step = p + old; }
        if total > 0 { best = max(best, total / t); } else { best *= 0.5; }
        if p > 0 { w -= lr * p; } else if on { w -= step + high; }
        w -= best * old;
        slow += 0.1 * (w - slow);
    }
    evaluate(w) { (w + slow) / (1 + size + best + a) }
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
    let mut matrix = optim_core::ndarray::array![[1.0_f64, 2.0], [3.0, 4.0]];
    let mut opt = Scopes::default().init(&matrix)?;
    opt.step_with(&mut matrix, |w, gradient| gradient.assign(w))?;
    opt.evaluate_with(&mut matrix, |_| ())?;
    Sum.init(&w)?.step(&mut w, &vec![0.5])?;
    Bare.init(&w)?.step(&mut w, &vec![0.5])?;
    Empty {}.init(&w)?.step(&mut w, &vec![0.5])?;
    Ok(())
}
