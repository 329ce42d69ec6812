//! The tree of a rule's text: names are not resolved yet.

/// Between two numbers or two flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
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

impl Operator {
    /// The operator, and how tight it binds.
    pub(super) fn of(symbol: &str) -> Option<(Operator, u8)> {
        Some(match symbol {
            "||" => (Operator::Or, 1),
            "&&" => (Operator::And, 2),
            "<" => (Operator::Less, 3),
            "<=" => (Operator::LessEqual, 3),
            ">" => (Operator::Greater, 3),
            ">=" => (Operator::GreaterEqual, 3),
            "==" => (Operator::Equal, 3),
            "!=" => (Operator::NotEqual, 3),
            "+" => (Operator::Add, 4),
            "-" => (Operator::Subtract, 4),
            "*" => (Operator::Multiply, 5),
            "/" => (Operator::Divide, 5),
            _ => return None,
        })
    }
}

/// An expression, and how deep its tree is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expression {
    pub(super) kind: Kind,
    /// Bounded, so that nothing that walks it exhausts the stack.
    pub(super) depth: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Number(f64),
    Flag(bool),
    Name(String),
    Negate(Box<Expression>),
    Not(Box<Expression>),
    Binary(Operator, Box<Expression>, Box<Expression>),
    Call(String, Vec<Expression>),
    If(Box<Expression>, Branch, Branch),
}

/// The block of an `if` that gives a value: `let a = …; let b = …; value`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Branch {
    pub(super) lets: Vec<(String, Expression)>,
    pub(super) value: Box<Expression>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Statement {
    Let(String, Expression),
    /// `=`, or what is done with the old value.
    Assign(String, Option<Operator>, Expression),
    If(Expression, Vec<Line>, Vec<Line>),
}

/// A statement and the number of its line.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Line {
    pub(super) number: usize,
    pub(super) statement: Statement,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Section {
    /// The number of the line of its head.
    pub(super) number: usize,
    pub(super) parameters: Vec<String>,
    pub(super) lines: Vec<Line>,
    /// With the number of its line.
    pub(super) value: Option<(usize, Expression)>,
}

/// A rule, section by section.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Text {
    /// What caches start at, `name = value`, with the numbers of the lines.
    pub(super) starts: Vec<(usize, String, Expression)>,
    pub(super) step: Option<Section>,
    pub(super) look_ahead: Option<Section>,
    pub(super) update: Option<Section>,
    pub(super) evaluate: Option<Section>,
}
