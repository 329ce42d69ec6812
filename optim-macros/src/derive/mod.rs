//! `#[derive(Optimizable)]`: tokens → [`model`] → [`bounds`] → [`emit`].

mod attributes;
mod bounds;
mod emit;
mod generics;
mod model;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::diagnostics::Diagnostics;

/// The impl for one struct or enum; beside what is wrong with it, one that does nothing.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::new();
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => {
            diagnostics.push(error);
            return diagnostics.finish().unwrap_or_default();
        }
    };
    let model = model::check(input, &mut diagnostics);
    let bounds = bounds::infer(&model, &mut diagnostics);
    let item = if diagnostics.is_empty() { emit::emit(&model, &bounds) } else { emit::emit_skeleton(&model, &bounds) };
    let errors = diagnostics.finish();
    quote!(#errors #item)
}
