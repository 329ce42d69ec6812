//! Numbers that are known while the macro runs: defaults and the bounds of ranges.

use super::Checker;
use crate::rule::ast::{Binary, Expr, ExprKind, Unary};

impl Checker<'_> {
    /// The value of an expression of numbers alone.
    pub(super) fn constant(&mut self, expression: &Expr, what: &str) -> Option<f64> {
        match self.constant_value(expression, what) {
            Some(value) if !value.is_finite() => {
                self.diagnostics.error(expression.span, format!("{what} is a finite number, not {value}"));
                None
            }
            value => value,
        }
    }

    fn constant_value(&mut self, expression: &Expr, what: &str) -> Option<f64> {
        match &expression.kind {
            ExprKind::Number(value) => Some(*value),
            ExprKind::Unary(Unary::Negate, operand) => self.constant_value(operand, what).map(|value| -value),
            ExprKind::Binary(operator, left, right) => {
                let (left, right) = (self.constant_value(left, what)?, self.constant_value(right, what)?);
                match operator {
                    Binary::Add => Some(left + right),
                    Binary::Subtract => Some(left - right),
                    Binary::Multiply => Some(left * right),
                    Binary::Divide => Some(left / right),
                    _ => self.not_constant(expression, what),
                }
            }
            ExprKind::Wrong => None,
            _ => self.not_constant(expression, what),
        }
    }

    fn not_constant(&mut self, expression: &Expr, what: &str) -> Option<f64> {
        let message = format!("{what} is a number, or `+ - * /` of numbers: it is known before the rule runs");
        self.diagnostics.error(expression.span, message);
        None
    }
}
