//! [`Error`]: what went wrong and where, said before anything has changed.

use std::fmt;

/// What kind of thing went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A hyper-parameter out of its range, or a requirement between hyper-parameters or of a shape not met.
    Hyper,
    /// A name that does not exist; the message lists those that do.
    UnknownName,
    /// A tensor of another shape than expected, or a flat vector of another length.
    Shape,
    /// Another variant, length, key or presence than expected.
    Structure,
    /// A change of hyper-parameters under which a cache would appear or vanish.
    Cache,
    /// A gradient with a NaN or an infinite number.
    Nonfinite,
    /// Data that cannot be read as what it is said to be.
    Data,
    /// A file that cannot be read or written.
    File,
    /// Anything that a caller's own code reports through this type.
    Other,
}

/// What went wrong, with the path of the parameter where there is one.
///
/// Whatever returns it has changed nothing.
///
/// ```
/// use optim_core::prelude::*;
/// use optim_core::ErrorKind;
///
/// let error = Adam::default().with_lr(-1.0).init(&vec![0.0_f64; 3]).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::Hyper);
/// assert_eq!(error.to_string(), "`Adam`: `lr` is -1, which is not in 0..");
/// assert_eq!(format!("{error:?}"), error.to_string(), "so `main` and `unwrap` print the message");
/// ```
#[derive(Clone, PartialEq)]
pub struct Error(Box<Problem>);

impl std::error::Error for Error {}

