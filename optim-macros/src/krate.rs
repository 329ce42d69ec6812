//! The path of `optim_core` in an expansion: `#[optim(crate = "path")]` where it was renamed or is re-exported.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::parse::Parser;
use syn::{Attribute, LitStr, Path};

use crate::attribute::entries;
use crate::diagnostics::Diagnostics;

/// The path that `attributes` name, `::optim_core` where they name none. Other entries are left to who knows them.
pub(crate) fn parse(attributes: &[Attribute], diagnostics: &mut Diagnostics) -> TokenStream {
    let named = entries(attributes, |_, _| ()).into_iter().find(|entry| entry.key == "crate");
    let Some(entry) = named else { return quote!(::optim_core) };
    let span = entry.span();
    let path = parse_path(entry.value.unwrap_or_default());
    if path.is_none() {
        diagnostics.error(span, "`crate` needs a path: `crate = \"path::to::optim_core\"`");
    }
    path.map_or_else(|| quote!(::optim_core), Path::into_token_stream)
}

/// In quotes, as other macros have it, or bare, so that a `macro_rules!` can hand on its `$crate`.
fn parse_path(value: TokenStream) -> Option<Path> {
    match syn::parse2::<LitStr>(value.clone()) {
        Ok(quoted) => quoted.parse_with(Path::parse_mod_style).ok(),
        Err(_) => Path::parse_mod_style.parse2(value).ok(),
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;
    use syn::DeriveInput;

    use super::parse;
    use crate::diagnostics::Diagnostics;

    fn read(attributes: &TokenStream) -> (String, bool) {
        let input: DeriveInput = syn::parse2(quote!(#attributes struct S;)).unwrap();
        let mut diagnostics = Diagnostics::new();
        let path = parse(&input.attrs, &mut diagnostics).to_string();
        (path, diagnostics.finish().is_some())
    }

    #[test]
    fn a_path_in_quotes_or_bare_or_the_default() {
        assert_eq!(read(&quote!(#[optim(scalar = "f32")])), (":: optim_core".into(), false));
        assert_eq!(read(&quote!(#[optim(crate = "a::b")])), ("a :: b".into(), false));
        assert_eq!(read(&quote!(#[optim(scalar = "f32", crate = crate::a)])), ("crate :: a".into(), false));
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for bad in [quote!(crate), quote!(crate = ), quote!(crate = ""), quote!(crate = "a b"), quote!(crate = 3)] {
            assert_eq!(read(&quote!(#[optim(#bad)])), (":: optim_core".into(), true), "{bad}");
        }
    }
}
