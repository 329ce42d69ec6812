//! Hyper-parameters: types, defaults, ranges.
use optim_core::define_optimizer;

define_optimizer! {
    pub struct Types {
        a = 0.1,
        b: f32 = 0.1,
        c: usize = 1,
        d: f64,
        pub e: f64 = 0.1,
        f: f64 = 0.1 g: f64 = 0.2,
        #[cfg(test)]
        h: f64 = 0.1,
        7: f64 = 0.1,
    }
    update(w, g) { w -= a * b * c * d * e * f * h * g; }
}

define_optimizer! {
    pub struct Defaults {
        a: f64 = 2.0 in 0.0..1.0,
        b: f64 = 0.0 in 0.0<..,
        c: f64 = 0.5 in 1.0..0.0,
        d: f64 = 1.0 / 0.0,
        e: bool = 1,
        f: f64 = true,
        g_: u64 = 0.5,
        h: u64 = -1,
        i: bool = true in 0.0..1.0,
        j: f64 = sqrt(2),
        k: f64 = 0.1 in 0.0,
        l: f64 = 0.1 in 0.0..=,
        m: f64 = 0.1 in 0.0..j,
        n: f64 = "0.1",
        o: f64 = 0.1f32,
        p: f64 = 1e999,
        q: f64 = 0.5 in (1 + lr)..,
        s: f64 = 0xff_ffff_ffff_ffff_ffff,
    }
    update(w, g) {
        w -= a * b * c * d * f * g_ * h * j * k * l * m * n * o * p * g;
        if e && i { w -= 1; }
    }
}

define_optimizer! {
    pub struct Names {
        lr: f64 = 0.1,
        lr: f64 = 0.2,
        w: f64 = 0.1,
        g: f64 = 0.1,
        t: f64 = 0.1,
    }
    update(x, y) { x -= lr * w * g * t * y; }
}

fn main() {}
