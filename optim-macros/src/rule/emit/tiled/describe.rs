//! The constants of a schedule: passes, sums, folds, calls.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::effects::Effects;
use super::{Emitter, SECTIONS};
use crate::rule::ast::Scope;
use crate::rule::emit::numbers::LEVELS;
use crate::rule::emit::own;
use crate::rule::functions::Total as Kind;
use crate::rule::ir::{ExprKind, Rate};
use crate::rule::schedule::Total;

impl Emitter<'_> {
    pub(super) fn passes(&self) -> Vec<TokenStream> {
        let krate = &self.rule.krate;
        let mut passes = Vec::new();
        for (section, name) in SECTIONS {
            let name = own(name);
            let (first, of_section) = self.schedule.passes(section);
            for (number, pass) in of_section.iter().enumerate() {
                let effects = Effects::of(self.schedule.nodes(section), number);
                let uses = self.uses(section, number, pass);
                let (moves, gradient) = (effects.weight, uses.gradient);
                let weight = moves || uses.weight;
                // Scratch stands behind the caches: `let`s that are kept, then input and output of each call.
                let caches = || self.rule.caches_of(Scope::Weight).map(|(index, _)| index);
                let (kept, calls) = (self.schedule.kept.iter(), 0..self.schedule.calls.len());
                let writes = bits(
                    caches()
                        .map(|index| effects.caches.contains(&index))
                        .chain(kept.clone().map(|index| pass.stores.contains(index)))
                        .chain(calls.clone().flat_map(|call| [effects.inputs.contains(&call), false])),
                );
                let reads = bits(
                    caches()
                        .map(|index| uses.caches_read.contains(&index))
                        .chain(kept.map(|index| pass.loads.contains(index)))
                        .chain(calls.flat_map(|call| [false, uses.called.contains(&call)])),
                );
                let terms = self.places_of_terms(first + number, &effects);
                let [rows, columns] = self.brought.get(first + number).cloned().unwrap_or_default();
                let [rows, columns] = [rows, columns].map(|used| bits(used.into_iter()));
                passes.push(quote! {
                    #krate::private::Pass {
                        section: #krate::private::Section::#name,
                        weight: #weight,
                        gradient: #gradient,
                        moves: #moves,
                        reads: #reads,
                        writes: #writes,
                        rows: #rows,
                        columns: #columns,
                        terms: &[#(#terms),*],
                    }
                });
            }
        }
        passes
    }

    /// Where the terms of a pass stand: streams that it does not change need not be copied.
    fn places_of_terms(&self, pass: usize, effects: &Effects) -> Vec<TokenStream> {
        let krate = &self.rule.krate;
        let totals = self.schedule.totals.iter().enumerate();
        let totals = totals.filter(|(_, total)| total.level != Rate::Matrix && total.pass == pass);
        let arguments = totals.flat_map(|(index, total)| {
            let guarded = effects.guarded_terms.contains(&index);
            total.arguments.iter().map(move |argument| (guarded, &argument.kind))
        });
        arguments
            .map(|argument| match argument {
                (false, ExprKind::Weight) if !effects.weight => quote!(#krate::private::Term::Weight),
                (false, ExprKind::Gradient) => quote!(#krate::private::Term::Gradient),
                (false, ExprKind::Cache(index)) if !effects.caches.contains(index) => {
                    let of_weights = self.rule.caches_of(Scope::Weight).position(|(other, _)| other == *index);
                    let Some(place) = of_weights else { return quote!(#krate::private::Term::Computed) };
                    let place = Literal::usize_unsuffixed(place);
                    quote!(#krate::private::Term::Cache(#place))
                }
                _ => quote!(#krate::private::Term::Computed),
            })
            .collect()
    }

    pub(super) fn sums(&self) -> Option<TokenStream> {
        let krate = &self.rule.krate;
        let mut sums = Vec::new();
        for (index, total) in self.schedule.totals.iter().enumerate().filter(|(_, total)| total.level != Rate::Matrix) {
            let before = self.schedule.totals.iter().enumerate().take(index);
            let before = before.filter(|(_, other)| other.level != Rate::Matrix && other.pass == total.pass);
            let term = Literal::usize_unsuffixed(before.map(|(index, _)| self.schedule.width(index)).sum());
            let kind = own(match total.reduction.total {
                Kind::Sum | Kind::Mean => "Plain",
                Kind::Norm => "Squares",
                Kind::Dot if total.arguments.len() == 1 => "Squares",
                Kind::MaxAbs => "MaxAbs",
                Kind::Dot => "Products",
            });
            let over =
                own(LEVELS.iter().find(|(rate, ..)| *rate == total.level).map_or("Tensor", |(.., level)| *level));
            let [pass, place] = [total.pass, self.numbers.place_of_total(index)].map(Literal::usize_unsuffixed);
            sums.push(quote! {
                #krate::private::Sum {
                    pass: #pass,
                    kind: #krate::private::SumKind::#kind,
                    term: #term,
                    over: #krate::private::Level::#over,
                    place: #place,
                }
            });
        }
        (!sums.is_empty()).then(|| quote!(const SUMS: &'static [#krate::private::Sum] = &[#(#sums),*];))
    }

    pub(super) fn fold_totals(&self) -> impl Iterator<Item = (usize, &Total)> {
        self.schedule.totals.iter().enumerate().filter(|(_, total)| total.level == Rate::Matrix)
    }

    pub(super) fn folds(&self) -> Option<TokenStream> {
        let krate = &self.rule.krate;
        let folds: Vec<TokenStream> = self
            .fold_totals()
            .map(|(index, total)| {
                let from = own(if total.from == Rate::Row { "Row" } else { "Col" });
                let [pass, place] = [total.pass, self.numbers.place_of_total(index)].map(Literal::usize_unsuffixed);
                quote!(#krate::private::Fold { pass: #pass, from: #krate::private::Level::#from, place: #place })
            })
            .collect();
        (!folds.is_empty()).then(|| quote!(const FOLDS: &'static [#krate::private::Fold] = &[#(#folds),*];))
    }

    pub(super) fn calls(&self) -> Option<TokenStream> {
        let krate = &self.rule.krate;
        let first = self.rule.caches_of(Scope::Weight).count() + self.schedule.kept.len();
        let calls: Vec<TokenStream> = self
            .schedule
            .calls
            .iter()
            .enumerate()
            .map(|(index, call)| {
                let [pass, input, output] =
                    [call.pass, first + 2 * index, first + 2 * index + 1].map(Literal::usize_unsuffixed);
                quote!(#krate::private::Call { pass: #pass, input: #input, output: #output })
            })
            .collect();
        (!calls.is_empty()).then(|| quote!(const CALLS: &'static [#krate::private::Call] = &[#(#calls),*];))
    }
}

/// As a number, the first in the lowest bit.
fn bits(flags: impl Iterator<Item = bool>) -> TokenStream {
    let bits = flags.enumerate().fold(0_u32, |bits, (place, flag)| bits | u32::from(flag) << place);
    format!("{bits:#b}").parse().unwrap_or_default()
}
