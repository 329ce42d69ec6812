//! Resolves the names of a rule's text and finds out how often each expression is computed.

use super::parse;
use super::program::{
    Branch, Cache, Dimension, Foreign, Function, Kind, Let, Node, Point, Program, Rate, Reduction, Statement, Target,
    Terms,
};
use super::syntax::{self, Expression, Kind as Syntax, Operator, Section, Text};
use crate::rule::{Cache as Declared, CacheScope};
use crate::tiled::CALL_NUMBERS;

/// Name, function, and how many arguments it has.
const FUNCTIONS: &[(&str, Function, usize)] = &[
    ("sqrt", Function::Sqrt, 1),
    ("cbrt", Function::Cbrt, 1),
    ("abs", Function::Abs, 1),
    ("sign", Function::Sign, 1),
    ("exp", Function::Exp, 1),
    ("ln", Function::Ln, 1),
    ("tanh", Function::Tanh, 1),
    ("pow", Function::Pow, 2),
    ("min", Function::Min, 2),
    ("max", Function::Max, 2),
    ("clamp", Function::Clamp, 3),
];

const DIMENSIONS: &[(&str, Dimension)] =
    &[("ndim", Dimension::Ndim), ("numel", Dimension::Numel), ("rows", Dimension::Rows), ("cols", Dimension::Cols)];

/// Name, terms, what it goes over, whether it is a mean, whether it is a root.
const REDUCTIONS: &[(&str, Terms, Rate, bool, bool)] = &[
    ("sum", Terms::Plain, Rate::Tensor, false, false),
    ("mean", Terms::Plain, Rate::Tensor, true, false),
    ("norm", Terms::Squares, Rate::Tensor, false, true),
    ("max_abs", Terms::MaxAbs, Rate::Tensor, false, false),
    ("dot", Terms::Products, Rate::Tensor, false, false),
    ("row_sum", Terms::Plain, Rate::Row, false, false),
    ("row_mean", Terms::Plain, Rate::Row, true, false),
    ("col_sum", Terms::Plain, Rate::Col, false, false),
    ("col_mean", Terms::Plain, Rate::Col, true, false),
    ("model_sum", Terms::Plain, Rate::Once, false, false),
    ("model_norm", Terms::Squares, Rate::Once, false, true),
    ("model_dot", Terms::Products, Rate::Once, false, false),
];

/// A hyper-parameter: its name, and whether it is a flag.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hyper {
    pub(super) name: &'static str,
    pub(super) flag: bool,
}

#[derive(Clone, Copy, Debug)]
enum Symbol {
    Hyper(usize),
    Cache(usize),
    Let(usize),
    Time,
    Weight,
    Gradient,
}

struct Resolver<'d> {
    hypers: &'d [Hyper],
    /// What stands in scope; the last one of a name counts.
    scope: Vec<(String, Symbol)>,
    caches: Vec<Cache>,
    lets: Vec<Let>,
    /// How many reductions and calls there are.
    kept: usize,
    calls: usize,
    axes: bool,
}

/// The rule of this text; an error says what is wrong with it, and in which line.
pub(super) fn resolve(text: &Text, hypers: &[Hyper], declared: &[Declared]) -> Result<Program, String> {
    let caches = declared.iter().map(|cache| Cache {
        name: cache.name,
        rate: match cache.scope {
            CacheScope::Weight => Rate::Weight,
            CacheScope::Row => Rate::Row,
            CacheScope::Col => Rate::Col,
            CacheScope::Tensor => Rate::Tensor,
            CacheScope::Model => Rate::Once,
        },
        start: None,
        condition: None,
    });
    let resolver = Resolver {
        hypers,
        scope: Vec::new(),
        caches: caches.collect(),
        lets: Vec::new(),
        kept: 0,
        calls: 0,
        axes: declared.iter().any(|cache| matches!(cache.scope, CacheScope::Row | CacheScope::Col)),
    };
    let update = text.update.as_ref().ok_or("there is no section `update`")?;
    resolver.program(text, update, declared)
}

