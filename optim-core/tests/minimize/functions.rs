//! The functions of `tools/minimize.py`, with their gradients.

/// What is minimised: fills the gradient and returns the loss.
pub(crate) type Function = fn(&[f64], &mut [f64]) -> f64;

/// All of them, by name, with their starting points.
pub(crate) fn all() -> Vec<(&'static str, Function, Vec<f64>)> {
    vec![
        ("rosenbrock2", rosenbrock, vec![-1.2, 1.0]),
        ("rosenbrock100", rosenbrock, [-1.2, 1.0].repeat(50)),
        ("beale", beale, vec![1.0, 1.0]),
        ("quadratic", quadratic, vec![0.0; 20]),
        ("logistic", logistic, vec![0.0; 5]),
    ]
}

/// `Σ (1 − xᵢ)² + 100 (xᵢ₊₁ − xᵢ²)²`, lowest at ones.
pub(crate) fn rosenbrock(x: &[f64], gradient: &mut [f64]) -> f64 {
    let mut loss = 0.0;
    for i in 0..x.len() - 1 {
        let (a, b) = (1.0 - x[i], x[i + 1] - x[i] * x[i]);
        loss += a * a + 100.0 * b * b;
        gradient[i] += -2.0 * a - 400.0 * b * x[i];
        gradient[i + 1] += 200.0 * b;
    }
    loss
}

/// Beale's function, lowest at (3, 0.5).
pub(crate) fn beale(x: &[f64], gradient: &mut [f64]) -> f64 {
    let mut loss = 0.0;
    for (c, k) in [(1.5, 1), (2.25, 2), (2.625, 3)] {
        let r = c - x[0] * (1.0 - x[1].powi(k));
        loss += r * r;
        gradient[0] += -2.0 * r * (1.0 - x[1].powi(k));
        gradient[1] += 2.0 * r * f64::from(k) * x[0] * x[1].powi(k - 1);
    }
    loss
}

/// `Σ cᵢ (xᵢ − 1)² / 2` with curvatures from 1 to 10⁴.
pub(crate) fn quadratic(x: &[f64], gradient: &mut [f64]) -> f64 {
    let mut loss = 0.0;
    for (i, x) in x.iter().enumerate() {
        let curvature = 10_f64.powf(4.0 * i as f64 / 19.0);
        gradient[i] = curvature * (x - 1.0);
        loss += 0.5 * curvature * (x - 1.0) * (x - 1.0);
    }
    loss
}

/// 60 points of 4 numbers, and a class that depends on them, but not only.
pub(crate) fn points() -> Vec<([f64; 4], f64)> {
    let mut state = 1_u64;
    let mut random = || {
        state = (state * 1_103_515_245 + 12_345) % (1 << 31);
        state as f64 / (1_u64 << 31) as f64 * 2.0 - 1.0
    };
    let point = |_| {
        let x = [random(), 2.0 * random(), 4.0 * random(), 8.0 * random()];
        let score = x[0] - x[1] + 0.5 * x[2] + 0.25 * x[3] + random();
        (x, f64::from(u8::from(score > 0.2)))
    };
    (0..60).map(point).collect()
}

/// Logistic regression on [`points`] with four weights and a bias, decayed by 0.005 ‖w‖².
pub(crate) fn logistic(w: &[f64], gradient: &mut [f64]) -> f64 {
    let mut loss = 0.0;
    for (x, y) in points() {
        let z = x.iter().zip(w).map(|(x, w)| x * w).sum::<f64>() + w[4];
        loss += z.max(0.0) + (-z.abs()).exp().ln_1p() - y * z;
        let error = 1.0 / (1.0 + (-z).exp()) - y;
        gradient.iter_mut().zip(x.iter().chain(&[1.0])).for_each(|(g, x)| *g += error * x);
    }
    for (g, w) in gradient.iter_mut().zip(w) {
        *g += 0.01 * w;
        loss += 0.005 * w * w;
    }
    loss
}
