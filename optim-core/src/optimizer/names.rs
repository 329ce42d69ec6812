//! [`Names`]: what the groups of an optimizer are called.

/// The names of the second, third, … group: the first is the optimizer's own rule, and has none.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(Vec<Box<str>>);

impl Names {
    /// The name of a group.
    pub(super) fn of(&self, group: usize) -> Option<&str> {
        self.0.get(group.checked_sub(1)?).map(|name| &**name)
    }

    /// The group of this name.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.iter().find(|(_, known)| *known == name).map(|(group, _)| group)
    }

    /// The groups that have a name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (usize, &str)> {
        self.0.iter().enumerate().map(|(index, name)| (index + 1, &**name))
    }

    /// The group of this name: a new one, if there is none.
    pub(super) fn find_or_push(&mut self, name: &str) -> usize {
        self.find(name).unwrap_or_else(|| {
            self.push(name);
            self.0.len()
        })
    }

    /// One group more.
    pub(super) fn push(&mut self, name: &str) {
        self.0.push(name.into());
    }
}
