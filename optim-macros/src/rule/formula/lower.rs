//! [`ir`](crate::rule::ir) to lines of mathematics.

use super::math::{Line, Math, Operator, Remark, Symbol};
use super::symbols::Symbols;
use crate::rule::ast::{Assign, Binary, Unary};
use crate::rule::functions::Total;
use crate::rule::ir::{Block, Body, Expr, ExprKind, Function, Rate, Reduction, Rule, Statement, Target};

pub(crate) fn lower_rule(rule: &Rule, symbols: &Symbols) -> Vec<Line> {
    let mut lower =
        Lower { rule, symbols, weight: rule.update.weight.to_string(), gradient: "g".into(), lines: Vec::new() };
    lower.starts();
    lower.statements(&rule.step, 0);
    if let Some(body) = &rule.look_ahead {
        lower.look_ahead(body);
    }
    lower.body(&rule.update);
    if let Some(body) = &rule.evaluate {
        lower.heading(vec![Remark::Text("evaluated at")]);
        lower.body(body);
    }
    lower.lines
}

struct Lower<'r> {
    rule: &'r Rule,
    symbols: &'r Symbols,
    /// What the section at hand calls the weight.
    weight: String,
    /// What it calls the gradient.
    gradient: String,
    lines: Vec<Line>,
}

