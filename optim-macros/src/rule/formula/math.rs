//! A formula before it is printed: what a typesetter would see.

use crate::rule::functions::Total;

/// A name as it is set: a letter or a word, perhaps with an index.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Symbol {
    pub(crate) base: Base,
    pub(crate) index: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Base {
    /// One Latin letter, set in italics.
    Letter(char),
    /// A Greek letter by its LaTeX name, and the character.
    Greek(&'static str, char),
    /// A word, set upright.
    Word(String),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Math {
    Number(String),
    Symbol(Symbol),
    /// A word of logic, set upright: `true`.
    Word(String),
    Negate(Box<Math>),
    Not(Box<Math>),
    /// Left and right of an operator that is printed: `+`, `−`, `<`, `and`.
    Binary(Operator, Box<Math>, Box<Math>),
    /// Side by side, or with a dot between numbers.
    Product(Box<Math>, Box<Math>),
    Fraction(Box<Math>, Box<Math>),
    Power(Box<Math>, Box<Math>),
    /// The root of this degree; `None` is the square root.
    Root(Option<u8>, Box<Math>),
    Absolute(Box<Math>),
    Call(String, Vec<Math>),
    /// What is made of many, over what if not over a tensor, of one value or two.
    Reduction(Total, Option<&'static str>, Vec<Math>),
    /// Values with the conditions under which they hold; the last may have none.
    Cases(Vec<(Math, Option<Math>)>),
    Parentheses(Box<Math>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Plus,
    Minus,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    Equal,
    NotEqual,
    And,
    Or,
}

/// One line: `m ← β₁ m + (1 − β₁) g`, or the head of what follows, `if amsgrad:`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Line {
    /// A remark that stands for itself, with the names it speaks of: "with g the gradient at w, look ahead to".
    Heading(Vec<Remark>),
    /// Name, whether it changes (`←`) or is named (`=`), value; how deep it stands under conditions.
    Assignment {
        depth: usize,
        target: Symbol,
        changes: bool,
        value: Math,
    },
    /// The value of a section that gives one.
    Value {
        depth: usize,
        value: Math,
    },
    If {
        depth: usize,
        word: &'static str,
        condition: Option<Math>,
    },
}

/// A part of a heading.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Remark {
    Text(&'static str),
    Symbol(Symbol),
}

impl Math {
    /// How tight it binds: what is looser than its surroundings gets parentheses.
    pub(crate) fn precedence(&self) -> u8 {
        match self {
            Math::Binary(Operator::Or, ..) => 1,
            Math::Binary(Operator::And, ..) => 2,
            Math::Binary(Operator::Plus | Operator::Minus, ..) | Math::Negate(_) => 4,
            Math::Binary(..) => 3,
            // A sum reaches to the end of a product.
            Math::Product(..) | Math::Reduction(Total::Sum, ..) => 5,
            Math::Not(_) => 6,
            // They stand for themselves, but not under a power: (w / g)².
            Math::Fraction(..) | Math::Power(..) | Math::Root(..) | Math::Cases(_) => 7,
            Math::Number(number) if number.contains(['e', '-']) => 7,
            _ => 8,
        }
    }

    /// Itself, or in parentheses where it binds looser than `least`.
    pub(crate) fn at_least(self, least: u8) -> Math {
        if self.precedence() < least { Math::Parentheses(Box::new(self)) } else { self }
    }
}
