//! For which shapes a rule has numbers of rows and of columns at all: a vector is one row, whose columns would be as many as
//! weights.

use proc_macro2::TokenStream;
use quote::quote;

use super::Emitter;
use crate::rule::ast::{Binary, Scope, Unary};
use crate::rule::emit::expression::Scalar;
use crate::rule::emit::own;
use crate::rule::ir::{Block, Body, Expr, ExprKind, Rate, Rule, Statement, Target, Type};

impl Emitter<'_> {
    pub(super) fn emit_has_rows(&self) -> Option<TokenStream> {
        self.emit_has("has_rows", Rate::Row, Scope::Row)
    }

    pub(super) fn emit_has_columns(&self) -> Option<TokenStream> {
        self.emit_has("has_columns", Rate::Col, Scope::Col)
    }

    /// Nothing, which means for all shapes, where a number of these lines stands under no condition, or one that is not on the
    /// shape alone.
    fn emit_has(&self, name: &str, rate: Rate, scope: Scope) -> Option<TokenStream> {
        let mut search = Search { rule: self.rule, rate, scope, under: Vec::new(), found: Some(Vec::new()) };
        self.bodies().into_iter().flatten().for_each(|Body { block, .. }| search.block(block));
        let conditions = search.found.filter(|found| !found.is_empty())?;
        let conditions = conditions.iter().map(|condition| Scalar::F64.emit(self.rule, condition));
        let (krate, name, shape, at) = (&self.rule.krate, own(name), own("shape"), own("at"));
        Some(quote! {
            fn #name(#shape: &#krate::private::Shape) -> bool {
                let #at = #krate::private::At { #shape };
                false #(|| #conditions)*
            }
        })
    }
}

/// Looks for numbers of rows or of columns.
struct Search<'r> {
    rule: &'r Rule,
    /// Which of them: by the rate of reductions, and the scope of caches.
    rate: Rate,
    scope: Scope,
    /// The conditions on the shape alone that hold here.
    under: Vec<Expr>,
    /// Under what they were found; nothing once one was found that stands under no condition.
    found: Option<Vec<Expr>>,
}

impl Search<'_> {
    fn found(&mut self) {
        let all = self.under.iter().cloned().reduce(both);
        self.found = self.found.take().zip(all).map(|(mut found, all)| {
            found.push(all);
            found
        });
    }

    fn is_of_lines(&self, cache: usize) -> bool {
        self.rule.caches.get(cache).is_some_and(|cache| cache.scope == self.scope)
    }

    fn block(&mut self, block: &Block) {
        block.statements.iter().for_each(|statement| self.statement(statement));
        block.value.iter().for_each(|value| self.expression(value));
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Let(_, value) => self.expression(value),
            Statement::Assign(target, _, value) => {
                if matches!(target, Target::Cache(index) if self.is_of_lines(*index)) {
                    self.found();
                }
                self.expression(value);
            }
            Statement::If(condition, then, otherwise) => self.branches(condition, then, otherwise.as_ref()),
        }
    }

    fn branches(&mut self, condition: &Expr, then: &Block, otherwise: Option<&Block>) {
        self.expression(condition);
        if !is_of_shape(condition) {
            self.block(then);
            if let Some(block) = otherwise {
                self.block(block);
            }
            return;
        }
        self.under.push(condition.clone());
        self.block(then);
        self.under.pop();
        if let Some(otherwise) = otherwise {
            self.under.push(not(condition.clone()));
            self.block(otherwise);
            self.under.pop();
        }
    }

    fn expression(&mut self, expression: &Expr) {
        match &expression.kind {
            ExprKind::Cache(index) if self.is_of_lines(*index) => self.found(),
            ExprKind::Unary(_, operand) => self.expression(operand),
            ExprKind::Binary(_, left, right) => {
                self.expression(left);
                self.expression(right);
            }
            ExprKind::Reduce(_, arguments) => {
                // One of numbers of rows or columns is a number of the matrix.
                if expression.rate == self.rate {
                    self.found();
                }
                for argument in arguments {
                    self.expression(argument);
                }
            }
            ExprKind::Call(_, arguments) | ExprKind::CallPath(_, arguments) => {
                for argument in arguments {
                    self.expression(argument);
                }
            }
            ExprKind::If(condition, then, otherwise) => self.branches(condition, then, Some(otherwise)),
            _ => {}
        }
    }
}

/// Whether a condition looks at nothing but the shape of a tensor.
fn is_of_shape(condition: &Expr) -> bool {
    match &condition.kind {
        ExprKind::Number(_) | ExprKind::Flag(_) | ExprKind::Extent(_) => true,
        ExprKind::Unary(_, operand) => is_of_shape(operand),
        ExprKind::Binary(_, left, right) => is_of_shape(left) && is_of_shape(right),
        _ => false,
    }
}

fn both(left: Expr, right: Expr) -> Expr {
    let (kind_of, rate, span) = (left.kind_of, left.rate.max(right.rate), left.span);
    Expr { kind: ExprKind::Binary(Binary::And, Box::new(left), Box::new(right)), kind_of, rate, span }
}

fn not(condition: Expr) -> Expr {
    let Expr { rate, span, .. } = condition;
    Expr { kind: ExprKind::Unary(Unary::Not, Box::new(condition)), kind_of: Type::Flag, rate, span }
}
