//! What of JSON stands in the header of a file: objects, lists of whole numbers, strings.
//!
//! Reading never goes deeper than the caller does, and never makes more than was given to it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// What is wrong with a header.
pub(super) type Result<T> = std::result::Result<T, String>;

/// A place in a text.
pub(super) struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Reader { text, at: 0 }
    }

    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while matches!(bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    fn wrong(&self, expected: &str) -> String {
        let found = self.text.get(self.at..).and_then(|rest| rest.chars().next());
        let found = found.map_or("its end".to_owned(), |found| format!("`{}`", found.escape_debug()));
        format!("found {found} at byte {} of the header, expected {expected}", self.at)
    }

    fn expect(&mut self, token: u8, expected: &str) -> Result<()> {
        if self.peek() != Some(token) {
            return Err(self.wrong(expected));
        }
        self.at += 1;
        Ok(())
    }

    /// An object, in which no name stands twice: `entry` is called behind each name and reads what it is the name of.
    pub(super) fn object(&mut self, entry: &mut dyn FnMut(&mut Self, &str) -> Result<()>) -> Result<()> {
        self.expect(b'{', "`{`")?;
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        let mut names = BTreeSet::new();
        loop {
            let name = self.string()?;
            self.expect(b':', "`:`")?;
            entry(self, &name)?;
            if let Some(name) = names.replace(name) {
                return Err(format!("`{name}` stands twice in its header"));
            }
            if self.peek() == Some(b'}') {
                self.at += 1;
                return Ok(());
            }
            self.expect(b',', "`,` or `}`")?;
        }
    }

    /// A list of whole numbers.
    pub(super) fn list(&mut self) -> Result<Vec<u64>> {
        self.expect(b'[', "`[`")?;
        let mut numbers = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(numbers);
        }
        loop {
            numbers.push(self.whole()?);
            if self.peek() == Some(b']') {
                self.at += 1;
                return Ok(numbers);
            }
            self.expect(b',', "`,` or `]`")?;
        }
    }

    fn whole(&mut self) -> Result<u64> {
        self.peek();
        let rest = &self.text[self.at..];
        let digits = &rest[..rest.bytes().take_while(u8::is_ascii_digit).count()];
        let leads = digits.len() > 1 && digits.starts_with('0');
        let number = digits.parse().ok().filter(|_| !leads).ok_or_else(|| self.wrong("a whole number"))?;
        self.at += digits.len();
        Ok(number)
    }

    pub(super) fn string(&mut self) -> Result<String> {
        self.expect(b'"', "`\"`")?;
        let mut string = String::new();
        loop {
            let rest = &self.text[self.at..];
            let plain = rest.bytes().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)).count();
            string.push_str(&rest[..plain]);
            self.at += plain;
            match rest.as_bytes().get(plain) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(string);
                }
                Some(b'\\') => {
                    self.at += 1;
                    string.push(self.escape()?);
                }
                _ => return Err(self.wrong("`\"`")),
            }
        }
    }

    fn escape(&mut self) -> Result<char> {
        let escaped = match self.text.as_bytes().get(self.at) {
            Some(&plain @ (b'"' | b'\\' | b'/')) => char::from(plain),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.code_units(),
            _ => return Err(self.wrong("an escape")),
        };
        self.at += 1;
        Ok(escaped)
    }

    /// A character by one or two of its code units, from the `u` on.
    fn code_units(&mut self) -> Result<char> {
        let first = self.code_unit()?;
        let mut units = vec![first];
        if (0xd800..0xdc00).contains(&first) && self.text.as_bytes().get(self.at) == Some(&b'\\') {
            self.at += 1;
            units.push(self.code_unit()?);
        }
        let mut read = char::decode_utf16(units);
        match (read.next(), read.next()) {
            (Some(Ok(read)), None) => Ok(read),
            _ => Err(self.wrong("a character before it")),
        }
    }

    fn code_unit(&mut self) -> Result<u16> {
        let digits = self.text.get(self.at..self.at + 5).and_then(|unit| unit.strip_prefix('u'));
        let digits = digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        let unit = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        let unit = unit.ok_or_else(|| self.wrong("`u` and four digits"))?;
        self.at += 5;
        Ok(unit)
    }

    /// Nothing but space is left.
    pub(super) fn end(mut self) -> Result<()> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.wrong("its end")),
        }
    }
}

/// Adds a string in quotes.
pub(super) fn push_string(text: &mut String, string: &str) {
    text.push('"');
    for c in string.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{0}'..='\u{1f}' => {
                // A text takes what is written to it.
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            c => text.push(c),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::{Reader, push_string};

    #[test]
    fn strings_come_back() {
        for string in ["", "a.b", "\"\\\n\u{1}\u{7f}", "Ω∞ 🦀"] {
            let mut text = String::new();
            push_string(&mut text, string);
            let mut reader = Reader::new(&text);
            assert_eq!(reader.string().as_deref(), Ok(string));
            assert_eq!(reader.end(), Ok(()));
        }
    }

    #[test]
    fn escapes_are_those_of_json() {
        let read = |text| Reader::new(text).string();
        assert_eq!(read(r#""\ud83e\udd80\u00e9\/\t""#).as_deref(), Ok("🦀é/\t"));
        for wrong in [r#""\ud83e""#, r#""\ud83e\n""#, r#""\udd80""#, r#""\u12g4""#, r#""\u+123""#, r#""\x""#, "\"\n\""]
        {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let whole = |text| Reader::new(text).list();
        assert_eq!(whole("[1, 22,0 ]"), Ok(vec![1, 22, 0]));
        assert_eq!(whole("[1;"), Err("found `;` at byte 2 of the header, expected `,` or `]`".into()));
        for wrong in ["[-1]", "[01]", "[1.5]", "[1,]", "[18446744073709551616]", "[", "[[1]]", ""] {
            assert!(whole(wrong).is_err(), "{wrong}");
        }
        let mut names = Vec::new();
        let mut reader = Reader::new("{\"a\":[1] , \"b\" : []}");
        let mut entry = |reader: &mut Reader<'_>, name: &str| {
            names.push((name.to_owned(), reader.list()?.len()));
            Ok(())
        };
        assert_eq!(reader.object(&mut entry), Ok(()));
        assert_eq!(names, [("a".to_owned(), 1), ("b".to_owned(), 0)]);
    }
}
