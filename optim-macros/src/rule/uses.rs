//! What an expression or a block reads and assigns.

use super::ir::{Block, Expr, ExprKind, Function, Rate, Statement, Target};

/// Hyper-parameters, caches, `t`, weight and gradient that were seen.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each says of one thing whether it was seen")]
pub(crate) struct Uses {
    pub(crate) hypers: Vec<usize>,
    pub(crate) time: bool,
    pub(crate) shape: bool,
    pub(crate) weight: bool,
    pub(crate) gradient: bool,
    pub(crate) caches_read: Vec<usize>,
    pub(crate) caches_assigned: Vec<usize>,
    /// The calls by path whose results are read.
    pub(crate) called: Vec<usize>,
    /// Square roots of what there is for each weight.
    pub(crate) roots: bool,
}

impl Uses {
    pub(crate) fn expression(&mut self, expression: &Expr) {
        match &expression.kind {
            ExprKind::Number(_)
            | ExprKind::Flag(_)
            | ExprKind::Let(_)
            | ExprKind::Total(..)
            | ExprKind::Version(..) => {}
            ExprKind::Called(call, ..) => insert(&mut self.called, *call),
            ExprKind::Extent(_) => self.shape = true,
            ExprKind::Hyper(index) => insert(&mut self.hypers, *index),
            ExprKind::Time => self.time = true,
            ExprKind::Weight => self.weight = true,
            ExprKind::Gradient => self.gradient = true,
            ExprKind::Cache(index) => insert(&mut self.caches_read, *index),
            ExprKind::Unary(_, operand) => self.expression(operand),
            ExprKind::Binary(_, left, right) => {
                self.expression(left);
                self.expression(right);
            }
            ExprKind::Call(_, arguments) | ExprKind::Reduce(_, arguments) | ExprKind::CallPath(_, arguments) => {
                let is_root = matches!(expression.kind, ExprKind::Call(Function::Sqrt, _));
                self.roots |= is_root && expression.rate == Rate::Weight;
                for argument in arguments {
                    self.expression(argument);
                }
            }
            ExprKind::If(condition, then, otherwise) => {
                self.expression(condition);
                self.block(then);
                self.block(otherwise);
            }
        }
    }

    pub(crate) fn block(&mut self, block: &Block) {
        block.statements.iter().for_each(|statement| self.statement(statement));
        block.value.iter().for_each(|value| self.expression(value));
    }

    pub(crate) fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Let(_, value) => self.expression(value),
            Statement::Assign(target, _, value) => {
                if let Target::Cache(index) = target {
                    insert(&mut self.caches_assigned, *index);
                }
                self.expression(value);
            }
            Statement::If(condition, then, otherwise) => {
                self.expression(condition);
                self.block(then);
                if let Some(otherwise) = otherwise {
                    self.block(otherwise);
                }
            }
        }
    }
}

/// In ascending order, each once.
fn insert(list: &mut Vec<usize>, index: usize) {
    if let Err(place) = list.binary_search(&index) {
        list.insert(place, index);
    }
}
