//! A cursor over tokens: what the parser of rules looks at.
//!
//! Own, not `syn`'s: `syn` parses expressions differently when another crate of the build turns its `full` feature on.
//! Invisible groups, in which `macro_rules!` hands on its `$e:expr`, are entered: one token of them is that token, more
//! are an expression of their own.

use proc_macro2::{Delimiter, Group, Ident, Literal, Spacing, Span, TokenStream, TokenTree};

/// The tokens between two delimiters, and how far reading has come.
pub(crate) struct Cursor {
    tokens: Vec<TokenTree>,
    next: usize,
    /// Where to point when something is missing at the end.
    end: Span,
}

impl Cursor {
    pub(crate) fn new(stream: TokenStream, end: Span) -> Self {
        let tokens = stream.into_iter().map(enter).collect();
        Cursor { tokens, next: 0, end }
    }

    /// Inside a group.
    pub(crate) fn of_group(group: &Group) -> Self {
        Cursor::new(group.stream(), group.span_close())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.next >= self.tokens.len()
    }

    pub(crate) fn peek(&self) -> Option<&TokenTree> {
        self.tokens.get(self.next)
    }

    fn peek_at(&self, ahead: usize) -> Option<&TokenTree> {
        self.tokens.get(self.next + ahead)
    }

    /// Where the next token stands, or the end.
    pub(crate) fn span(&self) -> Span {
        self.peek().map_or(self.end, TokenTree::span)
    }

    pub(crate) fn advance(&mut self) -> Option<TokenTree> {
        let token = self.tokens.get(self.next).cloned();
        self.next += usize::from(token.is_some());
        token
    }

    /// What stands next, for a message: a token in backticks, or the end.
    pub(crate) fn found(&self) -> String {
        match self.peek() {
            None => "the end".into(),
            Some(TokenTree::Group(group)) => match group.delimiter() {
                Delimiter::Parenthesis => "`(`".into(),
                Delimiter::Brace => "`{`".into(),
                Delimiter::Bracket => "`[`".into(),
                Delimiter::None => "an expression".into(),
            },
            Some(TokenTree::Punct(punct)) => match self.operator() {
                Some(operator) => format!("`{operator}`"),
                None => format!("`{punct}`"),
            },
            Some(token) => format!("`{token}`"),
        }
    }

    /// The operator that stands next: the longest there is, as in Rust.
    pub(crate) fn operator(&self) -> Option<&'static str> {
        OPERATORS.iter().copied().find(|text| {
            let last = text.len() - 1;
            text.chars().enumerate().all(|(ahead, c)| match self.peek_at(ahead) {
                Some(TokenTree::Punct(punct)) => {
                    punct.as_char() == c && (ahead == last || punct.spacing() == Spacing::Joint)
                }
                _ => false,
            })
        })
    }

    pub(crate) fn peek_ident(&self) -> Option<&Ident> {
        match self.peek() {
            Some(TokenTree::Ident(ident)) => Some(ident),
            _ => None,
        }
    }

    /// Whether a group follows the next token: `name(…)`, `name { … }`.
    pub(crate) fn is_followed_by_group(&self) -> bool {
        matches!(self.peek_at(1), Some(TokenTree::Group(_)))
    }

    /// Whether the next token is this keyword.
    pub(crate) fn is_word(&self, word: &str) -> bool {
        self.peek_ident().is_some_and(|ident| ident == word)
    }

    pub(crate) fn take_ident(&mut self) -> Option<Ident> {
        let ident = self.peek_ident().cloned();
        self.next += usize::from(ident.is_some());
        ident
    }

    pub(crate) fn take_word(&mut self, word: &str) -> Option<Ident> {
        if self.is_word(word) { self.take_ident() } else { None }
    }

    pub(crate) fn take_literal(&mut self) -> Option<Literal> {
        match self.peek() {
            Some(TokenTree::Literal(literal)) => {
                let literal = literal.clone();
                self.next += 1;
                Some(literal)
            }
            _ => None,
        }
    }

    pub(crate) fn peek_group(&self, delimiter: Delimiter) -> Option<&Group> {
        match self.peek() {
            Some(TokenTree::Group(group)) if group.delimiter() == delimiter => Some(group),
            _ => None,
        }
    }

    pub(crate) fn take_group(&mut self, delimiter: Delimiter) -> Option<Group> {
        let group = self.peek_group(delimiter).cloned();
        self.next += usize::from(group.is_some());
        group
    }

    pub(crate) fn is_punct(&self, text: &str) -> bool {
        self.operator() == Some(text)
    }

    /// Takes the punctuation `text`, with its span, if it stands next, whole: `<` does not stand at `<=`.
    pub(crate) fn take_punct(&mut self, text: &str) -> Option<Span> {
        if !self.is_punct(text) {
            return None;
        }
        let span = self.span();
        self.next += text.chars().count();
        Some(span)
    }

    /// Past the next `;` at this level: where reading can go on after a mistake.
    pub(crate) fn skip_statement(&mut self) {
        while let Some(token) = self.advance() {
            if matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ';') {
                break;
            }
        }
    }

    /// To the next `,` at this level, which is taken.
    pub(crate) fn skip_item(&mut self) {
        while let Some(token) = self.advance() {
            if matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ',') {
                break;
            }
        }
    }

    /// To the end.
    pub(crate) fn skip_rest(&mut self) {
        self.next = self.tokens.len();
    }
}

/// The punctuation of the language, and what people write by mistake; longer ones first.
const OPERATORS: &[&str] = &[
    "..=", "...", "<=", ">=", "==", "!=", "&&", "||", "+=", "-=", "*=", "/=", "%=", "..", "::", "->", "=>", "**", "<<",
    ">>", "^=", "++", "+", "-", "*", "/", "<", ">", "=", "!", "&", "|", ".", ",", ";", ":", "^", "%", "?", "@", "#",
    "$", "~",
];

/// A single token in an invisible group is that token.
fn enter(token: TokenTree) -> TokenTree {
    let TokenTree::Group(group) = &token else { return token };
    if group.delimiter() != Delimiter::None {
        return token;
    }
    let mut inner = group.stream().into_iter();
    match (inner.next(), inner.next()) {
        (Some(only), None) => enter(only),
        _ => token,
    }
}
