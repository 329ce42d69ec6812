//! Names of the user's that an expansion might have meant.
#![allow(non_camel_case_types, unused_macros, reason = "the names that a macro would use")]

pub(crate) struct Option;
pub(crate) struct Result;
pub(crate) struct Some;
pub(crate) struct Ok;
pub(crate) struct Default;
pub(crate) struct Rule;
pub(crate) struct Real;
pub(crate) struct Hyper;
pub(crate) struct Clone;
pub(crate) mod core {}
pub(crate) mod optim_core {}

macro_rules! unreachable {
    () => {
        compile_error!("another one")
    };
}

opt::define_optimizer! {
    #[optim(crate = "opt")]
    pub(crate) struct Shadowed {
        lr: f64 = 0.5 in 0.0..,
        count: u64 = 1 in 1..10,
        on: bool = true,
    }
    require count > 0, "some"
    cache { m, n = 2 * w if on }
    look_ahead(w) { if on { w + m + n * 0 } else { w + m } }
    update(w, g) {
        let k = if on { n } else { 1 };
        m += g * count + k * 0 + epsilon() * 0;
        if on { n = m; }
        w -= lr * m;
    }
}

pub(crate) struct Numbers;
pub(crate) struct Pass;
pub(crate) struct Tiled;
pub(crate) struct Level;

opt::define_optimizer! {
    #[optim(crate = "opt")]
    pub(crate) struct ShadowedTiled {
        lr: f64 = 0.5 in 0.0..,
    }
    cache { m, v[tensor], n[model] = 1 }
    look_ahead(w) { w + m * v }
    update(w, g) {
        v = norm(g);
        m += g / max(v, n);
        n = max(n, model_norm(g));
        w -= lr * m;
    }
}

#[cfg(test)]
mod tests {
    use std::default::Default;

    #[test]
    fn it_moves() {
        let moved = super::super::moved(super::Shadowed::default());
        assert_eq!(moved.to_bits(), 0.5_f64.to_bits());
        let moved = super::super::moved(super::ShadowedTiled::default());
        assert_eq!(moved.to_bits(), 0.5_f64.to_bits());
    }

    /// This crate is built as users' crates are, with every check of a pointer.
    #[test]
    fn it_moves_without_a_cache_that_it_looks_ahead_with() {
        let moved = super::super::moved(super::Shadowed::default().with_on(false));
        assert_eq!(moved.to_bits(), 0.5_f64.to_bits());
    }
}