impl Lower<'_> {
    /// Caches that start at something else than zero, which is not said.
    fn starts(&mut self) {
        // Starts call the weight `w`, whatever the sections call it.
        let weight = std::mem::replace(&mut self.weight, "w".into());
        for (index, cache) in self.rule.caches.iter().enumerate() {
            let Some(start) = &cache.start else { continue };
            if self.lines.is_empty() {
                self.lines.push(Line::Heading(vec![Remark::Text("at first")]));
            }
            self.lets_inside(start, 1);
            let (target, value) = (self.symbol_of_cache(index), self.math(start));
            self.lines.push(Line::Assignment { depth: 1, target, changes: false, value });
        }
        if !self.lines.is_empty() {
            self.lines.push(Line::Heading(vec![Remark::Text("in each step")]));
        }
        self.weight = weight;
    }

    fn heading(&mut self, remarks: Vec<Remark>) {
        self.lines.push(Line::Heading(remarks));
    }

    /// Says which gradient is which, by the names that the sections give: `g` of the look-ahead is not `g` of the update.
    fn look_ahead(&mut self, body: &Body) {
        let name = |name: &dyn ToString| Remark::Symbol(self.symbols.get(&name.to_string()));
        let ahead = match &body.gradient {
            Some(gradient) => vec![
                Remark::Text("with "),
                name(gradient),
                Remark::Text(" the gradient at "),
                name(&body.weight),
                Remark::Text(", look ahead to"),
            ],
            None => vec![Remark::Text("look ahead to")],
        };
        let then = self.rule.update.gradient.as_ref().map_or_else(
            || vec![Remark::Text("then")],
            |gradient| vec![Remark::Text("then, with "), name(gradient), Remark::Text(" the gradient there")],
        );
        self.heading(ahead);
        self.body(body);
        self.heading(then);
    }

    fn body(&mut self, body: &Body) {
        self.weight = body.weight.to_string();
        if let Some(gradient) = &body.gradient {
            self.gradient = gradient.to_string();
        }
        self.statements(&body.block.statements, 0);
        if let Some(value) = &body.block.value {
            self.lets_inside(value, 0);
            let value = self.math(value);
            self.lines.push(Line::Value { depth: 0, value });
        }
    }

    fn statements(&mut self, statements: &[Statement], depth: usize) {
        for statement in statements {
            match statement {
                Statement::Let(index, value) => {
                    self.lets_inside(value, depth);
                    let target = self.symbol_of_let(*index);
                    let value = self.math(value);
                    let changes = self.has_other_before(*index);
                    self.lines.push(Line::Assignment { depth, target, changes, value });
                }
                Statement::Assign(target, operator, value) => {
                    self.lets_inside(value, depth);
                    let target = match target {
                        Target::Weight => self.symbols.get(&self.weight),
                        Target::Cache(index) => self.symbol_of_cache(*index),
                    };
                    let value = self.assigned(&target, *operator, value);
                    self.lines.push(Line::Assignment { depth, target, changes: true, value });
                }
                Statement::If(condition, then, otherwise) => {
                    self.lets_inside(condition, depth);
                    self.lines.push(Line::If { depth, word: "if", condition: Some(self.math(condition)) });
                    self.branches(then, otherwise.as_ref(), depth);
                }
            }
        }
    }

    fn branches(&mut self, then: &Block, otherwise: Option<&Block>, depth: usize) {
        self.statements(&then.statements, depth + 1);
        let Some(otherwise) = otherwise else { return };
        if let [Statement::If(condition, then, rest)] = otherwise.statements.as_slice() {
            self.lines.push(Line::If { depth, word: "else if", condition: Some(self.math(condition)) });
            self.branches(then, rest.as_ref(), depth);
        } else {
            self.lines.push(Line::If { depth, word: "else", condition: None });
            self.statements(&otherwise.statements, depth + 1);
        }
    }

    /// `let`s that stand inside a value get lines of their own before it.
    fn lets_inside(&mut self, expression: &Expr, depth: usize) {
        match &expression.kind {
            ExprKind::If(condition, then, otherwise) => {
                self.lets_inside(condition, depth);
                for block in [then, otherwise] {
                    self.statements(&block.statements, depth);
                    block.value.iter().for_each(|value| self.lets_inside(value, depth));
                }
            }
            ExprKind::Unary(_, operand) => self.lets_inside(operand, depth),
            ExprKind::Binary(_, left, right) => {
                self.lets_inside(left, depth);
                self.lets_inside(right, depth);
            }
            ExprKind::Call(_, arguments) | ExprKind::Reduce(_, arguments) | ExprKind::CallPath(_, arguments) => {
                for argument in arguments {
                    self.lets_inside(argument, depth);
                }
            }
            _ => {}
        }
    }

    /// `w -= x` is `w ← w − x`.
    fn assigned(&self, target: &Symbol, operator: Assign, value: &Expr) -> Math {
        let value = self.math(value);
        let old = Math::Symbol(target.clone());
        match operator {
            Assign::Set => value,
            Assign::Add => binary(Operator::Plus, old, value.at_least(4)),
            Assign::Subtract => binary(Operator::Minus, old, value.at_least(5)),
            Assign::Multiply => product(old, value),
            Assign::Divide => Math::Fraction(Box::new(old), Box::new(value)),
        }
    }

    /// The name as it was written; in a branch, where another of the name may hold elsewhere, the one that is unique.
    fn symbol_of_let(&self, index: usize) -> Symbol {
        let Some(named) = self.rule.lets.get(index) else { return self.symbols.get("") };
        if named.nested { self.symbols.get(&named.name.to_string()) } else { self.symbols.get(&named.written) }
    }

    /// Whether a `let` gives a name another value: `let g = g + λ w`.
    fn has_other_before(&self, index: usize) -> bool {
        self.rule.lets.get(index).is_some_and(|named| !named.nested && named.name != named.written.as_str())
    }

    fn symbol_of_cache(&self, index: usize) -> Symbol {
        let name = self.rule.caches.get(index).map_or_else(String::new, |cache| cache.name.to_string());
        self.symbols.get(&name)
    }

    fn math(&self, expression: &Expr) -> Math {
        match &expression.kind {
            ExprKind::Number(number) => Math::Number(number_text(*number)),
            ExprKind::Flag(flag) => Math::Word(flag.to_string()),
            ExprKind::Hyper(index) => {
                let name = self.rule.hypers.get(*index).map_or_else(String::new, |hyper| hyper.name.to_string());
                Math::Symbol(self.symbols.get(&name))
            }
            ExprKind::Let(index) => Math::Symbol(self.symbol_of_let(*index)),
            ExprKind::Cache(index) => Math::Symbol(self.symbol_of_cache(*index)),
            ExprKind::Time => Math::Symbol(self.symbols.get(&self.rule.time.to_string())),
            ExprKind::Weight => Math::Symbol(self.symbols.get(&self.weight)),
            ExprKind::Gradient => Math::Symbol(self.symbols.get(&self.gradient)),
            ExprKind::Unary(Unary::Negate, operand) => Math::Negate(Box::new(self.math(operand).at_least(5))),
            ExprKind::Unary(Unary::Not, operand) => Math::Not(Box::new(self.math(operand).at_least(6))),
            ExprKind::Binary(operator, left, right) => self.operation(*operator, left, right),
            ExprKind::Call(function, arguments) => self.call(*function, arguments),
            ExprKind::Reduce(reduction, arguments) => self.reduction(*reduction, arguments),
            ExprKind::CallPath(path, arguments) => {
                let function = path.text.rsplit("::").next().unwrap_or_default().to_owned();
                Math::Call(function, arguments.iter().map(|argument| self.math(argument)).collect())
            }
            ExprKind::Extent(extent) => Math::Call(extent.name().into(), Vec::new()),
            // Of the schedule, of which no formula is made.
            ExprKind::Total(..) | ExprKind::Version(..) | ExprKind::Called(..) => Math::Number(String::new()),
            ExprKind::If(condition, then, otherwise) => {
                let mut cases = Vec::new();
                self.cases(condition, then, otherwise, &mut cases);
                Math::Cases(cases)
            }
        }
    }

    fn cases(&self, condition: &Expr, then: &Block, otherwise: &Block, cases: &mut Vec<(Math, Option<Math>)>) {
        let value = |block: &Block| block.value.as_ref().map_or(Math::Number(String::new()), |value| self.math(value));
        cases.push((value(then), Some(self.math(condition))));
        match otherwise.value.as_ref().map(|value| &value.kind) {
            Some(ExprKind::If(condition, then, otherwise)) => self.cases(condition, then, otherwise, cases),
            _ => cases.push((value(otherwise), None)),
        }
    }

    fn operation(&self, operator: Binary, left: &Expr, right: &Expr) -> Math {
        let (left, right) = (self.math(left), self.math(right));
        let relation = |operator, left: Math, right: Math| binary(operator, left.at_least(4), right.at_least(4));
        match operator {
            Binary::Add => binary(Operator::Plus, left.at_least(4), right.at_least(4)),
            Binary::Subtract => binary(Operator::Minus, left.at_least(4), right.at_least(5)),
            Binary::Multiply => product(left, right),
            Binary::Divide => Math::Fraction(Box::new(left), Box::new(right)),
            Binary::Less => relation(Operator::Less, left, right),
            Binary::LessEqual => relation(Operator::LessEqual, left, right),
            Binary::Greater => relation(Operator::Greater, left, right),
            Binary::GreaterEqual => relation(Operator::GreaterEqual, left, right),
            Binary::Equal => relation(Operator::Equal, left, right),
            Binary::NotEqual => relation(Operator::NotEqual, left, right),
            Binary::And => binary(Operator::And, left.at_least(2), right.at_least(2)),
            Binary::Or => binary(Operator::Or, left.at_least(1), right.at_least(1)),
        }
    }

    fn call(&self, function: Function, arguments: &[Expr]) -> Math {
        let mut values = arguments.iter().map(|argument| self.math(argument));
        match function {
            Function::Sqrt => Math::Root(None, Box::new(values.next().unwrap_or(Math::Number(String::new())))),
            Function::Cbrt => Math::Root(Some(3), Box::new(values.next().unwrap_or(Math::Number(String::new())))),
            Function::Abs => Math::Absolute(Box::new(values.next().unwrap_or(Math::Number(String::new())))),
            Function::Pow => match (values.next(), values.next()) {
                (Some(base), Some(exponent)) => power(base, exponent),
                _ => Math::Number(String::new()),
            },
            Function::Epsilon => Math::Symbol(Symbol {
                base: super::math::Base::Greek("varepsilon", 'ε'),
                index: Some("machine".into()),
            }),
            _ => Math::Call(function.name().into(), values.collect()),
        }
    }

    /// `‖x‖`, `∑ x`, `⟨x, y⟩`; what is not over a tensor says so below.
    fn reduction(&self, reduction: Reduction, arguments: &[Expr]) -> Math {
        let values: Vec<Math> = arguments.iter().map(|argument| self.math(argument)).collect();
        let over = match reduction.over {
            Rate::Model => Some("model"),
            Rate::Row => Some("row"),
            Rate::Col => Some("col"),
            _ => None,
        };
        Math::Reduction(reduction.total, over, values)
    }
}

