//! Rules that `macro_rules!` writes: expressions, names and visibilities arrive in invisible groups, and names of the
//! macro's own do not meet the user's.

macro_rules! rule {
    ($(#[$attribute:meta])* $visibility:vis $name:ident, $lr:expr, $low:literal, $factor:expr, $decay:ident, $kind:ty) => {
        opt::define_optimizer! {
            $(#[$attribute])*
            #[optim(crate = $crate::reexport::nn)]
            $visibility struct $name {
                $decay: $kind = $lr in $low..,
                rate: f64 = -0.5 in -1.0..$low,
            }
            cache { m }
            update(w, g) {
                m = $decay * m + $factor * g;
                w += rate * m;
            }
        }
    };
}

rule!(
    /// A rule.
    pub(crate) Written, 0.5, 0.0, 1.0 + 1.0, decay, f64
);
rule!(Inherited, 0.25 + 0.25, -0.25, -1.0, m_decay, f64);

#[cfg(test)]
mod tests {
    use super::super::moved;
    use super::{Inherited, Written};

    #[test]
    fn what_was_handed_on_keeps_together() {
        // 1 − 0.5 · (1 + 1), not 1 − 0.5 · 1 + 1.
        assert_eq!(moved(Written::default()).to_bits(), 0.0_f64.to_bits());
        assert_eq!(moved(Inherited::default()).to_bits(), 1.5_f64.to_bits());
        let Written { decay, .. } = Written::default().with_decay(0.75);
        assert_eq!(decay.to_bits(), 0.75_f64.to_bits());
    }
}
