//! The sections of a rule: which there are, and their heads.

use proc_macro2::{Delimiter, Ident};
use quote::ToTokens;

use super::Parser;
use super::tokens::Cursor;
use crate::names::nearest;
use crate::rule::ast::{Cache, Require, Rule, Scope, Section};

const SECTIONS: [&str; 6] = ["require", "cache", "step", "look_ahead", "update", "evaluate"];

impl Parser<'_> {
    pub(super) fn parse_sections(&mut self, cursor: &mut Cursor, rule: &mut Rule) {
        while !cursor.is_empty() {
            let span = cursor.span();
            let before = self.diagnostics.count();
            let Some(keyword) = cursor.take_ident() else {
                let message = format!("found {}, expected a section: {}", cursor.found(), known_sections());
                self.diagnostics.error(span, message);
                skip_to_section(cursor);
                continue;
            };
            match keyword.to_string().as_str() {
                "require" => self.parse_require(cursor, rule),
                "cache" => self.parse_caches(cursor, rule),
                "step" => self.parse_section(cursor, keyword, &["t"], |rule| &mut rule.step, rule),
                "look_ahead" => self.parse_section(cursor, keyword, &["w", "g"], |rule| &mut rule.look_ahead, rule),
                "update" => self.parse_section(cursor, keyword, &["w", "g"], |rule| &mut rule.update, rule),
                "evaluate" => self.parse_section(cursor, keyword, &["w"], |rule| &mut rule.evaluate, rule),
                other => {
                    let message = match nearest(other, SECTIONS) {
                        Some(near) => format!("there is no section `{other}`: did you mean `{near}`?"),
                        None => format!("there is no section `{other}`; known: {}", known_sections()),
                    };
                    self.diagnostics.error(span, message);
                }
            }
            if self.diagnostics.count() > before {
                skip_to_section(cursor);
            }
        }
    }

    fn parse_require(&mut self, cursor: &mut Cursor, rule: &mut Rule) {
        let condition = self.parse_expression(cursor);
        let mut text = String::new();
        if cursor.take_punct(",").is_none() {
            let message = format!("found {}, expected `,` and the text of the error", cursor.found());
            self.diagnostics.error(cursor.span(), message);
        } else {
            let span = cursor.span();
            let found = cursor.found();
            let literal = cursor.take_literal().map(|literal| syn::parse2::<syn::LitStr>(literal.to_token_stream()));
            match literal {
                Some(Ok(literal)) => text = literal.value(),
                _ => self.diagnostics.error(span, format!("found {found}, expected the text of the error, in quotes")),
            }
        }
        cursor.take_punct(";");
        rule.requires.push(Require { condition, text });
    }

    fn parse_caches(&mut self, cursor: &mut Cursor, rule: &mut Rule) {
        let Some(group) = cursor.take_group(Delimiter::Brace) else {
            let message = format!("found {}, expected `{{` and the names of the caches", cursor.found());
            self.diagnostics.error(cursor.span(), message);
            return;
        };
        let mut cursor = Cursor::of_group(&group);
        while !cursor.is_empty() {
            if let Some(cache) = self.parse_cache(&mut cursor) {
                rule.caches.push(cache);
            }
            if !cursor.is_empty() && cursor.take_punct(",").is_none() {
                let message = format!("found {}, expected `,` behind a cache", cursor.found());
                self.diagnostics.error(cursor.span(), message);
                cursor.skip_item();
            }
        }
    }

    fn parse_cache(&mut self, cursor: &mut Cursor) -> Option<Cache> {
        let Some(name) = cursor.take_ident() else {
            self.diagnostics.error(cursor.span(), format!("found {}, expected the name of a cache", cursor.found()));
            cursor.advance();
            return None;
        };
        let mut scope = Scope::Weight;
        if let Some(group) = cursor.take_group(Delimiter::Bracket) {
            let mut inner = Cursor::of_group(&group);
            let span = inner.span();
            let found = inner.found();
            let written = inner.take_ident().map(|ident| ident.to_string());
            scope = if let Some(scope) = written.as_deref().and_then(Scope::of) {
                scope
            } else {
                let message = format!("found {found}, expected `row`, `col`, `tensor` or `model`");
                self.diagnostics.error(span, message);
                inner.skip_rest();
                Scope::Weight
            };
            self.expect_end(&mut inner, "`]`");
        }
        if cursor.is_punct(":") {
            self.diagnostics.error(cursor.span(), "a cache has no type: it holds numbers of the model's own type");
            cursor.advance();
            cursor.take_ident();
        }
        let start = if cursor.take_punct("=").is_some() { Some(self.parse_expression(cursor)) } else { None };
        let condition = if cursor.take_word("if").is_some() { Some(self.parse_expression(cursor)) } else { None };
        Some(Cache { name, scope, start, condition })
    }

    fn parse_section(
        &mut self,
        cursor: &mut Cursor,
        keyword: Ident,
        names: &[&str],
        place: impl FnOnce(&mut Rule) -> &mut Option<Section>,
        rule: &mut Rule,
    ) {
        // A look-ahead takes a gradient at the weights first where it names one.
        let least = if keyword == "look_ahead" { 1 } else { names.len() };
        let form = format!("`{keyword}({}) {{ … }}`", names.get(..least).unwrap_or_default().join(", "));
        let mut parameters = Vec::new();
        if let Some(group) = cursor.take_group(Delimiter::Parenthesis) {
            let mut inner = Cursor::of_group(&group);
            while let Some(parameter) = inner.take_ident() {
                parameters.push(parameter);
                if inner.take_punct(",").is_none() {
                    break;
                }
            }
            self.expect_end(&mut inner, "`)`");
            if parameters.len() < least || parameters.len() > names.len() {
                let names = if least == 1 { "1 name".to_owned() } else { format!("{least} names") };
                let message = format!("`{keyword}` takes {names}, not {}: write {form}", parameters.len());
                self.diagnostics.error(group.span_open(), message);
            }
        } else {
            self.diagnostics.error(cursor.span(), format!("found {}, expected {form}", cursor.found()));
        }
        let Some(group) = cursor.take_group(Delimiter::Brace) else {
            self.diagnostics.error(cursor.span(), format!("found {}, expected {form}", cursor.found()));
            return;
        };
        let body = self.parse_block(&group);
        let place = place(rule);
        if place.is_some() {
            self.diagnostics.error(keyword.span(), format!("there is a section `{keyword}` already"));
            return;
        }
        *place = Some(Section { keyword, parameters, body });
    }
}

/// To where a section seems to begin: one mistake in the form of a section is one error.
pub(super) fn skip_to_section(cursor: &mut Cursor) {
    while !cursor.is_empty() {
        let begins = cursor.peek_ident().is_some_and(|word| {
            let word = word.to_string();
            SECTIONS.contains(&word.as_str()) || nearest(&word, SECTIONS).is_some() || cursor.is_followed_by_group()
        });
        if begins {
            return;
        }
        cursor.advance();
    }
}

fn known_sections() -> String {
    SECTIONS.map(|section| format!("`{section}`")).join(", ")
}
