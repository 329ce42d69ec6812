//! Statements and expressions of a section.

use proc_macro2::{Ident, Span};

use super::scope::Symbol;
use super::{Checker, Place};
use crate::names::nearest;
use crate::rule::ast::{self, Binary, Scope, Unary};
use crate::rule::functions::{FUNCTIONS, Function, REDUCTIONS, other_name};
use crate::rule::ir::{Block, Body, Expr, ExprKind, Let, Rate, Statement, Target, Type};

impl Checker<'_> {
    /// `look_ahead` and `evaluate`: a point, computed and not moved to.
    pub(super) fn check_value_section(&mut self, section: &ast::Section, place: Place) -> Option<Body> {
        self.place = place;
        self.names.open();
        let weight = self.declare_parameter(section.parameters.first(), Symbol::Weight);
        let block = self.check_value_block(&section.body, section.keyword.span());
        self.names.close();
        let block = block?;
        if block.value.as_ref().is_some_and(|value| value.kind_of == Type::Flag) {
            self.diagnostics.error(section.keyword.span(), format!("{} gives a number, not a flag", place.name()));
            return None;
        }
        Some(Body { weight: weight?, gradient: None, block })
    }

    pub(super) fn check_update(&mut self, section: &ast::Section) -> Option<Body> {
        self.place = Place::Update;
        self.names.open();
        let weight = self.declare_parameter(section.parameters.first(), Symbol::Weight);
        let gradient = self.declare_parameter(section.parameters.get(1), Symbol::Gradient);
        let statements = self.check_statements(&section.body);
        self.refuse_value(&section.body, "`update` moves the weight and gives no value: assign it, `w -= …;`");
        self.names.close();
        let (weight, gradient) = (weight?, gradient?);
        if !self.weight_moved && self.diagnostics.is_empty() {
            let message = format!("`update` never moves the weight: assign to `{weight}`");
            self.diagnostics.error(section.keyword.span(), message);
        }
        Some(Body { weight, gradient: Some(gradient), block: Block { statements, value: None } })
    }

    fn declare_parameter(&mut self, name: Option<&Ident>, symbol: Symbol) -> Option<Ident> {
        let name = name?;
        let text = name.to_string();
        if matches!(self.names.get(&text), Some(Symbol::Hyper(_) | Symbol::Cache(_) | Symbol::Gradient)) {
            self.diagnostics.error(name.span(), format!("there is a `{text}` already: call this one something else"));
        }
        self.names.declare(&text, symbol);
        Some(name.clone())
    }

    pub(super) fn refuse_value(&mut self, block: &ast::Block, message: &str) {
        if let Some(value) = &block.value
            && !matches!(value.kind, ast::ExprKind::Wrong)
        {
            self.diagnostics.error(value.span, message);
        }
    }

    pub(super) fn check_statements(&mut self, block: &ast::Block) -> Vec<Statement> {
        block.statements.iter().filter_map(|statement| self.check_statement(statement)).collect()
    }

    fn check_statement(&mut self, statement: &ast::Statement) -> Option<Statement> {
        match statement {
            ast::Statement::Let { name, value } => self.check_let(name, value),
            ast::Statement::Assign { target, operator, value } => {
                let value = self.check_typed(value, Type::Number);
                let target = self.check_target(target, *operator);
                Some(Statement::Assign(target?, *operator, value?))
            }
            ast::Statement::If(branch) => {
                let condition = self.check_condition(&branch.condition);
                let then = self.check_branch(&branch.then, condition.as_ref(), true);
                let otherwise =
                    branch.otherwise.as_ref().map(|block| self.check_branch(block, condition.as_ref(), false));
                Some(Statement::If(condition?, then, otherwise))
            }
        }
    }

    fn check_branch(&mut self, block: &ast::Block, condition: Option<&Expr>, holds: bool) -> Block {
        let facts = self.facts.len();
        if let Some(condition) = condition {
            self.facts.assume(condition, holds);
        }
        self.names.open();
        let statements = self.check_statements(block);
        self.refuse_value(block, "this value is not used: assign it to something");
        self.names.close();
        self.facts.truncate(facts);
        Block { statements, value: None }
    }

    fn check_let(&mut self, name: &Ident, value: &ast::Expr) -> Option<Statement> {
        let text = name.to_string();
        self.check_name_is_free(name);
        let value = self.check_expression(value);
        if Function::named(&text).is_some() || REDUCTIONS.contains(&text.as_str()) {
            self.diagnostics.error(name.span(), format!("`{text}` is a function of the language: choose another name"));
        }
        let Some(value) = value else {
            self.names.declare(&text, Symbol::Wrong);
            return None;
        };
        let index = self.lets.len();
        if value.kind_of == Type::Flag {
            self.facts.name(index, &value);
        }
        let unique = self.unique(name);
        let nested = self.names.depth() > 1;
        self.lets.push(Let { name: unique, written: text.clone(), nested, rate: value.rate });
        self.let_uses.push((name.span(), false));
        self.names.declare(&text, Symbol::Let(index, value.kind_of));
        Some(Statement::Let(index, value))
    }

    fn check_target(&mut self, target: &Ident, operator: ast::Assign) -> Option<Target> {
        let text = target.to_string();
        let message = match self.names.get(&text) {
            Some(Symbol::Cache(index)) if self.place == Place::Step && self.scope_of_cache(index) == Scope::Model => {
                self.check_existence(index, target.span());
                if operator != ast::Assign::Set {
                    self.mark_cache(index);
                }
                return Some(Target::Cache(index));
            }
            Some(Symbol::Cache(index)) if self.scope_of_cache(index) == Scope::Model => {
                self.mark_cache(index);
                format!("`{text}` is one number for the whole model: it is assigned to in `step`")
            }
            _ if self.place != Place::Update => {
                format!("{} computes and moves nothing: `{text}` is assigned to in `update`", self.place.name())
            }
            Some(Symbol::Weight) => {
                self.weight_moved = true;
                return Some(Target::Weight);
            }
            Some(Symbol::Cache(index)) => {
                self.check_existence(index, target.span());
                if operator != ast::Assign::Set {
                    self.mark_cache(index);
                }
                return Some(Target::Cache(index));
            }
            Some(Symbol::Wrong) => return None,
            Some(Symbol::Hyper(_)) => {
                format!("`{text}` is a hyper-parameter and does not change: `let {text} = …;` names a new value")
            }
            Some(Symbol::Gradient) => {
                format!("`{text}` is the gradient and does not change: `let {text} = …;` names a new value")
            }
            Some(Symbol::Let(..)) => {
                format!("`{text}` was named by `let` and does not change: `let {text} = …;` names a new value")
            }
            Some(Symbol::Time) => format!("`{text}` is the number of the step and does not change"),
            None => {
                self.unknown_name(target);
                return None;
            }
        };
        self.diagnostics.error(target.span(), message);
        None
    }

    /// A block that gives a value: `let`s, and the value at the end.
    fn check_value_block(&mut self, block: &ast::Block, span: Span) -> Option<Block> {
        self.names.open();
        let mut statements = Vec::new();
        for statement in &block.statements {
            if let ast::Statement::Let { name, value } = statement {
                statements.extend(self.check_let(name, value));
            } else {
                let at = match statement {
                    ast::Statement::Assign { target, .. } => target.span(),
                    ast::Statement::If(branch) => branch.keyword,
                    ast::Statement::Let { name, .. } => name.span(),
                };
                let message = "a block that gives a value names and computes: assign outside of it";
                self.diagnostics.error(at, message);
            }
        }
        let value = if let Some(value) = &block.value {
            self.check_expression(value)
        } else {
            self.diagnostics.error(
                if block.statements.is_empty() { span } else { block.end },
                "there is no value at the end of this block: leave out the last `;`",
            );
            None
        };
        self.names.close();
        Some(Block { statements, value: Some(value?) })
    }

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

    fn check_condition(&mut self, expression: &ast::Expr) -> Option<Expr> {
        self.check_typed(expression, Type::Flag)
    }

    fn check_expression(&mut self, expression: &ast::Expr) -> Option<Expr> {
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
            ast::ExprKind::Binary(operator, left, right) => {
                let logical = matches!(operator, Binary::And | Binary::Or);
                let operands = if logical { Type::Flag } else { Type::Number };
                let (left, right) = (self.check_typed(left, operands), self.check_typed(right, operands));
                let (left, right) = (left?, right?);
                let rate = left.rate.max(right.rate);
                let kind_of = if logical || operator.is_comparison() { Type::Flag } else { Type::Number };
                (ExprKind::Binary(*operator, Box::new(left), Box::new(right)), kind_of, rate)
            }
            ast::ExprKind::Call(name, arguments) => return self.check_call(name, arguments),
            ast::ExprKind::If(branch) => return self.check_if(branch, span),
        };
        Some(Expr { kind, kind_of, rate, span })
    }

    fn check_if(&mut self, branch: &ast::If, span: Span) -> Option<Expr> {
        let condition = self.check_condition(&branch.condition);
        let facts = self.facts.len();
        if let Some(condition) = &condition {
            self.facts.assume(condition, true);
        }
        let then = self.check_value_block(&branch.then, branch.keyword);
        self.facts.truncate(facts);
        if let Some(condition) = &condition {
            self.facts.assume(condition, false);
        }
        let otherwise = branch.otherwise.as_ref().and_then(|block| self.check_value_block(block, branch.keyword));
        self.facts.truncate(facts);
        let (condition, then, otherwise) = (condition?, then?, otherwise?);
        let values = (then.value.as_ref()?, otherwise.value.as_ref()?);
        if values.0.kind_of != values.1.kind_of {
            self.diagnostics.error(values.1.span, "one branch gives a number and the other a condition");
            return None;
        }
        let kind_of = values.0.kind_of;
        let rate = condition.rate.max(self.rate_of_block(&then)).max(self.rate_of_block(&otherwise));
        Some(Expr { kind: ExprKind::If(Box::new(condition), Box::new(then), Box::new(otherwise)), kind_of, rate, span })
    }

    fn rate_of_block(&self, block: &Block) -> Rate {
        let value = block.value.as_ref().map_or(Rate::Constant, |value| value.rate);
        let lets = block.statements.iter().map(|statement| match statement {
            Statement::Let(index, _) => self.rate_of_let(*index),
            _ => Rate::Weight,
        });
        lets.fold(value, Rate::max)
    }

    fn check_call(&mut self, name: &Ident, arguments: &[ast::Expr]) -> Option<Expr> {
        let text = name.to_string();
        let Some((function, expected)) = Function::named(&text) else {
            for argument in arguments {
                self.check_expression(argument);
            }
            let message = if REDUCTIONS.contains(&text.as_str()) {
                format!(
                    "`{text}` looks at more than one weight, at a whole tensor: that is not part of the language yet"
                )
            } else if let Some(ours) = other_name(&text) {
                format!("there is no function `{text}`: it is `{ours}` here")
            } else if let Some(near) = nearest(&text, FUNCTIONS.iter().map(|(name, ..)| *name)) {
                format!("there is no function `{text}`: did you mean `{near}`?")
            } else {
                let known: Vec<&str> = FUNCTIONS.iter().map(|(name, ..)| *name).collect();
                format!("there is no function `{text}`; known: {}", known.join(", "))
            };
            self.diagnostics.error(name.span(), message);
            return None;
        };
        let checked: Vec<Option<Expr>> =
            arguments.iter().map(|argument| self.check_typed(argument, Type::Number)).collect();
        if arguments.len() != expected.len() {
            let form = format!("`{text}({})`", expected.join(", "));
            let message = format!("{form} takes {} argument(s), found {}", expected.len(), arguments.len());
            self.diagnostics.error(name.span(), message);
            return None;
        }
        let arguments: Vec<Expr> = checked.into_iter().collect::<Option<_>>()?;
        // The machine epsilon is a constant of the scalar type, which is known where the rule runs.
        let least = if function == Function::Epsilon { Rate::Step } else { Rate::Constant };
        let rate = arguments.iter().map(|argument| argument.rate).fold(least, Rate::max);
        Some(Expr { kind: ExprKind::Call(function, arguments), kind_of: Type::Number, rate, span: name.span() })
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
                    let message =
                        format!("`{text}` is one number a weight, and `step` runs once for all: use it in `update`");
                    self.diagnostics.error(span, message);
                    self.mark_cache(index);
                    return None;
                }
                self.check_existence(index, span);
                self.mark_cache(index);
                let rate = if self.scope_of_cache(index) == Scope::Model { Rate::Step } else { Rate::Weight };
                (ExprKind::Cache(index), Type::Number, rate)
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

    fn scope_of_cache(&self, index: usize) -> Scope {
        self.caches.get(index).map_or(Scope::Weight, |cache| cache.scope)
    }

    fn mark_cache(&mut self, index: usize) {
        if let Some(used) = self.cache_used.get_mut(index) {
            *used = true;
        }
    }

    /// A cache with a condition may be used only where the condition is known to hold.
    fn check_existence(&mut self, index: usize, span: Span) {
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

    fn unknown_name(&mut self, name: &Ident) {
        let text = name.to_string();
        let known: Vec<&str> = self.names.known().collect();
        let is_cache = self.caches.iter().any(|cache| cache.name == text);
        let message = if is_cache {
            format!("the cache `{text}` cannot be used in {}", self.place.name())
        } else if Function::named(&text).is_some() {
            format!("`{text}` is a function: write `{text}(…)`")
        } else if matches!(text.as_str(), "g" | "w" | "t") {
            format!("there is no `{text}` in {}", self.place.name())
        } else if let Some(near) = nearest(&text, known.iter().copied()) {
            format!("there is no `{text}` here: did you mean `{near}`?")
        } else {
            let mut known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            known.dedup();
            format!("there is no `{text}` here; known: {}", known.join(", "))
        };
        self.diagnostics.error(name.span(), message);
    }
}
