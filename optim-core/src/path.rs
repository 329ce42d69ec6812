//! Where in a model a walk stands: the path, and what the attributes on the way say of everything below.

use core::fmt;

/// What a tensor of a model is to an optimizer. The later one wins where several apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Role {
    /// Differentiated and updated.
    Parameter,
    /// `#[optim(freeze)]`: saved and differentiated, not updated, and without caches.
    Frozen,
    /// `#[optim(buffer)]`: saved, never updated, without a gradient (a running statistic).
    Buffer,
}

#[derive(Clone, Copy, Debug)]
enum Segment<'p> {
    /// The model itself; adds nothing to the path.
    Root,
    Name(&'static str),
    Index(usize),
    Key(&'p str),
}

/// A place in a model: a link to the place above, so that a walk writes no string unless somebody asks for one.
///
/// Displays as the path, `layers.0.Dense.w`.
#[derive(Clone, Copy, Debug)]
pub struct At<'p> {
    parent: Option<&'p At<'p>>,
    segment: Segment<'p>,
    role: Role,
    group: Option<&'static str>,
    transposed: bool,
}

impl At<'_> {
    /// The model itself, with the path `""`.
    pub const ROOT: At<'static> =
        At { parent: None, segment: Segment::Root, role: Role::Parameter, group: None, transposed: false };

    /// What a tensor here is to an optimizer.
    #[inline]
    pub fn role(&self) -> Role {
        self.role
    }

    /// The innermost `#[optim(group = "…")]` around this place.
    #[inline]
    pub fn group(&self) -> Option<&'static str> {
        self.group
    }

    /// Whether a matrix here stands the other way round in PyTorch.
    #[inline]
    pub(crate) fn transposed(&self) -> bool {
        self.transposed
    }
}

impl<'p> At<'p> {
    #[inline]
    fn child(&'p self, segment: Segment<'p>) -> At<'p> {
        At { parent: Some(self), segment, ..*self }
    }

    #[inline]
    pub(crate) fn name(&'p self, name: &'static str) -> At<'p> {
        self.child(Segment::Name(name))
    }

    #[inline]
    pub(crate) fn index(&'p self, index: usize) -> At<'p> {
        self.child(Segment::Index(index))
    }

    #[inline]
    pub(crate) fn key(&'p self, key: &'p str) -> At<'p> {
        self.child(Segment::Key(key))
    }

    #[inline]
    pub(crate) fn with_role(self, role: Role) -> At<'p> {
        At { role: self.role.max(role), ..self }
    }

    #[inline]
    pub(crate) fn with_group(self, group: &'static str) -> At<'p> {
        At { group: Some(group), ..self }
    }

    #[inline]
    pub(crate) fn turned(self) -> At<'p> {
        At { transposed: true, ..self }
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            fmt::Display::fmt(parent, f)?;
            if !matches!(parent.segment, Segment::Root) {
                f.write_str(".")?;
            }
        }
        match self.segment {
            Segment::Root => Ok(()),
            Segment::Name(name) => f.write_str(name),
            Segment::Index(index) => write!(f, "{index}"),
            Segment::Key(key) => {
                // A key may hold any character: the separator and the escape are escaped, so that two paths differ
                // whenever the places do.
                for c in key.chars() {
                    if matches!(c, '.' | '\\') {
                        f.write_str("\\")?;
                    }
                    write!(f, "{c}")?;
                }
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{At, Role};

    #[test]
    fn a_path_is_its_segments_with_dots() {
        let root = At::ROOT;
        let layers = root.name("layers");
        let first = layers.index(0);
        let dense = first.name("Dense");
        assert_eq!(root.to_string(), "");
        assert_eq!(dense.to_string(), "layers.0.Dense");
    }

    #[test]
    fn keys_escape_the_separator_and_the_escape() {
        let root = At::ROOT;
        let heads = root.name("heads");
        assert_eq!(heads.key(r"a.b\c").to_string(), r"heads.a\.b\\c");
        assert_ne!(heads.key("a.b").to_string(), heads.key("a").name("b").to_string());
    }

    #[test]
    fn roles_and_groups_reach_down_and_the_innermost_group_wins() {
        let outer = At::ROOT.with_role(Role::Buffer).with_group("outer");
        let inner = outer.name("x").with_role(Role::Frozen).with_group("inner");
        assert_eq!((inner.role(), inner.group()), (Role::Buffer, Some("inner")));
        assert_eq!(outer.name("y").group(), Some("outer"));
    }
}
