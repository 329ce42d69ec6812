//! [`ir`](super::ir) to Rust: a plain struct, its checks, and one small function over scalars for each section.
//!
//! Names that the user wrote keep their spans; names of our own are `mixed_site`, invisible to the user's code.

mod describe;
mod expression;
mod hoist;
mod numbers;
mod rule;
mod state;
mod structure;
mod tiled;

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::ast;
use super::formula::Formula;
use super::ir::Rule;
use super::schedule::Schedule;

/// The whole expansion.
pub(crate) fn emit_rule(rule: &Rule, schedule: Option<&Schedule>) -> TokenStream {
    let formula = Formula::of(rule);
    let structure = structure::emit_structure(rule, &formula);
    let body = rule::emit_impl(rule, schedule, &formula);
    quote! {
        #structure
        #body
    }
}

/// What remains of a rule with a mistake: the struct, its setters, and a rule that does nothing, so that one mistake
/// is one error and an editor goes on completing.
pub(crate) fn emit_skeleton(rule: &ast::Rule) -> TokenStream {
    structure::emit_skeleton(rule)
}

/// An identifier of our own.
fn own(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// A name without the mark of a raw identifier.
fn plain(name: &str) -> &str {
    name.trim_start_matches("r#")
}
