//! `#[derive(Optimizable)]`: tokens → [`model`] → [`bounds`] → [`emit`].

mod attributes;
mod bounds;
mod emit;
mod generics;
mod model;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::diagnostics::Diagnostics;

/// The impl for one struct or enum, or what is wrong with it.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut diagnostics = Diagnostics::new();
    let model = model::check(input, &mut diagnostics);
    let bounds = bounds::infer(&model, &mut diagnostics);
    match diagnostics.finish() {
        None => emit::emit(&model, &bounds),
        Some(errors) => {
            let skeleton = emit::emit_skeleton(&model, &bounds);
            quote::quote!(#errors #skeleton)
        }
    }
}
