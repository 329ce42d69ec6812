//! Caches of a row, a column, a tensor or the model: what can be read and assigned where.
use optim_core::define_optimizer;

define_optimizer! {
    pub struct Assigned { lr: f64 = 0.1 }
    cache { r[row], c[col], v[tensor], n[model], m }
    update(w, g) {
        r = g;
        c = r;
        v = r + 1;
        n = norm(g);
        v += m;
        r = row_mean(g) * v;
        c = col_mean(g) + row_sum(c);
        n = model_norm(g) + v;
        if g > 0 { v = norm(g); }
        if r > 0 { v = norm(g); r = 2 * r; }
        if v > 0 { n = 1; c = 1; m = 2; }
        w -= lr * (r * c + v + n + m);
    }
}

define_optimizer! {
    pub struct Read { lr: f64 = 0.1 }
    cache { r[row], v[tensor], n[model], k[col] = v, s[tensor] = w, q[model] = ndim() }
    step(t) { let a = r + lr; let b = n * v; let c = ndim(); v = 2; }
    update(w, g) { r = row_sum(g); v = a + b + c; n = 1; w -= k * v * r * s * q; }
}

define_optimizer! {
    pub struct Shapes { lr: f64 = 0.1 }
    require rows() < n, "a cache"
    cache { r[row] if ndim() >= 2, v if ndim() < 2, x if numel() > norm(lr), n[model], k[model] if ndim() > 2, s[row 2] }
    update(w, g) {
        r += row_mean(g * g);
        if ndim() >= 2 { v = r; } else { v = g; }
        if ndim(w) > 1 { w -= n; }
        w -= lr * if ndim() < 2 { v } else { r };
        w -= rows + cols() * x;
    }
}

define_optimizer! {
    pub struct Evaluated { lr: f64 = 0.1 }
    cache { v[tensor] }
    update(w, g) { v = max_abs(g); w -= lr * g; }
    evaluate(w) { v = 1; w * v + g }
}

fn main() {}
