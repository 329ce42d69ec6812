//! Which pass does what: when variables change, and what a later pass computes again or finds in scratch.

use super::lower::{Node, NodeKind};
use super::{Call, Section, Total};
use crate::rule::ir::{Block, Expr, ExprKind, Rate, Statement, Target};

/// A pass over all weights.
#[derive(Default)]
pub(crate) struct Pass {
    /// The `let`s that it needs, in ascending order.
    pub(crate) lets: Vec<usize>,
    /// Those of them that it finds in scratch.
    pub(crate) loads: Vec<usize>,
    /// Those of them that it leaves in scratch.
    pub(crate) stores: Vec<usize>,
    /// The reductions whose terms it computes, in the order of their terms.
    pub(crate) totals: Vec<usize>,
}

/// The weight and the caches of one number a weight: when they change, and who reads which of their values.
pub(super) struct Variables {
    /// The stage of each assignment; the weight stands behind the caches.
    assigned: Vec<Vec<usize>>,
    /// The latest stage in which something before reads a variable.
    read: Vec<usize>,
    /// What each `let` reads itself: a variable, and how often it had been assigned.
    reads: Vec<Vec<(usize, usize)>>,
    /// Assignments that wait, so that a `let` need not be kept.
    delays: Vec<Delay>,
}

/// An assignment of a variable (by its place), the `nth` from 0, that comes no earlier than a stage of its section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Delay {
    pub(super) section: Section,
    place: usize,
    nth: usize,
    stage: usize,
}

impl Variables {
    pub(super) fn new(caches: usize, lets: usize, delays: Vec<Delay>) -> Self {
        let (assigned, read) = (vec![Vec::new(); caches + 1], vec![0; caches + 1]);
        Variables { assigned, read, reads: vec![Vec::new(); lets], delays }
    }

    fn place(&self, target: Target) -> usize {
        match target {
            Target::Weight => self.assigned.len() - 1,
            Target::Cache(index) => index,
        }
    }

    fn variable(&self, leaf: &Expr) -> Option<usize> {
        match leaf.kind {
            ExprKind::Weight => Some(self.place(Target::Weight)),
            ExprKind::Cache(index) if leaf.rate == Rate::Weight => Some(index),
            _ => None,
        }
    }

    /// The stage from which on a variable has the value that stands here.
    pub(super) fn known_from(&self, leaf: &Expr) -> usize {
        let assigned = self.variable(leaf).and_then(|place| self.assigned.get(place)).and_then(|stages| stages.last());
        assigned.copied().unwrap_or(0)
    }

    /// Something with an effect in this stage reads what `expression` names.
    pub(super) fn read(&mut self, expression: &Expr, stage: usize) {
        let mut found = Vec::new();
        leaves(expression, &mut |leaf| found.extend(self.variable(leaf)));
        for place in found {
            if let Some(read) = self.read.get_mut(place) {
                *read = (*read).max(stage);
            }
        }
    }

    pub(super) fn read_by_let(&mut self, index: usize, value: &Expr, stage: usize) {
        self.read(value, stage);
        let mut found = Vec::new();
        leaves(value, &mut |leaf| {
            let place = self.variable(leaf);
            found.extend(place.and_then(|place| self.assigned.get(place).map(|stages| (place, stages.len()))));
        });
        if let Some(reads) = self.reads.get_mut(index) {
            *reads = found;
        }
    }

    /// The first stage, from `stage` on, in which a variable can be assigned.
    pub(super) fn earliest(&self, target: Target, stage: usize) -> usize {
        let place = self.place(target);
        let stages = self.assigned.get(place).map_or(&[][..], Vec::as_slice);
        let delays = self.delays.iter().filter(|delay| delay.place == place && delay.nth == stages.len());
        let before = delays.map(|delay| delay.stage).chain(stages.last().copied()).fold(stage, usize::max);
        before.max(self.read.get(place).copied().unwrap_or(0))
    }

