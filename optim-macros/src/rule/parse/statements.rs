//! Blocks and statements.

use proc_macro2::{Delimiter, Group};

use super::Parser;
use super::expression::{DEPTH, wrong};
use super::tokens::Cursor;
use crate::rule::ast::{Assign, Block, Expr, ExprKind, If, Statement};

impl Parser<'_> {
    pub(super) fn parse_block(&mut self, group: &Group) -> Block {
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
        let condition = if cursor.is_word("let") {
            let message = "there is no `if let` in a rule: a condition is a comparison or a flag";
            self.diagnostics.error(cursor.span(), message);
            while !cursor.is_empty() && !cursor.is_punct(";") && cursor.peek_group(Delimiter::Brace).is_none() {
                cursor.advance();
            }
            wrong(keyword)
        } else {
            let condition = self.parse_expression(cursor);
            if cursor.is_punct("=") {
                self.diagnostics.error(cursor.span(), "`=` assigns: compare with `==`");
                cursor.advance();
                drop(self.parse_expression(cursor));
                wrong(keyword)
            } else {
                condition
            }
        };
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
}
