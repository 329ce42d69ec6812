//! The macros of `optim-core`.

use proc_macro::TokenStream;

/// Makes a struct or an enum a model.
#[proc_macro_derive(Optimizable, attributes(optim))]
pub fn derive_optimizable(_input: TokenStream) -> TokenStream {
    TokenStream::new()
}
