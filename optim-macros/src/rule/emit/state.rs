//! What has to hold at `init`, which caches exist, and what they start at.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::expression::{Scalar, hyper_locals};
use super::own;
use crate::rule::ast::Scope;
use crate::rule::ir::{Cache, Expr, Rule};
use crate::rule::uses::Uses;

pub(super) fn emit_require(rule: &Rule) -> Option<TokenStream> {
    let requires: Vec<&(Expr, String)> = rule.requires.iter().filter(|(condition, _)| !of_shape(condition)).collect();
    if requires.is_empty() {
        return None;
    }
    let krate = &rule.krate;
    let mut uses = Uses::default();
    for (condition, _) in &requires {
        uses.expression(condition);
    }
    let locals = hyper_locals(rule, &uses.hypers);
    let checks = requires.iter().map(|(condition, text)| {
        let condition = Scalar::F64.emit(rule, condition);
        quote! {
            #krate::private::require(Self::NAME, #condition, #text)?;
        }
    });
    Some(quote! {
        fn require<A: #krate::private::Real>(&self) -> ::core::result::Result<(), #krate::private::Error> {
            #locals
            #(#checks)*
            ::core::result::Result::Ok(())
        }
    })
}

/// Whether a condition looks at the shape of a tensor.
fn of_shape(condition: &Expr) -> bool {
    let mut uses = Uses::default();
    uses.expression(condition);
    uses.shape
}

/// What has to hold of the shape of every parameter.
pub(super) fn emit_require_shape(rule: &Rule) -> Option<TokenStream> {
    let requires: Vec<&(Expr, String)> = rule.requires.iter().filter(|(condition, _)| of_shape(condition)).collect();
    if requires.is_empty() {
        return None;
    }
    let krate = &rule.krate;
    let mut uses = Uses::default();
    for (condition, _) in &requires {
        uses.expression(condition);
    }
    let locals = hyper_locals(rule, &uses.hypers);
    let at = own("at");
    let checks = requires.iter().map(|(condition, text)| {
        let condition = Scalar::F64.emit(rule, condition);
        quote! {
            if !(#condition) {
                return ::core::result::Result::Err(#text);
            }
        }
    });
    let shape = own("shape");
    Some(quote! {
        fn require_shape<A: #krate::private::Real>(
            &self,
            #shape: &#krate::private::Shape,
        ) -> ::core::result::Result<(), &'static str> {
            let #at = #krate::private::At { #shape };
            #locals
            #(#checks)*
            ::core::result::Result::Ok(())
        }
    })
}

pub(super) fn emit_exists(rule: &Rule) -> Option<TokenStream> {
    let krate = &rule.krate;
    let mut uses = Uses::default();
    let mut arms = Vec::new();
    for (index, cache) in rule.caches.iter().enumerate() {
        if let Some(condition) = &cache.condition {
            uses.expression(condition);
            let (index, condition) = (Literal::usize_unsuffixed(index), Scalar::F64.emit(rule, condition));
            arms.push(quote!(#index => #condition));
        }
    }
    if arms.is_empty() {
        return None;
    }
    let locals = hyper_locals(rule, &uses.hypers);
    let (cache, shape, at) = (own("cache"), own("shape"), own("at"));
    let (parameter, at) = if uses.shape {
        (quote!(#shape), Some(quote!(let #at = #krate::private::At { #shape };)))
    } else {
        (quote!(_), None)
    };
    let optional = rule.caches_of(Scope::Weight).enumerate();
    let optional: u64 = optional.map(|(k, (_, cache))| u64::from(cache.condition.is_some()) << k).sum();
    let optional = (optional != 0).then(|| {
        let optional = Literal::u64_unsuffixed(optional);
        quote!(const OPTIONAL: u64 = #optional;)
    });
    Some(quote! {
        #optional

        fn exists<A: #krate::private::Real>(&self, #cache: usize, #parameter: &#krate::private::Shape) -> bool {
            #at
            #locals
            match #cache {
                #(#arms,)*
                _ => true,
            }
        }
    })
}

/// Only where some cache starts at something else than zero.
pub(super) fn emit_start(rule: &Rule, scratch: usize) -> Option<TokenStream> {
    if rule.caches_of(Scope::Weight).all(|(_, cache)| cache.start.is_none()) {
        return None;
    }
    let krate = &rule.krate;
    let mut uses = Uses::default();
    let weight = own("w");
    let starts: Vec<TokenStream> = rule
        .caches_of(Scope::Weight)
        .map(|(_, Cache { name, start, .. })| {
            let start = if let Some(start) = start {
                uses.expression(start);
                Scalar::Inline(&weight).emit(rule, start)
            } else {
                quote!(A::from_f64(0.0))
            };
            quote!(let #name = #start;)
        })
        .collect();
    let names = rule.caches_of(Scope::Weight).map(|(_, cache)| &cache.name);
    let zeros = std::iter::repeat_n(quote!(A::from_f64(0.0)), scratch);
    let made = names.map(|name| quote!(#name)).chain(zeros);
    let locals = hyper_locals(rule, &uses.hypers);
    let parameter = if uses.weight { weight } else { own("_w") };
    Some(quote! {
        const STARTS_AT_ZERO: bool = false;

        fn start<A: #krate::private::Real>(&self, #parameter: A) -> Self::Caches<A> {
            #locals
            #(#starts)*
            [#(#made),*]
        }
    })
}

/// What caches that are not one number a weight start at, if any starts at something else than zero.
pub(super) fn emit_start_number(rule: &Rule) -> Option<TokenStream> {
    let krate = &rule.krate;
    let mut uses = Uses::default();
    let mut arms = Vec::new();
    for (index, cache) in rule.caches.iter().enumerate() {
        if let (Some(start), true) = (&cache.start, cache.scope != Scope::Weight) {
            uses.expression(start);
            let (index, start) = (Literal::usize_unsuffixed(index), Scalar::F64.emit(rule, start));
            arms.push(quote!(#index => #start));
        }
    }
    if arms.is_empty() {
        return None;
    }
    let locals = hyper_locals(rule, &uses.hypers);
    let cache = own("cache");
    Some(quote! {
        fn start_number<A: #krate::private::Real>(&self, #cache: usize) -> f64 {
            #locals
            match #cache {
                #(#arms,)*
                _ => 0.0,
            }
        }
    })
}
