//! What people write at first: each is one error, which says what was meant.
use optim_core::define_optimizer;

define_optimizer! {
    pub struct Compared { lr: f64 = 0.1, on: bool = true }
    cache { m }
    step(t) { let a = if t = 1 { 1 } else { 2 }; }
    update(w, g) {
        m = a * g;
        if on == true { w -= lr * m; }
        if true != on { w -= lr * m; }
        if on == (lr > 0) { w -= lr * m; }
        if (g > 0) != false { w -= lr; }
    }
}

define_optimizer! {
    pub struct Ranged { lr: f64 in 0.0.., a: f64, b: f64 = 0.5 in (0.0, 1.0), c: f64 = 0.5 in [0, 1] }
    update(w, g) { w -= lr * a * b * c * g; }
}

define_optimizer! {
    pub struct Called { lr: f64 = 0.1 }
    cache { v[tensor], n[model], r if ndim() > 1 [row] }
    step(t) { let root = f64::sqrt(lr) * f32::powi(t, 2); }
    update(w, g) {
        v = g.powi(2).mean();
        v += g * g;
        n = model_mean(g);
        n = row_norm(g) + model_men(g) + row_sun(g) + rms(g);
        w -= lr * g.mul_add(root) * std::f64::ln(v) * n * r[row] * g.unknown();
    }
}

define_optimizer! {
    pub struct Named { lr: f64 = 0.1 }
    require w > lr, "no weights yet"
    cache { m = w, n[model] = w, k[row] = g, l = t, v[tensor] }
    step(k) { let a = norm(g) + w; v = norm(g); w = 1; let b = t; }
    look_ahead(x) { x + lr * g }
    update(w, grad) {
        if lr > 1 { let inner = 2 * grad; m = inner; } else { m = 0; }
        m = m * t + g;
        w -= lr * inner * x;
    }
    evaluate(p) { w - p * g * inner }
}

define_optimizer! {
    pub struct Guarded { lr: f64 = 0.1 }
    cache { v[tensor], r[row] }
    update(w, g) {
        if g > 0 { v = norm(g); }
        r = row_sum(g) * nothing;
        w -= lr * g * own::function(lr) * own::function(r) / v;
    }
}

fn main() {}
