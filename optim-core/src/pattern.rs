//! [`Pattern`]: paths that something is said of. The language is described at [`paths`](crate::selection::paths).

/// What a path has to look like.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pattern {
    written: String,
    segments: Vec<Wanted>,
}

impl Pattern {
    pub(crate) fn new(pattern: &str) -> Self {
        Pattern { written: pattern.to_owned(), segments: segments(pattern).into_iter().map(Wanted::of).collect() }
    }

    /// That, and what is below it.
    pub(crate) fn with_all_below(pattern: &str) -> Self {
        let mut pattern = Pattern::new(pattern);
        pattern.segments.push(Wanted::Any);
        pattern
    }

    /// As it was written.
    pub(crate) fn written(&self) -> &str {
        &self.written
    }

    pub(crate) fn matches(&self, path: &str) -> bool {
        let (path, any) = (segments(path), |wanted: &Wanted| matches!(wanted, Wanted::Any));
        like(&self.segments, &path, any, |wanted, segment| wanted.is(segment))
    }
}

/// A character, and whether a `\` stood before it.
type Character = (char, bool);

/// A segment of a pattern.
#[derive(Clone, Debug, PartialEq)]
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

#[cfg(test)]
mod tests {
    use super::Pattern;

    fn selects(pattern: &str, path: &str) -> bool {
        Pattern::new(pattern).matches(path)
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

    #[test]
    fn what_is_below_may_be_meant_too() {
        let matches = |pattern: &str, path: &str| Pattern::with_all_below(pattern).matches(path);
        for (pattern, path) in [
            ("head", "head"),
            ("head", "head.weight"),
            ("", "head"),
            ("", ""),
            ("**", ""),
            ("head.*", "head.weight"),
            ("head*", "header.weight"),
            ("**.bias", "layers.0.bias"),
            ("**.bias", "bias"),
            ("layers.*.w*t", "layers.0.weight"),
            ("layers.**.weight", "layers.0.Dense.weight"),
            ("heads.a\\.b", "heads.a\\.b.weight"),
            ("\\*", "*"),
        ] {
            assert!(matches(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("head", "header"),
            ("head.*", "head"),
            ("*.bias", "layers.0.bias"),
            ("layers.*.weight", "layers.0.Dense.weight"),
            ("heads.a", "heads.a\\.b"),
            ("heads.a.b", "heads.a\\.b"),
            ("\\*", "x"),
            ("w*t", "weigh"),
        ] {
            assert!(!matches(pattern, path), "{pattern} {path}");
        }
    }
}
