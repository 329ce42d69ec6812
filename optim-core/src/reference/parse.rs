//! The text of a rule as a tree: names are not resolved yet.
//!
//! Text is what [`Formula::text`](crate::rule::Formula::text) prints: a statement a line, blocks indented by two spaces.

use super::syntax::{Branch, Expression, Kind, Line, Operator, Section, Statement, Text};
use super::tokens::{Token, tokens};

/// How deep parentheses, calls, blocks and statements may nest. The macro allows 64 and prints parentheses of its own.
const NESTING: usize = 160;

/// How deep a tree may be: a sum of many terms is deep too, on its left side. The macro allows 256.
const DEPTH: usize = 512;

/// A line before it is read.
struct Source<'t> {
    number: usize,
    indent: usize,
    text: &'t str,
}

/// Reads a rule's text; an error says in which line it is.
pub(super) fn parse(text: &str) -> Result<Text, String> {
    let lines: Vec<Source<'_>> = text
        .lines()
        .enumerate()
        .map(|(index, line)| Source { number: index + 1, indent: line.len() - line.trim_start().len(), text: line })
        .filter(|line| !line.text.trim().is_empty())
        .collect();
    let mut parsed = Text::default();
    for lines in lines.chunk_by(|_, next| next.indent > 0) {
        section(&mut parsed, &lines[0], &lines[1..])?;
    }
    if parsed.update.is_none() {
        return Err("there is no section `update`".into());
    }
    Ok(parsed)
}

/// One expression alone: the condition of a cache.
pub(super) fn parse_expression(text: &str) -> Result<Expression, String> {
    let mut cursor = Cursor::new(tokens(text)?);
    let expression = cursor.expression()?;
    cursor.end()?;
    Ok(expression)
}

fn section(parsed: &mut Text, head: &Source<'_>, body: &[Source<'_>]) -> Result<(), String> {
    let (name, parameters) = read(head, Cursor::head)?;
    if head.indent != 0 {
        return Err(format!("line {}: a section begins without indentation", head.number));
    }
    if name == "cache" {
        for line in body {
            let (name, value) = read(line, |cursor| Ok((cursor.word()?, cursor.value_of("=")?)))?;
            parsed.starts.push((line.number, name, value));
        }
        return Ok(());
    }
    let (place, least, gives) = match name.as_str() {
        "step" => (&mut parsed.step, 1, false),
        "look_ahead" => (&mut parsed.look_ahead, 1, true),
        "update" => (&mut parsed.update, 2, false),
        "evaluate" => (&mut parsed.evaluate, 1, true),
        _ => return Err(format!("line {}: there is no section `{name}`", head.number)),
    };
    let most = if name == "look_ahead" { 2 } else { least };
    if !(least..=most).contains(&parameters.len()) {
        return Err(format!("line {}: `{name}` has {} parameter(s)", head.number, parameters.len()));
    }
    if place.is_some() {
        return Err(format!("line {}: there are two sections `{name}`", head.number));
    }
    let (body, value) = match body.split_last() {
        Some((last, body)) if gives => (body, Some((last.number, read(last, Cursor::expression)?))),
        None if gives => return Err(format!("line {}: `{name}` gives no value", head.number)),
        _ => (body, None),
    };
    *place = Some(Section { number: head.number, parameters, lines: statements(body, 2, 0)?, value });
    Ok(())
}

/// The statements of a block whose lines are indented by `indent` at least.
fn statements(lines: &[Source<'_>], indent: usize, depth: usize) -> Result<Vec<Line>, String> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        if line.indent != indent {
            return Err(format!("line {}: found {} spaces before it, not {indent}", line.number, line.indent));
        }
        // The lines of a block stand deeper than the statement it belongs to.
        let block_after = |at: usize| {
            let deeper = lines[at + 1..].iter().take_while(|line| line.indent > indent).count();
            &lines[at + 1..at + 1 + deeper]
        };
        let block = block_after(at);
        let statement = match read(line, Cursor::statement)? {
            Opened::Whole(statement) => {
                at += 1;
                statement
            }
            Opened::Else => return Err(format!("line {}: `else` without an `if`", line.number)),
            Opened::If(condition) => {
                if depth >= NESTING {
                    return Err(format!("line {}: nested too deep", line.number));
                }
                let then = statements(block, indent + 2, depth + 1)?;
                at += 1 + block.len();
                let mut otherwise = Vec::new();
                if let Some(next) = lines.get(at)
                    && next.indent == indent
                    && matches!(read(next, Cursor::statement)?, Opened::Else)
                {
                    let block = block_after(at);
                    otherwise = statements(block, indent + 2, depth + 1)?;
                    at += 1 + block.len();
                }
                Statement::If(condition, then, otherwise)
            }
        };
        found.push(Line { number: line.number, statement });
    }
    Ok(found)
}

