//! The constants of a schedule: passes, sums, folds, calls.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::effects::Effects;
use super::{Emitter, SECTIONS};
use crate::rule::ast::Scope;
use crate::rule::emit::numbers::LEVELS;
use crate::rule::emit::own;
use crate::rule::functions::Total as Kind;
use crate::rule::ir::Rate;
use crate::rule::schedule::Total;

impl Emitter<'_> {
    pub(super) fn passes(&self) -> Vec<TokenStream> {
        let krate = &self.rule.krate;
        let mut passes = Vec::new();
        for (section, name) in SECTIONS {
            let name = own(name);
            for (number, pass) in self.schedule.passes(section).1.iter().enumerate() {
                let effects = Effects::of(self.schedule.nodes(section), number);
                let moves = effects.weight;
                let caches = self.rule.caches_of(Scope::Weight).map(|(index, _)| effects.caches.contains(&index));
                let kept = self.schedule.kept.iter().map(|index| pass.stores.contains(index));
                let calls = (0..self.schedule.calls.len()).flat_map(|call| [effects.inputs.contains(&call), false]);
                let bits = caches.chain(kept).chain(calls).enumerate().filter(|(_, written)| *written);
                let writes = bits.fold(0_u32, |bits, (place, _)| bits | 1 << place);
                let writes: TokenStream = format!("{writes:#b}").parse().unwrap_or_default();
                passes.push(quote! {
                    #krate::private::Pass {
                        section: #krate::private::Section::#name,
                        moves: #moves,
                        writes: #writes,
                    }
                });
            }
        }
        passes
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
