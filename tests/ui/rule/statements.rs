//! Statements: what can be assigned to, and what is no statement here.
use optim_core::define_optimizer;

define_optimizer! {
    pub struct Targets { lr: f64 = 0.1 }
    cache { m }
    step(t) { let a = lr / t; m = 0; }
    look_ahead(w) { m = 0; w + m }
    update(w, g) {
        lr = 0.2;
        g = g + w;
        a *= 2;
        t += 1;
        velocity = g;
        sqrt(w) = 2;
        let b = if g > 0 { m = 1; 2 } else { 3 };
        w -= a * b * m;
    }
}

define_optimizer! {
    pub struct Never { lr: f64 = 0.1 }
    cache { m }
    update(w, g) { m = lr * g * w * m; }
}

define_optimizer! {
    pub struct Forms { lr: f64 = 0.1, on: bool = true }
    cache { m }
    update(w, g) {
        let mut a = lr;
        let b: f64 = lr;
        let = lr;
        let c lr;
        let sqrt = 2;
        for i in 0..3 { w -= g; }
        while on { w -= g; }
        m.set(g);
        m[0] = g;
        w -= a * b * c * self.lr;
        w -= m as f32;
        w -= g?;
        w++;
        w %= 2;
        lr * g;
        #[cfg(test)]
        w -= g
        w -= match on { true => 1, false => 0 };
        if let x = on { w -= 1; }
        if on { 1 } else { 2 };
        if on w -= 1;
        w -= if on { 1 };
        w -= 1
    }
}

define_optimizer! {
    pub struct MoreForms { lr: f64 = 0.1, on: bool = true }
    update(w, g) {
        w -= match on { true => 1, false => 0 };
        w g;
        #[inline]
        w -= g;
        #inline
        w -= lr * g;
        loop { w -= g; };
        return w;
        if on { 1 } else { 2 };
    }
}

define_optimizer! {
    pub struct Branches { lr: f64 = 0.1 }
    step(t) { if t > 1 { let a = lr; } }
    update(w, g) { if g > 0 { let b = g; w -= b; } w -= lr * b; }
}

fn main() {}
