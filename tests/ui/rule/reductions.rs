//! Reductions, shapes and calls by path: where they can stand, and what they can go over.
use optim_core::define_optimizer;

define_optimizer! {
    pub struct Places { lr: f64 = 0.1 }
    require norm(lr) > 0, "a reduction"
    cache { m = mean(w), n if sum(lr) > 0 }
    step(t) { let a = norm(w); let b = model_sum(t); let c = numel(); }
    look_ahead(w, g) { w + norm(g) * matrix::root(g) }
    update(w, g) { m = g; w -= lr * g * m * a * b * c; if lr > 0 { n = 1; w -= n; } }
    evaluate(w) { w / norm(w) }
}

define_optimizer! {
    pub struct Operands { lr: f64 = 0.1 }
    cache { r[row], c[col], v[tensor] }
    update(w, g) {
        r = row_mean(g);
        c = col_mean(g);
        v = sum(lr) + norm(v) + mean(2) + mean(norm(g)) + sum(r);
        let a = row_mean(r) + col_sum(c) + row_sum(v);
        let b = norm() + norm(g, g) + dot(g) + ndim(g) + max_abs(g > 0);
        w -= a * b * nrom(g) * model_nrm(g) * len(g) * average(g) * v;
    }
}

define_optimizer! {
    pub struct Conditions { lr: f64 = 0.1 }
    cache { r[row], v[tensor] }
    update(w, g) {
        r = row_mean(g);
        v = norm(g);
        if g > 0 { w -= norm(w); }
        if r > 0 { w -= norm(w); w -= row_sum(w); }
        if v > 0 { w -= norm(w); w -= model_sum(w); }
        w -= if w > 0 { sum(g) } else { 0 };
        w -= if g > 0 { path::to::it(g) } else { 0 };
    }
}

define_optimizer! {
    pub struct Calls { lr: f64 = 0.1 }
    update(w, g) {
        let a = path::to::function;
        let b = path::function();
        let c = path::function(g, g);
        let d = path::function(g, norm(g), lr);
        let e = path::(g);
        let f = path::function(g > 0);
        let h = path::function(g, 1, 2, 3, 4, 5, 6, 7, 8, 9);
        w -= lr * (a + b + c + d + e + f + h);
    }
}

define_optimizer! {
    pub struct Names { lr: f64 = 0.1 }
    update(w, g) { let norm = 2; let rows = 3; w -= norm * rows * lr * g; }
}

define_optimizer! {
    pub struct Passes { lr: f64 = 0.1 }
    update(w, g) {
        let a1 = norm(g);
        let a2 = norm(g - a1);
        let a3 = norm(g - a2);
        let a4 = norm(g - a3);
        let a5 = norm(g - a4);
        let a6 = norm(g - a5);
        let a7 = norm(g - a6);
        let a8 = norm(g - a7);
        let a9 = norm(g - a8);
        let a10 = norm(g - a9);
        let a11 = norm(g - a10);
        let a12 = norm(g - a11);
        let a13 = norm(g - a12);
        let a14 = norm(g - a13);
        let a15 = norm(g - a14);
        let a16 = norm(g - a15);
        w -= lr * a16 * g;
    }
}

fn main() {}
