//! A rule as it was written: names are not resolved yet, nothing is checked.

use proc_macro2::{Ident, Span, TokenStream};

/// `define_optimizer! { … }`.
pub(crate) struct Rule {
    /// Everything that stands before the struct, `#[optim(…)]` taken out.
    pub(crate) attributes: Vec<TokenStream>,
    /// The path of `optim_core`.
    pub(crate) krate: TokenStream,
    pub(crate) visibility: TokenStream,
    pub(crate) name: Ident,
    /// Written with `;` in place of hyper-parameters.
    pub(crate) unit: bool,
    pub(crate) hypers: Vec<Hyper>,
    pub(crate) requires: Vec<Require>,
    pub(crate) caches: Vec<Cache>,
    pub(crate) step: Option<Section>,
    pub(crate) look_ahead: Option<Section>,
    pub(crate) update: Option<Section>,
    pub(crate) evaluate: Option<Section>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HyperType {
    Number,
    Count,
    Flag,
}

/// `/// Docs.` `lr: f64 = 1e-3 in 0.0..,`
pub(crate) struct Hyper {
    pub(crate) attributes: Vec<TokenStream>,
    pub(crate) name: Ident,
    pub(crate) kind: HyperType,
    pub(crate) default: Expr,
    pub(crate) range: Option<Range>,
}

/// `a..b`, `a..=b`, `a..`, `..b`, `a<..b`.
pub(crate) struct Range {
    pub(crate) span: Span,
    pub(crate) low: Option<Expr>,
    pub(crate) low_excluded: bool,
    pub(crate) high: Option<Expr>,
    pub(crate) high_included: bool,
}

/// `require condition, "text"`.
pub(crate) struct Require {
    pub(crate) condition: Expr,
    pub(crate) text: String,
}

/// How many numbers a cache has: `name` or `name[row]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    Weight,
    Row,
    Col,
    Tensor,
    Model,
}

impl Scope {
    /// What stands between the brackets behind a cache's name.
    pub(crate) fn of(word: &str) -> Option<Scope> {
        match word {
            "row" => Some(Scope::Row),
            "col" => Some(Scope::Col),
            "tensor" => Some(Scope::Tensor),
            "model" => Some(Scope::Model),
            _ => None,
        }
    }
}

/// `name[scope] = start if condition`.
pub(crate) struct Cache {
    pub(crate) name: Ident,
    pub(crate) scope: Scope,
    pub(crate) start: Option<Expr>,
    pub(crate) condition: Option<Expr>,
}

/// `update(w, g) { … }`.
pub(crate) struct Section {
    pub(crate) keyword: Ident,
    pub(crate) parameters: Vec<Ident>,
    pub(crate) body: Block,
}

/// Statements, and the value at the end if there is one.
pub(crate) struct Block {
    pub(crate) statements: Vec<Statement>,
    pub(crate) value: Option<Box<Expr>>,
    /// The closing brace.
    pub(crate) end: Span,
}

pub(crate) enum Statement {
    Let { name: Ident, value: Expr },
    Assign { target: Ident, operator: Assign, value: Expr },
    If(If),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Assign {
    Set,
    Add,
    Subtract,
    Multiply,
    Divide,
}

pub(crate) struct If {
    pub(crate) keyword: Span,
    pub(crate) condition: Expr,
    pub(crate) then: Block,
    pub(crate) otherwise: Option<Block>,
}

pub(crate) struct Expr {
    pub(crate) kind: ExprKind,
    pub(crate) span: Span,
    /// How deep the tree is: bounded, so that nothing that walks it exhausts the stack.
    pub(crate) depth: usize,
}

pub(crate) enum ExprKind {
    Number(f64),
    Flag(bool),
    Name(Ident),
    Unary(Unary, Box<Expr>),
    Binary(Binary, Box<Expr>, Box<Expr>),
    Call(Ident, Vec<Expr>),
    /// `path::to::function(x, c, …)`.
    CallPath(TokenStream, Vec<Expr>),
    If(Box<If>),
    /// Reported already: no further errors come from it.
    Wrong,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unary {
    Negate,
    Not,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    And,
    Or,
}

impl Binary {
    /// Rust's: the higher binds tighter.
    pub(crate) fn precedence(self) -> u8 {
        match self {
            Binary::Or => 1,
            Binary::And => 2,
            Binary::Less
            | Binary::LessEqual
            | Binary::Greater
            | Binary::GreaterEqual
            | Binary::Equal
            | Binary::NotEqual => 3,
            Binary::Add | Binary::Subtract => 4,
            Binary::Multiply | Binary::Divide => 5,
        }
    }

    pub(crate) fn is_comparison(self) -> bool {
        self.precedence() == 3
    }

    /// The comparison that holds where this one does not.
    pub(crate) fn opposite(self) -> Option<Binary> {
        match self {
            Binary::Less => Some(Binary::GreaterEqual),
            Binary::LessEqual => Some(Binary::Greater),
            Binary::Greater => Some(Binary::LessEqual),
            Binary::GreaterEqual => Some(Binary::Less),
            Binary::Equal => Some(Binary::NotEqual),
            Binary::NotEqual => Some(Binary::Equal),
            _ => None,
        }
    }

    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Binary::Add => "+",
            Binary::Subtract => "-",
            Binary::Multiply => "*",
            Binary::Divide => "/",
            Binary::Less => "<",
            Binary::LessEqual => "<=",
            Binary::Greater => ">",
            Binary::GreaterEqual => ">=",
            Binary::Equal => "==",
            Binary::NotEqual => "!=",
            Binary::And => "&&",
            Binary::Or => "||",
        }
    }
}

impl Assign {
    pub(crate) fn symbol(self) -> &'static str {
        match self {
            Assign::Set => "=",
            Assign::Add => "+=",
            Assign::Subtract => "-=",
            Assign::Multiply => "*=",
            Assign::Divide => "/=",
        }
    }
}
