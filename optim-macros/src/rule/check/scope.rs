//! Names and what they stand for, block by block.

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Symbol {
    Hyper(usize),
    Cache(usize),
    /// A `let`, by its index, which is a number or a flag.
    Let(usize, super::Type),
    Time,
    Weight,
    Gradient,
    /// Declared, but with a mistake that was reported.
    Wrong,
}

/// The names in scope; the last declaration of a name counts.
#[derive(Default)]
pub(super) struct Names {
    names: Vec<(String, Symbol)>,
    blocks: Vec<usize>,
}

impl Names {
    pub(super) fn open(&mut self) {
        self.blocks.push(self.names.len());
    }

    pub(super) fn close(&mut self) {
        let start = self.blocks.pop().unwrap_or(0);
        self.names.truncate(start);
    }

    /// How many blocks are open.
    pub(super) fn depth(&self) -> usize {
        self.blocks.len()
    }

    pub(super) fn declare(&mut self, name: &str, symbol: Symbol) {
        self.names.push((name.into(), symbol));
    }

    pub(super) fn get(&self, name: &str) -> Option<Symbol> {
        self.names.iter().rev().find(|(known, _)| known == name).map(|(_, symbol)| *symbol)
    }

    /// What a symbol is called.
    pub(super) fn called(&self, symbol: Symbol) -> Option<&str> {
        self.names.iter().rev().find(|(_, known)| *known == symbol).map(|(name, _)| name.as_str())
    }

    pub(super) fn known(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|(name, _)| name.as_str())
    }
}
