//! Computes a rule: statement after statement, each for all weights, so that a reduction is computed where it stands.
//!
//! Every number is kept as an `f64`, which holds an `f32` exactly; what is per weight is computed in `A`.

use ndarray::{ArrayView2, ArrayViewMut2};

use super::program::{Branch, Dimension, Foreign, Function, Kind, Node, Program, Rate, Reduction, Statement, Target};
use super::sums::Grid;
use super::syntax::Operator;
use super::table::{At, Table, at, count, read};
use super::trace::{Origin, Watch};
use crate::math;
use crate::real::Real;
use crate::tiled::CALL_NUMBERS;

/// `(call, input, output, numbers)`: calls a function in Rust for one matrix, by its number in order of appearance.
pub(super) type Calls<A> = fn(usize, ArrayView2<'_, A>, ArrayViewMut2<'_, A>, &[f64; CALL_NUMBERS]);

/// All numbers of a rule at work on a model.
#[derive(Clone, Debug)]
pub(super) struct Machine<A> {
    pub(super) hypers: Vec<f64>,
    /// The number of the step.
    pub(super) time: f64,
    pub(super) grids: Vec<Grid>,
    pub(super) weights: Table,
    pub(super) gradient: Table,
    pub(super) caches: Vec<Table>,
    /// For each cache and tensor, whether there is one.
    pub(super) exists: Vec<Vec<bool>>,
    lets: Vec<Table>,
    /// What reductions and calls have given.
    kept: Vec<Table>,
    /// The conditions below which something is computed, which are flags of a rate each.
    under: Vec<(Rate, Table)>,
    /// The functions in Rust that the rule calls.
    pub(super) calls: Calls<A>,
    pub(super) axes: bool,
    /// The place whose numbers are noted down, where somebody looks.
    pub(super) watch: Option<Watch>,
}

impl<A: Real> Machine<A> {
    /// With these weights, and caches at their start.
    pub(super) fn new(program: &Program, calls: Calls<A>, hypers: Vec<f64>, grids: Vec<Grid>, weights: Table) -> Self {
        let mut machine = Machine {
            hypers,
            time: 0.0,
            gradient: weights.iter().map(|weights| vec![0.0; weights.len()]).collect(),
            grids,
            weights,
            caches: Vec::new(),
            exists: Vec::new(),
            lets: vec![Table::new(); program.lets.len()],
            kept: vec![Table::new(); program.kept],
            under: Vec::new(),
            calls,
            axes: program.axes,
            watch: None,
        };
        machine.exists = machine.existing(program, &machine.hypers);
        for (cache, exists) in program.caches.iter().zip(machine.exists.clone()) {
            let zero = Node { kind: Kind::Number(0.0), rate: Rate::Once, flag: false };
            let start = cache.start.as_ref().unwrap_or(&zero);
            machine.prepare(program, start);
            let table = machine.each(cache.rate, |at| {
                let there = exists.get(at.tensor).is_some_and(|exists| *exists);
                if there { machine.stored(cache.rate, start, at) } else { 0.0 }
            });
            machine.caches.push(table);
        }
        machine.commit(program);
        machine
    }

    /// For each cache and tensor, whether there is one with these hyper-parameters.
    pub(super) fn existing(&self, program: &Program, hypers: &[f64]) -> Vec<Vec<bool>> {
        let mut machine = Machine { hypers: hypers.to_vec(), watch: None, ..self.clone() };
        program.caches.iter().flat_map(|cache| &cache.condition).for_each(|node| machine.prepare(program, node));
        let of = |cache: &super::program::Cache| {
            let tensors = if cache.rate == Rate::Once { 1 } else { machine.grids.len() };
            let exists = |tensor| {
                let at = At { tensor, ..At::default() };
                cache.condition.as_ref().is_none_or(|condition| machine.flag(condition, at))
            };
            (0..tensors).map(exists).collect()
        };
        program.caches.iter().map(of).collect()
    }

    /// The end of a step: caches of rows and columns are of the scalar type.
    pub(super) fn commit(&mut self, program: &Program) {
        for (cache, table) in program.caches.iter().zip(&mut self.caches) {
            if matches!(cache.rate, Rate::Row | Rate::Col) {
                table.iter_mut().flatten().for_each(|number| *number = A::from_f64(*number).as_f64());
            }
        }
    }

    /// Runs statements, one after the other.
    pub(super) fn run(&mut self, program: &Program, statements: &[Statement]) {
        for statement in statements {
            match statement {
                Statement::Let(index, value) => {
                    self.prepare(program, value);
                    self.name(program, *index, value);
                }
                Statement::Assign(target, operator, value) => {
                    self.prepare(program, value);
                    self.assign(program, *target, *operator, value);
                }
                Statement::If(condition, then, otherwise) => {
                    self.prepare(program, condition);
                    self.both(condition, |machine, holds| machine.run(program, if holds { then } else { otherwise }));
                }
            }
        }
    }

