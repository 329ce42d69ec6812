//! What an optimizer is composed of, by the record of its state.

use crate::error::Error;
use crate::record::Record;

/// `ema over clip_norm over AdamW`: wrappers from the outermost to the rule; `?` for what is not of this crate.
pub(crate) fn composition(record: &Record) -> String {
    of(&record.without_tensors())
}

fn of(record: &Record) -> String {
    if let Ok(wrapper) = record.text("wrapper") {
        let followed = record.text("name").map_or(String::new(), |name| format!(" of {name}"));
        return format!("{wrapper}{followed} over {}", of(&record.part("inner")));
    }
    if let Ok(name) = record.text("rule").or_else(|_| record.text("method")) {
        return name.to_owned();
    }
    match (record.part("first"), record.part("second")) {
        (first, second) if first != Record::new() && second != Record::new() => {
            format!("({} and {})", of(&first), of(&second))
        }
        _ => "?".to_owned(),
    }
}

/// The error of a record that is of something else than `expected`.
pub(crate) fn is_of_another(record: &Record, expected: &str) -> Error {
    Error::data(format!("the record is of `{}`, not of `{expected}`", composition(record)))
}

/// Whether two records differ in more than the rule: in wrappers, or in what is a pair.
pub(crate) fn differ(file: &Record, present: &Record) -> Option<Error> {
    let (file, present) = (composition(file), composition(present));
    let plain = |composition: &str| !composition.contains(' ');
    if file == present || (plain(&file) && plain(&present)) {
        return None;
    }
    Some(Error::data(format!("the checkpoint is of `{file}`, and the optimizer is `{present}`")))
}
