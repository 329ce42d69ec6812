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

#[cfg(test)]
mod tests {
    use ::std::assert_eq;

    #[::std::prelude::v1::test]
    fn it_moves() {
        let moved: f64 = super::super::moved(super::Bare { on: true, ..::std::default::Default::default() });
        assert_eq!(moved.to_bits(), 0.5_f64.to_bits());
    }
}
