//! The rule as text: the notation of its own language, in one way of writing; and expressions as they are written.

use crate::rule::ast::Unary;
use crate::rule::ir::{Block, Body, Expr, ExprKind, Rule, Statement, Target};

/// The sections of the rule, a statement a line.
pub(crate) fn rule(rule: &Rule) -> String {
    let mut text = Text { rule, weight: "w".into(), gradient: "g".into(), lines: Vec::new() };
    for cache in &rule.caches {
        if let Some(start) = &cache.start {
            if text.lines.is_empty() {
                text.lines.push("cache:".into());
            }
            let line = format!("  {} = {}", cache.name, text.expression(start));
            text.lines.push(line);
        }
    }
    if !rule.step.is_empty() {
        text.lines.push(format!("step({}):", rule.time));
        text.statements(&rule.step, 1);
    }
    let gradient = rule.update.gradient.as_ref().map_or_else(|| "g".into(), ToString::to_string);
    if let Some(body) = &rule.look_ahead {
        let second = body.gradient.as_ref().map_or_else(String::new, |gradient| format!(", {gradient}"));
        text.section(&format!("look_ahead({}{second}):", body.weight), body);
    }
    text.section(&format!("update({}, {gradient}):", rule.update.weight), &rule.update);
    if let Some(body) = &rule.evaluate {
        text.section(&format!("evaluate({}):", body.weight), body);
    }
    text.lines.join("\n")
}

/// One expression, as it is written in the language.
pub(crate) fn expression(rule: &Rule, expression: &Expr) -> String {
    let gradient = rule.update.gradient.as_ref().map_or_else(|| "g".into(), ToString::to_string);
    Text { rule, weight: rule.update.weight.to_string(), gradient, lines: Vec::new() }.expression(expression)
}

/// A number in the shorter of its two ways of writing.
pub(crate) fn number(number: f64) -> String {
    let (plain, scientific) = (number.to_string(), format!("{number:e}"));
    if scientific.len() < plain.len() { scientific } else { plain }
}

struct Text<'r> {
    rule: &'r Rule,
    weight: String,
    gradient: String,
    lines: Vec<String>,
}

impl Text<'_> {
    fn section(&mut self, head: &str, body: &Body) {
        self.weight = body.weight.to_string();
        if let Some(gradient) = &body.gradient {
            self.gradient = gradient.to_string();
        }
        self.lines.push(head.to_owned());
        self.statements(&body.block.statements, 1);
        if let Some(value) = &body.block.value {
            let value = self.expression(value);
            self.lines.push(format!("  {value}"));
        }
    }

    fn statements(&mut self, statements: &[Statement], depth: usize) {
        let indent = "  ".repeat(depth);
        for statement in statements {
            match statement {
                Statement::Let(index, value) => {
                    let line = format!("{indent}let {} = {}", self.name_of_let(*index), self.expression(value));
                    self.lines.push(line);
                }
                Statement::Assign(target, operator, value) => {
                    let target = match target {
                        Target::Weight => self.weight.clone(),
                        Target::Cache(index) => self.name_of_cache(*index),
                    };
                    self.lines.push(format!("{indent}{target} {} {}", operator.symbol(), self.expression(value)));
                }
                Statement::If(condition, then, otherwise) => {
                    self.lines.push(format!("{indent}if {}:", self.expression(condition)));
                    self.statements(&then.statements, depth + 1);
                    if let Some(otherwise) = otherwise {
                        self.lines.push(format!("{indent}else:"));
                        self.statements(&otherwise.statements, depth + 1);
                    }
                }
            }
        }
    }

    fn name_of_let(&self, index: usize) -> String {
        self.rule.lets.get(index).map_or_else(String::new, |named| named.name.to_string())
    }

    fn name_of_cache(&self, index: usize) -> String {
        self.rule.caches.get(index).map_or_else(String::new, |cache| cache.name.to_string())
    }

    fn expression(&self, expression: &Expr) -> String {
        match &expression.kind {
            ExprKind::Number(number) => self::number(*number),
            ExprKind::Flag(flag) => flag.to_string(),
            ExprKind::Hyper(index) => {
                self.rule.hypers.get(*index).map_or_else(String::new, |hyper| hyper.name.to_string())
            }
            ExprKind::Let(index) => self.name_of_let(*index),
            ExprKind::Cache(index) => self.name_of_cache(*index),
            ExprKind::Time => self.rule.time.to_string(),
            ExprKind::Weight => self.weight.clone(),
            ExprKind::Gradient => self.gradient.clone(),
            ExprKind::Unary(operator, operand) => {
                let symbol = if *operator == Unary::Negate { "-" } else { "!" };
                format!("{symbol}{}", self.beside(operand, 6))
            }
            ExprKind::Binary(operator, left, right) => {
                let precedence = operator.precedence();
                let least_left = if operator.is_comparison() { precedence + 1 } else { precedence };
                let (left, right) = (self.beside(left, least_left), self.beside(right, precedence + 1));
                format!("{left} {} {right}", operator.symbol())
            }
            ExprKind::Call(function, arguments) => self.call(function.name(), arguments),
            ExprKind::Reduce(reduction, arguments) => self.call(reduction.name(), arguments),
            ExprKind::CallPath(path, arguments) => self.call(&path.text, arguments),
            ExprKind::Extent(extent) => format!("{}()", extent.name()),
            ExprKind::Total(_, name) | ExprKind::Version(_, name) | ExprKind::Called(_, name) => name.to_string(),
            ExprKind::If(condition, then, otherwise) => {
                let condition = self.expression(condition);
                format!("if {condition} {{ {} }} else {{ {} }}", self.block(then), self.block(otherwise))
            }
        }
    }

    fn call(&self, function: &str, arguments: &[Expr]) -> String {
        let arguments: Vec<String> = arguments.iter().map(|argument| self.expression(argument)).collect();
        format!("{function}({})", arguments.join(", "))
    }

    fn block(&self, block: &Block) -> String {
        let mut parts: Vec<String> = Vec::new();
        for statement in &block.statements {
            if let Statement::Let(index, value) = statement {
                parts.push(format!("let {} = {};", self.name_of_let(*index), self.expression(value)));
            }
        }
        parts.extend(block.value.as_ref().map(|value| self.expression(value)));
        parts.join(" ")
    }

    /// In parentheses where it binds looser than `least`.
    fn beside(&self, expression: &Expr, least: u8) -> String {
        let loose = match &expression.kind {
            ExprKind::Binary(operator, ..) => operator.precedence() < least,
            ExprKind::If(..) => true,
            _ => false,
        };
        let text = self.expression(expression);
        if loose { format!("({text})") } else { text }
    }
}
