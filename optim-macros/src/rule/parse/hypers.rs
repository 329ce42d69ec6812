//! Hyper-parameters: `lr: f64 = 1e-3 in 0.0..`.

use proc_macro2::{Delimiter, Group, TokenTree};

use super::Parser;
use super::expression::wrong;
use super::tokens::Cursor;
use crate::rule::ast::{Expr, ExprKind, Hyper, HyperType, Range, Unary};

impl Parser<'_> {
    pub(super) fn parse_hypers(&mut self, group: &Group) -> Vec<Hyper> {
        let mut cursor = Cursor::of_group(group);
        let mut hypers = Vec::new();
        while !cursor.is_empty() {
            match self.parse_hyper(&mut cursor) {
                Some(hyper) => {
                    hypers.push(hyper);
                    if !cursor.is_empty() && cursor.take_punct(",").is_none() {
                        let message = format!("found {}, expected `,` behind a hyper-parameter", cursor.found());
                        self.diagnostics.error(cursor.span(), message);
                        cursor.skip_item();
                    }
                }
                None => cursor.skip_item(),
            }
        }
        hypers
    }

    fn parse_hyper(&mut self, cursor: &mut Cursor) -> Option<Hyper> {
        let attributes = self.parse_attributes(cursor).into_iter().map(|(_, tokens)| tokens).collect();
        if cursor.is_word("pub") {
            self.diagnostics.error(cursor.span(), "hyper-parameters are public as they are: leave out `pub`");
            cursor.advance();
            cursor.take_group(Delimiter::Parenthesis);
        }
        let Some(name) = cursor.take_ident() else {
            let message = format!("found {}, expected the name of a hyper-parameter", cursor.found());
            self.diagnostics.error(cursor.span(), message);
            return None;
        };
        if cursor.take_punct(":").is_none() {
            let message = format!("found {}, expected `: f64`, `: u64` or `: bool` behind `{name}`", cursor.found());
            self.diagnostics.error(cursor.span(), message);
            return None;
        }
        let span = cursor.span();
        let found = cursor.found();
        let kind = match cursor.take_ident().map(|ident| ident.to_string()).as_deref() {
            Some("f64") => HyperType::Number,
            Some("u64") => HyperType::Count,
            Some("bool") => HyperType::Flag,
            Some("f32") => {
                self.diagnostics
                    .error(span, "hyper-parameters are `f64`: they are rounded once, where they meet a weight");
                HyperType::Number
            }
            _ => {
                self.diagnostics.error(span, format!("found {found}, expected `f64`, `u64` or `bool`"));
                while !cursor.is_empty() && !cursor.is_punct("=") && !cursor.is_punct(",") {
                    cursor.advance();
                }
                HyperType::Number
            }
        };
        if cursor.take_punct("=").is_none() {
            let message = format!("found {}, expected `=` and the default of `{name}`", cursor.found());
            self.diagnostics.error(cursor.span(), message);
            while !cursor.is_empty() && !cursor.is_punct(",") {
                cursor.advance();
            }
            return Some(Hyper { attributes, name, kind, default: wrong(span), range: None });
        }
        let default = self.parse_expression(cursor);
        let range = if cursor.take_word("in").is_some() { self.parse_range(cursor) } else { None };
        Some(Hyper { attributes, name, kind, default, range })
    }

    fn parse_range(&mut self, cursor: &mut Cursor) -> Option<Range> {
        let span = cursor.span();
        if let Some(group) = cursor.peek_group(Delimiter::Parenthesis).or_else(|| cursor.peek_group(Delimiter::Bracket))
            && is_pair(group)
        {
            let message =
                "a range is written `0.0..1.0`: `..=` includes the upper bound, `0.0<..` excludes the lower one";
            self.diagnostics.error(span, message);
            cursor.advance();
            return None;
        }
        let dots = |cursor: &Cursor| cursor.is_punct("..") || cursor.is_punct("..=");
        let mut low = None;
        let mut low_excluded = false;
        if !dots(cursor) {
            low = Some(self.parse_bound(cursor));
            if cursor.is_punct("<") {
                cursor.advance();
                low_excluded = true;
            }
        }
        let high_included = cursor.is_punct("..=");
        if !dots(cursor) {
            let message =
                format!("found {}, expected a range: `a..b`, `a..=b`, `a..`, `..b`, or `a<..`", cursor.found());
            self.diagnostics.error(cursor.span(), message);
            return None;
        }
        cursor.take_punct("..");
        cursor.take_punct("..=");
        let ends = cursor.is_empty() || cursor.is_punct(",");
        let high = if ends { None } else { Some(self.parse_bound(cursor)) };
        if high_included && high.is_none() {
            self.diagnostics.error(cursor.span(), "`..=` needs an upper bound");
        }
        Some(Range { span, low, low_excluded, high, high_included })
    }

    /// A number, perhaps negative, or a constant expression in parentheses.
    fn parse_bound(&mut self, cursor: &mut Cursor) -> Expr {
        let span = cursor.span();
        if cursor.take_punct("-").is_some() {
            let operand = self.parse_bound(cursor);
            let depth = operand.depth + 1;
            return Expr { kind: ExprKind::Unary(Unary::Negate, Box::new(operand)), span, depth };
        }
        if let Some(TokenTree::Literal(_) | TokenTree::Group(_)) = cursor.peek() {
            self.parse_primary(cursor)
        } else {
            self.diagnostics.error(span, format!("found {}, expected a number", cursor.found()));
            cursor.advance();
            wrong(span)
        }
    }
}

/// `(a, b)` or `[a, b]`: how mathematics writes a range.
fn is_pair(group: &Group) -> bool {
    group.stream().into_iter().any(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ','))
}
