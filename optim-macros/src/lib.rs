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

/// Turns a declared update rule into an optimizer.
#[proc_macro]
pub fn define_optimizer(input: TokenStream) -> TokenStream {
    rule::expand(input.into()).into()
}
