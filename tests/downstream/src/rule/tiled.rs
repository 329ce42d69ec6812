//! Rules that look at more than one weight, with names that an expansion uses for its own.

/// Functions of matrices, as a user has them.
#[allow(clippy::needless_pass_by_value, reason = "this is the form that a rule calls")]
mod matrices {
    use opt::Real;
    use opt::ndarray::{ArrayView2, ArrayViewMut2};

    pub(super) fn scaled<A: Real>(x: ArrayView2<'_, A>, mut out: ArrayViewMut2<'_, A>, by: f64) {
        out.zip_mut_with(&x, |out, x| *out = *x * A::from_f64(by));
    }

    pub(super) fn same<A: Real>(x: ArrayView2<'_, A>, mut out: ArrayViewMut2<'_, A>) {
        out.assign(&x);
    }
}

opt::define_optimizer! {
    /// All scopes.
    #[optim(crate = "opt")]
    pub struct Tiled {
        /// Rate.
        lr: f64 = 0.5 in 0.0..,
        /// Not the numbers at a place.
        at: f64 = 1.0,
        /// Not what is computed once.
        once: f64 = 1.0,
        /// Not the rule.
        rule: f64 = 1.0,
        /// Not the arrays of rows and columns.
        row: f64 = 1.0,
        /// As above.
        col: f64 = 1.0,
        /// Not the parameters of a pass.
        weight: f64 = 1.0,
        /// As above.
        gradient: f64 = 1.0,
        /// Not what stands in `once` or in its struct.
        on: bool = true,
    }
    require numel() > 0 && ndim() < 3, "a matrix at most"
    cache {
        input, output, kept_u,
        caches[row] if rows() > 1, fold[col] if rows() > 1,
        level[tensor] = 1, model[model] = lr, norm_g[tensor] if on,
    }
    step(t) {
        model += at * once * rule * row * col * weight * gradient;
        let call = model - 1;
    }
    look_ahead(x, slope) { x + 0 * slope / (1 + model_norm(slope)) }
    update(w, g) {
        let u = 2 * input;
        let numbers = norm(g);
        input = g + 0 * numbers;
        if on { norm_g = max(norm_g, sum(input)); }
        if rows() > 1 {
            caches = row_mean(g);
            fold = col_sum(abs(g)) + 0 * col_mean(caches);
            if caches > 0 { output += 1; } else { output -= 1; }
        }
        let of_row = if rows() > 1 { caches * fold } else { g };
        let a = matrices::scaled(of_row, call + 0.5);
        let b = matrices::same(a + u);
        level = level + max_abs(b) * 0;
        model = max(model, model_dot(g, g));
        kept_u = u;
        w -= lr * level * (b + 0 * model) / (call + 0.5);
        w += 0 * output * kept_u;
        if on { w += 0 * norm_g; }
    }
    evaluate(y) { y * level }
}

#[cfg(test)]
mod tests {
    use super::super::moved;
    use super::Tiled;

    #[test]
    fn it_moves_weights() {
        assert_eq!(moved(Tiled::default()).to_bits(), 0.5_f64.to_bits());
    }
}
