//! Counts, numbers and texts as the texts of a file's metadata: exact, and readable.
//!
//! `3` is a count, `0.001 0x3f50624dd2f1a9fc` a number with its bits, everything else a text; one that would be taken for
//! one of the others stands behind `text:`.

use crate::record::Value;

const TEXT: &str = "text:";

/// `None` for what is not a count, a number or a text.
pub(super) fn write(value: &Value) -> Option<String> {
    match value {
        Value::Count(count) => Some(count.to_string()),
        Value::Number(number) => Some(number_text(*number)),
        Value::Text(text) if text.starts_with(TEXT) || read_other(text).is_some() => Some(format!("{TEXT}{text}")),
        Value::Text(text) => Some(text.clone()),
        _ => None,
    }
}

pub(super) fn read(text: &str) -> Value {
    let other = || read_other(text).unwrap_or_else(|| Value::Text(text.to_owned()));
    text.strip_prefix(TEXT).map_or_else(other, |text| Value::Text(text.to_owned()))
}

fn number_text(number: f64) -> String {
    format!("{number:?} 0x{:016x}", number.to_bits())
}

/// A count or a number, if it is exactly as one is written.
fn read_other(text: &str) -> Option<Value> {
    if let Ok(count) = text.parse::<u64>() {
        return (count.to_string() == text).then_some(Value::Count(count));
    }
    let (_, bits) = text.rsplit_once(" 0x")?;
    let number = f64::from_bits(u64::from_str_radix(bits, 16).ok()?);
    (number_text(number) == text).then_some(Value::Number(number))
}

#[cfg(test)]
mod tests {
    use super::{read, write};
    use crate::record::Value;

    #[test]
    fn every_value_comes_back() {
        let numbers = [0.0, -0.0, 1e-3, 1e300, f64::INFINITY, f64::NAN, -f64::NAN, f64::MIN_POSITIVE / 3.0];
        for number in numbers {
            let text = write(&Value::Number(number)).unwrap();
            assert!(matches!(read(&text), Value::Number(found) if found.to_bits() == number.to_bits()), "{text}");
        }
        let texts =
            ["", "Adam", "3", "03", "-3", "+3", "0.001 0x3f50624dd2f1a9fc", "0.1 0x0", "text:", "text:3", "a/b"];
        let texts = texts.map(|text| Value::Text(text.to_owned()));
        for value in texts.into_iter().chain([0, 3, u64::MAX].map(Value::Count)) {
            assert_eq!(read(&write(&value).unwrap()), value);
        }
        assert_eq!(write(&Value::Number(0.001)).as_deref(), Some("0.001 0x3f50624dd2f1a9fc"));
        assert_eq!(write(&Value::Bytes(Vec::new())), None);
    }
}
