//! Tokens to [`ast`](super::ast): the struct, its hyper-parameters, and the sections behind it.
//!
//! Reading goes on after a mistake, at the next item, statement or section, so that several are reported at once.

mod expression;
mod hypers;
mod sections;
mod statements;
mod tokens;

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::quote;
use syn::Attribute;
use syn::parse::Parser as _;

use self::tokens::Cursor;
use super::ast::Rule;
use crate::diagnostics::Diagnostics;
use crate::{attribute, krate};

/// Where errors go, and how deep reading stands.
struct Parser<'d> {
    diagnostics: &'d mut Diagnostics,
    depth: usize,
    reported_depth: bool,
}

/// Reads a rule. `None` where not even a struct with a name can be made out.
pub(crate) fn parse_rule(tokens: TokenStream, diagnostics: &mut Diagnostics) -> Option<Rule> {
    let mut cursor = Cursor::new(tokens, Span::call_site());
    Parser { diagnostics, depth: 0, reported_depth: false }.parse_rule(&mut cursor)
}

impl Parser<'_> {
    fn parse_rule(&mut self, cursor: &mut Cursor) -> Option<Rule> {
        let (attributes, krate) = self.parse_container_attributes(cursor);
        let visibility = parse_visibility(cursor);
        if cursor.take_word("struct").is_none() {
            let found = cursor.found();
            let message =
                format!("found {found}, expected `struct`: a rule is `pub struct Name {{ … }}` and its sections");
            self.diagnostics.error(cursor.span(), message);
            return None;
        }
        let Some(name) = cursor.take_ident() else {
            self.diagnostics.error(cursor.span(), format!("found {}, expected the name of the rule", cursor.found()));
            return None;
        };
        if cursor.is_punct("<") {
            self.diagnostics.error(
                cursor.span(),
                "a rule has no generics: it works for `f32` and `f64` as it is, and numbers are hyper-parameters",
            );
            while !cursor.is_empty() && cursor.peek_group(Delimiter::Brace).is_none() {
                cursor.advance();
            }
        }
        let mut unit = false;
        let hypers = match cursor.take_group(Delimiter::Brace) {
            Some(group) => self.parse_hypers(&group),
            None if cursor.take_punct(";").is_some() => {
                unit = true;
                Vec::new()
            }
            None => {
                let message = format!("found {}, expected `{{` and the hyper-parameters", cursor.found());
                self.diagnostics.error(cursor.span(), message);
                sections::skip_to_section(cursor);
                Vec::new()
            }
        };
        let mut rule = Rule {
            attributes,
            krate,
            visibility,
            name,
            unit,
            hypers,
            requires: Vec::new(),
            caches: Vec::new(),
            step: None,
            look_ahead: None,
            update: None,
            evaluate: None,
        };
        self.parse_sections(cursor, &mut rule);
        Some(rule)
    }

    /// The attributes in front of the struct, and the path of `optim_core`.
    fn parse_container_attributes(&mut self, cursor: &mut Cursor) -> (Vec<TokenStream>, TokenStream) {
        let mut kept = Vec::new();
        let mut ours = Vec::new();
        for (group, tokens) in self.parse_attributes(cursor) {
            if !Cursor::of_group(&group).is_word("optim") {
                kept.push(tokens);
                continue;
            }
            match Attribute::parse_outer.parse2(tokens) {
                Ok(attributes) => ours.extend(attributes),
                Err(error) => self.diagnostics.push(error),
            }
        }
        for entry in attribute::entries(&ours, |span, message| self.diagnostics.error(span, message)) {
            if entry.key != "crate" {
                let message = "a rule knows one `optim` attribute, `crate = \"path\"`: the path of `optim_core`";
                self.diagnostics.error(entry.key.span(), message);
            }
        }
        (kept, krate::parse(&ours, self.diagnostics))
    }

    /// `#[…]`, with the group and the whole; `cfg` is refused.
    fn parse_attributes(&mut self, cursor: &mut Cursor) -> Vec<(Group, TokenStream)> {
        let mut attributes = Vec::new();
        while cursor.is_punct("#") {
            let pound = cursor.advance();
            let Some(group) = cursor.take_group(Delimiter::Bracket) else {
                self.diagnostics.error(cursor.span(), format!("found {}, expected `[` behind `#`", cursor.found()));
                break;
            };
            let inner = Cursor::of_group(&group);
            if inner.is_word("cfg") || inner.is_word("cfg_attr") {
                self.diagnostics.error(
                    inner.span(),
                    "there is no `cfg` in a rule: it is the same wherever it is built; put it on `define_optimizer!`",
                );
                continue;
            }
            let tokens = pound.into_iter().chain([TokenTree::Group(group.clone())]).collect();
            attributes.push((group, tokens));
        }
        attributes
    }

    /// Reports what stands where the end should be.
    pub(crate) fn expect_end(&mut self, cursor: &mut Cursor, expected: &str) {
        if !cursor.is_empty() {
            // A part that was too deep was not read.
            if !self.reported_depth {
                let message = format!("found {}, expected {expected} or an operator", cursor.found());
                self.diagnostics.error(cursor.span(), message);
            }
            cursor.skip_rest();
        }
    }
}

/// `pub`, `pub(…)` or nothing; `macro_rules!` hands a `$vis` on in an invisible group.
fn parse_visibility(cursor: &mut Cursor) -> TokenStream {
    if let Some(group) = cursor.take_group(Delimiter::None) {
        return group.stream();
    }
    let Some(word) = cursor.take_word("pub") else { return TokenStream::new() };
    let within = cursor.take_group(Delimiter::Parenthesis);
    quote!(#word #within)
}
