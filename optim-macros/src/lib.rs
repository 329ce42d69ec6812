//! The macros of `optim-core`.

use proc_macro::TokenStream;

mod diagnostics;
mod names;
mod rule;

/// Makes a struct or an enum a model.
#[proc_macro_derive(Optimizable, attributes(optim))]
pub fn derive_optimizable(_input: TokenStream) -> TokenStream {
    TokenStream::new()
}

/// Turns a declared update rule into an optimizer.
#[proc_macro]
pub fn define_optimizer(input: TokenStream) -> TokenStream {
    rule::expand(input.into()).into()
}
