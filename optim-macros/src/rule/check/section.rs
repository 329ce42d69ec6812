//! Sections and their statements.

use proc_macro2::{Ident, Span};

use super::scope::Symbol;
use super::{Checker, Place};
use crate::rule::ast::{self, Scope};
use crate::rule::functions::is_function;
use crate::rule::ir::{Block, Body, Expr, Let, Rate, Statement, Target, Type};

impl Checker<'_> {
    /// `look_ahead` and `evaluate`: a point, computed and not moved to.
    pub(super) fn check_value_section(&mut self, section: &ast::Section, place: Place) -> Option<Body> {
        self.place = place;
        self.names.open();
        let weight = self.declare_parameter(section.parameters.first(), Symbol::Weight);
        let second = section.parameters.get(1);
        let gradient = self.declare_parameter(second, Symbol::Gradient);
        let block = self.check_value_block(&section.body, section.keyword.span());
        self.names.close();
        let block = block?;
        if block.value.as_ref().is_some_and(|value| value.kind_of == Type::Flag) {
            self.diagnostics.error(section.keyword.span(), format!("{} gives a number, not a flag", place.name()));
            return None;
        }
        Some(Body { weight: weight?, gradient, block })
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
                let target = self.check_target(target, *operator, value.as_ref());
                Some(Statement::Assign(target?, *operator, value?))
            }
            ast::Statement::If(branch) => {
                let condition = self.check_condition(&branch.condition);
                let outer = self.branch;
                self.branch = condition.as_ref().map_or(outer, |condition| outer.join(condition.rate));
                let then = self.check_branch(&branch.then, condition.as_ref(), true);
                let otherwise =
                    branch.otherwise.as_ref().map(|block| self.check_branch(block, condition.as_ref(), false));
                self.branch = outer;
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
        if is_function(&text) {
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

    fn check_target(&mut self, target: &Ident, operator: ast::Assign, value: Option<&Expr>) -> Option<Target> {
        let text = target.to_string();
        let message = match self.names.get(&text) {
            Some(Symbol::Cache(index)) if self.place == Place::Step && self.scope_of_cache(index) == Scope::Model => {
                self.check_existence(index, target.span());
                if operator != ast::Assign::Set {
                    self.mark_cache(index);
                }
                return Some(Target::Cache(index));
            }
            Some(Symbol::Cache(index)) if self.place == Place::Step => {
                let each = self.rate_of_cache(index).each();
                format!("`{text}` is one number {each}, and `step` runs once for all: assign it in `update`")
            }
            None if self.place == Place::Step && matches!(text.as_str(), "w" | "g") => {
                self.unknown_name(target);
                return None;
            }
            _ if self.place != Place::Update && self.place != Place::Step => {
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
                self.check_level(target, self.rate_of_cache(index), value);
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

    /// A cache of fewer numbers than there are weights takes a value that is one for each of them, under a condition that
    /// is the same for all that share it.
    fn check_level(&mut self, target: &Ident, level: Rate, value: Option<&Expr>) {
        let reduce = match level {
            Rate::Row => "`row_mean(…)` or `row_sum(…)`",
            Rate::Col => "`col_mean(…)` or `col_sum(…)`",
            Rate::Tensor => "`mean(…)`, `sum(…)`, `norm(…)` or `max_abs(…)`",
            Rate::Model => "`model_sum(…)` or `model_norm(…)`",
            _ => return,
        };
        let each = level.each();
        // What is wrong with the value was reported where it was found.
        let Some(value) = value else { return };
        if !value.rate.fits_in(level) {
            let found = value.rate.each();
            let message = format!("`{target}` is one number {each}, and this is one {found}: reduce it with {reduce}");
            self.diagnostics.error(value.span, message);
        } else if !self.branch.fits_in(level) {
            let differs = self.branch.differs();
            let message = format!(
                "`{target}` is one number {each}, and the condition around it changes {differs}: assign it outside of it"
            );
            self.diagnostics.error(target.span(), message);
        }
    }

    /// A block that gives a value: `let`s, and the value at the end.
    pub(super) fn check_value_block(&mut self, block: &ast::Block, span: Span) -> Option<Block> {
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
}