    /// Assigns a variable, in `stage` or as soon as it can be; says when.
    pub(super) fn assign(&mut self, target: Target, stage: usize) -> usize {
        let stage = self.earliest(target, stage);
        let place = self.place(target);
        if let Some(stages) = self.assigned.get_mut(place) {
            stages.push(stage);
        }
        stage
    }

    /// What keeps a `let` from being computed again in a pass: assignments that have changed what it reads. Each as the
    /// delay that would do away with it.
    fn changed(&self, index: usize, pass: usize, section: Section) -> Vec<Delay> {
        let reads = self.reads.get(index).into_iter().flatten();
        let changed = reads.filter(|(place, before)| {
            let next = self.assigned.get(*place).and_then(|stages| stages.get(*before));
            next.is_some_and(|stage| *stage < pass)
        });
        changed.map(|&(place, nth)| Delay { section, place, nth, stage: pass }).collect()
    }
}

/// The passes of a section.
#[derive(Default)]
pub(super) struct Sequence {
    pub(super) passes: Vec<Pass>,
    /// The `let`s that are kept in scratch.
    pub(super) kept: Vec<usize>,
    /// For each time that one of them is loaded, the assignments that are to blame.
    pub(super) blame: Vec<Vec<Delay>>,
}

/// The passes of a section.
pub(super) fn passes(
    section: Section,
    nodes: &[Node],
    (lets, stages): (&[Option<Expr>], &[usize]),
    variables: &Variables,
    (totals, calls): (&[Total], &[Call]),
) -> Sequence {
    let mut effects = Vec::new();
    collect(nodes, &mut effects);
    let count = effects.iter().map(|node| node.stage + 1).max().unwrap_or(0);
    let mut passes: Vec<Pass> = (0..count).map(|_| Pass::default()).collect();
    let mut blame = Vec::new();
    for (number, pass) in passes.iter_mut().enumerate() {
        for node in effects.iter().filter(|node| node.stage == number) {
            if let NodeKind::Terms(total) = node.kind {
                pass.totals.push(total);
            }
        }
    }
    // From the last pass to the first: what a pass loads, an earlier one has to compute and store.
    let mut stored: Vec<usize> = Vec::new();
    for number in (0..count).rev() {
        let mut wanted: Vec<usize> = Vec::new();
        for node in effects.iter().filter(|node| node.stage == number) {
            of_node(node, totals, calls, &mut |expression| named_in(expression, &mut wanted));
        }
        let here: Vec<usize> = stored.iter().copied().filter(|index| stages.get(*index) == Some(&number)).collect();
        wanted.extend(&here);
        let (mut needed, mut loads) = (Vec::new(), Vec::new());
        while let Some(index) = wanted.pop() {
            if needed.contains(&index) {
                continue;
            }
            needed.push(index);
            let own = stages.get(index).copied().unwrap_or(0);
            let changed = variables.changed(index, number, section);
            if number > own && !changed.is_empty() {
                loads.push(index);
                blame.push(changed);
                if !stored.contains(&index) {
                    stored.push(index);
                }
            } else if let Some(Some(value)) = lets.get(index) {
                named_in(value, &mut wanted);
            }
        }
        needed.sort_unstable();
        if let Some(pass) = passes.get_mut(number) {
            pass.lets = needed;
            pass.loads = loads;
            pass.stores = here;
        }
    }
    stored.sort_unstable();
    Sequence { passes, kept: stored, blame }
}

/// Everything with an effect.
fn collect<'n>(nodes: &'n [Node], effects: &mut Vec<&'n Node>) {
    for node in nodes {
        match &node.kind {
            NodeKind::Let(_) => {}
            NodeKind::If(_, then, otherwise) => {
                collect(then, effects);
                collect(otherwise, effects);
            }
            _ => effects.push(node),
        }
    }
}

