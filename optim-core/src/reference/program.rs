//! A rule that is understood: names resolved, and for each expression how often it is computed.

use super::syntax::Operator;

/// How often something is computed, and how many numbers it therefore has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Rate {
    /// Once a step.
    Once,
    /// Once a tensor.
    Tensor,
    /// Once a matrix: the last two axes of a tensor.
    Matrix,
    /// Once a row of a matrix.
    Row,
    /// Once a column of a matrix.
    Col,
    /// Once a weight.
    Weight,
}

impl Rate {
    /// The rate of what depends on both.
    pub(super) fn join(self, other: Rate) -> Rate {
        match (self, other) {
            (Rate::Row, Rate::Col) | (Rate::Col, Rate::Row) => Rate::Weight,
            _ => self.max(other),
        }
    }

    /// Whether something of this rate is one number wherever something of rate `other` is.
    pub(super) fn reaches(self, other: Rate) -> bool {
        self.join(other) == other
    }
}

/// A function over numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
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
}

/// Of the shape of a tensor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dimension {
    Ndim,
    Numel,
    Rows,
    Cols,
}

/// What is done with the terms before they are added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Terms {
    Plain,
    Squares,
    Products,
    /// The largest absolute value in place of a sum.
    MaxAbs,
}

/// One number of many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reduction {
    pub(super) terms: Terms,
    /// `Row` or `Col`: of something that each row or column has, one number a matrix. Otherwise of something per weight.
    pub(super) of: Rate,
    /// How many totals there are.
    pub(super) over: Rate,
    /// Divided by the number of terms.
    pub(super) mean: bool,
    /// The root of the total.
    pub(super) root: bool,
    /// Where the totals are kept.
    pub(super) place: usize,
}

/// A call of a function in Rust: of a matrix, and numbers beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Foreign {
    /// Its number, in order of appearance.
    pub(super) call: usize,
    /// Where the result is kept.
    pub(super) place: usize,
}

/// An expression.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) rate: Rate,
    /// Whether it is a condition.
    pub(super) flag: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Number(f64),
    Flag(bool),
    Hyper(usize),
    Time,
    Weight,
    Gradient,
    Cache(usize),
    Let(usize),
    Negate(Box<Node>),
    Not(Box<Node>),
    Binary(Operator, Box<Node>, Box<Node>),
    Call(Function, Vec<Node>),
    Epsilon,
    Dimension(Dimension),
    Reduce(Reduction, Vec<Node>),
    Foreign(Foreign, Vec<Node>),
    If(Box<Node>, Branch, Branch),
}

/// The block of an `if` that gives a value.
#[derive(Clone, Debug)]
pub(super) struct Branch {
    pub(super) lets: Vec<(usize, Node)>,
    pub(super) value: Box<Node>,
}

/// What is assigned to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Weight,
    Cache(usize),
}

#[derive(Clone, Debug)]
pub(super) enum Statement {
    Let(usize, Node),
    /// `=`, or what is done with the old value.
    Assign(Target, Option<Operator>, Node),
    If(Node, Vec<Statement>, Vec<Statement>),
}

/// `look_ahead` or `evaluate`: a point.
#[derive(Clone, Debug)]
pub(super) struct Point {
    pub(super) statements: Vec<Statement>,
    pub(super) value: Node,
    /// Whether a gradient at the weights is taken first.
    pub(super) takes_gradient: bool,
}

/// A cache.
#[derive(Clone, Debug)]
pub(super) struct Cache {
    pub(super) name: &'static str,
    pub(super) rate: Rate,
    /// Zero where there is none.
    pub(super) start: Option<Node>,
    /// Always there where there is none.
    pub(super) condition: Option<Node>,
}

/// Something that was named by `let`.
#[derive(Clone, Debug)]
pub(super) struct Let {
    pub(super) name: String,
    pub(super) rate: Rate,
    pub(super) flag: bool,
}

/// A whole rule.
#[derive(Clone, Debug)]
pub(super) struct Program {
    pub(super) caches: Vec<Cache>,
    pub(super) lets: Vec<Let>,
    /// How many reductions and calls there are, whose results are kept.
    pub(super) kept: usize,
    /// Whether the rule knows rows and columns, which decides in which order sums over a tensor are added.
    pub(super) axes: bool,
    /// What weight, gradient and step are called.
    pub(super) names: [String; 3],
    pub(super) step: Vec<Statement>,
    pub(super) look_ahead: Option<Point>,
    pub(super) update: Vec<Statement>,
    pub(super) evaluate: Option<Point>,
}
