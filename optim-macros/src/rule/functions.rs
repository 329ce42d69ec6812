//! The functions of the language: what can be called, with how many arguments.

use crate::names::nearest;

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
    ("powi", "pow(x, y)"),
    ("powf", "pow(x, y)"),
    ("log", "ln(x)"),
    ("square", "pow(x, 2)"),
    ("rsqrt", "1 / sqrt(x)"),
    ("recip", "1 / x"),
    ("mul_add", "x * y + z"),
    ("signum", "sign(x)"),
    ("sgn", "sign(x)"),
    ("maximum", "max(x, y)"),
    ("minimum", "min(x, y)"),
    ("fabs", "abs(x)"),
    ("eps", "epsilon()"),
    ("average", "mean(x)"),
    ("l2_norm", "norm(x)"),
    ("rms", "sqrt(mean(x * x))"),
    ("row_norm", "sqrt(row_sum(x * x))"),
    ("col_norm", "sqrt(col_sum(x * x))"),
    ("model_mean", "model_sum(x) / model_sum(1)"),
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

/// What a name from elsewhere is here: `powi` is `pow(x, y)`.
pub(crate) fn other_name(name: &str) -> Option<&'static str> {
    OTHER_NAMES.iter().find(|(other, _)| *other == name).map(|(_, ours)| *ours)
}

/// How a function of the language is called, if it has this name or is known under it elsewhere: `sqrt(x)`.
pub(crate) fn form(name: &str) -> Option<String> {
    let arguments = Function::named(name).map(|(_, arguments)| arguments);
    let arguments = arguments.or_else(|| Reduction::named(name).map(|(_, arguments)| arguments));
    let arguments = arguments.or_else(|| Extent::named(name).map(|_| &[][..]));
    match arguments {
        Some(arguments) => Some(format!("{name}({})", arguments.join(", "))),
        None => other_name(name).map(str::to_owned),
    }
}

/// What `f64::sqrt` and the like are here; a path of the user's own may end in such a name too.
pub(crate) fn function_of_path(path: &str) -> Option<String> {
    let (first, last) = (path.split("::").next()?, path.rsplit("::").next()?);
    ["f64", "f32", "std", "core", "libm", "Float", "Real"].contains(&first).then(|| form(last)).flatten()
}

/// The function that a mistyped one was probably meant to be: of those over rows one over rows, and so on.
pub(crate) fn nearest_function(name: &str) -> Option<&'static str> {
    let over = |name: &str| ["row_", "col_", "model_"].into_iter().find(|over| name.starts_with(over));
    nearest(name, known().filter(|known| over(name).is_none() || over(known) == over(name)))
        .or_else(|| nearest(name, known()))
}
