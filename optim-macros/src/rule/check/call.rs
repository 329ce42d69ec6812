//! Calls: functions of numbers, reductions, shapes, and functions in Rust.

use proc_macro2::{Ident, Span, TokenStream};

use super::{Checker, Place};
use crate::rule::ast::{self, Scope};
use crate::rule::functions::{
    Extent, Function, Reduction, Total, function_of_path, known, nearest_function, other_name,
};
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
            self.tiled = true;
            // The place first: what is wrong with the arguments may be so because of it.
            self.check_place_of_reduction(name, reduction)?;
            let arguments = self.check_arguments(name, arguments, expected)?;
            self.check_reduction(name, reduction, arguments)
        } else if let Some(extent) = Extent::named(&text) {
            self.tiled = true;
            self.check_place_of_extent(name)?;
            self.check_arguments(name, arguments, &[])?;
            let kind = ExprKind::Extent(extent);
            Some(Expr { kind, kind_of: Type::Number, rate: Rate::Tensor, span: name.span() })
        } else {
            for argument in arguments {
                self.check_expression(argument);
            }
            let message = if let Some(ours) = other_name(&text) {
                format!("there is no function `{text}`: it is `{ours}` here")
            } else if let Some(near) = nearest_function(&text) {
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
            let takes = match expected.len() {
                0 => "no argument".to_owned(),
                1 => "1 argument".to_owned(),
                n => format!("{n} arguments"),
            };
            let message = format!("{form} takes {takes}, found {}", arguments.len());
            self.diagnostics.error(name.span(), message);
            return None;
        }
        checked.into_iter().collect()
    }

    fn check_place_of_reduction(&mut self, name: &Ident, reduction: Reduction) -> Option<()> {
        let misplaced = match self.place {
            Place::Update | Place::LookAhead => return Some(()),
            Place::Step => "and `step` runs before any is looked at: use it in `update`",
            Place::Condition => "and a condition knows hyper-parameters and shapes alone",
            Place::Start(_) => "and a start is computed for each on its own",
            Place::Evaluate => "and the point is computed for each on its own: keep the total in a cache",
        };
        self.diagnostics.error(name.span(), format!("`{name}` looks at {}, {misplaced}", looked_at(reduction)));
        None
    }

    fn check_reduction(&mut self, name: &Ident, reduction: Reduction, arguments: Vec<Expr>) -> Option<Expr> {
        let of = arguments.iter().map(|argument| argument.rate).fold(Rate::Constant, Rate::join);
        let rate = match (reduction.over, of) {
            // Each row has one: together they are a number of their matrix. Likewise columns.
            (Rate::Row, Rate::Col) | (Rate::Col, Rate::Row) => Rate::Matrix,
            // As many times as there are weights: `model_sum(1)` counts them.
            (Rate::Model, Rate::Constant | Rate::Step) if reduction.total == Total::Sum => Rate::Model,
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
                "`{name}` looks at {}, and stands under a condition that changes {}: name it with `let` before the `if`",
                looked_at(reduction),
                self.branch.differs()
            );
            self.diagnostics.error(name.span(), message);
            return None;
        }
        let kind = ExprKind::Reduce(reduction, arguments);
        Some(Expr { kind, kind_of: Type::Number, rate, span: name.span() })
    }

    fn check_place_of_extent(&mut self, name: &Ident) -> Option<()> {
        let misplaced = match self.place {
            Place::Step => "and `step` runs once for all: use it in `update`",
            Place::Start(Scope::Weight) => "and a start is made of hyper-parameters and `w`",
            Place::Start(_) => "and a start is made of hyper-parameters",
            _ => return Some(()),
        };
        self.diagnostics.error(name.span(), format!("`{name}()` is a number of one tensor, {misplaced}"));
        None
    }

    /// `path::to::function(x, c, …)`: a matrix, and numbers beside it.
    pub(super) fn check_path_call(&mut self, path: &TokenStream, arguments: &[ast::Expr], span: Span) -> Option<Expr> {
        self.tiled = true;
        let text = path.to_string().replace(' ', "");
        let misplaced = if let Some(ours) = function_of_path(&text) {
            Some(format!("`{text}` is a function of one number, and the language has its own: write `{ours}`"))
        } else if self.place != Place::Update {
            Some(format!("`{text}` is called with whole matrices, which is done in `update` alone"))
        } else {
            None
        };
        if let Some(misplaced) = misplaced {
            self.diagnostics.error(span, misplaced);
            return None;
        }
        let checked: Vec<Option<Expr>> =
            arguments.iter().map(|argument| self.check_typed(argument, Type::Number)).collect();
        let message = if arguments.is_empty() {
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
        if let Some(matrix) = arguments.first().filter(|matrix| matrix.rate != Rate::Weight) {
            let each = match matrix.rate {
                Rate::Constant | Rate::Step => "the same for all".to_owned(),
                rate => format!("one number {}", rate.each()),
            };
            let message = format!("this is {each}: `{text}` takes a matrix first, a value that each weight has");
            self.diagnostics.error(matrix.span, message);
            return None;
        }
        for number in arguments.iter().skip(1).filter(|number| !number.rate.fits_in(Rate::Matrix)) {
            let each = number.rate.each();
            let message = format!("this is one number {each}: `{text}` takes one matrix, and numbers behind it");
            self.diagnostics.error(number.span, message);
        }
        let kind = ExprKind::CallPath(Path { tokens: path.clone(), text }, arguments);
        Some(Expr { kind, kind_of: Type::Number, rate: Rate::Weight, span })
    }
}

/// What a reduction goes over, for a message.
fn looked_at(reduction: Reduction) -> &'static str {
    match reduction.over {
        Rate::Model => "all weights of the model",
        Rate::Row => "all weights of a row",
        Rate::Col => "all weights of a column",
        _ => "all weights of a tensor",
    }
}
