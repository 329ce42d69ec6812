//! Expressions: precedence climbing over the cursor, with Rust's precedence.
//!
//! A mistake is reported where it stands and becomes [`ExprKind::Wrong`]; reading goes on behind it.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenTree};
use quote::quote;

use super::Parser;
use super::tokens::Cursor;
use crate::rule::ast::{Binary, Block, Expr, ExprKind, If, Scope, Unary};
use crate::rule::functions::form;

/// How deep parentheses and blocks may nest.
pub(crate) const DEPTH: usize = 64;

/// How deep the tree of an expression may be: a sum of many terms is deep too, on its left side.
const TREE_DEPTH: usize = 256;

impl Parser<'_> {
    /// A whole expression.
    pub(crate) fn parse_expression(&mut self, cursor: &mut Cursor) -> Expr {
        self.parse_binary(cursor, 0)
    }

    fn parse_binary(&mut self, cursor: &mut Cursor, least: u8) -> Expr {
        // Of flags that are compared in parentheses another message speaks.
        let mut in_parentheses = cursor.peek_group(Delimiter::Parenthesis).is_some();
        let mut left = self.parse_unary(cursor);
        while let Some(operator) = self.peek_binary(cursor) {
            let precedence = operator.precedence();
            if precedence <= least {
                break;
            }
            let span = cursor.span();
            cursor.take_punct(operator.symbol());
            let right = self.parse_binary(cursor, precedence);
            let is_comparison = matches!(left.kind, ExprKind::Binary(inner, ..) if inner.is_comparison());
            if operator.is_comparison() && is_comparison && !in_parentheses {
                self.diagnostics.error(span, "comparisons cannot be chained: write `a < b && b < c`");
            }
            in_parentheses = false;
            left = self.deepen(span, &[left.depth, right.depth], |_| {
                ExprKind::Binary(operator, Box::new(left), Box::new(right))
            });
        }
        left
    }

    /// The operator that stands next; what looks like one and is none is reported and skipped.
    fn peek_binary(&mut self, cursor: &mut Cursor) -> Option<Binary> {
        let instead = match cursor.operator()? {
            "+" => return Some(Binary::Add),
            "-" => return Some(Binary::Subtract),
            "*" => return Some(Binary::Multiply),
            "/" => return Some(Binary::Divide),
            "<" => return Some(Binary::Less),
            "<=" => return Some(Binary::LessEqual),
            ">" => return Some(Binary::Greater),
            ">=" => return Some(Binary::GreaterEqual),
            "==" => return Some(Binary::Equal),
            "!=" => return Some(Binary::NotEqual),
            "&&" => return Some(Binary::And),
            "||" => return Some(Binary::Or),
            "**" | "^" => (Binary::Multiply, "a power is `pow(x, y)`"),
            "%" => (Binary::Divide, "there is no remainder in the language of rules"),
            "&" => (Binary::And, "found `&`, write `&&`"),
            "|" => (Binary::Or, "found `|`, write `||`"),
            _ => return None,
        };
        self.diagnostics.error(cursor.span(), instead.1);
        let wrong = cursor.operator().unwrap_or_default();
        cursor.take_punct(wrong);
        // Read the right side as that of the operator that was meant, and drop it.
        let _ = self.parse_binary(cursor, instead.0.precedence());
        self.peek_binary(cursor)
    }

    fn parse_unary(&mut self, cursor: &mut Cursor) -> Expr {
        let span = cursor.span();
        let operator = match cursor.operator() {
            Some("-") => Unary::Negate,
            Some("!") => Unary::Not,
            Some("+") => {
                self.diagnostics.error(span, "there is no unary `+`: leave it out");
                cursor.take_punct("+");
                return self.nested(span, |parser| parser.parse_unary(cursor));
            }
            Some("*" | "&") => {
                self.diagnostics.error(span, "there are no references in a rule: write the name alone");
                cursor.advance();
                return self.nested(span, |parser| parser.parse_unary(cursor));
            }
            _ => return self.parse_postfix(cursor),
        };
        cursor.advance();
        let operand = self.nested(span, |parser| parser.parse_unary(cursor));
        self.deepen(span, &[operand.depth], |_| ExprKind::Unary(operator, Box::new(operand)))
    }

    /// A primary expression; methods, fields, indices and casts behind it are reported.
    fn parse_postfix(&mut self, cursor: &mut Cursor) -> Expr {
        let mut expression = self.parse_primary(cursor);
        loop {
            let span = cursor.span();
            if cursor.is_punct(".") {
                cursor.take_punct(".");
                let name = cursor.take_ident().map_or_else(|| "f".into(), |ident| ident.to_string());
                let message = if cursor.take_group(Delimiter::Parenthesis).is_some() {
                    match form(&name) {
                        Some(form) => format!("there are no method calls in a rule: write `{form}`"),
                        None => "there are no method calls in a rule: functions are called by name, `sqrt(x)`".into(),
                    }
                } else {
                    "there are no fields in a rule: hyper-parameters and caches stand by their name alone".into()
                };
                self.diagnostics.error(span, message);
            } else if let Some(group) = cursor.take_group(Delimiter::Bracket) {
                let message = if Scope::of(&group.stream().to_string()).is_some() {
                    "a scope stands behind the name where the cache is declared: `cache { r[row] if … }`"
                } else {
                    "there are no indices in a rule: it says what happens to one weight, for all of them"
                };
                self.diagnostics.error(group.span_open(), message);
            } else if cursor.is_word("as") {
                cursor.advance();
                cursor.take_ident();
                self.diagnostics.error(span, "there are no casts in a rule: every number is a real number");
            } else if cursor.is_punct("?") {
                cursor.advance();
                self.diagnostics.error(span, "there is no `?` in a rule: arithmetic does not fail");
            } else {
                return expression;
            }
            expression = wrong(expression.span);
        }
    }

    pub(crate) fn parse_primary(&mut self, cursor: &mut Cursor) -> Expr {
        let span = cursor.span();
        match cursor.peek() {
            Some(TokenTree::Literal(_)) => self.parse_literal(cursor),
            Some(TokenTree::Ident(ident)) => {
                let ident = ident.clone();
                if ident == "if" { self.parse_if_expression(cursor) } else { self.parse_name(cursor, ident) }
            }
            Some(TokenTree::Group(group)) if matches!(group.delimiter(), Delimiter::Parenthesis | Delimiter::None) => {
                let group = group.clone();
                cursor.advance();
                let mut inner = Cursor::of_group(&group);
                if inner.is_empty() {
                    self.diagnostics.error(span, "there is nothing between the parentheses");
                    return wrong(span);
                }
                let expression = self.nested(span, |parser| parser.parse_expression(&mut inner));
                self.expect_end(&mut inner, "`)`");
                expression
            }
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                cursor.advance();
                self.diagnostics.error(span, "a block stands behind `if` and `else` only: use parentheses");
                wrong(span)
            }
            _ => {
                let found = cursor.found();
                self.diagnostics.error(span, format!("found {found} where an expression belongs"));
                wrong(span)
            }
        }
    }

    fn parse_literal(&mut self, cursor: &mut Cursor) -> Expr {
        let span = cursor.span();
        let Some(literal) = cursor.take_literal() else { return wrong(span) };
        match number(&literal.to_string()) {
            Ok(value) => leaf(ExprKind::Number(value), span),
            Err(message) => {
                self.diagnostics.error(span, message);
                wrong(span)
            }
        }
    }

    fn parse_name(&mut self, cursor: &mut Cursor, name: Ident) -> Expr {
        let span = name.span();
        cursor.advance();
        if name == "true" || name == "false" {
            return leaf(ExprKind::Flag(name == "true"), span);
        }
        if let Some(statement) = ["let", "for", "while", "loop", "match", "return", "fn", "else", "in", "mut"]
            .into_iter()
            .find(|word| name == *word)
        {
            let message = match statement {
                "for" | "while" | "loop" => {
                    format!("there is no `{statement}` in a rule: it is applied to every weight as it stands")
                }
                "match" => "there is no `match` in a rule: write `if … { } else { }`".into(),
                _ => format!("found `{statement}` where an expression belongs"),
            };
            self.diagnostics.error(span, message);
            if let Some(group) = cursor.take_group(Delimiter::Brace) {
                drop(group);
            }
            return wrong(span);
        }
        if cursor.is_punct("::") {
            return self.parse_path_call(cursor, &name);
        }
        if cursor.is_punct("!") {
            cursor.advance();
            cursor.advance();
            let message = if name == "cfg" {
                "there is no `cfg` in a rule: it is the same wherever it is built".into()
            } else {
                format!("there are no macros in a rule: `{name}!` cannot be called here")
            };
            self.diagnostics.error(span, message);
            return wrong(span);
        }
        let Some(group) = cursor.take_group(Delimiter::Parenthesis) else {
            return leaf(ExprKind::Name(name), span);
        };
        let arguments = self.parse_arguments(&group, span);
        let depths: Vec<usize> = arguments.iter().map(|argument| argument.depth).collect();
        self.deepen(span, &depths, |_| ExprKind::Call(name, arguments))
    }

    fn parse_arguments(&mut self, group: &Group, span: Span) -> Vec<Expr> {
        let mut inner = Cursor::of_group(group);
        let mut arguments = Vec::new();
        while !inner.is_empty() {
            arguments.push(self.nested(span, |parser| parser.parse_expression(&mut inner)));
            if !inner.is_empty() && inner.take_punct(",").is_none() {
                self.expect_end(&mut inner, "`,` or `)`");
            }
        }
        arguments
    }

    /// What follows the first segment of `path::to::function(x, …)`.
    fn parse_path_call(&mut self, cursor: &mut Cursor, first: &Ident) -> Expr {
        let span = first.span();
        let mut path = quote!(#first);
        while cursor.take_punct("::").is_some() {
            let Some(segment) = cursor.take_ident() else {
                let message = format!("found {}, expected the next part of the path", cursor.found());
                self.diagnostics.error(cursor.span(), message);
                cursor.take_group(Delimiter::Parenthesis);
                return wrong(span);
            };
            path.extend(quote!(::#segment));
        }
        let Some(group) = cursor.take_group(Delimiter::Parenthesis) else {
            let message = "a path calls a function in Rust: write `path::to::function(x)`";
            self.diagnostics.error(span, message);
            return wrong(span);
        };
        let arguments = self.parse_arguments(&group, span);
        let depths: Vec<usize> = arguments.iter().map(|argument| argument.depth).collect();
        self.deepen(span, &depths, |_| ExprKind::CallPath(path, arguments))
    }

    fn parse_if_expression(&mut self, cursor: &mut Cursor) -> Expr {
        let span = cursor.span();
        let branch = self.nested_if(span, |parser| parser.parse_if(cursor));
        let Some(branch) = branch else { return wrong(span) };
        if branch.otherwise.is_none() {
            self.diagnostics.error(span, "an `if` that gives a value needs an `else`");
            return wrong(span);
        }
        let depth = if_depth(&branch);
        self.deepen(span, &[depth], |_| ExprKind::If(Box::new(branch)))
    }

    fn nested_if(&mut self, span: Span, parse: impl FnOnce(&mut Self) -> If) -> Option<If> {
        if self.depth >= DEPTH {
            self.too_deep(span);
            return None;
        }
        self.depth += 1;
        let branch = parse(self);
        self.depth -= 1;
        Some(branch)
    }

    /// Parses one level deeper, or reports that it is too deep.
    fn nested(&mut self, span: Span, parse: impl FnOnce(&mut Self) -> Expr) -> Expr {
        if self.depth >= DEPTH {
            self.too_deep(span);
            return wrong(span);
        }
        self.depth += 1;
        let expression = parse(self);
        self.depth -= 1;
        expression
    }

    /// A node over others, if that is not too deep.
    fn deepen(&mut self, span: Span, depths: &[usize], kind: impl FnOnce(&mut Self) -> ExprKind) -> Expr {
        let depth = depths.iter().max().map_or(1, |depth| depth + 1);
        if depth > TREE_DEPTH {
            self.too_deep(span);
            return wrong(span);
        }
        Expr { kind: kind(self), span, depth }
    }

    pub(crate) fn too_deep(&mut self, span: Span) {
        if !self.reported_depth {
            self.reported_depth = true;
            let message = "nested too deep, or too many terms: give a part a name with `let`";
            self.diagnostics.error(span, message);
        }
    }
}

fn if_depth(branch: &If) -> usize {
    let value = |block: &Block| block.value.as_ref().map_or(0, |value| value.depth);
    branch.condition.depth.max(value(&branch.then)).max(branch.otherwise.as_ref().map_or(0, value))
}

fn leaf(kind: ExprKind, span: Span) -> Expr {
    Expr { kind, span, depth: 1 }
}

pub(crate) fn wrong(span: Span) -> Expr {
    leaf(ExprKind::Wrong, span)
}

/// The value of a numeric literal; `2` is 2.0.
fn number(text: &str) -> Result<f64, String> {
    if text.starts_with(['"', '\'', 'b', 'r', 'c']) {
        return Err(format!("found {text} where a number belongs"));
    }
    let digits: String = text.chars().filter(|c| *c != '_').collect();
    let integer = |digits: &str, radix| u64::from_str_radix(digits, radix).ok();
    #[allow(clippy::cast_precision_loss)]
    let radix = [("0x", 16), ("0o", 8), ("0b", 2)]
        .into_iter()
        .find_map(|(prefix, radix)| digits.strip_prefix(prefix).map(|rest| integer(rest, radix).map(|n| n as f64)));
    if let Some(value) = radix {
        return value.ok_or_else(|| format!("`{text}` is not a number of this language"));
    }
    let plain = digits.strip_suffix("f64").unwrap_or(&digits);
    match plain.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(format!("`{text}` is too large for a number")),
        Err(_) => {
            let suffix =
                plain.trim_start_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '-' | '+'));
            Err(format!("`{text}`: leave out the suffix `{suffix}`, every number takes the type of the model"))
        }
    }
}
