//! [`Pattern`]: paths that something is said of.

/// What a path has to look like: segments with dots between them. In a segment, `*` stands for any characters; as a
/// segment, `**` for any number of segments. A path below one that is meant is meant too.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pattern(pub(super) String);

/// A character, and whether a `\` stands before it: `\.` is the dot in the key of a map, `\*` a star.
type Character = (char, bool);

impl Pattern {
    pub(super) fn matches(&self, path: &str) -> bool {
        like(&segments(&self.0), &segments(path))
    }
}

fn like(pattern: &[Vec<Character>], path: &[Vec<Character>]) -> bool {
    match (pattern.split_first(), path.split_first()) {
        // The path, or something below it.
        (None, _) => true,
        (Some((any, rest)), _) if *any == [('*', false); 2] => (0..=path.len()).any(|from| like(rest, &path[from..])),
        (Some((wanted, rest)), Some((segment, below))) => segment_like(wanted, segment) && like(rest, below),
        (Some(_), None) => false,
    }
}

fn segment_like(pattern: &[Character], segment: &[Character]) -> bool {
    match pattern.split_first() {
        None => segment.is_empty(),
        Some((('*', false), rest)) => (0..=segment.len()).any(|from| segment_like(rest, &segment[from..])),
        Some(((wanted, _), rest)) => {
            segment.split_first().is_some_and(|((found, _), below)| found == wanted && segment_like(rest, below))
        }
    }
}

/// None for the whole model.
fn segments(path: &str) -> Vec<Vec<Character>> {
    let mut segments = vec![Vec::new()];
    let mut characters = path.chars();
    while let Some(c) = characters.next() {
        let character = if c == '\\' { (characters.next().unwrap_or(c), true) } else { (c, false) };
        match (character, segments.last_mut()) {
            (('.', false), _) => segments.push(Vec::new()),
            (character, Some(segment)) => segment.push(character),
            (_, None) => {}
        }
    }
    if path.is_empty() { Vec::new() } else { segments }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn patterns_are_paths_with_stars_and_what_is_below() {
        let matches = |pattern: &str, path: &str| Pattern(pattern.to_owned()).matches(path);
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
