//! What is known to hold where a cache is read: a cache that exists only under a condition may be read only there.

use crate::rule::ast::{Binary, Unary};
use crate::rule::ir::{Expr, ExprKind};

/// Conditions that hold at this point, each in one form of writing.
#[derive(Default)]
pub(super) struct Facts {
    known: Vec<String>,
    /// What a `let` of a flag stands for, by its index.
    flags: Vec<(usize, Expr)>,
}

impl Facts {
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.known.truncate(len);
    }

    /// `let flag = …;`, so that `if flag` says what the flag says.
    pub(super) fn name(&mut self, index: usize, value: &Expr) {
        self.flags.push((index, value.clone()));
    }

    /// From here on `condition` holds, or does not.
    pub(super) fn assume(&mut self, condition: &Expr, holds: bool) {
        let mut parts = Vec::new();
        self.parts(condition, holds, &mut parts);
        self.known.extend(parts);
    }

    pub(super) fn imply(&self, condition: &Expr) -> bool {
        let mut parts = Vec::new();
        self.parts(condition, true, &mut parts);
        parts.iter().all(|part| self.known.contains(part))
    }

    /// What must hold for all of `condition` to hold (or not to): the parts of an "and".
    fn parts(&self, condition: &Expr, holds: bool, parts: &mut Vec<String>) {
        match &condition.kind {
            ExprKind::Unary(Unary::Not, inner) => self.parts(inner, !holds, parts),
            ExprKind::Binary(Binary::And, left, right) if holds => {
                self.parts(left, true, parts);
                self.parts(right, true, parts);
            }
            ExprKind::Binary(Binary::Or, left, right) if !holds => {
                self.parts(left, false, parts);
                self.parts(right, false, parts);
            }
            ExprKind::Let(index) if self.flag(*index).is_some() => {
                if let Some(value) = self.flag(*index) {
                    self.parts(value, holds, parts);
                }
            }
            // Hyper-parameters and shapes are never NaN: what is not less is greater or equal.
            ExprKind::Binary(operator, left, right) if !holds && operator.opposite().is_some() => {
                if let Some(opposite) = operator.opposite() {
                    let kind = ExprKind::Binary(opposite, left.clone(), right.clone());
                    parts.push(self.key(&Expr { kind, ..condition.clone() }));
                }
            }
            _ => parts.push(format!("{}{}", if holds { "" } else { "!" }, self.key(condition))),
        }
    }

    fn flag(&self, index: usize) -> Option<&Expr> {
        self.flags.iter().find(|(known, _)| *known == index).map(|(_, value)| value)
    }

    /// The same text for the same condition, however it was written: `0 < x` and `x > 0`.
    fn key(&self, expression: &Expr) -> String {
        match &expression.kind {
            ExprKind::Binary(operator, left, right) => {
                let (operator, left, right) = match operator {
                    Binary::Less => (Binary::Greater, right, left),
                    Binary::LessEqual => (Binary::GreaterEqual, right, left),
                    other => (*other, left, right),
                };
                format!("({}{}{})", self.key(left), operator.symbol(), self.key(right))
            }
            ExprKind::Unary(operator, operand) => format!("{operator:?}({})", self.key(operand)),
            ExprKind::Number(number) => number.to_string(),
            ExprKind::Flag(flag) => flag.to_string(),
            ExprKind::Hyper(index) => format!("h{index}"),
            ExprKind::Cache(index) => format!("c{index}"),
            ExprKind::Let(index) => match self.flag(*index) {
                Some(value) => self.key(value),
                None => format!("l{index}"),
            },
            ExprKind::Time => "t".into(),
            ExprKind::Weight => "w".into(),
            ExprKind::Gradient => "g".into(),
            ExprKind::Call(function, arguments) => {
                let arguments: Vec<String> = arguments.iter().map(|argument| self.key(argument)).collect();
                format!("{}({})", function.name(), arguments.join(","))
            }
            ExprKind::Extent(extent) => format!("{}()", extent.name()),
            ExprKind::Reduce(reduction, arguments) => {
                let arguments: Vec<String> = arguments.iter().map(|argument| self.key(argument)).collect();
                format!("{}({})", reduction.name(), arguments.join(","))
            }
            // None of them stands in a condition of a cache.
            ExprKind::CallPath(..) | ExprKind::Total(..) | ExprKind::Version(..) | ExprKind::Called(..) => "?".into(),
            ExprKind::If(condition, then, otherwise) => {
                let value =
                    |block: &crate::rule::ir::Block| block.value.as_ref().map_or(String::new(), |v| self.key(v));
                format!("if({},{},{})", self.key(condition), value(then), value(otherwise))
            }
        }
    }
}
