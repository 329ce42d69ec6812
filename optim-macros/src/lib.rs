//! The macros of `optim-core`.

mod attribute;
mod derive;
mod diagnostics;
mod krate;
mod names;

use proc_macro::TokenStream;

/// Makes a struct or an enum a model.
#[proc_macro_derive(Optimizable, attributes(optim))]
pub fn derive_optimizable(input: TokenStream) -> TokenStream {
    derive::expand(input.into()).into()
}
