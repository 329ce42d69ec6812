//! The struct, its defaults and its setters: they stand even when something else in the rule is wrong.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::plain;
use crate::rule::ast::{self, HyperType};
use crate::rule::formula::{Formula, text};
use crate::rule::ir::{Hyper, Range, Rule};

/// What the struct needs of a hyper-parameter.
struct Field<'a> {
    attributes: &'a [TokenStream],
    name: &'a Ident,
    kind: HyperType,
    default: TokenStream,
    /// Added to the field's docs.
    note: String,
}

pub(super) fn emit_structure(rule: &Rule, formula: &Formula) -> TokenStream {
    let fields: Vec<Field<'_>> = rule
        .hypers
        .iter()
        .map(|hyper| Field {
            attributes: &hyper.attributes,
            name: &hyper.name,
            kind: hyper.kind,
            default: default(hyper),
            note: note(hyper),
        })
        .collect();
    let docs = formula.docs();
    emit(&rule.attributes, &rule.visibility, &rule.name, rule.unit, &fields, &docs)
}

pub(super) fn emit_skeleton(rule: &ast::Rule) -> TokenStream {
    let mut seen = Vec::new();
    let fields: Vec<Field<'_>> = rule
        .hypers
        .iter()
        .filter(|hyper| {
            let first = !seen.contains(&&hyper.name);
            seen.push(&hyper.name);
            // A keyword is reported, and would be reported again where the field stands.
            first && syn::parse_str::<Ident>(&hyper.name.to_string()).is_ok()
        })
        .map(|hyper| Field {
            attributes: &hyper.attributes,
            name: &hyper.name,
            kind: hyper.kind,
            default: match hyper.kind {
                HyperType::Number => quote!(0.0),
                HyperType::Count => quote!(0),
                HyperType::Flag => quote!(false),
            },
            note: String::new(),
        })
        .collect();
    let structure = emit(&rule.attributes, &rule.visibility, &rule.name, rule.unit, &fields, "");
    let (krate, name) = (&rule.krate, &rule.name);
    quote! {
        #structure
        #krate::private::broken_rule!(#name);
    }
}

fn default(hyper: &Hyper) -> TokenStream {
    match hyper.kind {
        HyperType::Number => {
            let literal = Literal::f64_unsuffixed(hyper.default.abs());
            if hyper.default.is_sign_negative() { quote!(-#literal) } else { quote!(#literal) }
        }
        HyperType::Count => {
            // Whole and at most 2^53: the check saw to it.
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let literal = Literal::u64_unsuffixed(hyper.default as u64);
            quote!(#literal)
        }
        HyperType::Flag => {
            let flag = hyper.default != 0.0;
            quote!(#flag)
        }
    }
}

fn note(hyper: &Hyper) -> String {
    match hyper.kind {
        HyperType::Flag => format!(" Default: `{}`.", hyper.default != 0.0),
        _ if hyper.range == Range::ALL => format!(" Default: {}.", text::number(hyper.default)),
        _ => format!(" Range: `{}`; default: {}.", hyper.range, text::number(hyper.default)),
    }
}

fn emit(
    attributes: &[TokenStream],
    visibility: &TokenStream,
    name: &Ident,
    unit: bool,
    fields: &[Field<'_>],
    docs: &str,
) -> TokenStream {
    let declared = fields.iter().map(|Field { attributes, name, kind, note, .. }| {
        let kind = type_of(*kind);
        let note = (!note.is_empty()).then(|| quote!(#[doc = ""] #[doc = #note]));
        // A field without docs of its own still says what it is.
        let doc = attributes.is_empty().then(|| {
            let text = format!(" The hyper-parameter `{}`.", plain(&name.to_string()));
            quote!(#[doc = #text])
        });
        quote! {
            #(#attributes)*
            #doc
            #note
            pub #name: #kind
        }
    });
    let defaults = fields.iter().map(|Field { name, default, .. }| quote!(#name: #default));
    let setters = fields.iter().map(|Field { name, kind, .. }| {
        // Located at the name, but ours: lints of the user look at what the user wrote.
        let span = proc_macro2::Span::call_site().located_at(name.span());
        let setter = format_ident!("with_{}", plain(&name.to_string()), span = span);
        let kind = type_of(*kind);
        let doc = format!(" The same rule with another `{}`; `init` checks its range.", plain(&name.to_string()));
        quote! {
            #[doc = #doc]
            #[must_use]
            pub fn #setter(mut self, #name: #kind) -> Self {
                self.#name = #name;
                self
            }
        }
    });
    let body = if unit { quote!(;) } else { quote!({ #(#declared,)* }) };
    let docs = (!docs.is_empty()).then(|| quote!(#[doc = #docs]));
    quote! {
        #(#attributes)*
        #docs
        #[derive(::core::clone::Clone, ::core::fmt::Debug, ::core::cmp::PartialEq)]
        #visibility struct #name #body

        #[automatically_derived]
        impl ::core::default::Default for #name {
            fn default() -> Self {
                Self { #(#defaults,)* }
            }
        }

        impl #name {
            #(#setters)*
        }
    }
}

fn type_of(kind: HyperType) -> TokenStream {
    match kind {
        HyperType::Number => quote!(f64),
        HyperType::Count => quote!(u64),
        HyperType::Flag => quote!(bool),
    }
}
