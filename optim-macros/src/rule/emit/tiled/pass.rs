//! The functions of a weight, pass by pass.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::effects::{Effects, uses_of};
use super::{Emitter, SECTIONS};
use crate::rule::ast::{Assign, Scope};
use crate::rule::emit::expression::{Scalar, name_of_let};
use crate::rule::emit::hoist::Field;
use crate::rule::emit::{own, plain};
use crate::rule::ir::{Body, Statement, Target};
use crate::rule::schedule::{Node, NodeKind, Pass, Section, Total};
use crate::rule::uses::Uses;

impl Emitter<'_> {
    /// The functions of a weight, an arm for each pass.
    pub(super) fn emit_passes(&mut self, terms: usize) -> TokenStream {
        let (krate, name) = (&self.rule.krate, &self.rule.name);
        let rule = self.rule;
        let mut arms = Vec::new();
        let bodies = [rule.look_ahead.as_ref(), Some(&rule.update), rule.evaluate.as_ref()];
        for ((section, _), body) in SECTIONS.into_iter().zip(bodies) {
            let Some(body) = body else { continue };
            let (first, passes) = self.schedule.passes(section);
            for (number, pass) in passes.iter().enumerate() {
                let arm = self.emit_pass(section, body, number, pass, terms);
                let index = Literal::usize_unsuffixed(first + number);
                arms.push(quote!(#index => { #arm }));
                let used =
                    |fields: &[Field]| fields.iter().map(|field| self.hoist.used.contains(&field.name)).collect();
                self.brought.push([used(&self.hoist.rows), used(&self.hoist.cols)]);
            }
        }
        let (weight, gradient, caches, row, col) =
            (own("weight"), own("gradient"), own("caches"), own("row"), own("col"));
        let step = own("step");
        let row = if self.hoist.rows.is_empty() { quote!(_) } else { quote!(#row) };
        let col = if self.hoist.cols.is_empty() { quote!(_) } else { quote!(#col) };
        let step = if self.hoist.touched { quote!(#step) } else { quote!(_) };
        quote! {
            #[inline(always)]
            fn pass<A: #krate::private::Real, const PASS: usize>(
                #step: <#name as #krate::private::Rule>::Step<A>,
                #weight: A,
                #gradient: A,
                #caches: <#name as #krate::private::Rule>::Caches<A>,
                #row: Self::Row<A>,
                #col: Self::Col<A>,
            ) -> (A, <#name as #krate::private::Rule>::Caches<A>, Self::Terms<A>) {
                match PASS {
                    #(#arms)*
                    _ => {
                        let _ = #gradient;
                        ::core::unreachable!()
                    }
                }
            }
        }
    }

    fn emit_pass(&mut self, section: Section, body: &Body, number: usize, pass: &Pass, terms: usize) -> TokenStream {
        self.hoist.used.clear();
        let schedule = self.schedule;
        let effects = Effects::of(schedule.nodes(section), number);
        let nodes = self.emit_nodes(schedule.nodes(section), body, number, pass, 0);
        let (weight, gradient, caches) = (own("weight"), own("gradient"), own("caches"));
        let name = &body.weight;
        let mutable = (effects.weight && body.block.value.is_none()).then(|| quote!(mut));
        let mut bound = vec![quote!(let #mutable #name = #weight;)];
        if let (Some(gradient_name), true) = (&body.gradient, self.uses(section, number, pass).gradient) {
            bound.push(quote!(let #gradient_name = #gradient;));
        }
        let (mut pattern, mut result) = (Vec::new(), Vec::new());
        for (index, cache) in self.rule.caches_of(Scope::Weight) {
            let name = &cache.name;
            let mutable = effects.caches.contains(&index).then(|| quote!(mut));
            pattern.push(quote!(#mutable #name));
            result.push(quote!(#name));
        }
        for (kept, index) in self.kept() {
            let mutable = pass.stores.contains(&index).then(|| quote!(mut));
            pattern.push(quote!(#mutable #kept));
            result.push(quote!(#kept));
        }
        for (index, call) in schedule.calls.iter().enumerate() {
            let (input, output) = (&call.input, &call.output);
            let mutable = effects.inputs.contains(&index).then(|| quote!(mut));
            pattern.push(quote!(#mutable #input));
            pattern.push(quote!(#output));
            result.push(quote!(#input));
            result.push(quote!(#output));
        }
        if !pattern.is_empty() {
            bound.push(quote!(let [#(#pattern),*] = #caches;));
        }
        for (fields, array) in [(&self.hoist.rows, "row"), (&self.hoist.cols, "col")] {
            if fields.iter().any(|field| self.hoist.used.contains(&field.name)) {
                // More may be found in later passes: what is bound here are the first ones.
                let names = fields.iter().enumerate().filter(|(_, field)| self.hoist.used.contains(&field.name));
                let array = own(array);
                for (place, Field { name, .. }) in names {
                    let place = Literal::usize_unsuffixed(place);
                    bound.push(quote!(let #name = #array[#place];));
                }
            }
        }
        let mut term_names = Vec::new();
        for total in &pass.totals {
            for term in self.term_names(*total) {
                if effects.guarded_terms.contains(total) {
                    bound.push(quote!(let mut #term = A::from_f64(0.0);));
                }
                term_names.push(quote!(#term));
            }
        }
        term_names.resize_with(terms, || quote!(A::from_f64(0.0)));
        quote! {
            #(#bound)*
            #(#nodes)*
            (#name, [#(#result),*], [#(#term_names),*])
        }
    }

    /// Where kept `let`s stand, with the `let`s.
    fn kept(&self) -> Vec<(Ident, usize)> {
        let kept = |index: &usize| {
            let name =
                self.rule.lets.get(*index).map_or_else(String::new, |named| plain(&named.name.to_string()).to_owned());
            (own(&format!("kept_{name}")), *index)
        };
        self.schedule.kept.iter().map(kept).collect()
    }

    fn term_names(&self, total: usize) -> Vec<Ident> {
        let Some(Total { name, arguments, .. }) = self.schedule.totals.get(total) else { return Vec::new() };
        let first = own(&format!("of_{name}"));
        if arguments.len() == 2 { vec![first, own(&format!("of_{name}_too"))] } else { vec![first] }
    }

    /// The nodes that belong to a pass.
    fn emit_nodes(
        &mut self,
        nodes: &[Node],
        body: &Body,
        number: usize,
        pass: &Pass,
        depth: usize,
    ) -> Vec<TokenStream> {
        let rule = self.rule;
        let schedule = self.schedule;
        let mut emitted = Vec::new();
        for node in nodes {
            let here = node.stage == number;
            match &node.kind {
                NodeKind::Let(index) if pass.lets.contains(index) => {
                    let name = name_of_let(rule, *index);
                    let kept = self.kept().into_iter().find(|(_, kept)| kept == index).map(|(kept, _)| kept);
                    if pass.loads.contains(index) {
                        emitted.push(quote!(let #name = #kept;));
                    } else if let Some(Some(value)) = schedule.lets.get(*index) {
                        let value = Scalar::Hoisted(&mut self.hoist, body).emit(rule, value);
                        let store = pass.stores.contains(index).then(|| quote!(#kept = #name;));
                        emitted.push(quote!(let #name = #value; #store));
                    }
                }
                // The value of a section, which names the weight at most once more.
                NodeKind::Assign(Target::Weight, Assign::Set, value) if here && body.block.value.is_some() => {
                    let (name, value) = (&body.weight, Scalar::Hoisted(&mut self.hoist, body).emit(rule, value));
                    emitted.push(quote!(let #name = #value;));
                }
                NodeKind::Assign(target, operator, value) if here => {
                    let statement = Statement::Assign(*target, *operator, value.clone());
                    emitted.push(Scalar::Hoisted(&mut self.hoist, body).statement(rule, &statement));
                }
                NodeKind::Branch(statement) if here => {
                    emitted.push(Scalar::Hoisted(&mut self.hoist, body).statement(rule, statement));
                }
                NodeKind::Terms(total) if here => {
                    let names = self.term_names(*total);
                    let arguments = schedule.totals.get(*total).map_or(&[][..], |total| &total.arguments);
                    for (name, argument) in names.iter().zip(arguments) {
                        let value = Scalar::Hoisted(&mut self.hoist, body).emit(rule, argument);
                        emitted.push(if depth == 0 { quote!(let #name = #value;) } else { quote!(#name = #value;) });
                    }
                }
                NodeKind::Input(call) if here => {
                    if let Some(call) = schedule.calls.get(*call) {
                        let value = Scalar::Hoisted(&mut self.hoist, body).emit(rule, &call.matrix);
                        let input = &call.input;
                        emitted.push(quote!(#input = #value;));
                    }
                }
                NodeKind::If(condition, then, otherwise) => {
                    let then = self.emit_nodes(then, body, number, pass, depth + 1);
                    let otherwise = self.emit_nodes(otherwise, body, number, pass, depth + 1);
                    if then.is_empty() && otherwise.is_empty() {
                        continue;
                    }
                    let condition = Scalar::Hoisted(&mut self.hoist, body).emit(rule, condition);
                    emitted.push(match (then.is_empty(), otherwise.is_empty()) {
                        (false, true) => quote!(if #condition { #(#then)* }),
                        (true, _) => quote!(if !#condition { #(#otherwise)* }),
                        _ => quote!(if #condition { #(#then)* } else { #(#otherwise)* }),
                    });
                }
                _ => {}
            }
        }
        emitted
    }

    /// What the loop of a pass looks at.
    pub(super) fn uses(&self, section: Section, number: usize, pass: &Pass) -> Uses {
        let mut uses = Uses::default();
        uses_of(self.schedule.nodes(section), number, self.schedule, &mut uses);
        for index in pass.lets.iter().filter(|index| !pass.loads.contains(index)) {
            self.schedule.lets.get(*index).into_iter().flatten().for_each(|value| uses.expression(value));
        }
        uses
    }
}