    /// Computes what stands below a condition, and what stands below its opposite.
    fn both(&mut self, condition: &Node, mut f: impl FnMut(&mut Self, bool)) {
        let holds = self.table(condition);
        let fails = holds.iter().map(|flags| flags.iter().map(|flag| 1.0 - flag).collect()).collect();
        for (flags, expected) in [(holds, true), (fails, false)] {
            self.under.push((condition.rate, flags));
            f(self, expected);
            self.under.pop();
        }
    }

    /// Whether all conditions hold at a place: those that are of a rate up to `most`.
    pub(super) fn holds(&self, most: Rate, at: At) -> bool {
        let mut under = self.under.iter().filter(|(rate, _)| rate.reaches(most));
        under.all(|(rate, flags)| read(&self.grids, *rate, flags, at) != 0.0)
    }

    /// Computes a value's reductions and calls, and what is named in its blocks, for all places: nothing of it has an
    /// effect, so it does not matter which branch is taken where.
    pub(super) fn prepare(&mut self, program: &Program, node: &Node) {
        match &node.kind {
            Kind::Negate(operand) | Kind::Not(operand) => self.prepare(program, operand),
            Kind::Binary(_, left, right) => {
                self.prepare(program, left);
                self.prepare(program, right);
            }
            Kind::Call(_, arguments) | Kind::Reduce(_, arguments) | Kind::Foreign(_, arguments) => {
                for argument in arguments {
                    self.prepare(program, argument);
                }
                match &node.kind {
                    Kind::Reduce(reduction, _) => self.kept[reduction.place] = self.reduce(*reduction, arguments),
                    Kind::Foreign(foreign, _) => self.kept[foreign.place] = self.foreign(foreign.call, arguments),
                    _ => {}
                }
            }
            Kind::If(condition, then, otherwise) => {
                self.prepare(program, condition);
                self.both(condition, |machine, holds| {
                    machine.prepare_branch(program, if holds { then } else { otherwise });
                });
            }
            _ => {}
        }
    }

    fn prepare_branch(&mut self, program: &Program, branch: &Branch) {
        for (index, value) in &branch.lets {
            self.prepare(program, value);
            self.name(program, *index, value);
        }
        self.prepare(program, &branch.value);
    }

    fn name(&mut self, program: &Program, index: usize, value: &Node) {
        self.lets[index] = self.table(value);
        self.note(&program.lets[index].name, Origin::Named, value.rate, |machine| &machine.lets[index]);
    }

    fn assign(&mut self, program: &Program, target: Target, operator: Option<Operator>, value: &Node) {
        let (rate, cache) = match target {
            Target::Weight => (Rate::Weight, None),
            Target::Cache(index) => (program.caches[index].rate, Some(index)),
        };
        let old = cache.map_or(&self.weights, |index| &self.caches[index]);
        let exists = cache.map(|index| &self.exists[index]);
        let table = self.each(rate, |at| {
            let old = read(&self.grids, rate, old, at);
            let there = exists.is_none_or(|exists| exists.get(at.tensor).is_some_and(|exists| *exists));
            if !there || !self.holds(Rate::Weight, at) {
                return old;
            }
            if rate == Rate::Weight {
                change(operator, A::from_f64(old), self.number::<A>(value, at)).as_f64()
            } else {
                change(operator, old, self.number::<f64>(value, at))
            }
        });
        match cache {
            None => self.weights = table,
            Some(index) => self.caches[index] = table,
        }
        let name = cache.map_or(program.names[0].as_str(), |index| program.caches[index].name);
        self.note(name, Origin::Assigned, rate, |machine| {
            cache.map_or(&machine.weights, |index| &machine.caches[index])
        });
    }

    /// Notes a number down, if somebody looks.
    pub(super) fn note(&mut self, name: &str, origin: Origin, rate: Rate, table: impl Fn(&Self) -> &Table) {
        let Some(at) = self.watch.as_ref().map(|watch| watch.at).filter(|at| self.holds(Rate::Weight, *at)) else {
            return;
        };
        let value = read(&self.grids, rate, table(self), at);
        if let Some(watch) = &mut self.watch {
            watch.note(name, origin, rate, value);
        }
    }

    /// The value of an expression, for all places that its rate has; its parts are prepared.
    pub(super) fn table(&self, node: &Node) -> Table {
        self.each(node.rate, |at| self.stored(node.rate, node, at))
    }

    /// The value of an expression, for all weights.
    pub(super) fn per_weight(&self, node: &Node) -> Table {
        self.each(Rate::Weight, |at| self.stored(Rate::Weight, node, at))
    }

    /// A value as it is kept: of the scalar type where it is per weight, and a flag as 0 or 1.
    fn stored(&self, rate: Rate, node: &Node, at: At) -> f64 {
        if node.flag {
            f64::from(u8::from(self.flag(node, at)))
        } else if rate == Rate::Weight {
            self.number::<A>(node, at).as_f64()
        } else {
            self.number::<f64>(node, at)
        }
    }

    /// Calls `f` for every place of a rate.
    fn each(&self, rate: Rate, f: impl Fn(At) -> f64) -> Table {
        if rate == Rate::Once {
            return vec![vec![f(At::default())]];
        }
        let grids = self.grids.iter().enumerate();
        grids.map(|(tensor, grid)| (0..count(rate, grid)).map(|i| f(at(rate, grid, tensor, i))).collect()).collect()
    }

