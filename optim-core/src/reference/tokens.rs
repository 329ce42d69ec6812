//! A line of a rule's text as tokens.

/// A part of a line that is read as one.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(f64),
    Word(String),
    Symbol(&'static str),
}

/// What is no number and no word; the longer ones first, since they begin as the shorter ones do.
const SYMBOLS: &[&str] = &[
    "::", "&&", "||", "<=", ">=", "==", "!=", "+=", "-=", "*=", "/=", "+", "-", "*", "/", "<", ">", "=", "!", "(", ")",
    "{", "}", ",", ";", ":",
];

impl Token {
    /// As it is named in an error.
    pub(super) fn shown(&self) -> String {
        match self {
            Token::Number(number) => format!("`{number}`"),
            Token::Word(word) => format!("`{word}`"),
            Token::Symbol(symbol) => format!("`{symbol}`"),
        }
    }
}

/// The tokens of a line, or what is none.
pub(super) fn tokens(line: &str) -> Result<Vec<Token>, String> {
    let mut rest = line.trim_start();
    let mut tokens = Vec::new();
    while let Some(first) = rest.chars().next() {
        let length = if first.is_ascii_digit() {
            let length = number_length(rest);
            let text = &rest[..length];
            match text.parse::<f64>() {
                Ok(number) if number.is_finite() => tokens.push(Token::Number(number)),
                _ => return Err(format!("`{text}` is no number")),
            }
            length
        } else if is_word(first) {
            // A name that is a keyword of Rust.
            let plain = rest.strip_prefix("r#").unwrap_or(rest);
            let end = plain.find(|c| !is_word(c)).unwrap_or(plain.len());
            tokens.push(Token::Word(plain[..end].to_owned()));
            rest.len() - plain.len() + end
        } else if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            tokens.push(Token::Symbol(symbol));
            symbol.len()
        } else {
            return Err(format!("`{first}` belongs to nothing in a rule"));
        };
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// How long the number is that `text` begins with: `2`, `0.5`, `1e-8`.
fn number_length(text: &str) -> usize {
    let digits = |from: usize| from + text[from..].chars().take_while(char::is_ascii_digit).count();
    let mut end = digits(0);
    if text[end..].starts_with('.') {
        end = digits(end + 1);
    }
    if matches!(text.as_bytes().get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.as_bytes().get(end + 1), Some(b'+' | b'-')));
        end = digits(end + 1 + sign);
    }
    end
}

#[cfg(test)]
mod tests {
    use super::{Token, tokens};

    #[test]
    fn numbers_words_and_symbols() {
        let word = |text: &str| Token::Word(text.into());
        let found = tokens("  m_2 += 1e-8*r#type <= 0.5").unwrap();
        let expected = [
            word("m_2"),
            Token::Symbol("+="),
            Token::Number(1e-8),
            Token::Symbol("*"),
            word("type"),
            Token::Symbol("<="),
            Token::Number(0.5),
        ];
        assert_eq!(found, expected);
        assert_eq!(tokens("").unwrap(), []);
    }

    #[test]
    fn what_is_no_token_is_an_error() {
        assert_eq!(tokens("w = $"), Err("`$` belongs to nothing in a rule".into()));
        assert_eq!(tokens("1e"), Err("`1e` is no number".into()));
        assert_eq!(tokens("1e999"), Err("`1e999` is no number".into()));
        assert_eq!(tokens("é + ½x"), Ok(tokens("é + ½x").unwrap()), "a letter is a letter, whatever its alphabet");
    }
}
