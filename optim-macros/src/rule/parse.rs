//! Tokens to [`ast`](super::ast): the struct, its hyper-parameters, and the sections behind it.
//!
//! Reading goes on after a mistake, at the next item or statement, so that several are reported at once.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};

use super::ast::{
    Assign, Block, Cache, Expr, ExprKind, Hyper, HyperType, If, Range, Require, Rule, Scope, Section, Statement,
};
use super::expression::{DEPTH, wrong};
use super::tokens::Cursor;
use crate::diagnostics::Diagnostics;
use crate::names::nearest;

const SECTIONS: [&str; 6] = ["require", "cache", "step", "look_ahead", "update", "evaluate"];

/// Where errors go, and how deep reading stands.
pub(crate) struct Parser<'d> {
    pub(crate) diagnostics: &'d mut Diagnostics,
    pub(crate) depth: usize,
    pub(crate) reported_depth: bool,
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
        let hypers = match cursor.take_group(Delimiter::Brace) {
            Some(group) => self.parse_hypers(&group),
            None if cursor.take_punct(";").is_some() => Vec::new(),
            None => {
                let message = format!("found {}, expected `{{` and the hyper-parameters", cursor.found());
                self.diagnostics.error(cursor.span(), message);
                Vec::new()
            }
        };
        let mut rule = Rule {
            attributes,
            krate,
            visibility,
            name,
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
        let mut krate = quote!(::optim_core);
        for (group, tokens) in self.parse_attributes(cursor) {
            let mut inner = Cursor::of_group(&group);
            if inner.take_word("optim").is_none() {
                kept.push(tokens);
                continue;
            }
            let Some(arguments) = inner.take_group(Delimiter::Parenthesis) else {
                self.diagnostics.error(inner.span(), "write `#[optim(crate = \"path\")]`");
                continue;
            };
            let mut arguments = Cursor::of_group(&arguments);
            let is_crate = arguments.take_word("crate").is_some() && arguments.take_punct("=").is_some();
            let path = arguments.take_literal().filter(|_| is_crate && arguments.is_empty());
            match path.map(|literal| syn::parse2::<syn::LitStr>(literal.to_token_stream())) {
                Some(Ok(literal)) => match literal.parse::<TokenStream>() {
                    Ok(path) if !path.is_empty() => krate = path,
                    _ => self
                        .diagnostics
                        .error(literal.span(), "expected the path of `optim_core`, such as \"::my::optim\""),
                },
                _ => self.diagnostics.error(
                    group.span_open(),
                    "a rule knows one `optim` attribute, `#[optim(crate = \"path\")]`: the path of `optim_core`",
                ),
            }
        }
        (kept, krate)
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

    fn parse_hypers(&mut self, group: &Group) -> Vec<Hyper> {
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
            return Some(Hyper { attributes, name, kind, default: wrong(span), range: None });
        }
        let default = self.parse_expression(cursor);
        let range = if cursor.take_word("in").is_some() { self.parse_range(cursor) } else { None };
        Some(Hyper { attributes, name, kind, default, range })
    }

    fn parse_range(&mut self, cursor: &mut Cursor) -> Option<Range> {
        let span = cursor.span();
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
            return Expr { kind: ExprKind::Unary(super::ast::Unary::Negate, Box::new(operand)), span, depth };
        }
        match cursor.peek() {
            Some(TokenTree::Literal(_) | TokenTree::Group(_)) => self.parse_primary(cursor),
            _ => {
                self.diagnostics.error(span, format!("found {}, expected a number", cursor.found()));
                cursor.advance();
                wrong(span)
            }
        }
    }

    fn parse_sections(&mut self, cursor: &mut Cursor, rule: &mut Rule) {
        while !cursor.is_empty() {
            let span = cursor.span();
            let Some(keyword) = cursor.take_ident() else {
                let message = format!("found {}, expected a section: {}", cursor.found(), known_sections());
                self.diagnostics.error(span, message);
                cursor.advance();
                continue;
            };
            match keyword.to_string().as_str() {
                "require" => self.parse_require(cursor, rule),
                "cache" => self.parse_caches(cursor, rule),
                "step" => self.parse_section(cursor, keyword, &["t"], |rule| &mut rule.step, rule),
                "look_ahead" => self.parse_section(cursor, keyword, &["w"], |rule| &mut rule.look_ahead, rule),
                "update" => self.parse_section(cursor, keyword, &["w", "g"], |rule| &mut rule.update, rule),
                "evaluate" => self.parse_section(cursor, keyword, &["w"], |rule| &mut rule.evaluate, rule),
                other => {
                    let message = match nearest(other, SECTIONS) {
                        Some(near) => format!("there is no section `{other}`: did you mean `{near}`?"),
                        None => format!("there is no section `{other}`; known: {}", known_sections()),
                    };
                    self.diagnostics.error(span, message);
                    cursor.take_group(Delimiter::Parenthesis);
                    cursor.take_group(Delimiter::Brace);
                }
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
        let mut scope_span = name.span();
        if let Some(group) = cursor.take_group(Delimiter::Bracket) {
            let mut inner = Cursor::of_group(&group);
            scope_span = inner.span();
            let found = inner.found();
            scope = match inner.take_ident().map(|ident| ident.to_string()).as_deref() {
                Some("row") => Scope::Row,
                Some("col") => Scope::Col,
                Some("tensor") => Scope::Tensor,
                Some("model") => Scope::Model,
                _ => {
                    let message = format!("found {found}, expected `row`, `col`, `tensor` or `model`");
                    self.diagnostics.error(scope_span, message);
                    Scope::Weight
                }
            };
        }
        if cursor.is_punct(":") {
            self.diagnostics.error(cursor.span(), "a cache has no type: it holds numbers of the model's own type");
            cursor.advance();
            cursor.take_ident();
        }
        let start = if cursor.take_punct("=").is_some() { Some(self.parse_expression(cursor)) } else { None };
        let condition = if cursor.take_word("if").is_some() { Some(self.parse_expression(cursor)) } else { None };
        Some(Cache { name, scope, scope_span, start, condition })
    }

    fn parse_section(
        &mut self,
        cursor: &mut Cursor,
        keyword: Ident,
        names: &[&str],
        place: impl FnOnce(&mut Rule) -> &mut Option<Section>,
        rule: &mut Rule,
    ) {
        let form = format!("`{keyword}({}) {{ … }}`", names.join(", "));
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
            if parameters.len() != names.len() {
                let second = keyword == "look_ahead" && parameters.len() == 2;
                let message = if second {
                    "a look-ahead that uses the gradient takes two gradients a step, which is not part of the language yet"
                        .into()
                } else {
                    format!("`{keyword}` takes {} name(s), not {}: write {form}", names.len(), parameters.len())
                };
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

    pub(crate) fn parse_block(&mut self, group: &Group) -> Block {
        let end = group.span_close();
        let mut block = Block { statements: Vec::new(), value: None, end };
        if self.depth >= DEPTH {
            self.too_deep(group.span_open());
            return block;
        }
        self.depth += 1;
        let mut cursor = Cursor::of_group(group);
        while !cursor.is_empty() {
            self.parse_statement(&mut cursor, &mut block);
        }
        self.depth -= 1;
        block
    }

    fn parse_statement(&mut self, cursor: &mut Cursor, block: &mut Block) {
        if cursor.take_punct(";").is_some() {
            return;
        }
        let before = self.diagnostics.count();
        if cursor.is_punct("#") {
            self.parse_attributes(cursor);
            if self.diagnostics.count() == before {
                self.diagnostics.error(cursor.span(), "there are no attributes on statements: put comments in `//`");
            }
            return;
        }
        if cursor.take_word("let").is_some() {
            self.parse_let(cursor, block);
        } else if cursor.is_word("if") {
            self.parse_if_statement(cursor, block);
        } else {
            self.parse_assignment_or_value(cursor, block);
        }
    }

    fn parse_let(&mut self, cursor: &mut Cursor, block: &mut Block) {
        if cursor.is_word("mut") {
            self.diagnostics.error(cursor.span(), "a `let` does not change: leave out `mut`, or name a new value");
            cursor.advance();
        }
        let Some(name) = cursor.take_ident() else {
            self.diagnostics.error(cursor.span(), format!("found {}, expected a name behind `let`", cursor.found()));
            cursor.skip_statement();
            return;
        };
        if cursor.is_punct(":") {
            self.diagnostics.error(cursor.span(), "a `let` has no type here: leave it out");
            cursor.advance();
            cursor.take_ident();
        }
        if cursor.take_punct("=").is_none() {
            let message = format!("found {}, expected `=` behind `let {name}`", cursor.found());
            self.diagnostics.error(cursor.span(), message);
            cursor.skip_statement();
            block.statements.push(Statement::Let { value: wrong(name.span()), name });
            return;
        }
        let value = self.parse_expression(cursor);
        self.expect_semicolon(cursor);
        block.statements.push(Statement::Let { name, value });
    }

    fn parse_if_statement(&mut self, cursor: &mut Cursor, block: &mut Block) {
        let span = cursor.span();
        let branch = self.parse_if(cursor);
        let gives_value = branch.then.value.is_some() && branch.otherwise.as_ref().is_some_and(|b| b.value.is_some());
        if gives_value && cursor.is_empty() {
            block.value = Some(Box::new(Expr { kind: ExprKind::If(Box::new(branch)), span, depth: 1 }));
            return;
        }
        cursor.take_punct(";");
        block.statements.push(Statement::If(branch));
    }

    /// `if condition { … } else if … else { … }`.
    pub(crate) fn parse_if(&mut self, cursor: &mut Cursor) -> If {
        let keyword = cursor.span();
        cursor.take_word("if");
        if cursor.is_word("let") {
            self.diagnostics
                .error(cursor.span(), "there is no `if let` in a rule: a condition is a comparison or a flag");
            cursor.advance();
        }
        let condition = self.parse_expression(cursor);
        let then = self.parse_branch(cursor, "behind the condition");
        let mut otherwise = None;
        if cursor.take_word("else").is_some() {
            if cursor.is_word("if") {
                let span = cursor.span();
                if self.depth >= DEPTH {
                    self.too_deep(span);
                    while cursor.advance().is_some() {}
                    return If { keyword, condition, then, otherwise };
                }
                self.depth += 1;
                let inner = self.parse_if(cursor);
                self.depth -= 1;
                let end = inner.then.end;
                // `else if` is an `else` with an `if` in it: a value if both have one, a statement if not.
                let value = inner.then.value.is_some() && inner.otherwise.as_ref().is_some_and(|b| b.value.is_some());
                otherwise = Some(if value {
                    let value = Expr { kind: ExprKind::If(Box::new(inner)), span, depth: 1 };
                    Block { statements: Vec::new(), value: Some(Box::new(value)), end }
                } else {
                    Block { statements: vec![Statement::If(inner)], value: None, end }
                });
            } else {
                otherwise = Some(self.parse_branch(cursor, "behind `else`"));
            }
        }
        If { keyword, condition, then, otherwise }
    }

    fn parse_branch(&mut self, cursor: &mut Cursor, place: &str) -> Block {
        if let Some(group) = cursor.take_group(Delimiter::Brace) {
            return self.parse_block(&group);
        }
        let end = cursor.span();
        self.diagnostics.error(end, format!("found {}, expected `{{ … }}` {place}", cursor.found()));
        Block { statements: Vec::new(), value: None, end }
    }

    fn parse_assignment_or_value(&mut self, cursor: &mut Cursor, block: &mut Block) {
        let span = cursor.span();
        let before = self.diagnostics.count();
        let left = self.parse_expression(cursor);
        let operator = match cursor.operator() {
            Some("=") => Assign::Set,
            Some("+=") => Assign::Add,
            Some("-=") => Assign::Subtract,
            Some("*=") => Assign::Multiply,
            Some("/=") => Assign::Divide,
            Some(other @ ("++" | "--" | "%=" | "^=")) => {
                self.diagnostics.error(cursor.span(), format!("there is no `{other}`: write `+=`, `-=`, `*=` or `/=`"));
                cursor.skip_statement();
                return;
            }
            Some(";") => {
                if self.diagnostics.count() == before {
                    self.diagnostics
                        .error(span, "this value is not used: assign it, or leave out the `;` if it is the result");
                }
                cursor.advance();
                return;
            }
            _ if cursor.is_empty() => {
                block.value = Some(Box::new(left));
                return;
            }
            _ => {
                if self.diagnostics.count() == before {
                    self.diagnostics
                        .error(cursor.span(), format!("found {}, expected `;` or an operator", cursor.found()));
                }
                cursor.skip_statement();
                return;
            }
        };
        cursor.take_punct(operator.symbol());
        let value = self.parse_expression(cursor);
        self.expect_semicolon(cursor);
        match left.kind {
            ExprKind::Name(target) => block.statements.push(Statement::Assign { target, operator, value }),
            ExprKind::Wrong => {}
            _ => self.diagnostics.error(left.span, "only `w` and caches can be assigned to"),
        }
    }

    fn expect_semicolon(&mut self, cursor: &mut Cursor) {
        if cursor.take_punct(";").is_none() {
            let message = format!("found {}, expected `;`", cursor.found());
            self.diagnostics.error(cursor.span(), message);
            cursor.skip_statement();
        }
    }

    /// Reports what stands where the end should be.
    pub(crate) fn expect_end(&mut self, cursor: &mut Cursor, expected: &str) {
        if !cursor.is_empty() {
            self.diagnostics
                .error(cursor.span(), format!("found {}, expected {expected} or an operator", cursor.found()));
            cursor.skip_rest();
        }
    }
}

fn known_sections() -> String {
    SECTIONS.map(|section| format!("`{section}`")).join(", ")
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
