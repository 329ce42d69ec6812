//! `define_optimizer!`: tokens → [`ast`] → [`ir`] → [`schedule`] → Rust and formula.

mod ast;
mod check;
mod emit;
mod formula;
mod functions;
mod ir;
mod parse;
mod schedule;
mod uses;

use proc_macro2::{Span, TokenStream};

use crate::diagnostics::Diagnostics;

/// The expansion of a rule, or what is wrong with it and a struct that still stands.
pub(crate) fn expand(tokens: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::new();
    let parsed = parse::parse_rule(tokens, &mut diagnostics);
    let Some(parsed) = parsed else {
        if diagnostics.is_empty() {
            diagnostics.error(Span::call_site(), "expected a rule: `pub struct Name { … }` and its sections");
        }
        return diagnostics.finish().unwrap_or_default();
    };
    // Made before the check, which takes the rule apart.
    let skeleton = emit::emit_skeleton(&parsed);
    let checked = check::check_rule(parsed, &mut diagnostics);
    let scheduled = checked.and_then(|rule| {
        let schedule = if rule.tiled { Some(schedule::schedule_rule(&rule)).transpose() } else { Ok(None) };
        schedule.map(|schedule| (rule, schedule)).map_err(|(span, text)| diagnostics.error(span, text)).ok()
    });
    match (scheduled, diagnostics.finish()) {
        (Some((rule, schedule)), None) => emit::emit_rule(&rule, schedule.as_ref()),
        (_, errors) => {
            let errors = errors.unwrap_or_default();
            quote::quote!(#errors #skeleton)
        }
    }
}

#[cfg(test)]
mod tests;
