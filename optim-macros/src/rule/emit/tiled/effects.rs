//! What the nodes of a pass change and look at.

use crate::rule::ir::Target;
use crate::rule::schedule::{Node, NodeKind, Schedule, targets};
use crate::rule::uses::Uses;

/// What the nodes of one pass change.
#[derive(Default)]
pub(super) struct Effects {
    pub(super) weight: bool,
    pub(super) caches: Vec<usize>,
    pub(super) inputs: Vec<usize>,
    /// The reductions whose terms stand under a condition.
    pub(super) guarded_terms: Vec<usize>,
}

impl Effects {
    pub(super) fn of(nodes: &[Node], number: usize) -> Self {
        let mut effects = Effects::default();
        effects.collect(nodes, number, 0);
        effects
    }

    fn collect(&mut self, nodes: &[Node], number: usize, depth: usize) {
        for node in nodes {
            match &node.kind {
                NodeKind::If(_, then, otherwise) => {
                    self.collect(then, number, depth + 1);
                    self.collect(otherwise, number, depth + 1);
                }
                _ if node.stage != number => {}
                NodeKind::Assign(target, ..) => self.target(*target),
                NodeKind::Branch(statement) => {
                    let mut found = Vec::new();
                    targets(statement, &mut found);
                    for target in found {
                        self.target(target);
                    }
                }
                NodeKind::Terms(total) if depth > 0 => self.guarded_terms.push(*total),
                NodeKind::Input(call) => self.inputs.push(*call),
                NodeKind::Let(_) | NodeKind::Terms(_) => {}
            }
        }
    }

    fn target(&mut self, target: Target) {
        match target {
            Target::Weight => self.weight = true,
            Target::Cache(index) => self.caches.push(index),
        }
    }
}

/// Adds what a pass's nodes use themselves.
pub(super) fn uses_of(nodes: &[Node], number: usize, schedule: &Schedule, uses: &mut Uses) {
    for node in nodes {
        match &node.kind {
            NodeKind::If(_, then, otherwise) => {
                uses_of(then, number, schedule, uses);
                uses_of(otherwise, number, schedule, uses);
            }
            _ if node.stage != number => {}
            NodeKind::Assign(_, _, value) => uses.expression(value),
            NodeKind::Branch(statement) => uses.statement(statement),
            NodeKind::Terms(total) => {
                let arguments = schedule.totals.get(*total).into_iter().flat_map(|total| &total.arguments);
                arguments.for_each(|argument| uses.expression(argument));
            }
            NodeKind::Input(call) => {
                schedule.calls.get(*call).into_iter().for_each(|call| uses.expression(&call.matrix));
            }
            NodeKind::Let(_) => {}
        }
    }
}