    /// A number in the type `B`: what is not per weight is computed in `f64`, whole, and rounded once.
    pub(super) fn number<B: Real>(&self, node: &Node, at: At) -> B {
        if node.rate == Rate::Weight { self.compute(node, at) } else { B::from_f64(self.compute::<f64>(node, at)) }
    }

    fn compute<B: Real>(&self, node: &Node, at: At) -> B {
        let kept = |table: &Table| B::from_f64(read(&self.grids, node.rate, table, at));
        match &node.kind {
            Kind::Number(number) => B::from_f64(*number),
            Kind::Hyper(index) => B::from_f64(self.hypers[*index]),
            Kind::Time => B::from_f64(self.time),
            Kind::Weight => kept(&self.weights),
            Kind::Gradient => kept(&self.gradient),
            Kind::Cache(index) => kept(&self.caches[*index]),
            Kind::Let(index) => kept(&self.lets[*index]),
            Kind::Reduce(Reduction { place, .. }, _) | Kind::Foreign(Foreign { place, .. }, _) => {
                kept(&self.kept[*place])
            }
            Kind::Negate(operand) => -self.number::<B>(operand, at),
            Kind::Binary(operator, left, right) => {
                change(Some(*operator), self.number::<B>(left, at), self.number::<B>(right, at))
            }
            Kind::Call(function, arguments) => {
                let argument = |i: usize| arguments.get(i).map_or(B::zero(), |x| self.number::<B>(x, at));
                match function {
                    Function::Sqrt => math::sqrt(argument(0)),
                    Function::Cbrt => math::cbrt(argument(0)),
                    Function::Abs => math::abs(argument(0)),
                    Function::Sign => math::sign(argument(0)),
                    Function::Exp => math::exp(argument(0)),
                    Function::Ln => math::ln(argument(0)),
                    Function::Tanh => math::tanh(argument(0)),
                    Function::Pow => math::pow(argument(0), argument(1)),
                    Function::Min => math::min(argument(0), argument(1)),
                    Function::Max => math::max(argument(0), argument(1)),
                    Function::Clamp => math::clamp(argument(0), argument(1), argument(2)),
                }
            }
            Kind::Epsilon => B::from_f64(math::epsilon::<A>()),
            Kind::Dimension(dimension) => {
                let shape = self.grids.get(at.tensor).map_or_else(|| Grid::of(&[]).shape, |grid| grid.shape);
                B::from_f64(match dimension {
                    Dimension::Ndim => shape.ndim,
                    Dimension::Numel => shape.numel,
                    Dimension::Rows => shape.rows,
                    Dimension::Cols => shape.cols,
                })
            }
            Kind::If(condition, then, otherwise) => {
                let branch = if self.flag(condition, at) { then } else { otherwise };
                self.number(&branch.value, at)
            }
            // Conditions: the resolver lets none get here.
            Kind::Flag(_) | Kind::Not(_) => B::nan(),
        }
    }

    fn flag(&self, node: &Node, at: At) -> bool {
        match &node.kind {
            Kind::Flag(flag) => *flag,
            Kind::Hyper(index) => self.hypers[*index] != 0.0,
            Kind::Let(index) => read(&self.grids, node.rate, &self.lets[*index], at) != 0.0,
            Kind::Not(operand) => !self.flag(operand, at),
            Kind::Binary(Operator::And, left, right) => self.flag(left, at) && self.flag(right, at),
            Kind::Binary(Operator::Or, left, right) => self.flag(left, at) || self.flag(right, at),
            Kind::Binary(operator, left, right) if node.rate == Rate::Weight => {
                compare(*operator, self.number::<A>(left, at), self.number::<A>(right, at))
            }
            Kind::Binary(operator, left, right) => {
                compare(*operator, self.number::<f64>(left, at), self.number::<f64>(right, at))
            }
            Kind::If(condition, then, otherwise) => {
                let branch = if self.flag(condition, at) { then } else { otherwise };
                self.flag(&branch.value, at)
            }
            // Numbers: the resolver lets none get here.
            _ => false,
        }
    }
}

/// The new value of an assignment; the value alone where there is no operator.
fn change<B: Real>(operator: Option<Operator>, old: B, value: B) -> B {
    match operator {
        None => value,
        Some(Operator::Add) => old + value,
        Some(Operator::Subtract) => old - value,
        Some(Operator::Multiply) => old * value,
        Some(Operator::Divide) => old / value,
        // Comparisons give no number: the resolver lets none get here.
        Some(_) => B::nan(),
    }
}

fn compare<B: Real>(operator: Operator, left: B, right: B) -> bool {
    match operator {
        Operator::Less => left < right,
        Operator::LessEqual => left <= right,
        Operator::Greater => left > right,
        Operator::GreaterEqual => left >= right,
        Operator::Equal => left == right,
        Operator::NotEqual => left != right,
        // Arithmetic is no condition: the resolver lets none get here.
        _ => false,
    }
}
