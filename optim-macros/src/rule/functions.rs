//! The functions of the language: what can be called, with how many arguments.

use super::ir::Rate;

/// A function over numbers; computed at whatever rate its arguments have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Function {
    Sqrt,
    Cbrt,
    Abs,
    Sign,
    Exp,
    Ln,
    Tanh,
    Pow,
    Min,
    Max,
    Clamp,
    /// The machine epsilon of the model's scalar type.
    Epsilon,
}

/// Name, function, and the names of its arguments.
pub(crate) const FUNCTIONS: &[(&str, Function, &[&str])] = &[
    ("sqrt", Function::Sqrt, &["x"]),
    ("cbrt", Function::Cbrt, &["x"]),
    ("abs", Function::Abs, &["x"]),
    ("sign", Function::Sign, &["x"]),
    ("exp", Function::Exp, &["x"]),
    ("ln", Function::Ln, &["x"]),
    ("tanh", Function::Tanh, &["x"]),
    ("pow", Function::Pow, &["x", "y"]),
    ("min", Function::Min, &["x", "y"]),
    ("max", Function::Max, &["x", "y"]),
    ("clamp", Function::Clamp, &["x", "lo", "hi"]),
    ("epsilon", Function::Epsilon, &[]),
];

/// What people write for a function of the language, and what it is called here.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("powi", "pow"),
    ("powf", "pow"),
    ("log", "ln"),
    ("square", "pow(x, 2)"),
    ("signum", "sign"),
    ("sgn", "sign"),
    ("maximum", "max"),
    ("minimum", "min"),
    ("fabs", "abs"),
    ("eps", "epsilon"),
    ("average", "mean"),
    ("l2_norm", "norm"),
    ("len", "numel()"),
    ("size", "numel()"),
];

/// What is made of all the values that a reduction goes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Total {
    Sum,
    Mean,
    /// The root of the sum of squares.
    Norm,
    MaxAbs,
    /// The sum of the products of two.
    Dot,
}

/// A function over many weights: what is made of them, and of which.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reduction {
    pub(crate) total: Total,
    /// What has one result: a tensor, a row, a column, or the model.
    pub(crate) over: Rate,
}

/// Name, reduction, and the names of its arguments.
pub(crate) const REDUCTIONS: &[(&str, Reduction, &[&str])] = &[
    ("sum", Reduction { total: Total::Sum, over: Rate::Tensor }, &["x"]),
    ("mean", Reduction { total: Total::Mean, over: Rate::Tensor }, &["x"]),
    ("norm", Reduction { total: Total::Norm, over: Rate::Tensor }, &["x"]),
    ("max_abs", Reduction { total: Total::MaxAbs, over: Rate::Tensor }, &["x"]),
    ("dot", Reduction { total: Total::Dot, over: Rate::Tensor }, &["x", "y"]),
    ("row_sum", Reduction { total: Total::Sum, over: Rate::Row }, &["x"]),
    ("row_mean", Reduction { total: Total::Mean, over: Rate::Row }, &["x"]),
    ("col_sum", Reduction { total: Total::Sum, over: Rate::Col }, &["x"]),
    ("col_mean", Reduction { total: Total::Mean, over: Rate::Col }, &["x"]),
    ("model_sum", Reduction { total: Total::Sum, over: Rate::Model }, &["x"]),
    ("model_norm", Reduction { total: Total::Norm, over: Rate::Model }, &["x"]),
    ("model_dot", Reduction { total: Total::Dot, over: Rate::Model }, &["x", "y"]),
];

/// A number of the shape of the tensor at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extent {
    Ndim,
    Numel,
    Rows,
    Cols,
}

/// Name and what it is.
pub(crate) const EXTENTS: &[(&str, Extent)] =
    &[("ndim", Extent::Ndim), ("numel", Extent::Numel), ("rows", Extent::Rows), ("cols", Extent::Cols)];

/// Whether a function of the language has this name.
pub(crate) fn is_function(name: &str) -> bool {
    known().any(|known| known == name)
}

/// The names of all functions.
pub(crate) fn known() -> impl Iterator<Item = &'static str> {
    let functions = FUNCTIONS.iter().map(|(name, ..)| *name);
    functions.chain(REDUCTIONS.iter().map(|(name, ..)| *name)).chain(EXTENTS.iter().map(|(name, _)| *name))
}

impl Reduction {
    pub(crate) fn named(name: &str) -> Option<(Reduction, &'static [&'static str])> {
        REDUCTIONS.iter().find(|(known, ..)| *known == name).map(|(_, reduction, arguments)| (*reduction, *arguments))
    }

    pub(crate) fn name(self) -> &'static str {
        REDUCTIONS.iter().find(|(_, reduction, _)| *reduction == self).map_or("", |(name, ..)| *name)
    }
}

impl Extent {
    pub(crate) fn named(name: &str) -> Option<Extent> {
        EXTENTS.iter().find(|(known, _)| *known == name).map(|(_, extent)| *extent)
    }

    pub(crate) fn name(self) -> &'static str {
        EXTENTS.iter().find(|(_, extent)| *extent == self).map_or("", |(name, _)| *name)
    }
}

impl Function {
    pub(crate) fn named(name: &str) -> Option<(Function, &'static [&'static str])> {
        FUNCTIONS.iter().find(|(known, ..)| *known == name).map(|(_, function, arguments)| (*function, *arguments))
    }

    pub(crate) fn name(self) -> &'static str {
        FUNCTIONS.iter().find(|(_, function, _)| *function == self).map_or("", |(name, ..)| *name)
    }
}

/// What a name from elsewhere is called here.
pub(crate) fn other_name(name: &str) -> Option<&'static str> {
    OTHER_NAMES.iter().find(|(other, _)| *other == name).map(|(_, ours)| *ours)
}
