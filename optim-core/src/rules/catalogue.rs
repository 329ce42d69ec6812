//! [`Entry`]: what can be said of a rule at run time, from its declaration.

use crate::rule::{Cache, CacheScope, Formula, Hyper, Rule};
use crate::tiled::Tiled;

/// A rule, described; [`catalogue`](super::catalogue) makes one for each rule of this crate.
///
/// ```
/// use optim_core::prelude::*;
/// use optim_core::rules::Entry;
///
/// define_optimizer! {
///     /// Gradient descent at the rate lr / √t.
///     ///
///     /// For convex problems.
///     ///
///     /// Reference: Zinkevich, 2003.
///     pub struct Falling {
///         lr: f64 = 0.1 in 0.0..,
///     }
///     step(t) { let rate = lr / sqrt(t); }
///     update(w, g) { w -= rate * g; }
/// }
///
/// let entry = Entry::of::<Falling>();
/// assert_eq!((entry.name, entry.cache_bytes), ("Falling", 0));
/// assert_eq!(entry.summary, "Gradient descent at the rate lr / √t.");
/// assert_eq!(entry.reference, "Zinkevich, 2003.");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Entry {
    /// What the rule is called.
    pub name: &'static str,
    /// The first paragraph of its documentation, in one line.
    pub summary: String,
    /// The paragraph of its documentation that starts with `Reference:`, without this word, in one line: papers and
    /// implementations, and every deviation from them. Empty where there is none.
    pub reference: String,
    /// Its documentation, in Markdown.
    pub doc: &'static str,
    /// Its formula.
    pub formula: Formula,
    /// Its hyper-parameters.
    pub hyper: &'static [Hyper],
    /// Its caches, with the conditions under which they exist.
    pub caches: &'static [Cache],
    /// Bytes of cache a weight in `f32`, with the default hyper-parameters. For others, see
    /// [`Rule::cache_bytes`].
    pub cache_bytes: usize,
    /// Bytes of scratch a weight in `f32`: what is kept within a step, from one pass to the next.
    pub scratch_bytes: usize,
}

impl Entry {
    /// The description of a rule.
    pub fn of<R: Rule>() -> Self {
        let entry = Entry {
            name: R::NAME,
            summary: String::new(),
            reference: String::new(),
            doc: R::doc(),
            formula: R::formula(),
            hyper: R::hyper(),
            caches: R::declared_caches(),
            cache_bytes: R::default().cache_bytes::<f32>(),
            scratch_bytes: R::Tiled::SCRATCH * size_of::<f32>(),
        };
        entry.with_paragraphs()
    }

    /// With what stands in certain paragraphs of the documentation.
    fn with_paragraphs(self) -> Self {
        let summary = paragraphs(self.doc).next().unwrap_or_default();
        let reference =
            paragraphs(self.doc).find_map(|text| text.strip_prefix("Reference:").map(|text| text.trim().to_owned()));
        Entry { summary, reference: reference.unwrap_or_default(), ..self }
    }

    /// Bytes of cache a weight in `f32`, and what options change of it: ``8, and 4 if `amsgrad` ``. A row, a column or a
    /// tensor costs 8 for each of its caches, which are kept as `f64`: ``0, and 8 a row if `ndim() >= 2` ``. Scratch comes last.
    pub fn memory(&self) -> String {
        let size = size_of::<f32>();
        let caches = || self.caches.iter().filter(|cache| cache.scope == CacheScope::Weight);
        let always = caches().filter(|cache| cache.condition.is_none()).count();
        let condition = |cache: &Cache| cache.condition.map_or(String::new(), |condition| format!(" if `{condition}`"));
        let options = caches().filter(|cache| cache.condition.is_some());
        let options = options.map(|cache| format!(", and {size}{}", condition(cache)));
        let others = self.caches.iter().filter_map(|cache| {
            let of = match cache.scope {
                CacheScope::Row => "row",
                CacheScope::Col => "column",
                CacheScope::Tensor => "tensor",
                CacheScope::Weight | CacheScope::Model => return None,
            };
            Some(format!(", and {} a {of}{}", size_of::<f64>(), condition(cache)))
        });
        let scratch = (self.scratch_bytes > 0).then(|| format!(", and {} of scratch", self.scratch_bytes));
        std::iter::once((always * size).to_string()).chain(options).chain(others).chain(scratch).collect()
    }
}

/// The paragraphs of a text, each in one line.
fn paragraphs(text: &str) -> impl Iterator<Item = String> {
    text.split("\n\n").map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
}
