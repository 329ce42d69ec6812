//! Expressions: names, functions, types.
use optim_core::define_optimizer;

define_optimizer! {
    pub struct Names { lr: f64 = 0.1, momentum: f64 = 0.9 }
    cache { velocity }
    step(t) { let a = velocity + w; }
    look_ahead(w) { w + momentun * velocity * g }
    update(w, g) {
        velocity = momentum * velocty - lr * grad;
        w += sqrt * a;
        w += pow + epsilon;
    }
}

define_optimizer! {
    pub struct Functions { lr: f64 = 0.1 }
    update(w, g) {
        w -= sqrt();
        w -= sqrt(g, g);
        w -= pow(g);
        w -= clamp(g, 0);
        w -= sqtr(g);
        w -= log(g);
        w -= powi(g, 2);
        w -= sine(g);
        w -= norm(g);
        w -= g.sqrt();
        w -= f64::sqrt(g);
        w -= println!("{}", g);
        w -= cfg!(test);
        w -= lr * g;
    }
}

define_optimizer! {
    pub struct Types { lr: f64 = 0.1, on: bool = true }
    update(w, g) {
        if lr { w -= 1; }
        if on && g { w -= 1; }
        w -= on;
        w -= g > 0;
        w -= !g;
        w -= -on;
        w -= if on { 1 } else { false };
        if 0 < g < 1 { w -= 1; }
        if on == true { w -= 1; }
        w -= lr * g;
    }
}

define_optimizer! {
    pub struct Operators { lr: f64 = 0.1 }
    update(w, g) {
        w -= g ** 2;
        w -= g ^ 2;
        w -= g % 2;
        if g > 0 & w > 0 { w -= 1; }
        if g > 0 | w > 0 { w -= 1; }
        w -= +g;
        w -= *g;
        w -= &g;
        w -= ();
        w -= { g };
        w -= "g";
        w -= 2f32;
        w -= lr * ;
        w -= (g g);
        w -= lr * g;
    }
}

define_optimizer! {
    pub struct Deep { lr: f64 = 0.1 }
    update(w, g) {
        w -= lr * ((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((g))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))));
    }
}

define_optimizer! {
    pub struct Long { lr: f64 = 0.1 }
    update(w, g) {
        w -= lr * (g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g + g);
    }
}

fn main() {}
