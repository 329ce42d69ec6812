//! Sections to nodes: reductions, calls and assignments of numbers taken out, each with its stage.

use proc_macro2::Span;

use super::passes::{self, Delay, Sequence, Variables};
use super::{Call, Number, Schedule, Section, Total, Version};
use crate::rule::ast::{Assign, Binary, Scope};
use crate::rule::ir::{Block, Body, Expr, ExprKind, Rate, Rule, Statement, Target, Type};

/// A part of a section, with the pass (counted within the section) that does it.
pub(crate) struct Node {
    pub(crate) stage: usize,
    pub(crate) kind: NodeKind,
}

pub(crate) enum NodeKind {
    /// A `let` of one number a weight; its stage is the first pass that can compute it.
    Let(usize),
    /// Of a weight or a cache of one number a weight.
    Assign(Target, Assign, Expr),
    /// The terms of a reduction.
    Terms(usize),
    /// The matrix that a call is given.
    Input(usize),
    /// An `if` that is decided for each weight: one piece.
    Branch(Statement),
    /// An `if` that is decided for a tensor, a row or a column; its parts have stages of their own.
    If(Expr, Vec<Node>, Vec<Node>),
}

/// The rule taken apart, with some assignments delayed; and, for each `let` that is kept from one pass to the next, the
/// delays with which it would not have to be.
pub(super) fn lower_rule(rule: &Rule, delays: &[Delay]) -> (Schedule, Vec<Vec<Delay>>) {
    let mut lower = Lower {
        rule,
        totals: Vec::new(),
        versions: Vec::new(),
        calls: Vec::new(),
        lets: (0..rule.lets.len()).map(|_| None).collect(),
        numbers: Vec::new(),
        stages: Stages { totals: Vec::new(), versions: Vec::new(), calls: Vec::new(), lets: vec![0; rule.lets.len()] },
        current: (0..rule.caches.len()).map(|_| None).collect(),
        variables: Variables::new(rule.caches.len(), rule.lets.len(), Vec::new()),
        delays,
        nodes: Vec::new(),
        guards: Vec::new(),
        first: 0,
        names: Vec::new(),
    };
    let look_ahead = lower.point(rule.look_ahead.as_ref(), Section::LookAhead, 0);
    let update = lower.update(look_ahead.1.passes.len());
    let last = std::mem::replace(&mut lower.current, (0..rule.caches.len()).map(|_| None).collect());
    let first = look_ahead.1.passes.len() + update.1.passes.len();
    let evaluate = lower.point(rule.evaluate.as_ref(), Section::Evaluate, first);
    let sections = [look_ahead.1, update.1, evaluate.1];
    let (mut kept, mut blame) = (Vec::new(), Vec::new());
    let [look_ahead_passes, update_passes, evaluate_passes] = sections.map(|section| {
        kept.extend(section.kept);
        blame.extend(section.blame);
        section.passes
    });
    let schedule = Schedule {
        totals: lower.totals,
        versions: lower.versions,
        calls: lower.calls,
        lets: lower.lets,
        numbers: lower.numbers,
        last,
        look_ahead: look_ahead_passes,
        update: update_passes,
        evaluate: evaluate_passes,
        nodes: [look_ahead.0, update.0, evaluate.0],
        kept,
    };
    (schedule, blame)
}

/// The stages of what has one, within the section at hand.
pub(super) struct Stages {
    pub(super) totals: Vec<usize>,
    pub(super) versions: Vec<usize>,
    pub(super) calls: Vec<usize>,
    pub(super) lets: Vec<usize>,
}

