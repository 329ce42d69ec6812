//! `impl Tiled`: a rule that looks at more than one weight, pass by pass.

mod describe;
mod effects;
mod lines;
mod numbers;
mod once;
mod pass;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, quote};

use super::hoist::Hoist;
use super::numbers::{LEVELS, Numbers};
use super::{own, plain};
use crate::rule::ir::{Body, Expr, Rule};
use crate::rule::schedule::{Pass, Schedule, Section};

const SECTIONS: [(Section, &str); 3] =
    [(Section::LookAhead, "LookAhead"), (Section::Update, "Update"), (Section::Evaluate, "Evaluate")];

struct Emitter<'r> {
    rule: &'r Rule,
    schedule: &'r Schedule,
    numbers: Numbers<'r>,
    hoist: Hoist<'r>,
    /// For each pass, the numbers of rows and of columns that its loop uses.
    brought: Vec<[Vec<bool>; 2]>,
}

/// The structs beside the rule, the type that `impl Tiled`s, and the impl.
pub(super) struct Emitted {
    pub(super) structs: TokenStream,
    pub(super) step_type: Ident,
    pub(super) tiled_type: Ident,
    pub(super) body: TokenStream,
}

pub(super) fn emit_tiled(rule: &Rule, schedule: &Schedule) -> Emitted {
    let numbers = Numbers { rule, schedule };
    Emitter { rule, schedule, numbers, hoist: Hoist::new(rule), brought: Vec::new() }.emit()
}

impl Emitter<'_> {
    fn emit(mut self) -> Emitted {
        let (krate, name) = (&self.rule.krate, &self.rule.name);
        let plain_name = plain(&name.to_string()).to_owned();
        let tiled_type = own(&format!("{plain_name}Passes"));
        let once_type = own(&format!("{plain_name}Once"));
        let terms = self.terms();
        let pass = self.emit_passes(terms);
        let step_type = self.hoist.step_type();
        let (step_struct, _) = self.hoist.emit();
        let (once_struct, once) = self.emit_once(&once_type);
        let step = self.emit_step();
        let row = self.emit_line("row", "Row", &self.hoist.rows);
        let col = self.emit_line("col", "Col", &self.hoist.cols);
        let (fold, call, commit) = (self.emit_fold(), self.emit_call(), self.emit_commit());
        let (has_rows, has_columns) = (self.emit_has_rows(), self.emit_has_columns());
        let (passes, sums, folds, calls) = (self.passes(), self.sums(), self.folds(), self.calls());
        let (axes, scratch) = (self.schedule.has_axes(self.rule), self.schedule.scratch());
        let axes = axes.then(|| {
            quote!(
                const AXES: bool = true;
            )
        });
        let scratch = (scratch > 0).then(|| {
            let scratch = Literal::usize_unsuffixed(scratch);
            quote!(const SCRATCH: usize = #scratch;)
        });
        let gradient = self.rule.look_ahead.as_ref().is_some_and(|body| body.gradient.is_some());
        let gradient = gradient.then(|| {
            quote!(
                const LOOK_AHEAD_GRADIENT: bool = true;
            )
        });
        let numbers = LEVELS.map(|(rate, ..)| Literal::usize_unsuffixed(self.numbers.count(rate)));
        let [rows, cols, terms] = [self.hoist.rows.len(), self.hoist.cols.len(), terms].map(Literal::usize_unsuffixed);
        let body = quote! {
            #[automatically_derived]
            impl #krate::private::Tiled<#name> for #tiled_type {
                #axes
                #gradient
                const PASSES: &'static [#krate::private::Pass] = &[#(#passes),*];
                #sums
                #folds
                #calls
                #scratch
                const NUMBERS: [usize; 5] = [#(#numbers),*];

                type Once = #once_type;
                type Row<A: #krate::private::Real> = [A; #rows];
                type Col<A: #krate::private::Real> = [A; #cols];
                type Terms<A: #krate::private::Real> = [A; #terms];

                #once
                #step
                #row
                #col
                #pass
                #fold
                #call
                #commit
                #has_rows
                #has_columns
            }
        };
        let structs = quote! {
            #step_struct
            #once_struct
            /// The rule, pass by pass.
            pub struct #tiled_type;
        };
        Emitted { structs, step_type, tiled_type, body }
    }

    /// The terms of the pass that has the most.
    fn terms(&self) -> usize {
        let of = |pass: &Pass| pass.totals.iter().map(|total| self.schedule.width(*total)).sum();
        SECTIONS.iter().flat_map(|(section, _)| self.schedule.passes(*section).1).map(of).max().unwrap_or(0)
    }

    /// The sections that there are.
    fn bodies(&self) -> [Option<&Body>; 3] {
        [self.rule.look_ahead.as_ref(), Some(&self.rule.update), self.rule.evaluate.as_ref()]
    }

    /// `rule`, `once` and `at` as parameters.
    fn parameters<'e>(&self, results: impl IntoIterator<Item = &'e Expr>) -> (TokenStream, TokenStream) {
        let bindings = self.numbers.bindings(results);
        let (krate, name) = (&self.rule.krate, &self.rule.name);
        let (once, at) = bindings.parameters();
        let receiver = if bindings.uses_rule { own("rule").into_token_stream() } else { quote!(_) };
        (quote!(#receiver: &#name, #once: Self::Once), quote!(#at: &#krate::private::Numbers<'_>))
    }
}
