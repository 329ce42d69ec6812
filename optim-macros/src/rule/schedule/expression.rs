//! Expressions: reductions, calls and versions take the place of what was written.

use proc_macro2::{Ident, Span};

use super::lower::{Lower, Node, NodeKind, negated};
use super::{Call, Total};
use crate::rule::ir::{Expr, ExprKind, Path, Rate, Reduction};

impl Lower<'_> {
    /// The same with reductions, calls and versions in place of what was written.
    pub(super) fn expression(&mut self, expression: &Expr) -> Expr {
        let kind = match &expression.kind {
            ExprKind::Cache(index) if self.is_number(*index) => {
                let read = self.read(*index, expression.span);
                // What `step` alone assigns is known once a step.
                return Expr { rate: expression.rate, ..read };
            }
            ExprKind::Unary(operator, operand) => ExprKind::Unary(*operator, Box::new(self.expression(operand))),
            ExprKind::Binary(operator, left, right) => {
                let (left, right) = (self.expression(left), self.expression(right));
                ExprKind::Binary(*operator, Box::new(left), Box::new(right))
            }
            ExprKind::Call(function, arguments) => {
                ExprKind::Call(*function, arguments.iter().map(|argument| self.expression(argument)).collect())
            }
            ExprKind::Reduce(reduction, arguments) => {
                let arguments: Vec<Expr> = arguments.iter().map(|argument| self.expression(argument)).collect();
                self.total(*reduction, arguments, expression)
            }
            ExprKind::CallPath(path, arguments) => {
                let mut arguments: Vec<Expr> = arguments.iter().map(|argument| self.expression(argument)).collect();
                let matrix = arguments.remove(0);
                self.call(path, matrix, arguments)
            }
            ExprKind::If(condition, then, otherwise) => {
                let condition = self.expression(condition);
                let nodes = std::mem::take(&mut self.nodes);
                self.guards.push(condition.clone());
                let then = self.block(then);
                self.guards.pop();
                let then_nodes = std::mem::take(&mut self.nodes);
                self.guards.push(negated(condition.clone()));
                let otherwise = self.block(otherwise);
                self.guards.pop();
                let otherwise_nodes = std::mem::replace(&mut self.nodes, nodes);
                // Reductions that stand in the branches are computed where the condition holds.
                if !then_nodes.is_empty() || !otherwise_nodes.is_empty() {
                    let kind = NodeKind::If(condition.clone(), then_nodes, otherwise_nodes);
                    self.nodes.push(Node { stage: 0, kind });
                }
                ExprKind::If(Box::new(condition), Box::new(then), Box::new(otherwise))
            }
            kind => kind.clone(),
        };
        Expr { kind, ..expression.clone() }
    }

    fn total(&mut self, reduction: Reduction, mut arguments: Vec<Expr>, written: &Expr) -> ExprKind {
        // The product of a stream with itself brings one term, not two.
        if let [one, other] = &arguments[..]
            && same_name(&one.kind, &other.kind)
        {
            arguments.truncate(1);
        }
        let from = arguments.iter().map(|argument| argument.rate).fold(Rate::Constant, Rate::join);
        let level = written.rate;
        let stage = arguments.iter().map(|argument| self.stage(argument)).fold(0, usize::max);
        let total = self.totals.len();
        let is_fold = level == Rate::Matrix;
        let stage = if is_fold {
            self.stages.totals.push(stage);
            stage
        } else {
            let stage = stage.max(self.guard_stage());
            for argument in &arguments {
                self.variables.read(argument, stage);
            }
            self.nodes.push(Node { stage, kind: NodeKind::Terms(total) });
            self.stages.totals.push(stage + 1);
            stage
        };
        let of = match arguments.first().map(|argument| &argument.kind) {
            Some(ExprKind::Weight) => self.rule.update.weight.to_string(),
            Some(ExprKind::Gradient) => "g".into(),
            Some(ExprKind::Let(index)) => {
                self.rule.lets.get(*index).map_or_else(String::new, |named| named.name.to_string())
            }
            Some(ExprKind::Cache(index)) => {
                self.rule.caches.get(*index).map_or_else(String::new, |cache| cache.name.to_string())
            }
            _ => String::new(),
        };
        let base = if of.is_empty() { reduction.name().to_owned() } else { format!("{}_{of}", reduction.name()) };
        let name = self.name(&base.replace("r#", ""));
        self.totals.push(Total { reduction, arguments, from, level, pass: self.first + stage, name: name.clone() });
        ExprKind::Total(total, name)
    }

    fn call(&mut self, path: &Path, matrix: Expr, numbers: Vec<Expr>) -> ExprKind {
        let stage = numbers.iter().map(|number| self.stage(number)).fold(self.stage(&matrix), usize::max);
        let stage = stage.max(self.guard_stage());
        self.variables.read(&matrix, stage);
        let call = self.calls.len();
        self.nodes.push(Node { stage, kind: NodeKind::Input(call) });
        self.stages.calls.push(stage + 1);
        let (input, output) = (self.name("input"), self.name("output"));
        self.calls.push(Call {
            path: path.clone(),
            matrix,
            numbers,
            guards: self.guards.clone(),
            pass: self.first + stage + 1,
            input,
            output: output.clone(),
        });
        ExprKind::Called(call, output)
    }

    /// A name of ours that nothing else has.
    pub(super) fn name(&mut self, base: &str) -> Ident {
        let taken = |text: &str| {
            self.names.iter().any(|name| name == text)
                || self.rule.hypers.iter().any(|hyper| hyper.name == text)
                || self.rule.caches.iter().any(|cache| cache.name == text)
                || self.rule.lets.iter().any(|named| named.name == text)
        };
        let mut name = base.to_owned();
        let mut number = 2;
        while taken(&name) {
            name = format!("{base}_{number}");
            number += 1;
        }
        self.names.push(name.clone());
        Ident::new(&name, Span::mixed_site())
    }
}

/// Whether both are the same name, and with it the same number.
fn same_name(one: &ExprKind, other: &ExprKind) -> bool {
    match (one, other) {
        (ExprKind::Weight, ExprKind::Weight) | (ExprKind::Gradient, ExprKind::Gradient) => true,
        (ExprKind::Let(one), ExprKind::Let(other)) | (ExprKind::Cache(one), ExprKind::Cache(other)) => one == other,
        _ => false,
    }
}
