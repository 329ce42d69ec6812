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
use crate::pattern::Pattern;

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
    let pattern = Pattern::new(pattern);
    move |parameter| pattern.matches(parameter.path)
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
    let there = if listed.len() == 1 { "is" } else { "are" };
    Error::other(format!("{what}: no parameter is selected; there {there} {known}{more}"))
}