impl Resolver<'_> {
    fn program(mut self, text: &Text, update: &Section, declared: &[Declared]) -> Result<Program, String> {
        for (index, hyper) in self.hypers.iter().enumerate() {
            self.scope.push((hyper.name.into(), Symbol::Hyper(index)));
        }
        self.conditions(declared)?;
        self.starts(text)?;
        for (index, cache) in self.caches.iter().enumerate() {
            self.scope.push((cache.name.into(), Symbol::Cache(index)));
        }
        let time = text.step.as_ref().and_then(|step| step.parameters.first()).map_or("t", String::as_str).to_owned();
        self.scope.push((time.clone(), Symbol::Time));
        let step = match &text.step {
            // Its names stay for the sections behind it.
            Some(section) => self.open_statements(&section.lines, Rate::Once, Rate::Once)?,
            None => Vec::new(),
        };
        let look_ahead = text.look_ahead.as_ref().map(|section| self.point(section)).transpose()?;
        let opened = self.parameters(update);
        let statements = self.statements(&update.lines, Rate::Once, Rate::Weight)?;
        self.scope.truncate(opened);
        let evaluate = text.evaluate.as_ref().map(|section| self.point(section)).transpose()?;
        let name = |index: usize| update.parameters.get(index).cloned().unwrap_or_default();
        Ok(Program {
            names: [name(0), name(1), time],
            caches: self.caches,
            lets: self.lets,
            kept: self.kept,
            axes: self.axes,
            step,
            look_ahead,
            update: statements,
            evaluate,
        })
    }

    /// Under which conditions caches exist: over hyper-parameters and the shape.
    fn conditions(&mut self, declared: &[Declared]) -> Result<(), String> {
        for (index, cache) in declared.iter().enumerate() {
            let Some(condition) = cache.condition else { continue };
            let of = |message: String| format!("the condition of `{}`: {message}", cache.name);
            let parsed = parse::parse_expression(condition).map_err(of)?;
            let node = self.flag(&parsed).map_err(of)?;
            let most = if cache.scope == CacheScope::Model { Rate::Once } else { Rate::Tensor };
            if !node.rate.reaches(most) {
                return Err(of("it is not the same for all weights of a tensor".into()));
            }
            self.caches[index].condition = Some(node);
        }
        Ok(())
    }

    /// What caches start at: of hyper-parameters and the weight.
    fn starts(&mut self, text: &Text) -> Result<(), String> {
        let opened = self.scope.len();
        // Whatever the sections call it.
        self.scope.push(("w".into(), Symbol::Weight));
        for (number, name, value) in &text.starts {
            let start = self.number(value).map_err(|message| format!("line {number}: {message}"))?;
            let cache = self.caches.iter_mut().find(|cache| cache.name == name);
            let cache = cache.ok_or_else(|| format!("line {number}: there is no cache `{name}`"))?;
            if !start.rate.reaches(cache.rate) {
                return Err(format!("line {number}: `{name}` cannot start at something per weight"));
            }
            cache.start = Some(start);
        }
        self.scope.truncate(opened);
        Ok(())
    }

    /// Declares what a section calls weight and gradient, and says where the scope ended before.
    fn parameters(&mut self, section: &Section) -> usize {
        let opened = self.scope.len();
        let symbols = [Symbol::Weight, Symbol::Gradient];
        self.scope.extend(section.parameters.iter().cloned().zip(symbols));
        opened
    }

    fn point(&mut self, section: &Section) -> Result<Point, String> {
        let opened = self.parameters(section);
        let statements = self.open_statements(&section.lines, Rate::Once, Rate::Weight)?;
        if statements.iter().any(|statement| !matches!(statement, Statement::Let(..))) {
            return Err(format!("line {}: a point is computed, and nothing assigned", section.number));
        }
        let (number, value) = section.value.as_ref().ok_or("a point needs a value")?;
        let value = self.number(value).map_err(|message| format!("line {number}: {message}"))?;
        self.scope.truncate(opened);
        Ok(Point { statements, value, takes_gradient: section.parameters.len() > 1 })
    }

    /// Statements below conditions of the rate `under`, in a section that computes up to the rate `most`.
    fn statements(&mut self, lines: &[syntax::Line], under: Rate, most: Rate) -> Result<Vec<Statement>, String> {
        let opened = self.scope.len();
        let statements = self.open_statements(lines, under, most);
        self.scope.truncate(opened);
        statements
    }

    /// As `statements`; what they name stays in scope.
    fn open_statements(&mut self, lines: &[syntax::Line], under: Rate, most: Rate) -> Result<Vec<Statement>, String> {
        let mut statements = Vec::new();
        for line in lines {
            let of_line = |message: String| format!("line {}: {message}", line.number);
            let statement = match &line.statement {
                syntax::Statement::If(condition, then, otherwise) => {
                    let condition = self.flag(condition).map_err(of_line)?;
                    let under = under.join(condition.rate);
                    let then = self.statements(then, under, most)?;
                    Statement::If(condition, then, self.statements(otherwise, under, most)?)
                }
                syntax::Statement::Let(name, value) => {
                    let value = self.node(value).map_err(of_line)?;
                    Statement::Let(self.declare(name, &value), value)
                }
                syntax::Statement::Assign(name, operator, value) => {
                    let value = self.number(value).map_err(of_line)?;
                    let target = self.target(name, value.rate.join(under)).map_err(of_line)?;
                    Statement::Assign(target, *operator, value)
                }
            };
            let rate = match &statement {
                Statement::Let(_, value) | Statement::If(value, ..) => value.rate,
                Statement::Assign(Target::Weight, ..) => Rate::Weight,
                Statement::Assign(Target::Cache(index), ..) => self.caches[*index].rate,
            };
            if !rate.reaches(most) {
                return Err(of_line("`step` is computed once, not for each weight or tensor".into()));
            }
            statements.push(statement);
        }
        Ok(statements)
    }

    fn declare(&mut self, name: &str, value: &Node) -> usize {
        let index = self.lets.len();
        self.lets.push(Let { name: name.into(), rate: value.rate, flag: value.flag });
        self.scope.push((name.into(), Symbol::Let(index)));
        index
    }

    fn find(&self, name: &str) -> Result<Symbol, String> {
        let found = self.scope.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, symbol)| *symbol).ok_or_else(|| format!("there is no `{name}`"))
    }

    /// What is assigned to, if it has a number for each of what is assigned.
    fn target(&self, name: &str, rate: Rate) -> Result<Target, String> {
        let (target, has) = match self.find(name)? {
            Symbol::Weight => (Target::Weight, Rate::Weight),
            Symbol::Cache(index) => (Target::Cache(index), self.caches[index].rate),
            _ => return Err(format!("`{name}` cannot be assigned to")),
        };
        if rate.reaches(has) {
            return Ok(target);
        }
        Err(format!("`{name}` has fewer numbers than what is assigned to it"))
    }

    fn number(&mut self, expression: &Expression) -> Result<Node, String> {
        let node = self.node(expression)?;
        if node.flag { Err("found a condition where a number belongs".into()) } else { Ok(node) }
    }

    fn flag(&mut self, expression: &Expression) -> Result<Node, String> {
        let node = self.node(expression)?;
        if node.flag { Ok(node) } else { Err("found a number where a condition belongs".into()) }
    }

    fn node(&mut self, expression: &Expression) -> Result<Node, String> {
        let (kind, rate, flag) = match &expression.kind {
            Syntax::Number(number) => (Kind::Number(*number), Rate::Once, false),
            Syntax::Flag(flag) => (Kind::Flag(*flag), Rate::Once, true),
            Syntax::Name(name) => match self.find(name)? {
                Symbol::Hyper(index) => (Kind::Hyper(index), Rate::Once, self.hypers[index].flag),
                Symbol::Cache(index) => (Kind::Cache(index), self.caches[index].rate, false),
                Symbol::Let(index) => (Kind::Let(index), self.lets[index].rate, self.lets[index].flag),
                Symbol::Time => (Kind::Time, Rate::Once, false),
                Symbol::Weight => (Kind::Weight, Rate::Weight, false),
                Symbol::Gradient => (Kind::Gradient, Rate::Weight, false),
            },
            Syntax::Negate(operand) => {
                let operand = self.number(operand)?;
                let rate = operand.rate;
                (Kind::Negate(Box::new(operand)), rate, false)
            }
            Syntax::Not(operand) => {
                let operand = self.flag(operand)?;
                let rate = operand.rate;
                (Kind::Not(Box::new(operand)), rate, true)
            }
            Syntax::Binary(operator, left, right) => return self.binary(*operator, left, right),
            Syntax::Call(name, arguments) => return self.call(name, arguments),
            Syntax::If(condition, then, otherwise) => return self.branches(condition, then, otherwise),
        };
        Ok(Node { kind, rate, flag })
    }

    fn binary(&mut self, operator: Operator, left: &Expression, right: &Expression) -> Result<Node, String> {
        use Operator::{Add, And, Divide, Multiply, Or, Subtract};
        let logical = matches!(operator, And | Or);
        let (left, right) =
            if logical { (self.flag(left)?, self.flag(right)?) } else { (self.number(left)?, self.number(right)?) };
        let rate = left.rate.join(right.rate);
        let flag = !matches!(operator, Add | Subtract | Multiply | Divide);
        Ok(Node { kind: Kind::Binary(operator, Box::new(left), Box::new(right)), rate, flag })
    }

    fn call(&mut self, name: &str, arguments: &[Expression]) -> Result<Node, String> {
        let arguments = arguments.iter().map(|argument| self.number(argument)).collect::<Result<Vec<_>, _>>()?;
        if name.contains("::") {
            return self.foreign(name, arguments);
        }
        let count = |expected: usize| {
            if arguments.len() == expected {
                return Ok(());
            }
            Err(format!("`{name}` takes {expected} argument(s), found {}", arguments.len()))
        };
        let rate = arguments.iter().map(|argument| argument.rate).fold(Rate::Once, Rate::join);
        if let Some((_, function, expected)) = FUNCTIONS.iter().find(|(known, ..)| *known == name) {
            count(*expected)?;
            return Ok(Node { kind: Kind::Call(*function, arguments), rate, flag: false });
        }
        if name == "epsilon" {
            count(0)?;
            return Ok(Node { kind: Kind::Epsilon, rate, flag: false });
        }
        if let Some((_, dimension)) = DIMENSIONS.iter().find(|(known, _)| *known == name) {
            count(0)?;
            return Ok(Node { kind: Kind::Dimension(*dimension), rate: Rate::Tensor, flag: false });
        }
        let Some(&(_, terms, over, mean, root)) = REDUCTIONS.iter().find(|(known, ..)| *known == name) else {
            return Err(format!("there is no function `{name}`"));
        };
        count(if terms == Terms::Products { 2 } else { 1 })?;
        self.axes |= matches!(over, Rate::Row | Rate::Col);
        // Over the columns of what each row has (or the other way round): one number a matrix.
        let (of, over) = match (over, rate) {
            (Rate::Col, Rate::Row) | (Rate::Row, Rate::Col) => (rate, Rate::Matrix),
            _ => (Rate::Weight, over),
        };
        let reduction = Reduction { terms, of, over, mean, root, place: self.kept };
        self.kept += 1;
        Ok(Node { kind: Kind::Reduce(reduction, arguments), rate: over, flag: false })
    }

    /// A call by path, which is one of whole matrices.
    fn foreign(&mut self, name: &str, arguments: Vec<Node>) -> Result<Node, String> {
        let numbers = arguments.iter().skip(1);
        if !(1..=1 + CALL_NUMBERS).contains(&arguments.len()) {
            return Err(format!("`{name}` is called with one matrix and at most {CALL_NUMBERS} numbers"));
        }
        if numbers.clone().any(|number| !number.rate.reaches(Rate::Matrix)) {
            return Err(format!("`{name}` is called with one matrix, and numbers of the whole matrix behind it"));
        }
        let foreign = Foreign { call: self.calls, place: self.kept };
        (self.calls, self.kept) = (self.calls + 1, self.kept + 1);
        Ok(Node { kind: Kind::Foreign(foreign, arguments), rate: Rate::Weight, flag: false })
    }

    fn branches(
        &mut self,
        condition: &Expression,
        then: &syntax::Branch,
        otherwise: &syntax::Branch,
    ) -> Result<Node, String> {
        let condition = self.flag(condition)?;
        let (then, otherwise) = (self.branch(then)?, self.branch(otherwise)?);
        let flag = then.value.flag;
        if flag != otherwise.value.flag {
            return Err("one branch gives a number and the other a condition".into());
        }
        let mut rate = condition.rate;
        for branch in [&then, &otherwise] {
            rate = branch.lets.iter().fold(rate.join(branch.value.rate), |rate, (_, value)| rate.join(value.rate));
        }
        Ok(Node { kind: Kind::If(Box::new(condition), then, otherwise), rate, flag })
    }

    fn branch(&mut self, branch: &syntax::Branch) -> Result<Branch, String> {
        let opened = self.scope.len();
        let mut lets = Vec::new();
        for (name, value) in &branch.lets {
            let value = self.node(value)?;
            lets.push((self.declare(name, &value), value));
        }
        let value = Box::new(self.node(&branch.value)?);
        self.scope.truncate(opened);
        Ok(Branch { lets, value })
    }
}
