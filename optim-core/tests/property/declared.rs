//! Rules that no paper has, with everything in them that the language can say.

use ndarray::{ArrayView2, ArrayViewMut2};
use optim_core::prelude::*;

mod own {
    use super::{ArrayView2, ArrayViewMut2, Real};

    #[expect(clippy::needless_pass_by_value, reason = "this is the form that a rule calls")]
    pub(crate) fn scaled<A: Real>(x: ArrayView2<'_, A>, mut out: ArrayViewMut2<'_, A>, by: f64, bias: f64) {
        out.zip_mut_with(&x, |out, x| *out = *x * A::from_f64(by) + A::from_f64(bias));
    }

    #[expect(clippy::needless_pass_by_value, reason = "this is the form that a rule calls")]
    pub(crate) fn reversed<A: Real>(x: ArrayView2<'_, A>, mut out: ArrayViewMut2<'_, A>) {
        let (rows, cols) = x.dim();
        out.indexed_iter_mut().for_each(|((i, j), out)| *out = x[[rows - 1 - i, cols - 1 - j]]);
    }
}

define_optimizer! {
    /// All scopes, reductions and shapes.
    pub(crate) struct Scopes { lr: f64 = 0.5, on: bool = true, at: f64 = 1.0, once: f64 = 1.0, rule: f64 = 1.0, row: f64 = 1.0 }
    require lr > 0, "something to move"
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
    /// Names of a block that a reduction in the same block goes over.
    pub(crate) struct Inner {
        lr: f64 = 0.1 in 0.0..,
        on: bool = true,
    }
    cache { m }
    update(w, g) {
        let size = if on { let u = g - m; let v = u * w; norm(v) + max_abs(u) } else { 1 };
        m = if on { let u = m + g; u / (1 + norm(u)) } else { let u = own::reversed(g); u - m };
        w -= lr * (if on { let u = g / (1 + size); own::scaled(u, lr, norm(u)) + u } else { let u = m; u * sum(u) });
    }
}

define_optimizer! {
    /// Values that outlive what they were made of, calls of calls, and reductions of reductions.
    pub(crate) struct Kept {
        lr: f64 = 0.1 in 0.0..,
        on: bool = true,
    }
    cache { m, x = w, v[tensor] = 1, total[model] if on, r[row], c[col] = 0.5 }
    update(w, g) {
        let before = m + x;
        m = 0.9 * m + g;
        x = 0.5 * x + 0.5 * w;
        let size = norm(m) + max_abs(x);
        let scaled = before / (1 + size);
        let twice = own::scaled(own::reversed(scaled + m), 0.5, v);
        let inner = if rows() > cols() { row_mean(twice) } else { let k = row_sum(abs(twice)); k / (1 + rows()) };
        r = inner + r;
        c *= 1 + col_mean(r) + col_mean(twice * r);
        v = if on && t > 1 { dot(twice, g) / (1 + numel()) } else { v };
        if on {
            let all = model_sum(scaled) / max(model_sum(1), 1) + model_norm(twice) + model_sum(lr / t);
            total += all;
            if total > 0 { w -= lr * twice; } else { w += lr * before; m = m * 0.5; }
        } else if v > 0 {
            w -= lr * (r - c);
        }
        w -= lr * scaled / (1 + abs(v) + mean(r));
    }
    evaluate(w) { w + r * c * v }
}
