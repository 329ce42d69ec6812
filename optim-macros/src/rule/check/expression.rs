//! Expressions: types, rates, names.

use proc_macro2::{Ident, Span};

use super::scope::Symbol;
use super::{Checker, Place};
use crate::names::nearest;
use crate::rule::ast::{self, Binary, Scope, Unary};
use crate::rule::functions::{Extent, is_function};
use crate::rule::ir::{Block, Expr, ExprKind, Rate, Statement, Type};

impl Checker<'_> {
    pub(super) fn check_typed(&mut self, expression: &ast::Expr, expected: Type) -> Option<Expr> {
        let checked = self.check_expression(expression)?;
        match (expected, checked.kind_of) {
            (Type::Flag, Type::Number) => {
                let message = "found a number where a condition belongs: compare it, `x > 0`";
                self.diagnostics.error(checked.span, message);
                None
            }
            (Type::Number, Type::Flag) => {
                let message = "found a condition where a number belongs: `if c { 1 } else { 0 }` makes it one";
                self.diagnostics.error(checked.span, message);
                None
            }
            _ => Some(checked),
        }
    }

    pub(super) fn check_condition(&mut self, expression: &ast::Expr) -> Option<Expr> {
        self.check_typed(expression, Type::Flag)
    }

    pub(super) fn check_expression(&mut self, expression: &ast::Expr) -> Option<Expr> {
        let span = expression.span;
        let (kind, kind_of, rate) = match &expression.kind {
            ast::ExprKind::Wrong => return None,
            ast::ExprKind::Number(number) => (ExprKind::Number(*number), Type::Number, Rate::Constant),
            ast::ExprKind::Flag(flag) => (ExprKind::Flag(*flag), Type::Flag, Rate::Constant),
            ast::ExprKind::Name(name) => return self.check_name(name),
            ast::ExprKind::Unary(operator, operand) => {
                let kind_of = if *operator == Unary::Not { Type::Flag } else { Type::Number };
                let operand = self.check_typed(operand, kind_of)?;
                let rate = operand.rate;
                (ExprKind::Unary(*operator, Box::new(operand)), kind_of, rate)
            }
            ast::ExprKind::Binary(operator, left, right) if operator.is_comparison() => {
                return self.check_comparison(*operator, left, right, span);
            }
            ast::ExprKind::Binary(operator, left, right) => {
                let logical = matches!(operator, Binary::And | Binary::Or);
                let operands = if logical { Type::Flag } else { Type::Number };
                let (left, right) = (self.check_typed(left, operands), self.check_typed(right, operands));
                let (left, right) = (left?, right?);
                let rate = left.rate.join(right.rate);
                (ExprKind::Binary(*operator, Box::new(left), Box::new(right)), operands, rate)
            }
            ast::ExprKind::Call(name, arguments) => return self.check_call(name, arguments),
            ast::ExprKind::CallPath(path, arguments) => return self.check_path_call(path, arguments, span),
            ast::ExprKind::If(branch) => return self.check_if(branch, span),
        };
        Some(Expr { kind, kind_of, rate, span })
    }

    /// Numbers are compared, conditions are not: they are one already.
    fn check_comparison(&mut self, operator: Binary, left: &ast::Expr, right: &ast::Expr, span: Span) -> Option<Expr> {
        let (checked_left, checked_right) = (self.check_expression(left), self.check_expression(right));
        let (checked_left, checked_right) = (checked_left?, checked_right?);
        if checked_left.kind_of == Type::Number && checked_right.kind_of == Type::Number {
            let rate = checked_left.rate.join(checked_right.rate);
            let kind = ExprKind::Binary(operator, Box::new(checked_left), Box::new(checked_right));
            return Some(Expr { kind, kind_of: Type::Flag, rate, span });
        }
        let (flag, other) = match (&left.kind, &right.kind) {
            (_, ast::ExprKind::Flag(flag)) => (Some(*flag), left),
            (ast::ExprKind::Flag(flag), _) => (Some(*flag), right),
            _ => (None, left),
        };
        let message = match (flag, &other.kind) {
            (Some(flag), ast::ExprKind::Name(name)) if matches!(operator, Binary::Equal | Binary::NotEqual) => {
                let not = if flag == (operator == Binary::Equal) { "" } else { "!" };
                format!("a flag is a condition as it stands: write `{not}{name}`")
            }
            (Some(flag), _) if flag == (operator == Binary::Equal) => {
                "this is a condition as it stands: leave out what it is compared with".into()
            }
            _ => "numbers are compared, flags are not: `a && b || !a && !b` holds where both are the same".into(),
        };
        self.diagnostics.error(span, message);
        None
    }

    fn check_if(&mut self, branch: &ast::If, span: Span) -> Option<Expr> {
        let condition = self.check_condition(&branch.condition);
        let (facts, outer) = (self.facts.len(), self.branch);
        if let Some(condition) = &condition {
            self.facts.assume(condition, true);
            self.branch = outer.join(condition.rate);
        }
        let then = self.check_value_block(&branch.then, branch.keyword);
        self.facts.truncate(facts);
        if let Some(condition) = &condition {
            self.facts.assume(condition, false);
        }
        let otherwise = branch.otherwise.as_ref().and_then(|block| self.check_value_block(block, branch.keyword));
        self.facts.truncate(facts);
        self.branch = outer;
        let (condition, then, otherwise) = (condition?, then?, otherwise?);
        let values = (then.value.as_ref()?, otherwise.value.as_ref()?);
        if values.0.kind_of != values.1.kind_of {
            self.diagnostics.error(values.1.span, "one branch gives a number and the other a condition");
            return None;
        }
        let kind_of = values.0.kind_of;
        let rate = condition.rate.join(self.rate_of_block(&then)).join(self.rate_of_block(&otherwise));
        Some(Expr { kind: ExprKind::If(Box::new(condition), Box::new(then), Box::new(otherwise)), kind_of, rate, span })
    }

    fn rate_of_block(&self, block: &Block) -> Rate {
        let value = block.value.as_ref().map_or(Rate::Constant, |value| value.rate);
        let lets = block.statements.iter().map(|statement| match statement {
            Statement::Let(index, _) => self.rate_of_let(*index),
            _ => Rate::Weight,
        });
        lets.fold(value, Rate::join)
    }

    fn check_name(&mut self, name: &Ident) -> Option<Expr> {
        let text = name.to_string();
        let span = name.span();
        let (kind, kind_of, rate) = match self.names.get(&text) {
            Some(Symbol::Hyper(index)) => {
                if let Some(used) = self.hyper_used.get_mut(index) {
                    *used = true;
                }
                let flag = self.hypers.get(index).is_some_and(|hyper| hyper.kind == ast::HyperType::Flag);
                (ExprKind::Hyper(index), if flag { Type::Flag } else { Type::Number }, Rate::Step)
            }
            Some(Symbol::Cache(index)) => {
                if self.place == Place::Step && self.scope_of_cache(index) != Scope::Model {
                    let each = self.rate_of_cache(index).each();
                    let message =
                        format!("`{text}` is one number {each}, and `step` runs once for all: use it in `update`");
                    self.diagnostics.error(span, message);
                    self.mark_cache(index);
                    return None;
                }
                self.check_existence(index, span);
                self.mark_cache(index);
                (ExprKind::Cache(index), Type::Number, self.rate_of_cache(index))
            }
            Some(Symbol::Let(index, kind_of)) => {
                if let Some((_, used)) = self.let_uses.get_mut(index) {
                    *used = true;
                }
                (ExprKind::Let(index), kind_of, self.rate_of_let(index))
            }
            Some(Symbol::Time) => (ExprKind::Time, Type::Number, Rate::Step),
            Some(Symbol::Weight) => (ExprKind::Weight, Type::Number, Rate::Weight),
            Some(Symbol::Gradient) => (ExprKind::Gradient, Type::Number, Rate::Weight),
            Some(Symbol::Wrong) => return None,
            None => {
                self.unknown_name(name);
                return None;
            }
        };
        Some(Expr { kind, kind_of, rate, span })
    }

    pub(super) fn scope_of_cache(&self, index: usize) -> Scope {
        self.caches.get(index).map_or(Scope::Weight, |cache| cache.scope)
    }

    /// How often a cache has another value.
    pub(super) fn rate_of_cache(&self, index: usize) -> Rate {
        match self.scope_of_cache(index) {
            Scope::Model if self.place == Place::Step || !self.moved_by_update(index) => Rate::Step,
            scope => level(scope),
        }
    }

    /// Whether `update` assigns the cache.
    fn moved_by_update(&self, index: usize) -> bool {
        self.caches.get(index).is_some_and(|cache| self.assigned.iter().any(|name| cache.name == name))
    }

    pub(super) fn mark_cache(&mut self, index: usize) {
        if let Some(used) = self.cache_used.get_mut(index) {
            *used = true;
        }
    }

    /// A cache with a condition may be used only where the condition is known to hold.
    pub(super) fn check_existence(&mut self, index: usize, span: Span) {
        let Some(cache) = self.caches.get(index) else { return };
        if let Some(condition) = &cache.condition
            && !self.facts.imply(condition)
        {
            let message = format!(
                "`{}` may not exist here: use it inside an `if` with the condition it was declared with",
                cache.name
            );
            self.diagnostics.error(span, message);
        }
    }

    pub(super) fn unknown_name(&mut self, name: &Ident) {
        let text = name.to_string();
        let known: Vec<&str> = self.names.known().collect();
        let is_cache = self.caches.iter().any(|cache| cache.name == text);
        let message = if is_cache {
            format!("the cache `{text}` cannot be used in {}", self.place.name())
        } else if is_function(&text) {
            let arguments = if Extent::named(&text).is_some() { "" } else { "…" };
            format!("`{text}` is a function: write `{text}({arguments})`")
        } else if let Some(why) = self.why_not(&text) {
            why
        } else if self.lets.iter().any(|named| named.written == text) {
            format!(
                "`{text}` was named inside of a block, which has ended: name it outside, `let {text} = if … {{ … }} else {{ … }};`"
            )
        } else if let Some(near) = nearest(&text, known.iter().copied()) {
            format!("there is no `{text}` here: did you mean `{near}`?")
        } else {
            let mut known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            known.dedup();
            format!("there is no `{text}` here; known: {}", known.join(", "))
        };
        self.diagnostics.error(name.span(), message);
    }

    /// Why there is no weight, gradient or step here, of the name that they usually have.
    fn why_not(&self, text: &str) -> Option<String> {
        let (symbol, what) = match text {
            "w" => (Symbol::Weight, "the weight"),
            "g" => (Symbol::Gradient, "the gradient"),
            "t" => (Symbol::Time, "the number of the step"),
            _ => return None,
        };
        if let Some(called) = self.names.called(symbol) {
            return Some(format!("{what} is called `{called}` here"));
        }
        Some(match (self.place, symbol) {
            (Place::Condition, _) => {
                format!("`{text}` is {what}, and a condition is decided before there is one: it knows hyper-parameters and shapes")
            }
            (Place::Start(scope), Symbol::Weight) => {
                format!("`w` is one weight, and this cache is one number {}: it starts at what hyper-parameters make", level(scope).each())
            }
            (Place::Start(_), _) => {
                format!("`{text}` is {what}, and a cache starts before there is one: from hyper-parameters, and `w` where it has one number a weight")
            }
            (Place::LookAhead, Symbol::Gradient) => {
                "`look_ahead(w)` is where the gradient is taken, so there is none yet: `look_ahead(w, g)` takes one at the weights first".into()
            }
            (Place::Evaluate, Symbol::Gradient) => {
                "there is no gradient in `evaluate`: the point is made of the weight and its caches".into()
            }
            (place, _) => {
                format!("`{text}` is {what}, and {} runs once for all: use it in `update`", place.name())
            }
        })
    }
}

/// What has one number of a cache.
fn level(scope: Scope) -> Rate {
    match scope {
        Scope::Weight => Rate::Weight,
        Scope::Row => Rate::Row,
        Scope::Col => Rate::Col,
        Scope::Tensor => Rate::Tensor,
        Scope::Model => Rate::Model,
    }
}
