//! How a rule that looks at more than one weight is computed: which pass does what.
//!
//! A reduction is known only after a pass over everything it goes over, so what uses it belongs to a later pass. The
//! *stage* of a value is how many passes have to be over before it can be computed:
//! - what is made of others has the latest of their stages; a reduction has one more than what it goes over;
//! - weights and their caches change in place: an assignment comes no earlier than those before it, nor than whatever
//!   before it reads the old value;
//! - all else (the caches of a tensor, a row, a column, the model) is never changed in place: each assignment makes a new
//!   [`Version`], a function of what was there before, and the last one is written when the step is over.
//!
//! A `let` that a later pass needs is computed again there, if nothing that it reads has changed since. Where that can be
//! had without another pass, assignments wait until then; else the `let` is kept in scratch memory.

mod expression;
mod lower;
mod passes;

use proc_macro2::{Ident, Span};

use super::ir::{Expr, Path, Rate, Reduction, Rule};
pub(crate) use lower::{Node, NodeKind};
pub(crate) use passes::{Pass, targets};

/// As many as `optim-core`'s kernels have room for.
const MAX_PASSES: usize = 16;
const MAX_TERMS: usize = 16;
const MAX_CACHES: usize = 16;

/// The rule's sections taken apart.
pub(crate) struct Schedule {
    /// Every reduction, in the order in which they stand.
    pub(crate) totals: Vec<Total>,
    /// Every assignment of a cache that is not one number a weight.
    pub(crate) versions: Vec<Version>,
    /// Every call of a function in Rust.
    pub(crate) calls: Vec<Call>,
    /// The value of each `let`, with reductions, versions and calls in place of what was written.
    pub(crate) lets: Vec<Option<Expr>>,
    /// `let`s and versions that are not one number a weight, in the order in which they can be computed.
    pub(crate) numbers: Vec<Number>,
    /// The version that a cache has when the step is over, by the cache's place among all; `None` where it does not
    /// change.
    pub(crate) last: Vec<Option<Expr>>,
    pub(crate) look_ahead: Vec<Pass>,
    pub(crate) update: Vec<Pass>,
    pub(crate) evaluate: Vec<Pass>,
    /// What the sections consist of, by section.
    pub(crate) nodes: [Vec<Node>; 3],
    /// The `let`s that are kept from one pass to a later one, in the order of their scratch.
    pub(crate) kept: Vec<usize>,
}

/// A reduction.
pub(crate) struct Total {
    pub(crate) reduction: Reduction,
    /// One for `dot(x, x)`, where `x` is a name for numbers of weights.
    pub(crate) arguments: Vec<Expr>,
    /// What its arguments are: one a weight, or one a row or column.
    pub(crate) from: Rate,
    /// What it is one number of.
    pub(crate) level: Rate,
    /// The pass that computes the terms; for a fold, the pass before which it is computed.
    pub(crate) pass: usize,
    /// What it is called in the expansion.
    pub(crate) name: Ident,
}

/// A cache after an assignment, as a function of what is known.
pub(crate) struct Version {
    pub(crate) value: Expr,
    pub(crate) name: Ident,
}

/// A call of a function in Rust with a matrix and numbers.
pub(crate) struct Call {
    pub(crate) path: Path,
    pub(crate) matrix: Expr,
    pub(crate) numbers: Vec<Expr>,
    /// The conditions under which it stands.
    pub(crate) guards: Vec<Expr>,
    /// The pass before which it is made.
    pub(crate) pass: usize,
    pub(crate) input: Ident,
    pub(crate) output: Ident,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Number {
    Let(usize),
    Version(usize),
}

/// The sections of weights, in the order of their passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    LookAhead,
    Update,
    Evaluate,
}

/// Takes the rule apart, or says why it cannot be computed.
pub(crate) fn schedule_rule(rule: &Rule) -> Result<Schedule, (Span, String)> {
    let schedule = with_little_scratch(rule);
    let passes = schedule.count();
    if passes > MAX_PASSES {
        let message = format!(
            "this rule needs {passes} passes over the weights, at most {MAX_PASSES} are possible: reductions of reductions \
             make a pass each"
        );
        return Err((rule.name.span(), message));
    }
    let caches = rule.caches_of(super::ast::Scope::Weight).count() + schedule.scratch();
    if caches > MAX_CACHES {
        let message = format!(
            "this rule has {caches} caches, with those that keep a `let` from one pass to the next: at most {MAX_CACHES} \
             are possible"
        );
        return Err((rule.name.span(), message));
    }
    let terms = |pass: &Pass| pass.totals.iter().map(|total| schedule.width(*total)).sum::<usize>();
    let most = [&schedule.look_ahead, &schedule.update].into_iter().flatten().map(terms).max().unwrap_or(0);
    if most > MAX_TERMS {
        let message = format!("one pass of this rule computes {most} reductions, at most {MAX_TERMS} are possible");
        return Err((rule.name.span(), message));
    }
    Ok(schedule)
}

/// The schedule of the fewest passes, in which assignments wait for whoever would need the old value kept: as long as that
/// makes no pass more.
fn with_little_scratch(rule: &Rule) -> Schedule {
    let mut delays = Vec::new();
    let (mut schedule, mut blame) = lower::lower_rule(rule, &delays);
    let mut refused = 0;
    while let Some(wanted) = blame.get(refused) {
        let mut more = delays.clone();
        more.extend(wanted);
        let (other, other_blame) = lower::lower_rule(rule, &more);
        if other.count() == schedule.count() && other.kept.len() < schedule.kept.len() {
            (schedule, blame, delays) = (other, other_blame, more);
            refused = 0;
        } else {
            refused += 1;
        }
    }
    schedule
}

impl Schedule {
    /// How many passes there are.
    fn count(&self) -> usize {
        self.look_ahead.len() + self.update.len() + self.evaluate.len()
    }

    /// How many arrays of numbers are kept beside the caches: kept `let`s, then input and output of each call.
    pub(crate) fn scratch(&self) -> usize {
        self.kept.len() + 2 * self.calls.len()
    }

    /// The passes of a section, with the number of the first.
    pub(crate) fn passes(&self, section: Section) -> (usize, &[Pass]) {
        match section {
            Section::LookAhead => (0, &self.look_ahead),
            Section::Update => (self.look_ahead.len(), &self.update),
            Section::Evaluate => (self.look_ahead.len() + self.update.len(), &self.evaluate),
        }
    }

    /// How many terms a reduction has: two for a product, but of a stream with itself.
    pub(crate) fn width(&self, total: usize) -> usize {
        self.totals.get(total).map_or(1, |total| total.arguments.len())
    }

    /// What a section consists of.
    pub(crate) fn nodes(&self, section: Section) -> &[Node] {
        let [look_ahead, update, evaluate] = &self.nodes;
        match section {
            Section::LookAhead => look_ahead,
            Section::Update => update,
            Section::Evaluate => evaluate,
        }
    }

    /// Whether rows and columns make a difference.
    pub(crate) fn has_axes(&self, rule: &Rule) -> bool {
        use super::ast::Scope;
        let cache = rule.caches.iter().any(|cache| matches!(cache.scope, Scope::Row | Scope::Col));
        cache || self.totals.iter().any(|total| matches!(total.level, Rate::Matrix | Rate::Row | Rate::Col))
    }
}