pub(super) struct Lower<'r> {
    pub(super) rule: &'r Rule,
    pub(super) totals: Vec<Total>,
    pub(super) versions: Vec<Version>,
    pub(super) calls: Vec<Call>,
    pub(super) lets: Vec<Option<Expr>>,
    pub(super) numbers: Vec<Number>,
    pub(super) stages: Stages,
    /// What a cache that is not one number a weight is now; `None` before it is assigned.
    pub(super) current: Vec<Option<Expr>>,
    pub(super) variables: Variables,
    /// Those of all sections.
    delays: &'r [Delay],
    /// What has been lowered of the block at hand.
    pub(super) nodes: Vec<Node>,
    /// The conditions around the place at hand.
    pub(super) guards: Vec<Expr>,
    /// The number of the section's first pass.
    pub(super) first: usize,
    /// Names that were given to totals and versions.
    pub(super) names: Vec<String>,
}

type Lowered = (Vec<Node>, Sequence);

impl Lower<'_> {
    fn update(&mut self, first: usize) -> Lowered {
        self.begin(Section::Update, first);
        self.statements(&self.rule.update.block.statements);
        self.finish(Section::Update)
    }

    /// A point is an assignment of the weight, which is taken back later.
    fn point(&mut self, body: Option<&Body>, section: Section, first: usize) -> Lowered {
        let Some(body) = body else { return (Vec::new(), Sequence::default()) };
        self.begin(section, first);
        self.statements(&body.block.statements);
        if let Some(value) = &body.block.value {
            let value = self.expression(value);
            self.assign(Target::Weight, Assign::Set, value);
        }
        self.finish(section)
    }

    fn begin(&mut self, section: Section, first: usize) {
        self.first = first;
        let delays = self.delays.iter().filter(|delay| delay.section == section).copied().collect();
        self.variables = Variables::new(self.rule.caches.len(), self.rule.lets.len(), delays);
        self.nodes.clear();
    }

    fn finish(&mut self, section: Section) -> Lowered {
        let nodes = std::mem::take(&mut self.nodes);
        let lets = (&self.lets[..], &self.stages.lets[..]);
        let passes = passes::passes(section, &nodes, lets, &self.variables, (&self.totals, &self.calls));
        (nodes, passes)
    }

    fn statements(&mut self, statements: &[Statement]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Let(index, value) => self.named(*index, value),
            Statement::Assign(Target::Cache(index), operator, value) if self.is_number(*index) => {
                let value = self.expression(value);
                let old = self.read(*index, value.span);
                self.version(*index, applied(old, *operator, value));
            }
            Statement::Assign(target, operator, value) => {
                let value = self.expression(value);
                self.assign(*target, *operator, value);
            }
            Statement::If(condition, then, otherwise) => {
                let condition = self.expression(condition);
                if condition.rate == Rate::Weight {
                    self.branch(condition, then, otherwise.as_ref());
                } else {
                    self.guarded(condition, then, otherwise.as_ref());
                }
            }
        }
    }

    /// `let name = value;`
    fn named(&mut self, index: usize, value: &Expr) {
        let value = self.expression(value);
        let stage = self.stage(&value).max(if value.rate == Rate::Weight { self.guard_stage() } else { 0 });
        if let Some(place) = self.stages.lets.get_mut(index) {
            *place = stage;
        }
        if value.rate == Rate::Weight {
            self.variables.read_by_let(index, &value, stage);
            self.nodes.push(Node { stage, kind: NodeKind::Let(index) });
        } else {
            self.numbers.push(Number::Let(index));
        }
        if let Some(place) = self.lets.get_mut(index) {
            *place = Some(value);
        }
    }

    fn assign(&mut self, target: Target, operator: Assign, value: Expr) {
        let stage = self.stage(&value).max(self.guard_stage());
        let stage = self.variables.assign(target, stage);
        self.variables.read(&value, stage);
        self.nodes.push(Node { stage, kind: NodeKind::Assign(target, operator, value) });
    }

    /// An `if` that is decided for each weight: it holds no reductions and assigns numbers of weights alone.
    fn branch(&mut self, condition: Expr, then: &Block, otherwise: Option<&Block>) {
        self.guards.push(condition.clone());
        let then = self.block(then);
        let otherwise = otherwise.map(|block| self.block(block));
        self.guards.pop();
        let statement = Statement::If(condition, then, otherwise);
        let mut stage = self.guard_stage();
        passes::expressions(&statement, &mut |expression| stage = stage.max(self.stage(expression)));
        let mut targets = Vec::new();
        passes::targets(&statement, &mut targets);
        // All at once: what one of them has to wait for, all of them wait for.
        stage = targets.iter().map(|target| self.variables.earliest(*target, stage)).fold(stage, usize::max);
        passes::expressions(&statement, &mut |expression| self.variables.read(expression, stage));
        for target in targets {
            self.variables.assign(target, stage);
        }
        self.nodes.push(Node { stage, kind: NodeKind::Branch(statement) });
    }

    /// The statements of a branch, with what was taken out of them.
    pub(super) fn block(&mut self, block: &Block) -> Block {
        let mut statements = Vec::new();
        for statement in &block.statements {
            match statement {
                Statement::Let(index, value) => {
                    let value = self.expression(value);
                    if value.rate < Rate::Weight {
                        self.hoisted(*index, value);
                    } else {
                        self.lifted(*index, &value);
                        statements.push(Statement::Let(*index, value));
                    }
                }
                Statement::Assign(target, operator, value) => {
                    let value = self.expression(value);
                    statements.push(Statement::Assign(*target, *operator, value));
                }
                Statement::If(condition, then, otherwise) => {
                    let condition = self.expression(condition);
                    let then = self.block(then);
                    let otherwise = otherwise.as_ref().map(|block| self.block(block));
                    statements.push(Statement::If(condition, then, otherwise));
                }
            }
        }
        let value = block.value.as_ref().map(|value| self.expression(value));
        Block { statements, value }
    }

    /// A `let` below weight that stands in the block of a value.
    fn hoisted(&mut self, index: usize, value: Expr) {
        let stage = self.stage(&value);
        if let (Some(place), Some(known)) = (self.stages.lets.get_mut(index), self.lets.get_mut(index)) {
            *place = stage;
            *known = Some(value);
        }
        self.numbers.push(Number::Let(index));
    }

    /// A `let` of one number a weight in the block of a value: it stays there, and stands outside of it once more for
    /// the reductions and calls of the block, which are taken out. None is under a condition of each weight.
    fn lifted(&mut self, index: usize, value: &Expr) {
        if self.guards.iter().any(|guard| guard.rate == Rate::Weight) {
            return;
        }
        let stage = self.stage(value).max(self.guard_stage());
        if let (Some(place), Some(known)) = (self.stages.lets.get_mut(index), self.lets.get_mut(index)) {
            *place = stage;
            *known = Some(value.clone());
        }
        self.variables.read_by_let(index, value, stage);
        self.nodes.push(Node { stage, kind: NodeKind::Let(index) });
    }

    /// An `if` that is the same for all weights of something.
    fn guarded(&mut self, condition: Expr, then: &Block, otherwise: Option<&Block>) {
        let before = self.current.clone();
        let nodes = std::mem::take(&mut self.nodes);
        self.guards.push(condition.clone());
        self.statements(&then.statements);
        self.guards.pop();
        let then_nodes = std::mem::take(&mut self.nodes);
        let after_then = std::mem::replace(&mut self.current, before);
        if let Some(otherwise) = otherwise {
            self.guards.push(negated(condition.clone()));
            self.statements(&otherwise.statements);
            self.guards.pop();
        }
        let otherwise_nodes = std::mem::replace(&mut self.nodes, nodes);
        for (index, then) in after_then.into_iter().enumerate() {
            self.join(index, &condition, then);
        }
        if !then_nodes.is_empty() || !otherwise_nodes.is_empty() {
            self.nodes.push(Node { stage: 0, kind: NodeKind::If(condition, then_nodes, otherwise_nodes) });
        }
    }

    /// What a cache is behind an `if`: `then` if the condition holds, what it is now if not.
    fn join(&mut self, index: usize, condition: &Expr, then: Option<Expr>) {
        let same = match (&then, self.current.get(index).and_then(Option::as_ref)) {
            (None, None) => true,
            (Some(then), Some(now)) => matches!((&then.kind, &now.kind),
                (ExprKind::Version(a, _), ExprKind::Version(b, _)) if a == b),
            _ => false,
        };
        if same {
            return;
        }
        let otherwise = self.read(index, condition.span);
        let then = then.unwrap_or_else(|| self.old(index, condition.span));
        let block = |value: Expr| Box::new(Block { statements: Vec::new(), value: Some(value) });
        let rate = condition.rate.join(then.rate).join(otherwise.rate);
        let kind = ExprKind::If(Box::new(condition.clone()), block(then), block(otherwise));
        self.version(index, Expr { kind, kind_of: Type::Number, rate, span: condition.span });
    }

    fn version(&mut self, cache: usize, value: Expr) {
        let base = self.rule.caches.get(cache).map_or_else(String::new, |cache| cache.name.to_string());
        let name = self.name(&format!("{}_new", base.trim_start_matches("r#")));
        let (span, rate) = (value.span, self.rate_of(cache));
        let version = self.versions.len();
        self.stages.versions.push(self.stage(&value));
        self.numbers.push(Number::Version(version));
        self.versions.push(Version { value, name: name.clone() });
        if let Some(place) = self.current.get_mut(cache) {
            *place = Some(Expr { kind: ExprKind::Version(version, name), kind_of: Type::Number, rate, span });
        }
    }

    /// A cache that is not one number a weight, as it is now.
    pub(super) fn read(&self, cache: usize, span: Span) -> Expr {
        self.current.get(cache).cloned().flatten().unwrap_or_else(|| self.old(cache, span))
    }

    fn old(&self, cache: usize, span: Span) -> Expr {
        Expr { kind: ExprKind::Cache(cache), kind_of: Type::Number, rate: self.rate_of(cache), span }
    }

    pub(super) fn is_number(&self, cache: usize) -> bool {
        self.rule.caches.get(cache).is_some_and(|cache| cache.scope != Scope::Weight)
    }

    fn rate_of(&self, cache: usize) -> Rate {
        self.rule.caches.get(cache).map_or(Rate::Weight, |cache| match cache.scope {
            Scope::Weight => Rate::Weight,
            Scope::Row => Rate::Row,
            Scope::Col => Rate::Col,
            Scope::Tensor => Rate::Tensor,
            Scope::Model => Rate::Model,
        })
    }

    pub(super) fn guard_stage(&self) -> usize {
        self.guards.iter().map(|guard| self.stage(guard)).fold(0, usize::max)
    }

    /// How many passes of the section have to be over before `expression` can be computed.
    pub(super) fn stage(&self, expression: &Expr) -> usize {
        let mut stage = 0;
        passes::leaves(expression, &mut |leaf| {
            let of = match &leaf.kind {
                ExprKind::Total(index, _) => self.stages.totals.get(*index),
                ExprKind::Version(index, _) => self.stages.versions.get(*index),
                ExprKind::Called(index, _) => self.stages.calls.get(*index),
                ExprKind::Let(index) => self.stages.lets.get(*index),
                _ => None,
            };
            stage = stage.max(of.copied().unwrap_or(0)).max(self.variables.known_from(leaf));
        });
        stage
    }
}

pub(super) fn negated(condition: Expr) -> Expr {
    let (rate, span) = (condition.rate, condition.span);
    Expr { kind: ExprKind::Unary(crate::rule::ast::Unary::Not, Box::new(condition)), kind_of: Type::Flag, rate, span }
}

/// `old += value` and its like as a value.
fn applied(old: Expr, operator: Assign, value: Expr) -> Expr {
    let operator = match operator {
        Assign::Set => return value,
        Assign::Add => Binary::Add,
        Assign::Subtract => Binary::Subtract,
        Assign::Multiply => Binary::Multiply,
        Assign::Divide => Binary::Divide,
    };
    let (rate, span) = (old.rate.join(value.rate), value.span);
    Expr { kind: ExprKind::Binary(operator, Box::new(old), Box::new(value)), kind_of: Type::Number, rate, span }
}
