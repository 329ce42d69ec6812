//! Without the prelude nothing has a short name.
#![no_implicit_prelude]

::opt::define_optimizer! {
    #[optim(crate = "::opt")]
    pub(crate) struct Bare {
        lr: f64 = 0.5 in 0.0..,
        on: bool = false,
    }
    require lr < 10, "small"
    cache { m = w, n if on }
    step(t) { let rate = lr / sqrt(t); }
    update(w, g) {
        m = clamp(g, -1, 1);
        if on { n = max(n, m); }
        w -= rate * m;
    }
}

::opt::define_optimizer! {
    #[optim(crate = "::opt")]
    pub(crate) struct BareTiled {
        lr: f64 = 0.5 in 0.0..,
        on: bool = true,
    }
    require numel() > 0, "some"
    cache { m, r[row] if rows() >= 1, c[col], v[tensor] = 1, n[model] }
    step(t) { let rate = lr / sqrt(t); }
    look_ahead(w, g) { w + 0 * g * norm(g) }
    update(w, g) {
        if rows() >= 1 { r = row_mean(g); }
        c = col_sum(g);
        m = g / (1 + 0 * norm(g));
        if on { v = max_abs(m); }
        n += model_sum(m);
        w -= rate * m * v * c / max(n, 1);
        if rows() >= 1 { w -= 0 * r * col_mean(r); }
    }
}

#[cfg(test)]
mod tests {
    use ::std::assert_eq;

    #[::std::prelude::v1::test]
    fn it_moves() {
        let moved: f64 = super::super::moved(super::Bare { on: true, ..::std::default::Default::default() });
        assert_eq!(moved.to_bits(), 0.5_f64.to_bits());
        let moved: f64 = super::super::moved(<super::BareTiled as ::std::default::Default>::default());
        assert_eq!(moved.to_bits(), 0.5_f64.to_bits());
    }
}
