//! Which parameters something applies to: any function of a [`Parameter`], and [`paths`] for patterns.
//!
//! ```
//! use optim_core::ndarray::{Array1, Array2};
//! use optim_core::prelude::*;
//!
//! let model = vec![(Array2::<f32>::zeros((3, 2)), Array1::<f32>::zeros(2)); 4];
//! let mut opt = AdamW::default().init(&model)?;
//! // Everything with fewer than two axes.
//! assert_eq!(opt.define_group("no_decay", |p| p.shape.len() < 2)?, 4);
//! // The first layer.
//! assert_eq!(opt.freeze(paths("0.**"))?, 2);
//! # Ok::<(), optim_core::Error>(())
//! ```

use crate::error::{Error, place};
use crate::outline::Outline;
use crate::path::Role;

/// A parameter, as a selection sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parameter<'p> {
    /// Its path, `layers.0.weight`.
    pub path: &'p str,
    /// The length of each axis.
    pub shape: &'p [usize],
    /// The group it is in now.
    pub group: Option<&'p str>,
}

/// The parameters whose paths look like `pattern`.
///
/// Paths and patterns are segments with dots between them. In a segment, `*` stands for any characters, also none; as a
/// segment, `**` stands for any number of segments, also none. A `\` takes the meaning from what follows: `\*` is a star,
/// and `\.` the dot in the key of a map, as it stands in the path.
///
/// | pattern | what it selects |
/// |---|---|
/// | `layers.0.bias` | this parameter |
/// | `layers.*.bias` | the bias of every layer |
/// | `head*.**` | all in `head`, in `heads`, in `head_2` |
/// | `**.bias` | every `bias`, wherever it stands |
/// | `**` | everything |
///
/// ```
/// use optim_core::prelude::*;
///
/// let mut model = (vec![1.0_f64; 3], (2.0, 3.0));
/// let mut opt = Sgd::default().with_lr(0.5).init(&model)?;
/// opt.freeze(paths("1.*"))?;
/// opt.step(&mut model, &(vec![1.0; 3], (1.0, 1.0)))?;
/// assert_eq!(model, (vec![0.5; 3], (2.0, 3.0)));
/// # Ok::<(), optim_core::Error>(())
/// ```
pub fn paths(pattern: &str) -> impl Fn(&Parameter<'_>) -> bool + Clone + Send + Sync + 'static {
    let pattern: Vec<Wanted> = segments(pattern).into_iter().map(Wanted::of).collect();
    move |parameter| {
        let path = segments(parameter.path);
        like(&pattern, &path, |wanted| matches!(wanted, Wanted::Any), |wanted, segment| wanted.is(segment))
    }
}

/// A character, and whether a `\` stood before it.
type Character = (char, bool);

/// A segment of a pattern.
#[derive(Clone, Debug)]
enum Wanted {
    /// `**`
    Any,
    One(Vec<Character>),
}

impl Wanted {
    fn of(segment: Vec<Character>) -> Self {
        if segment == [('*', false), ('*', false)] { Wanted::Any } else { Wanted::One(segment) }
    }

    fn is(&self, segment: &[Character]) -> bool {
        match self {
            Wanted::Any => true,
            Wanted::One(wanted) => like(wanted, segment, |wanted| *wanted == ('*', false), |a, b| a.0 == b.0),
        }
    }
}

/// The segments of a path or a pattern; the path `""` has none.
fn segments(path: &str) -> Vec<Vec<Character>> {
    if path.is_empty() {
        return Vec::new();
    }
    let (mut segments, mut segment, mut characters) = (Vec::new(), Vec::new(), path.chars());
    while let Some(c) = characters.next() {
        match c {
            '.' => segments.push(std::mem::take(&mut segment)),
            '\\' => segment.push((characters.next().unwrap_or('\\'), true)),
            _ => segment.push((c, false)),
        }
    }
    segments.push(segment);
    segments
}

/// Whether `found` is `wanted`, where some of the wanted stand for any number of the found.
fn like<W, F>(wanted: &[W], found: &[F], any: impl Fn(&W) -> bool, is: impl Fn(&W, &F) -> bool) -> bool {
    let (mut w, mut f) = (0, 0);
    // Where the last of those stands, and up to where it has taken what it stands for.
    let mut last = None;
    while f < found.len() {
        match wanted.get(w) {
            Some(one) if any(one) => {
                last = Some((w, f));
                w += 1;
            }
            Some(one) if is(one, &found[f]) => (w, f) = (w + 1, f + 1),
            _ => {
                let Some((at, taken)) = last else { return false };
                last = Some((at, taken + 1));
                (w, f) = (at + 1, taken + 1);
            }
        }
    }
    wanted[w..].iter().all(any)
}

/// How many paths an error lists.
const LISTED: usize = 12;

/// The error of a selection that selects nothing; `what` asked for it.
pub(crate) fn nothing_selected(what: &str, outline: &Outline, least: Role) -> Error {
    let mut paths = outline.places.iter().filter(|place| place.role <= least).map(|found| place(&found.path));
    let listed: Vec<String> = paths.by_ref().take(LISTED).collect();
    let more = match paths.count() {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    let known = if listed.is_empty() { "none".into() } else { listed.join(", ") };
    Error::other(format!("{what}: no parameter is selected; there are {known}{more}"))
}

#[cfg(test)]
mod tests {
    use super::{Parameter, paths};

    fn selects(pattern: &str, path: &str) -> bool {
        paths(pattern)(&Parameter { path, shape: &[], group: None })
    }

    #[test]
    fn patterns() {
        let yes = [
            ("layers.0.bias", "layers.0.bias"),
            ("layers.*.bias", "layers.12.bias"),
            ("layers.1*.bias", "layers.12.bias"),
            ("*.*.*", "layers.0.bias"),
            ("**", "layers.0.bias"),
            ("**", ""),
            ("", ""),
            ("**.bias", "bias"),
            ("**.bias", "layers.0.bias"),
            ("layers.**", "layers.0.bias"),
            ("layers.**", "layers"),
            ("layers.**.bias", "layers.bias"),
            ("**.a.**.b", "a.a.b.x.b"),
            ("**.a.b.**.c", "a.x.a.b.c"),
            ("*a*b", "xaabb"),
            ("*", "é"),
            (r"heads.a\.b", r"heads.a\.b"),
            (r"heads.a*", r"heads.a\.b"),
            (r"heads.a\\b", r"heads.a\\b"),
            (r"heads.\*", "heads.*"),
            (r"heads.\*\*", "heads.**"),
        ];
        for (pattern, path) in yes {
            assert!(selects(pattern, path), "{pattern} {path}");
        }
        let no = [
            ("layers.0.bias", "layers.0.biases"),
            ("layers.0.bias", "layers.0"),
            ("layers.*", "layers.0.bias"),
            ("*", "layers.0"),
            ("*", ""),
            ("", "w"),
            ("**.bias", "layers.0.weight"),
            ("layers.**.bias", "layers.0.bias.x"),
            ("**.a.b", "a.b.c"),
            ("*a*b", "xaabbc"),
            ("heads.a.b", r"heads.a\.b"),
            (r"heads.a\.b", "heads.a.b"),
            (r"heads.\*", "heads.a"),
            (r"heads.\*\*", "heads.a.b"),
            ("***", "a.b"),
        ];
        for (pattern, path) in no {
            assert!(!selects(pattern, path), "{pattern} {path}");
        }
    }

    /// A pattern of many stars is not tried in all ways.
    #[test]
    fn stars_do_not_multiply() {
        assert!(!selects(&format!("{}b", "*a".repeat(50)), &"a".repeat(5_000)));
        assert!(!selects(&format!("{}b", "**.a.".repeat(50)), &vec!["a"; 5_000].join(".")));
    }
}
