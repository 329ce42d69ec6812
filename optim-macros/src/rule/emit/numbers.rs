//! Functions of numbers that are not per weight: what they need is bound first, in the order in which it can be computed.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::expression::{Scalar, hyper_locals_of, name_of_let};
use super::own;
use crate::rule::ast::Scope;
use crate::rule::functions::Total as Kind;
use crate::rule::ir::{Expr, ExprKind, Rate, Rule, Type};
use crate::rule::schedule::{Number, Schedule, Total};
use crate::rule::uses::Uses;

/// Where the numbers of each level stand.
pub(super) struct Numbers<'r> {
    pub(super) rule: &'r Rule,
    pub(super) schedule: &'r Schedule,
}

/// What a function needs.
#[derive(Default)]
struct Needed {
    uses: Uses,
    caches: Vec<usize>,
    totals: Vec<usize>,
    numbers: Vec<Number>,
}

/// The levels, with their fields in `Numbers`.
pub(super) const LEVELS: [(Rate, Option<Scope>, &str, &str); 5] = [
    (Rate::Model, Some(Scope::Model), "model", "Model"),
    (Rate::Tensor, Some(Scope::Tensor), "tensor", "Tensor"),
    (Rate::Matrix, None, "matrix", "Matrix"),
    (Rate::Row, Some(Scope::Row), "row", "Row"),
    (Rate::Col, Some(Scope::Col), "col", "Col"),
];

