//! [`Hyper`]: a hyper-parameter of a rule, described.

use std::fmt;

use crate::error::Error;

/// What kind of value a hyper-parameter has. Read and set by name, each is an `f64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HyperKind {
    /// A finite `f64`.
    Number,
    /// A `u64`.
    Count,
    /// A `bool`: 0 or 1.
    Flag,
}

/// The numbers a hyper-parameter may be. Displays as it was written: `0..1`, `0<..`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The lower bound.
    pub low: Option<f64>,
    /// Whether the lower bound itself is out of the range.
    pub low_excluded: bool,
    /// The upper bound.
    pub high: Option<f64>,
    /// Whether the upper bound itself is in the range.
    pub high_included: bool,
    #[doc(hidden)]
    pub written: &'static str,
}

impl Range {
    /// Whether `x` is finite and in the range.
    pub fn contains(&self, x: f64) -> bool {
        let above = self.low.is_none_or(|low| if self.low_excluded { x > low } else { x >= low });
        let below = self.high.is_none_or(|high| if self.high_included { x <= high } else { x < high });
        x.is_finite() && above && below
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.written)
    }
}

/// A hyper-parameter of a rule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hyper {
    /// Its name.
    pub name: &'static str,
    /// What kind of value it has.
    pub kind: HyperKind,
    /// What `Default` gives it.
    pub default: f64,
    /// What it may be.
    pub range: Range,
    /// Its documentation.
    pub doc: &'static str,
}

impl Hyper {
    pub(crate) fn check(&self, rule: &'static str, value: f64) -> Result<(), Error> {
        let fits = match self.kind {
            HyperKind::Number => true,
            // Above 2^53 an `f64` does not tell one count from the next.
            HyperKind::Count => value >= 0.0 && value.fract() == 0.0 && value <= 9_007_199_254_740_992.0,
            HyperKind::Flag => value == 0.0 || value == 1.0,
        };
        if fits && self.range.contains(value) {
            return Ok(());
        }
        let range = match self.kind {
            _ if fits && value.is_finite() => self.range.written,
            HyperKind::Number => "the finite numbers",
            HyperKind::Count => "the whole numbers from 0 to 2^53",
            HyperKind::Flag => "0 (false) or 1 (true)",
        };
        Err(Error::range(rule, self.name, value.to_string(), range))
    }
}
