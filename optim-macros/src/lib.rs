//! The macros of `optim-core`: use them through it.
//!
//! Tokens in, tokens out: what comes out names nothing but `core` and `optim_core`.

#![cfg_attr(not(test), deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing))]

mod attribute;
mod derive;
mod diagnostics;
mod krate;
mod names;
mod rule;

use proc_macro::TokenStream;

/// Makes a struct or an enum a model: implements `Optimizable` by handing every field on to its type, and `Gradient`.
///
/// The trait decides what a field is, never the text of its type: aliases, macros and a type of one's own all work.
/// A field whose type is not `Optimizable` is an error at that field.
///
/// # Attributes
///
/// | on | attribute | meaning |
/// |---|---|---|
/// | field | `#[optim(skip)]` | not looked at; a gradient has a clone of it, so its type is `Clone` |
/// | field | `#[optim(skip = value)]` | not looked at; a gradient has the value of this expression: for a type that is not `Clone`, or too large to be |
/// | field, variant | `#[optim(freeze)]` | saved and differentiated, not updated, without caches |
/// | field, variant | `#[optim(buffer)]` | saved, never updated, without a gradient: a running statistic |
/// | field, variant | `#[optim(group = "name")]` | in this group of parameters |
/// | field, variant | `#[optim(rename = "name")]` | the name in paths and checkpoints; not empty, without `.` and `\` |
/// | container | `#[optim(crate = "path")]` | where `optim_core` is, if it was renamed or is re-exported |
/// | container | `#[optim(scalar = "f32")]` | the number type of the model, where it is not to be inferred |
/// | container | `#[optim(bound = "T: Layer")]` | the bounds of the impl, in place of those that the derive would write |
///
/// Attributes reach down: what a frozen field contains is frozen, a buffer is a buffer whatever it contains, and the
/// innermost group wins. Several stand in one `#[optim(…)]` or in several. Values may also be bare, without quotes, so
/// that a `macro_rules!` can hand on its fragments: `crate = $crate::optim`, `scalar = $t`.
///
/// ## `skip = …`
///
/// A gradient is a value of the model's own type, so it needs something in the place of what is skipped. The expression
/// is evaluated for each gradient. It may use the model's type (`Self::…`), its parameters (`T::default()`) and whatever
/// else is in scope, but not the model: neither `self` nor another field is known there.
///
/// # Paths
///
/// Named fields go by their name (a raw identifier without `r#`), tuple fields, elements of vectors and arrays by their
/// number, entries of maps by their key, variants by their name and then their fields: `layers.0.Dense.w`,
/// `layers.1.Scale.0`. `Option` and `Box` add nothing. Two fields of one name, or two variants, are an error.
///
/// # Structs and enums
///
/// Named, tuple and unit structs, enums of any variants, generics, const parameters, lifetimes (in skipped fields:
/// parameters own their data), where clauses, recursion (`Vec<Self>`, `Option<Box<Node<T>>>`), private types in public
/// models, raw identifiers, fields and variants behind `cfg`, models inside functions. Unions and packed structs are
/// refused.
///
/// # The scalar
///
/// A model has one number type, `Optimizable::Scalar`. It is
///
/// 1. what `scalar = "…"` says, or else
/// 2. the type parameter with a bound whose path ends in `Real` (`A: Real`; the first that a field uses), or else
/// 3. what the fields have: all the same, where fields without parameters (`()`, an activation function) do not count. A
///    model without any parameter has `NoScalar`.
///
/// A field of another number type is an error at that field, which names both.
///
/// A type may contain itself, by `Self` or by its name (`Vec<Self>`, `Option<Box<Node<T>>>`, `self::Node`). Types that
/// contain each other, or themselves through an alias or the path of a module, need `scalar` on one of them in the third
/// case. Without it the compiler reports a cycle (E0391): of constants that stand at the fields in question, and whose
/// name says that types which contain each other need `#[optim(scalar = "…")]`.
///
/// # Generics
///
/// A field whose type has a type parameter that is not `Real` brings a bound: `struct Seq<L, M>(L, M)` is a model where
/// `L` and `M` are, and where their scalars go together; `#[optim(skip)] extra: T` where `T: Clone`. Associated types are
/// such types too (`T::Layer`, `Vec<<T as Config>::Float>`).
///
/// `bound` replaces these bounds by what it says, a list as in a where clause, which may be empty. It says what every
/// field needs, those that are skipped by a clone among them; the container's own bounds and where clause stay. With
/// `bound`, the scalar is said too, unless a parameter is `Real`. That is the way out where types contain each other
/// through their parameters, or where the derived bounds name what is private or ask for more than is needed.
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
/// | `struct` | hyper-parameters: `f64` (finite), `u64` (up to 2^53, as which every one is an exact `f64`) or `bool`, with a default and, after `in`, a range: `a..b`, `a..=b`, `a..`, `..b`, and `a<..` where `a` itself is excluded. Docs become docs |
/// | `require cond, "text"` | what must hold between hyper-parameters or of every parameter's shape; checked by `init` and every step |
/// | `cache { name }` | one number per weight, initially 0 |
/// | `cache { name = e }` | starts at `e` of hyper-parameters and `w` |
/// | `cache { name if cond }` | exists only where `cond` holds; it can be used only inside an `if` of that condition |
/// | `cache { name[row] }`, `[col]`, `[tensor]`, `[model]` | one number a row or a column of the last two axes, a tensor (an `f64`), or for the whole model (an `f64`, which `step` can assign too). Order: `name[scope] = start if condition` |
/// | `step(t) { … }` | scalars of this step, from hyper-parameters, `t` = 1, 2, 3, … and `[model]` caches: `let`, numbers and flags; `if`; assignment to `[model]` caches, which is kept when the step succeeds |
/// | `look_ahead(w) { e }` | where the gradient is taken; `look_ahead(w, g) { e }` takes one at `w` first |
/// | `update(w, g) { … }` | the rule: `let` (may shadow, `let g = g + decay * w;`), `=` `+=` `-=` `*=` `/=` on `w` and caches, `if`/`else if`/`else` as statement and as value |
/// | `evaluate(w) { e }` | where the model is to be evaluated; sees the scalars of the last step |
/// | operators | `+ - * /`, unary `-`, `< <= > >= == !=`, `&& \|\| !`, parentheses, with Rust's precedence; `2` is 2.0 |
/// | functions | `sqrt cbrt abs sign exp ln tanh pow(x, y) min max clamp(x, lo, hi)`; `epsilon()`, the scalar type's machine epsilon. `sign(0)` is 0, `min` and `max` hand NaN on, `clamp` never panics |
/// | shapes | `ndim() numel() rows() cols()` of the tensor |
/// | reductions | over a tensor `sum mean norm max_abs dot(x, y)`; along rows and columns `row_sum row_mean col_sum col_mean`; over the model `model_sum model_norm model_dot`; in `update` and `look_ahead` |
/// | `path::to::function(x, c, …)` | a function in Rust, once a matrix: `fn(ArrayView2<A>, ArrayViewMut2<A>, f64, …)`; in `update` |
///
/// **Rates.** What does not depend on the weight is computed once a step, a tensor, a row or a column, in `f64`, and
/// rounded once where it meets a weight; the rest is done for every weight, in the model's scalar type. A reduction splits
/// the loop: what uses it is done in a later pass.
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