impl Numbers<'_> {
    /// How many caches and totals a level has.
    pub(super) fn count(&self, level: Rate) -> usize {
        self.caches(level) + self.schedule.totals.iter().filter(|total| total.level == level).count()
    }

    fn caches(&self, level: Rate) -> usize {
        let scope = LEVELS.iter().find(|(rate, ..)| *rate == level).and_then(|(_, scope, ..)| *scope);
        scope.map_or(0, |scope| self.rule.caches_of(scope).count())
    }

    /// The place of a total among the numbers of its level.
    pub(super) fn place_of_total(&self, index: usize) -> usize {
        let Some(total) = self.schedule.totals.get(index) else { return 0 };
        let before = self.schedule.totals.iter().take(index).filter(|other| other.level == total.level).count();
        self.caches(total.level) + before
    }

    /// What has to be bound before `results` can be computed, and whether `at` and `once` are needed for it.
    pub(super) fn bindings<'e>(&self, results: impl IntoIterator<Item = &'e Expr>) -> Bindings {
        let mut needed = Needed::default();
        for result in results {
            self.need(result, &mut needed);
        }
        let hypers = hyper_locals_of(self.rule, &needed.uses.hypers, &own("rule"));
        let (at, once) = (own("at"), own("once"));
        let mut bound = Vec::new();
        let mut uses_once = false;
        if needed.uses.time {
            let time = &self.rule.time;
            bound.push(quote!(let #time = #once.#time;));
            uses_once = true;
        }
        for index in 0..self.rule.lets.len() {
            if needed.numbers.contains(&Number::Let(index)) && self.is_once(index) {
                let name = name_of_let(self.rule, index);
                bound.push(quote!(let #name = #once.#name;));
                uses_once = true;
            }
        }
        for (_, scope, field, _) in LEVELS {
            let field = own(field);
            let Some(scope) = scope else { continue };
            for (place, (index, cache)) in self.rule.caches_of(scope).enumerate() {
                if needed.caches.contains(&index) {
                    let (name, place) = (&cache.name, Literal::usize_unsuffixed(place));
                    bound.push(quote!(let #name = #at.#field[#place];));
                }
            }
        }
        let mut uses_at = !needed.caches.is_empty() || !needed.totals.is_empty() || needed.uses.shape;
        for index in 0..self.schedule.totals.len() {
            if needed.totals.contains(&index) {
                bound.push(self.bind_total(index));
                uses_at = true;
            }
        }
        for number in self.schedule.numbers.iter().filter(|number| needed.numbers.contains(number)) {
            match *number {
                Number::Let(index) if !self.is_once(index) => {
                    if let Some(Some(value)) = self.schedule.lets.get(index) {
                        let (name, value) = (name_of_let(self.rule, index), Scalar::F64.emit(self.rule, value));
                        bound.push(quote!(let #name = #value;));
                    }
                }
                Number::Let(_) => {}
                Number::Version(index) => {
                    if let Some(version) = self.schedule.versions.get(index) {
                        let (name, value) = (&version.name, Scalar::F64.emit(self.rule, &version.value));
                        bound.push(quote!(let #name = #value;));
                    }
                }
            }
        }
        let uses_rule = !needed.uses.hypers.is_empty();
        Bindings { tokens: quote!(#hypers #(#bound)*), uses_rule, uses_once, uses_at }
    }

    /// `let norm_w = sqrt(at.tensor[0]);`
    fn bind_total(&self, index: usize) -> TokenStream {
        let Some(Total { reduction, level, from, name, .. }) = self.schedule.totals.get(index) else {
            return TokenStream::new();
        };
        let krate = &self.rule.krate;
        let at = own("at");
        let field = LEVELS.iter().find(|(rate, ..)| rate == level).map_or("tensor", |(_, _, field, _)| *field);
        let (field, place) = (own(field), Literal::usize_unsuffixed(self.place_of_total(index)));
        let total = quote!(#at.#field[#place]);
        let value = match reduction.total {
            Kind::Norm => quote!(#krate::private::sqrt(#total)),
            Kind::Mean => {
                let count = match (level, from) {
                    (Rate::Row, _) | (Rate::Matrix, Rate::Col) => quote!(cols),
                    (Rate::Col | Rate::Matrix, _) => quote!(rows),
                    _ => quote!(numel),
                };
                quote!(#krate::private::mean(#total, #at.shape.#count))
            }
            Kind::Sum | Kind::MaxAbs | Kind::Dot => total,
        };
        quote!(let #name = #value;)
    }

    /// Whether a `let` is computed once a step, in `once`.
    pub(super) fn is_once(&self, index: usize) -> bool {
        self.rule.lets.get(index).is_some_and(|named| named.rate <= Rate::Step)
    }

    /// The names and types of what `once` computes: `let`s below the model's totals that other functions can see.
    pub(super) fn once_lets(&self) -> impl Iterator<Item = (usize, Ident, Type)> {
        let in_step = self.rule.step.iter().filter_map(|statement| match statement {
            crate::rule::ir::Statement::Let(index, value) => Some((*index, value.kind_of)),
            _ => None,
        });
        let hoisted = self.schedule.numbers.iter().filter_map(|number| match number {
            Number::Let(index) if self.is_once(*index) => {
                let value = self.schedule.lets.get(*index).and_then(Option::as_ref);
                value.map(|value| (*index, value.kind_of))
            }
            _ => None,
        });
        in_step
            .chain(hoisted)
            .filter_map(|(index, kind_of)| self.rule.lets.get(index).map(|named| (index, named.name.clone(), kind_of)))
    }

    fn need(&self, expression: &Expr, needed: &mut Needed) {
        match &expression.kind {
            ExprKind::Let(index) => {
                let number = Number::Let(*index);
                if !needed.numbers.contains(&number) {
                    needed.numbers.push(number);
                    if !self.is_once(*index)
                        && let Some(Some(value)) = self.schedule.lets.get(*index)
                    {
                        self.need(value, needed);
                    }
                }
            }
            ExprKind::Version(index, _) => {
                let number = Number::Version(*index);
                if !needed.numbers.contains(&number) {
                    needed.numbers.push(number);
                    if let Some(version) = self.schedule.versions.get(*index) {
                        self.need(&version.value, needed);
                    }
                }
            }
            ExprKind::Total(index, _) => {
                if !needed.totals.contains(index) {
                    needed.totals.push(*index);
                }
            }
            ExprKind::Cache(index) => {
                if !needed.caches.contains(index) {
                    needed.caches.push(*index);
                }
            }
            ExprKind::Unary(_, operand) => self.need(operand, needed),
            ExprKind::Binary(_, left, right) => {
                self.need(left, needed);
                self.need(right, needed);
            }
            ExprKind::Call(_, arguments) => arguments.iter().for_each(|argument| self.need(argument, needed)),
            ExprKind::If(condition, then, otherwise) => {
                self.need(condition, needed);
                // Their `let`s were taken out.
                for block in [then, otherwise] {
                    block.value.iter().for_each(|value| self.need(value, needed));
                }
            }
            _ => needed.uses.expression(expression),
        }
    }
}

/// What stands before the result of a function.
pub(super) struct Bindings {
    pub(super) tokens: TokenStream,
    pub(super) uses_rule: bool,
    pub(super) uses_once: bool,
    pub(super) uses_at: bool,
}

impl Bindings {
    /// `once` and `at`, or `_` where they are not used.
    pub(super) fn parameters(&self) -> (TokenStream, TokenStream) {
        let (once, at) = (own("once"), own("at"));
        let once = if self.uses_once { quote!(#once) } else { quote!(_) };
        (once, if self.uses_at { quote!(#at) } else { quote!(_) })
    }
}