/// The expressions of a node; those of terms and calls stand with what they belong to.
fn of_node(node: &Node, totals: &[Total], calls: &[Call], visit: &mut impl FnMut(&Expr)) {
    match &node.kind {
        NodeKind::Assign(_, _, value) => visit(value),
        NodeKind::Branch(statement) => expressions(statement, visit),
        NodeKind::Terms(total) => {
            totals.get(*total).into_iter().flat_map(|total| &total.arguments).for_each(visit);
        }
        NodeKind::Input(call) => calls.get(*call).into_iter().for_each(|call| visit(&call.matrix)),
        NodeKind::Let(_) | NodeKind::If(..) => {}
    }
}

/// The `let`s of one number a weight that an expression names and does not hold itself.
fn named_in(expression: &Expr, names: &mut Vec<usize>) {
    let mut own = Vec::new();
    lets_of(expression, &mut own);
    leaves(expression, &mut |leaf| {
        if let ExprKind::Let(index) = leaf.kind
            && leaf.rate == Rate::Weight
            && !own.contains(&index)
        {
            names.push(index);
        }
    });
}

/// The `let`s that stand in the blocks of an expression.
fn lets_of(expression: &Expr, lets: &mut Vec<usize>) {
    match &expression.kind {
        ExprKind::Unary(_, operand) => lets_of(operand, lets),
        ExprKind::Binary(_, left, right) => {
            lets_of(left, lets);
            lets_of(right, lets);
        }
        ExprKind::Call(_, arguments) => {
            for argument in arguments {
                lets_of(argument, lets);
            }
        }
        ExprKind::If(condition, then, otherwise) => {
            lets_of(condition, lets);
            for block in [then, otherwise] {
                for statement in &block.statements {
                    if let Statement::Let(index, value) = statement {
                        lets.push(*index);
                        lets_of(value, lets);
                    }
                }
                block.value.iter().for_each(|value| lets_of(value, lets));
            }
        }
        _ => {}
    }
}

/// Every leaf of an expression, those in the blocks of its branches among them.
pub(super) fn leaves(expression: &Expr, visit: &mut impl FnMut(&Expr)) {
    match &expression.kind {
        ExprKind::Unary(_, operand) => leaves(operand, visit),
        ExprKind::Binary(_, left, right) => {
            leaves(left, visit);
            leaves(right, visit);
        }
        ExprKind::Call(_, arguments) | ExprKind::Reduce(_, arguments) | ExprKind::CallPath(_, arguments) => {
            for argument in arguments {
                leaves(argument, visit);
            }
        }
        ExprKind::If(condition, then, otherwise) => {
            leaves(condition, visit);
            leaves_of_block(then, visit);
            leaves_of_block(otherwise, visit);
        }
        _ => visit(expression),
    }
}

fn leaves_of_block(block: &Block, visit: &mut impl FnMut(&Expr)) {
    for statement in &block.statements {
        leaves_of_statement(statement, visit);
    }
    block.value.iter().for_each(|value| leaves(value, visit));
}

fn leaves_of_statement(statement: &Statement, visit: &mut impl FnMut(&Expr)) {
    match statement {
        Statement::Let(_, value) | Statement::Assign(_, _, value) => leaves(value, visit),
        Statement::If(condition, then, otherwise) => {
            leaves(condition, visit);
            leaves_of_block(then, visit);
            if let Some(otherwise) = otherwise {
                leaves_of_block(otherwise, visit);
            }
        }
    }
}

/// The expressions of a statement, with those in its branches.
pub(super) fn expressions(statement: &Statement, visit: &mut impl FnMut(&Expr)) {
    match statement {
        Statement::Let(_, value) | Statement::Assign(_, _, value) => visit(value),
        Statement::If(condition, then, otherwise) => {
            visit(condition);
            for statement in then.statements.iter().chain(otherwise.iter().flat_map(|block| &block.statements)) {
                expressions(statement, visit);
            }
        }
    }
}

/// What a statement assigns.
pub(crate) fn targets(statement: &Statement, found: &mut Vec<Target>) {
    match statement {
        Statement::Let(..) => {}
        Statement::Assign(target, ..) => found.push(*target),
        Statement::If(_, then, otherwise) => {
            for statement in then.statements.iter().chain(otherwise.iter().flat_map(|block| &block.statements)) {
                targets(statement, found);
            }
        }
    }
}
