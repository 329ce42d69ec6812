//! A rule as it was understood: names resolved, types checked, and for each expression how often it is computed.
//!
//! Everything downstream (the kernel's functions, the formula) is made from this and nothing else.

use proc_macro2::{Ident, Span, TokenStream};

use super::ast::{Assign, Binary, HyperType, Scope, Unary};
pub(crate) use super::functions::{Extent, Function, Reduction};

/// How often an expression has to be computed. What is below `Weight` is computed in `f64` and hoisted out of the loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rate {
    /// A number that stands in the rule.
    Constant,
    /// Depends on hyper-parameters and `t`.
    Step,
    /// Depends on what all weights of the model make together.
    Model,
    /// Depends on the tensor: on its shape, or on what its weights make together.
    Tensor,
    /// Depends on the matrix: the last two axes of the tensor.
    Matrix,
    /// Depends on the row of the matrix.
    Row,
    /// Depends on the column of the matrix.
    Col,
    /// Depends on the weight, the gradient or a cache.
    Weight,
}

impl Rate {
    /// How often what is made of both has to be computed.
    pub(crate) fn join(self, other: Rate) -> Rate {
        match (self.min(other), self.max(other)) {
            (Rate::Row, Rate::Col) => Rate::Weight,
            (_, high) => high,
        }
    }

    /// Whether what has this rate has one value for each of `other`.
    pub(crate) fn fits_in(self, other: Rate) -> bool {
        self.join(other) == other
    }

    /// Between what it changes: "from row to row".
    pub(crate) fn differs(self) -> &'static str {
        match self {
            Rate::Constant | Rate::Step => "from step to step",
            Rate::Model => "from model to model",
            Rate::Tensor => "from tensor to tensor",
            Rate::Matrix => "from matrix to matrix",
            Rate::Row => "from row to row",
            Rate::Col => "from column to column",
            Rate::Weight => "from weight to weight",
        }
    }

    /// What there is one of: "one number a row".
    pub(crate) fn each(self) -> &'static str {
        match self {
            Rate::Constant | Rate::Step => "once a step",
            Rate::Model => "for the whole model",
            Rate::Tensor => "a tensor",
            Rate::Matrix => "a matrix",
            Rate::Row => "a row",
            Rate::Col => "a column",
            Rate::Weight => "a weight",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Number,
    Flag,
}

pub(crate) struct Rule {
    pub(crate) attributes: Vec<TokenStream>,
    pub(crate) krate: TokenStream,
    pub(crate) visibility: TokenStream,
    pub(crate) name: Ident,
    /// Written with `;` in place of hyper-parameters.
    pub(crate) unit: bool,
    pub(crate) hypers: Vec<Hyper>,
    pub(crate) requires: Vec<(Expr, String)>,
    pub(crate) caches: Vec<Cache>,
    /// Every `let` of the rule; an expression names one by its index.
    pub(crate) lets: Vec<Let>,
    /// What `t` is called.
    pub(crate) time: Ident,
    pub(crate) step: Vec<Statement>,
    pub(crate) look_ahead: Option<Body>,
    pub(crate) update: Body,
    pub(crate) evaluate: Option<Body>,
    /// Whether it looks at more than one weight or at shapes, so that it is computed pass by pass.
    pub(crate) tiled: bool,
}

pub(crate) struct Hyper {
    pub(crate) attributes: Vec<TokenStream>,
    pub(crate) name: Ident,
    pub(crate) kind: HyperType,
    pub(crate) default: f64,
    pub(crate) range: Range,
}

/// The numbers a hyper-parameter may be. Displays as it is written: `0..1`, `0<..`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Range {
    pub(crate) low: Option<f64>,
    pub(crate) low_excluded: bool,
    pub(crate) high: Option<f64>,
    pub(crate) high_included: bool,
}

pub(crate) struct Cache {
    pub(crate) name: Ident,
    pub(crate) scope: Scope,
    /// Zero where there is none.
    pub(crate) start: Option<Expr>,
    /// Always there where there is none.
    pub(crate) condition: Option<Expr>,
}

pub(crate) struct Let {
    /// Unique among everything that the expansion names.
    pub(crate) name: Ident,
    /// As it was written.
    pub(crate) written: String,
    /// Whether it stands in a branch or in the block of a value.
    pub(crate) nested: bool,
    pub(crate) rate: Rate,
}

/// The body of a section, with what the section calls weight and gradient.
pub(crate) struct Body {
    pub(crate) weight: Ident,
    pub(crate) gradient: Option<Ident>,
    pub(crate) block: Block,
}

#[derive(Clone)]
pub(crate) struct Block {
    pub(crate) statements: Vec<Statement>,
    pub(crate) value: Option<Expr>,
}

#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "a rule has a few dozen of them")]
pub(crate) enum Statement {
    Let(usize, Expr),
    Assign(Target, Assign, Expr),
    If(Expr, Block, Option<Block>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Weight,
    Cache(usize),
}

#[derive(Clone)]
pub(crate) struct Expr {
    pub(crate) kind: ExprKind,
    pub(crate) kind_of: Type,
    pub(crate) rate: Rate,
    pub(crate) span: Span,
}

#[derive(Clone)]
pub(crate) enum ExprKind {
    Number(f64),
    Flag(bool),
    Hyper(usize),
    Time,
    Weight,
    Gradient,
    Cache(usize),
    Let(usize),
    Unary(Unary, Box<Expr>),
    Binary(Binary, Box<Expr>, Box<Expr>),
    Call(Function, Vec<Expr>),
    Extent(Extent),
    Reduce(Reduction, Vec<Expr>),
    /// A call by path: a whole matrix in, a whole matrix out.
    CallPath(Path, Vec<Expr>),
    If(Box<Expr>, Box<Block>, Box<Block>),
    /// A reduction whose total is known, by its place in the schedule, and what it is called in the expansion. This and
    /// what follows is made by the schedule alone.
    Total(usize, Ident),
    /// A cache that is not one number a weight as it is at this place, by its place among the versions.
    Version(usize, Ident),
    /// A matrix that a call gave, by its place among the calls.
    Called(usize, Ident),
}

/// The path of a function in Rust, as tokens and as text.
#[derive(Clone)]
pub(crate) struct Path {
    pub(crate) tokens: TokenStream,
    pub(crate) text: String,
}

impl Rule {
    /// The caches of a scope, with their places among all.
    pub(crate) fn caches_of(&self, scope: Scope) -> impl Iterator<Item = (usize, &Cache)> {
        self.caches.iter().enumerate().filter(move |(_, cache)| cache.scope == scope)
    }
}

impl Range {
    pub(crate) const ALL: Range = Range { low: None, low_excluded: false, high: None, high_included: false };

    pub(crate) fn contains(&self, x: f64) -> bool {
        let above = self.low.is_none_or(|low| if self.low_excluded { x > low } else { x >= low });
        let below = self.high.is_none_or(|high| if self.high_included { x <= high } else { x < high });
        above && below
    }

    pub(crate) fn is_empty(&self) -> bool {
        match (self.low, self.high) {
            (Some(low), Some(high)) => low > high || (low == high && (self.low_excluded || !self.high_included)),
            _ => false,
        }
    }
}

impl std::fmt::Display for Range {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(low) = self.low {
            write!(f, "{low}{}", if self.low_excluded { "<" } else { "" })?;
        }
        f.write_str("..")?;
        if let Some(high) = self.high {
            write!(f, "{}{high}", if self.high_included { "=" } else { "" })?;
        }
        Ok(())
    }
}
