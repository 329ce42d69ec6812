//! The functions of the language: what can be called, with how many arguments.

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
];

/// Over a tensor, rows, columns or the model: reserved, so that a `let` of the name is not taken away later.
pub(crate) const REDUCTIONS: &[&str] = &[
    "sum",
    "mean",
    "norm",
    "max_abs",
    "dot",
    "row_sum",
    "row_mean",
    "col_sum",
    "col_mean",
    "model_sum",
    "model_norm",
    "model_dot",
    "ndim",
    "numel",
    "rows",
    "cols",
];

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
