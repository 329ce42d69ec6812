//! The macros of `optim-core`.

mod attribute;
mod derive;
mod diagnostics;
mod krate;
mod names;
mod rule;

use proc_macro::TokenStream;

/// Makes a struct or an enum a model.
#[proc_macro_derive(Optimizable, attributes(optim))]
pub fn derive_optimizable(input: TokenStream) -> TokenStream {
    derive::expand(input.into()).into()
}

/// Declares an update rule the way a paper prints it.
///
/// From one declaration come a plain struct of hyper-parameters with `Default`, `with_…` and access by name, the fused
/// kernels for `f32` and `f64`, the caches and their initial values, the range checks, and the formula, which stands in
/// the struct's docs.
///
/// | part | meaning |
/// |---|---|
/// | `struct` | hyper-parameters: `f64` (finite), `u64` or `bool`, with a default and, after `in`, a range: `a..b`, `a..=b`, `a..`, `..b`, and `a<..` where `a` itself is excluded. Docs become docs |
/// | `require cond, "text"` | what must hold between hyper-parameters; checked by `init` and every step |
/// | `cache { name }` | one number per weight, initially 0 |
/// | `cache { name = e }` | starts at `e` of hyper-parameters and `w` |
/// | `cache { name if cond }` | exists only where `cond` holds; it can be used only inside an `if` of that condition |
/// | `step(t) { … }` | scalars of this step, from hyper-parameters and `t` = 1, 2, 3, …: `let`, numbers and flags |
/// | `look_ahead(w) { e }` | where the gradient is taken |
/// | `update(w, g) { … }` | the rule: `let` (may shadow, `let g = g + decay * w;`), `=` `+=` `-=` `*=` `/=` on `w` and caches, `if`/`else if`/`else` as statement and as value |
/// | `evaluate(w) { e }` | where the model is to be evaluated; sees the scalars of the last step |
/// | operators | `+ - * /`, unary `-`, `< <= > >= == !=`, `&& \|\| !`, parentheses, with Rust's precedence; `2` is 2.0 |
/// | functions | `sqrt cbrt abs sign exp ln tanh pow(x, y) min max clamp(x, lo, hi)`; `epsilon()`, the scalar type's machine epsilon. `sign(0)` is 0, `min` and `max` hand NaN on, `clamp` never panics |
///
/// **Rates.** What does not depend on the weight is computed once a step, in `f64`, and rounded once where it meets a
/// weight; the rest is done for every weight, in the model's scalar type.
///
/// **As written.** The loop does the operations that stand there, in that order; none is regrouped or contracted.
/// Statements run from top to bottom for each weight: a cache read before its assignment is last step's value, after it
/// this step's.
///
/// **Mistakes** are compile errors at the token that made them, several at once; the struct still exists then.
///
/// `#[optim(crate = "path")]` on the struct names `optim_core` where it was renamed or is re-exported.
#[proc_macro]
pub fn define_optimizer(input: TokenStream) -> TokenStream {
    rule::expand(input.into()).into()
}