/// Reads a whole line.
fn read<T>(line: &Source<'_>, f: impl FnOnce(&mut Cursor) -> Result<T, String>) -> Result<T, String> {
    let whole = || {
        let mut cursor = Cursor::new(tokens(line.text)?);
        let value = f(&mut cursor)?;
        cursor.end()?;
        Ok(value)
    };
    whole().map_err(|message: String| format!("line {}: {message}", line.number))
}

/// A line of statements: a statement, or the head of a block.
enum Opened {
    Whole(Statement),
    If(Expression),
    Else,
}

struct Cursor {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    nesting: usize,
}

impl Cursor {
    fn new(tokens: Vec<Token>) -> Self {
        Cursor { tokens: tokens.into_iter().peekable(), nesting: 0 }
    }

    fn found(&mut self) -> String {
        self.tokens.peek().map_or_else(|| "the end of the line".into(), Token::shown)
    }

    fn takes(&mut self, symbol: &str) -> bool {
        self.tokens.next_if(|token| matches!(token, Token::Symbol(found) if *found == symbol)).is_some()
    }

    fn takes_word(&mut self, word: &str) -> bool {
        self.tokens.next_if(|token| matches!(token, Token::Word(found) if found == word)).is_some()
    }

    fn expect(&mut self, symbol: &str) -> Result<(), String> {
        if self.takes(symbol) { Ok(()) } else { Err(format!("found {}, not `{symbol}`", self.found())) }
    }

    fn end(&mut self) -> Result<(), String> {
        if self.tokens.peek().is_none() { Ok(()) } else { Err(format!("found {}, not the end", self.found())) }
    }

    fn word(&mut self) -> Result<String, String> {
        match self.tokens.next_if(|token| matches!(token, Token::Word(_))) {
            Some(Token::Word(word)) => Ok(word),
            _ => Err(format!("found {} where a name belongs", self.found())),
        }
    }

    /// `update(w, g):`
    fn head(&mut self) -> Result<(String, Vec<String>), String> {
        let name = self.word()?;
        let mut parameters = Vec::new();
        if self.takes("(") {
            loop {
                parameters.push(self.word()?);
                if !self.takes(",") {
                    break;
                }
            }
            self.expect(")")?;
        }
        self.expect(":")?;
        Ok((name, parameters))
    }

    /// `= value`
    fn value_of(&mut self, symbol: &str) -> Result<Expression, String> {
        self.expect(symbol)?;
        self.expression()
    }

    fn statement(&mut self) -> Result<Opened, String> {
        if self.takes_word("let") {
            return Ok(Opened::Whole(Statement::Let(self.word()?, self.value_of("=")?)));
        }
        if self.takes_word("else") {
            self.expect(":")?;
            return Ok(Opened::Else);
        }
        if self.takes_word("if") {
            let condition = self.expression()?;
            self.expect(":")?;
            return Ok(Opened::If(condition));
        }
        let target = self.word()?;
        let operator = match self.tokens.next() {
            Some(Token::Symbol("=")) => None,
            Some(Token::Symbol("+=")) => Some(Operator::Add),
            Some(Token::Symbol("-=")) => Some(Operator::Subtract),
            Some(Token::Symbol("*=")) => Some(Operator::Multiply),
            Some(Token::Symbol("/=")) => Some(Operator::Divide),
            found => {
                let found = found.map_or_else(|| "the end of the line".into(), |token| token.shown());
                return Err(format!("found {found} where an assignment belongs"));
            }
        };
        Ok(Opened::Whole(Statement::Assign(target, operator, self.expression()?)))
    }