fn binary(operator: Operator, left: Math, right: Math) -> Math {
    Math::Binary(operator, Box::new(left), Box::new(right))
}

fn power(base: Math, exponent: Math) -> Math {
    Math::Power(Box::new(base.at_least(8)), Box::new(exponent))
}

/// `g · g` is `g²`, also behind a factor: `(1 − β) g g`.
fn product(left: Math, right: Math) -> Math {
    let is_name = |math: &Math| matches!(math, Math::Symbol(_));
    let square = |base: Math| power(base, Math::Number("2".into()));
    match left {
        left if left == right && is_name(&right) => square(left),
        Math::Product(head, last) if *last == right && is_name(&right) => Math::Product(head, Box::new(square(right))),
        // A sum reaches to the end of a product, and would take `right` in.
        left => {
            let least = if matches!(left, Math::Reduction(Total::Sum, ..)) { 6 } else { 5 };
            Math::Product(Box::new(left.at_least(least)), Box::new(right.at_least(6)))
        }
    }
}

/// `0.00001` is `10⁻⁵`-like only where it is shorter; plain digits otherwise.
fn number_text(number: f64) -> String {
    let plain = number.to_string();
    let scientific = format!("{number:e}");
    if scientific.len() + 3 < plain.len() { scientific } else { plain }
}