/// The message: this is what `main` and `unwrap` print.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Problem {
    Range { rule: &'static str, name: &'static str, value: String, range: &'static str },
    Require { rule: &'static str, text: String },
    RequireShape { rule: &'static str, path: String, shape: Vec<usize>, text: &'static str },
    UnknownName { what: String, name: String, known: String },
    Shape { what: &'static str, path: String, found: Vec<usize>, expected: Vec<usize> },
    Layer { layer: String, path: String, what: &'static str, found: Vec<usize>, expected: Vec<usize> },
    Length { found: usize, expected: usize },
    Structure { what: &'static str, path: String, difference: String },
    Cache { rule: &'static str, cache: &'static str, appear: bool },
    Nonfinite { path: String, times: u64 },
    Data(String),
    File { path: String, done: &'static str, error: String },
    Other(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Problem::Range { rule, name, value, range } => {
                write!(f, "`{rule}`: `{name}` is {value}, which is not in {range}")
            }
            Problem::Require { rule, text } => write!(f, "`{rule}`: {text}"),
            Problem::RequireShape { rule, path, shape, text } => {
                write!(f, "`{rule}`: {} (shape {shape:?}): {text}", place(path))
            }
            Problem::UnknownName { what, name, known } => write!(f, "{what} `{name}` is not known; known: {known}"),
            Problem::Shape { what, path, found, expected } => {
                write!(f, "{what}: {} has the shape {found:?}, not {expected:?}", place(path))
            }
            Problem::Layer { layer, path, what, found, expected } => {
                write!(f, "`{layer}`{}: {what} has the shape {found:?}, not {expected:?}", within(path))
            }
            Problem::Length { found, expected } => {
                write!(f, "the flat vector holds {found} numbers, the parameters of the model are {expected}")
            }
            Problem::Structure { what, path, difference } => write!(f, "{what}: {} {difference}", place(path)),
            Problem::Cache { rule, cache, appear } => {
                let change = if *appear { "appear" } else { "vanish" };
                write!(f, "`{rule}`: the cache `{cache}` would {change}; `init` the optimizer anew")
            }
            Problem::Nonfinite { path, times } => {
                let path = place(path);
                write!(f, "the gradient: {path} has a NaN or an infinite number; that is number {times} in a row")
            }
            Problem::Data(text) | Problem::Other(text) => f.write_str(text),
            Problem::File { path, done, error } => write!(f, "`{path}` cannot be {done}: {error}"),
        }
    }
}

/// How a message names a parameter.
pub(crate) fn place(path: &str) -> String {
    if path.is_empty() { "the whole model".into() } else { format!("`{path}`") }
}

fn within(path: &str) -> String {
    if path.is_empty() { String::new() } else { format!(" at `{path}`") }
}

/// The message, for code whose errors are strings.
impl From<Error> for String {
    fn from(error: Error) -> Self {
        error.to_string()
    }
}

/// As an error of input and output, for code whose errors are these.
impl From<Error> for std::io::Error {
    fn from(error: Error) -> Self {
        std::io::Error::other(error)
    }
}

impl Error {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        match *self.0 {
            Problem::Range { .. } | Problem::Require { .. } | Problem::RequireShape { .. } => ErrorKind::Hyper,
            Problem::UnknownName { .. } => ErrorKind::UnknownName,
            Problem::Shape { .. } | Problem::Layer { .. } | Problem::Length { .. } => ErrorKind::Shape,
            Problem::Structure { .. } => ErrorKind::Structure,
            Problem::Cache { .. } => ErrorKind::Cache,
            Problem::Nonfinite { .. } => ErrorKind::Nonfinite,
            Problem::Data(_) => ErrorKind::Data,
            Problem::File { .. } => ErrorKind::File,
            Problem::Other(_) => ErrorKind::Other,
        }
    }

    /// The path of the parameter it is about.
    pub fn path(&self) -> Option<&str> {
        match &*self.0 {
            Problem::Shape { path, .. }
            | Problem::Structure { path, .. }
            | Problem::Layer { path, .. }
            | Problem::Nonfinite { path, .. }
            | Problem::RequireShape { path, .. } => Some(path),
            _ => None,
        }
    }

    /// Data that cannot be read: name the file or the thing, what was found, and what was expected.
    pub fn data(message: impl Into<String>) -> Self {
        Error(Box::new(Problem::Data(message.into())))
    }

    pub(crate) fn file(done: &'static str, path: &std::path::Path, error: &std::io::Error) -> Self {
        let (path, error) = (path.display().to_string(), error.to_string());
        Error(Box::new(Problem::File { path, done, error }))
    }

    /// Anything else, for a caller's own closures and layers.
    pub fn other(message: impl Into<String>) -> Self {
        Error(Box::new(Problem::Other(message.into())))
    }

    /// `what` (a layer's input, a gradient) has at `path` the shape `found` in place of `expected`.
    pub fn shape(what: &'static str, path: impl Into<String>, found: &[usize], expected: &[usize]) -> Self {
        Error(Box::new(Problem::Shape { what, path: path.into(), found: found.to_vec(), expected: expected.to_vec() }))
    }

    /// What a layer is given (`what`: "the input") has the shape `found` in place of `expected`.
    ///
    /// [`within`](Self::within) adds where in a network the layer stands.
    pub fn layer(layer: impl Into<String>, what: &'static str, found: &[usize], expected: &[usize]) -> Self {
        let (layer, path) = (layer.into(), String::new());
        Error(Box::new(Problem::Layer { layer, path, what, found: found.to_vec(), expected: expected.to_vec() }))
    }

    /// The same error, seen from outside: the path begins with `segment`.
    #[must_use]
    pub fn within(mut self, segment: &str) -> Self {
        let segment = segment.trim_start_matches("r#");
        match &mut *self.0 {
            Problem::Shape { path, .. }
            | Problem::Structure { path, .. }
            | Problem::Layer { path, .. }
            | Problem::Nonfinite { path, .. }
            | Problem::RequireShape { path, .. } => {
                *path = if path.is_empty() { segment.into() } else { format!("{segment}.{path}") };
            }
            _ => {}
        }
        self
    }

    /// A name that is not among `known`; `what` says of what the names are ("rule", "`Adam`: hyper-parameter").
    pub fn unknown_name<'k>(what: impl Into<String>, name: &str, known: impl IntoIterator<Item = &'k str>) -> Self {
        let known: Vec<String> = known.into_iter().map(|name| format!("`{name}`")).collect();
        let known = if known.is_empty() { "none".into() } else { known.join(", ") };
        Error(Box::new(Problem::UnknownName { what: what.into(), name: name.into(), known }))
    }

    pub(crate) fn length(found: usize, expected: usize) -> Self {
        Error(Box::new(Problem::Length { found, expected }))
    }

    pub(crate) fn structure(what: &'static str, path: String, difference: &str) -> Self {
        Error(Box::new(Problem::Structure { what, path, difference: difference.into() }))
    }

    /// A gradient that is not finite at `path`, for the `times`th time in a row.
    pub(crate) fn nonfinite(path: &str, times: u64) -> Self {
        Error(Box::new(Problem::Nonfinite { path: path.into(), times }))
    }

    pub(crate) fn range(rule: &'static str, name: &'static str, value: String, range: &'static str) -> Self {
        Error(Box::new(Problem::Range { rule, name, value, range }))
    }

    pub(crate) fn require(rule: &'static str, text: impl Into<String>) -> Self {
        Error(Box::new(Problem::Require { rule, text: text.into() }))
    }

    pub(crate) fn require_shape(rule: &'static str, path: &str, shape: &[usize], text: &'static str) -> Self {
        Error(Box::new(Problem::RequireShape { rule, path: path.into(), shape: shape.to_vec(), text }))
    }

    pub(crate) fn cache(rule: &'static str, cache: &'static str, appear: bool) -> Self {
        Error(Box::new(Problem::Cache { rule, cache, appear }))
    }
}
