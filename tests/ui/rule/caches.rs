//! Caches: names, scopes, conditions.
use optim_core::define_optimizer;

define_optimizer! {
    pub struct Declared {
        lr: f64 = 0.1,
        extra: bool = false,
        count: u64 = 1,
    }
    cache {
        lr,
        a: f64,
        b[rows],
        c[row],
        d if count,
        e = extra,
        f = b,
        h if a > 0,
        7,
        i j,
    }
    update(w, g) { w -= lr * (a + b + c + f) * g; if extra { w -= d + e + h + i; } }
}

define_optimizer! {
    pub struct Absent {
        lr: f64 = 0.1,
        extra: bool = false,
        momentum: f64 = 0.0,
    }
    cache { always, sometimes if extra, rarely if extra && momentum > 0 }
    update(w, g) {
        always += g + sometimes;
        if momentum > 0 { sometimes = g; }
        if extra { rarely = g; }
        if !extra { w -= 1; } else { w -= sometimes; }
        if extra && 0 < momentum { w -= rarely; }
        w -= lr * if momentum > 0 { rarely } else { always };
    }
}

define_optimizer! {
    pub struct Keywords { fn: f64 = 0.1 }
    cache { self }
    step(loop) { let type = fn; }
    update(w, g) { let match_ = g; w -= type * match_ * self * loop; }
}

define_optimizer! {
    pub struct Many { lr: f64 = 0.1 }
    cache { a, b, c, d, e, f, h, i, j, k, l, m, n, o, p, q, r }
    update(w, g) { w -= lr * (g + a + b + c + d + e + f + h + i + j + k + l + m + n + o + p + q + r); }
}

define_optimizer! {
    pub struct Model { lr: f64 = 0.1 }
    cache { a[model], b[model] = w, c }
    step(t) { c = 1; let k = c; }
    update(w, g) { a = g; c = a; w -= lr * (k + b + c); }
}

fn main() {}
