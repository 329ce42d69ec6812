//! Calls: functions of numbers, reductions, shapes, and functions in Rust.

use proc_macro2::{Ident, Span, TokenStream};

use super::{Checker, Place};
use crate::names::nearest;
use crate::rule::ast;
use crate::rule::functions::{Extent, Function, Reduction, known, other_name};
use crate::rule::ir::{Expr, ExprKind, Path, Rate, Type};

/// As many as `optim-core` hands on to a function in Rust.
const MAX_NUMBERS: usize = 8;

impl Checker<'_> {
    pub(super) fn check_call(&mut self, name: &Ident, arguments: &[ast::Expr]) -> Option<Expr> {
        let text = name.to_string();
        if let Some((function, expected)) = Function::named(&text) {
            let arguments = self.check_arguments(name, arguments, expected)?;
            // The machine epsilon is a constant of the scalar type, which is known where the rule runs.
            let least = if function == Function::Epsilon { Rate::Step } else { Rate::Constant };
            let rate = arguments.iter().map(|argument| argument.rate).fold(least, Rate::join);
            let kind = ExprKind::Call(function, arguments);
            Some(Expr { kind, kind_of: Type::Number, rate, span: name.span() })
        } else if let Some((reduction, expected)) = Reduction::named(&text) {
            let arguments = self.check_arguments(name, arguments, expected);
            self.tiled = true;
            self.check_reduction(name, reduction, arguments?)
        } else if let Some(extent) = Extent::named(&text) {
            self.check_arguments(name, arguments, &[])?;
            self.tiled = true;
            self.check_extent(name, extent)
        } else {
            for argument in arguments {
                self.check_expression(argument);
            }
            let message = if let Some(ours) = other_name(&text) {
                format!("there is no function `{text}`: it is `{ours}` here")
            } else if let Some(near) = nearest(&text, known()) {
                format!("there is no function `{text}`: did you mean `{near}`?")
            } else {
                let known: Vec<&str> = known().collect();
                format!("there is no function `{text}`; known: {}", known.join(", "))
            };
            self.diagnostics.error(name.span(), message);
            None
        }
    }

    fn check_arguments(&mut self, name: &Ident, arguments: &[ast::Expr], expected: &[&str]) -> Option<Vec<Expr>> {
        let checked: Vec<Option<Expr>> =
            arguments.iter().map(|argument| self.check_typed(argument, Type::Number)).collect();
        if arguments.len() != expected.len() {
            let form = format!("`{name}({})`", expected.join(", "));
            let message = format!("{form} takes {} argument(s), found {}", expected.len(), arguments.len());
            self.diagnostics.error(name.span(), message);
            return None;
        }
        checked.into_iter().collect()
    }

    fn check_reduction(&mut self, name: &Ident, reduction: Reduction, arguments: Vec<Expr>) -> Option<Expr> {
        let what = match reduction.over {
            Rate::Model => "all weights of the model",
            Rate::Row => "all weights of a row",
            Rate::Col => "all weights of a column",
            _ => "all weights of a tensor",
        };
        let misplaced = match self.place {
            Place::Update | Place::LookAhead => None,
            Place::Step => Some("and `step` runs before any is looked at: use it in `update`"),
            Place::Condition => Some("and a condition knows hyper-parameters and shapes alone"),
            Place::Start => Some("and a start is computed for each on its own"),
            Place::Evaluate => Some("and the point is computed for each on its own: keep the total in a cache"),
        };
        if let Some(misplaced) = misplaced {
            self.diagnostics.error(name.span(), format!("`{name}` looks at {what}, {misplaced}"));
            return None;
        }
        let of = arguments.iter().map(|argument| argument.rate).fold(Rate::Constant, Rate::join);
        let rate = match (reduction.over, of) {
            // Each row has one: together they are a number of their matrix. Likewise columns.
            (Rate::Row, Rate::Col) | (Rate::Col, Rate::Row) => Rate::Matrix,
            (over, Rate::Weight) | (over @ (Rate::Tensor | Rate::Model), Rate::Row | Rate::Col) => over,
            (_, of) => {
                let each = match of {
                    Rate::Constant | Rate::Step => "the same for all".to_owned(),
                    of => format!("one number {}", of.each()),
                };
                let message = format!("this is {each}: there is nothing that `{name}` could go over");
                let span = arguments.first().map_or(name.span(), |argument| argument.span);
                self.diagnostics.error(span, message);
                return None;
            }
        };
        if !self.branch.fits_in(rate) {
            let message = format!(
                "`{name}` looks at {what}, and stands under a condition that changes {}: name it with `let` before the `if`",
                self.branch.differs()
            );
            self.diagnostics.error(name.span(), message);
            return None;
        }
        let kind = ExprKind::Reduce(reduction, arguments);
        Some(Expr { kind, kind_of: Type::Number, rate, span: name.span() })
    }

    fn check_extent(&mut self, name: &Ident, extent: Extent) -> Option<Expr> {
        let misplaced = match self.place {
            Place::Step => "and `step` runs once for all: use it in `update`",
            Place::Start => "and a start is made of hyper-parameters and `w`",
            _ => {
                let kind = ExprKind::Extent(extent);
                return Some(Expr { kind, kind_of: Type::Number, rate: Rate::Tensor, span: name.span() });
            }
        };
        self.diagnostics.error(name.span(), format!("`{name}()` is a number of one tensor, {misplaced}"));
        None
    }

    /// `path::to::function(x, c, …)`: a matrix, and numbers beside it.
    pub(super) fn check_path_call(&mut self, path: &TokenStream, arguments: &[ast::Expr], span: Span) -> Option<Expr> {
        self.tiled = true;
        let text = path.to_string().replace(' ', "");
        let checked: Vec<Option<Expr>> =
            arguments.iter().map(|argument| self.check_typed(argument, Type::Number)).collect();
        let message = if self.place != Place::Update {
            Some(format!("`{text}` is called with whole matrices, which is done in `update` alone"))
        } else if arguments.is_empty() {
            Some(format!("`{text}` is called with a matrix: give it a value that each weight has"))
        } else if !self.branch.fits_in(Rate::Matrix) {
            let differs = self.branch.differs();
            Some(format!(
                "`{text}` is called with whole matrices, and stands under a condition that changes {differs}: name its \
                 result with `let` before the `if`"
            ))
        } else if arguments.len() > 1 + MAX_NUMBERS {
            Some(format!("`{text}` is called with one matrix and at most {MAX_NUMBERS} numbers"))
        } else {
            None
        };
        if let Some(message) = message {
            self.diagnostics.error(span, message);
            return None;
        }
        let arguments: Vec<Expr> = checked.into_iter().collect::<Option<_>>()?;
        for number in arguments.iter().skip(1).filter(|number| !number.rate.fits_in(Rate::Matrix)) {
            let each = number.rate.each();
            let message = format!("this is one number {each}: `{text}` takes one matrix, and numbers behind it");
            self.diagnostics.error(number.span, message);
        }
        let kind = ExprKind::CallPath(Path { tokens: path.clone(), text }, arguments);
        Some(Expr { kind, kind_of: Type::Number, rate: Rate::Weight, span })
    }
}
