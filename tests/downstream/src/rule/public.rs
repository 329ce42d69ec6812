//! A rule that others see, under `forbid(missing_docs)`, with names that an expansion might use for its own.

opt::define_optimizer! {
    /// Descent with decay.
    #[optim(crate = "opt")]
    #[non_exhaustive]
    pub struct Decayed {
        /// Rate.
        lr: f64 = 0.25 in 0.0..,
        undocumented: f64 = 0.5 in 0.0..1.0,
        /// A flag.
        on: bool = true,
    }
    cache { m, sometimes if on }
    step(t) { let rate = lr / t; }
    look_ahead(w) { w + undocumented * m }
    update(w, g) {
        m = undocumented * m - rate * g;
        if on { sometimes = max(sometimes, abs(m)); w -= sometimes * 0; }
        w += m;
    }
    evaluate(w) { w - m }
}

opt::define_optimizer! {
    /// Called as a part of an expansion is called, as are its parts.
    #[optim(crate = crate::reexport::nn)]
    pub struct Step {
        /// Not the struct.
        step: f64 = 0.5,
        /// Not the argument.
        caches: f64 = 1.0,
        /// Not the index.
        index: u64 = 1,
        /// Not the value.
        value: f64 = 0.0,
        /// Raw.
        r#type: f64 = 1.0,
        /// Not the marker.
        marker: f64 = 1.0,
        /// Not the field of the scalars.
        scalar: f64 = 0.0,
        /// Not numbered.
        k1: bool = true,
    }
    require step > 0 && index > 0, "positive"
    cache { cache, own = step * w, k2 if k1 }
    step(r#loop) { let self_ = marker * r#type; let core = caches * index; }
    update(optim_core, x) {
        let step_2 = x + value + scalar;
        let x = if core > 0 || r#loop < 1 { step_2 } else { 0 };
        let x = x * 1;
        cache = x;
        if k1 { k2 = own; own = k2 + cache - cache; }
        optim_core -= step * self_ * cache;
    }
}

#[cfg(test)]
mod tests {
    use opt::prelude::*;

    use super::super::moved;
    use super::{Decayed, Step};

    #[test]
    fn they_move_weights() {
        assert_eq!(moved(Decayed::default()).to_bits(), 0.75_f64.to_bits());
        assert_eq!(moved(Step::default().with_type(0.5)).to_bits(), 0.75_f64.to_bits());
    }

    #[test]
    fn they_have_names() {
        assert_eq!(Step::NAME, "Step");
        assert_eq!(Step::hyper()[4].name, "type");
        assert!((Step::default().get("type").unwrap() - 1.0).abs() < f64::EPSILON);
        assert_eq!(Decayed::hyper()[1].doc, "");
        assert_eq!(Decayed::hyper()[1].range.to_string(), "0..1");
    }
}
