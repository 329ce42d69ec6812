//! What a rule says of itself: its hyper-parameters, described and by index, and the texts of its docs.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};

use super::{own, plain};
use crate::rule::ast::HyperType;
use crate::rule::ir::{Hyper, Rule};

pub(super) fn emit_hyper(rule: &Rule, hyper: &Hyper) -> TokenStream {
    let krate = &rule.krate;
    let name = plain(&hyper.name.to_string()).to_owned();
    let doc = doc_text(&hyper.attributes);
    let kind = match hyper.kind {
        HyperType::Number => quote!(Number),
        HyperType::Count => quote!(Count),
        HyperType::Flag => quote!(Flag),
    };
    let default = f64_literal(hyper.default);
    let range = &hyper.range;
    let (low, high) = (optional(range.low.map(f64_literal)), optional(range.high.map(f64_literal)));
    let (low_excluded, high_included) = (range.low_excluded, range.high_included);
    let written = range.to_string();
    quote! {
        #krate::private::Hyper {
            name: #name,
            kind: #krate::private::HyperKind::#kind,
            default: #default,
            range: #krate::private::Range {
                low: #low,
                low_excluded: #low_excluded,
                high: #high,
                high_included: #high_included,
                written: #written,
            },
            doc: #doc,
        }
    }
}

/// Values by index, for `get`, `set` and the checks.
pub(super) fn emit_accessors(rule: &Rule) -> TokenStream {
    let krate = &rule.krate;
    let read = rule.hypers.iter().enumerate().map(|(index, hyper)| {
        let (index, name) = (Literal::usize_unsuffixed(index), &hyper.name);
        match hyper.kind {
            HyperType::Number => quote!(#index => self.#name),
            HyperType::Count => quote!(#index => #krate::private::count(self.#name)),
            HyperType::Flag => quote!(#index => #krate::private::flag(self.#name)),
        }
    });
    let written = rule.hypers.iter().enumerate().map(|(index, hyper)| {
        let (index, name) = (Literal::usize_unsuffixed(index), &hyper.name);
        let value = own("value");
        match hyper.kind {
            HyperType::Number => quote!(#index => self.#name = #value),
            HyperType::Count => quote!(#index => self.#name = #krate::private::to_count(#value)),
            HyperType::Flag => quote!(#index => self.#name = #value != 0.0),
        }
    });
    let (index, value) = (own("index"), own("value"));
    quote! {
        fn value(&self, #index: usize) -> f64 {
            match #index {
                #(#read,)*
                _ => ::core::unreachable!(),
            }
        }

        fn set_value(&mut self, #index: usize, #value: f64) {
            match #index {
                #(#written,)*
                _ => ::core::unreachable!(),
            }
        }
    }
}

fn f64_literal(number: f64) -> TokenStream {
    let literal = Literal::f64_unsuffixed(number.abs());
    if number.is_sign_negative() { quote!(-#literal) } else { quote!(#literal) }
}

pub(super) fn optional(value: Option<impl ToTokens>) -> TokenStream {
    if let Some(value) = value {
        quote!(::core::option::Option::Some(#value))
    } else {
        quote!(::core::option::Option::None)
    }
}

/// The text of `///` lines.
pub(super) fn doc_text(attributes: &[TokenStream]) -> String {
    let mut lines = Vec::new();
    for attribute in attributes {
        let mut tokens = attribute.clone().into_iter();
        let Some(proc_macro2::TokenTree::Group(group)) = tokens.nth(1) else { continue };
        let mut inner = group.stream().into_iter();
        let is_doc = matches!(inner.next(), Some(proc_macro2::TokenTree::Ident(ident)) if ident == "doc");
        if let (true, Some(literal)) = (is_doc, inner.nth(1))
            && let Ok(text) = syn::parse2::<syn::LitStr>(TokenStream::from(literal))
        {
            let text = text.value();
            lines.push(text.strip_prefix(' ').unwrap_or(&text).trim_end().to_owned());
        }
    }
    lines.join("\n").trim().to_owned()
}
