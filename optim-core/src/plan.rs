//! [`Plan`]: what a rule says of its passes, as data: everything but its functions and types.

use crate::rule::{CacheArray, Rule};
use crate::tiled::{Call, Fold, Level, Pass, Section, Shape, Sum, SumKind, Term, Tiled};

/// What [`Tiled`] says of a rule. Without passes where the rule looks at one weight at a time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) name: &'static str,
    /// Whether rows and columns are told apart.
    pub(crate) axes: bool,
    /// Whether a tensor of a shape has numbers of rows, and of columns, where they are told apart.
    pub(crate) has_lines: [fn(&Shape) -> bool; 2],
    pub(crate) passes: &'static [Pass],
    sums: &'static [Sum],
    pub(crate) folds: &'static [Fold],
    pub(crate) calls: &'static [Call],
    /// How many numbers each level has.
    pub(crate) numbers: [usize; 5],
    /// How many caches a weight has, scratch included.
    pub(crate) caches: usize,
    /// How many of them, at their end, are scratch.
    pub(crate) scratch: usize,
    /// How many numbers a row brings, and a column, and how many terms a weight brings to a pass at most.
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) terms: usize,
}

impl Plan {
    pub(crate) const fn of<R: Rule>() -> Self {
        Plan {
            name: R::NAME,
            axes: R::Tiled::AXES,
            has_lines: [R::Tiled::has_rows, R::Tiled::has_columns],
            passes: R::Tiled::PASSES,
            sums: R::Tiled::SUMS,
            folds: R::Tiled::FOLDS,
            calls: R::Tiled::CALLS,
            numbers: R::Tiled::NUMBERS,
            // As many for any number type.
            caches: R::Caches::<f64>::COUNT,
            scratch: R::Tiled::SCRATCH,
            rows: <R::Tiled as Tiled<R>>::Row::<f64>::COUNT,
            columns: <R::Tiled as Tiled<R>>::Col::<f64>::COUNT,
            terms: <R::Tiled as Tiled<R>>::Terms::<f64>::COUNT,
        }
    }

    /// The passes of a section, by their places.
    pub(crate) fn passes_of(&self, section: Section) -> impl Iterator<Item = usize> + use<> {
        self.passes.iter().enumerate().filter(move |(_, pass)| pass.section == section).map(|(pass, _)| pass)
    }

    /// Whether a pass of a section looks at gradients.
    pub(crate) fn looks_at_gradients(&self, section: Section) -> bool {
        self.passes_of(section).any(|pass| self.pass(pass).gradient)
    }

    /// Whether a pass of a section moves weights.
    pub(crate) fn moves(&self, section: Section) -> bool {
        self.passes_of(section).any(|pass| self.pass(pass).moves)
    }

    /// The sums of a pass over a tensor or the model.
    pub(crate) fn tile_sums(&self, pass: usize) -> impl Iterator<Item = &'static Sum> + use<> {
        self.sums.iter().filter(move |sum| sum.pass == pass && matches!(sum.over, Level::Tensor | Level::Model))
    }

    /// The same, two and two where both are of squares: these are added up together.
    pub(crate) fn tile_sums_together(&self, pass: usize) -> impl Iterator<Item = (&'static Sum, Option<&'static Sum>)> {
        let mut sums = self.tile_sums(pass).peekable();
        core::iter::from_fn(move || {
            let sum = sums.next()?;
            let squares = |other: &&Sum| sum.kind == SumKind::Squares && other.kind == SumKind::Squares;
            Some((sum, sums.next_if(squares)))
        })
    }

    /// The sums of a pass over rows or columns.
    pub(crate) fn line_sums(&self, pass: usize, over: Level) -> impl Iterator<Item = &'static Sum> + use<> {
        self.sums.iter().filter(move |sum| sum.pass == pass && sum.over == over)
    }

    /// How many terms a pass has.
    pub(crate) const fn terms_of(&self, pass: usize) -> usize {
        let (mut count, mut i) = (0, 0);
        while i < self.sums.len() {
            let sum = self.sums[i];
            let end = if matches!(sum.kind, SumKind::Products) { sum.term + 2 } else { sum.term + 1 };
            if sum.pass == pass && end > count {
                count = end;
            }
            i += 1;
        }
        count
    }

    /// Where a term of a pass stands.
    pub(crate) const fn term(&self, pass: usize, term: usize) -> Term {
        let terms = self.pass(pass).terms;
        if term < terms.len() { terms[term] } else { Term::Computed }
    }

    /// Whether each term stands where a loop finds it: gradients, where the pass looks at them, and caches that every tensor
    /// has; `optional` are those that exist only under a condition, a bit each.
    pub(crate) const fn terms_stand(&self, optional: u64) -> bool {
        let mut pass = 0;
        while pass < self.passes.len() {
            let mut term = 0;
            while term < self.passes[pass].terms.len() {
                let stands = match self.passes[pass].terms[term] {
                    Term::Computed | Term::Weight => true,
                    Term::Gradient => self.passes[pass].gradient,
                    Term::Cache(k) => k < self.caches && optional >> k & 1 == 0,
                };
                if !stands {
                    return false;
                }
                term += 1;
            }
            pass += 1;
        }
        true
    }

    /// The terms that the loop of a pass computes, a bit each.
    pub(crate) const fn computed(&self, pass: usize) -> u32 {
        let (mut computed, mut term) = (0, 0);
        while term < self.terms_of(pass) {
            if matches!(self.term(pass, term), Term::Computed) {
                computed |= 1 << term;
            }
            term += 1;
        }
        computed
    }

    /// What is known of a pass; of one that does not exist, that it does nothing.
    pub(crate) const fn pass(&self, pass: usize) -> Pass {
        if pass < self.passes.len() { self.passes[pass] } else { Pass::of(Section::Update) }
    }
}