    fn expression(&mut self) -> Result<Expression, String> {
        self.binary(0)
    }

    /// One level deeper, or an error: nothing exhausts the stack.
    fn nested<T>(&mut self, f: impl FnOnce(&mut Self) -> Result<T, String>) -> Result<T, String> {
        if self.nesting >= NESTING {
            return Err("nested too deep".into());
        }
        self.nesting += 1;
        let value = f(self);
        self.nesting -= 1;
        value
    }

    fn binary(&mut self, least: u8) -> Result<Expression, String> {
        let mut left = self.unary()?;
        loop {
            let next = self.tokens.peek();
            let Some((operator, precedence)) = next.and_then(|token| match token {
                Token::Symbol(symbol) => Operator::of(symbol),
                _ => None,
            }) else {
                return Ok(left);
            };
            if precedence <= least {
                return Ok(left);
            }
            self.tokens.next();
            let right = self.binary(precedence)?;
            let depth = left.depth.max(right.depth);
            left = node(depth, Kind::Binary(operator, Box::new(left), Box::new(right)))?;
        }
    }

    fn unary(&mut self) -> Result<Expression, String> {
        if self.takes("-") {
            let operand = self.nested(Self::unary)?;
            return node(operand.depth, Kind::Negate(Box::new(operand)));
        }
        if self.takes("!") {
            let operand = self.nested(Self::unary)?;
            return node(operand.depth, Kind::Not(Box::new(operand)));
        }
        self.primary()
    }

    fn primary(&mut self) -> Result<Expression, String> {
        if self.takes("(") {
            let inner = self.nested(Self::expression)?;
            self.expect(")")?;
            return Ok(inner);
        }
        if self.takes_word("if") {
            return self.nested(Self::branches);
        }
        match self.tokens.peek() {
            Some(Token::Number(number)) => {
                let number = *number;
                self.tokens.next();
                node(0, Kind::Number(number))
            }
            Some(Token::Word(_) | Token::Symbol("::")) => self.name(),
            _ => Err(format!("found {} where an expression belongs", self.found())),
        }
    }

    /// A name, or a call.
    fn name(&mut self) -> Result<Expression, String> {
        let mut name = if self.takes("::") { format!("::{}", self.word()?) } else { self.word()? };
        match name.as_str() {
            "true" | "false" => return node(0, Kind::Flag(name == "true")),
            "let" | "else" => return Err(format!("found `{name}` where an expression belongs")),
            _ => {}
        }
        while self.takes("::") {
            name = format!("{name}::{}", self.word()?);
        }
        if !self.takes("(") {
            return node(0, Kind::Name(name));
        }
        let mut arguments = Vec::new();
        if !self.takes(")") {
            loop {
                arguments.push(self.nested(Self::expression)?);
                if !self.takes(",") {
                    break;
                }
            }
            self.expect(")")?;
        }
        let depth = arguments.iter().map(|argument| argument.depth).max().unwrap_or(0);
        node(depth, Kind::Call(name, arguments))
    }

    /// What stands behind the `if` of an expression.
    fn branches(&mut self) -> Result<Expression, String> {
        let condition = self.expression()?;
        let (then, deep) = self.branch()?;
        if !self.takes_word("else") {
            return Err(format!("found {}, not `else`", self.found()));
        }
        let (otherwise, deeper) = self.branch()?;
        let depth = condition.depth.max(deep).max(deeper);
        node(depth, Kind::If(Box::new(condition), then, otherwise))
    }

    fn branch(&mut self) -> Result<(Branch, usize), String> {
        self.expect("{")?;
        let mut lets = Vec::new();
        while self.takes_word("let") {
            let named = (self.word()?, self.value_of("=")?);
            self.expect(";")?;
            lets.push(named);
        }
        let value = self.expression()?;
        self.expect("}")?;
        let depth = lets.iter().map(|(_, value)| value.depth).fold(value.depth, usize::max);
        Ok((Branch { lets, value: Box::new(value) }, depth))
    }
}

/// An expression over others of which the deepest has `depth`, if that is not too deep.
fn node(depth: usize, kind: Kind) -> Result<Expression, String> {
    if depth >= DEPTH {
        return Err("too many terms".into());
    }
    Ok(Expression { kind, depth: depth + 1 })
}
