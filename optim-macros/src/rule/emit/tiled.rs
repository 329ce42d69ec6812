//! `impl Tiled`: a rule that looks at more than one weight, pass by pass.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, quote};

use super::expression::{Scalar, hyper_locals_of, name_of_let};
use super::hoist::{Field, Hoist};
use super::numbers::{LEVELS, Numbers};
use super::{own, plain};
use crate::rule::ast::{Assign, Scope};
use crate::rule::functions::Total as Kind;
use crate::rule::ir::{Body, Expr, Rate, Rule, Statement, Target, Type};
use crate::rule::schedule::{Node, NodeKind, Number, Pass, Schedule, Section, Total, targets};
use crate::rule::uses::Uses;

const SECTIONS: [(Section, &str); 3] =
    [(Section::LookAhead, "LookAhead"), (Section::Update, "Update"), (Section::Evaluate, "Evaluate")];

struct Emitter<'r> {
    rule: &'r Rule,
    schedule: &'r Schedule,
    numbers: Numbers<'r>,
    hoist: Hoist<'r>,
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
    Emitter { rule, schedule, numbers, hoist: Hoist::new(rule) }.emit()
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

    fn emit_once(&self, once_type: &Ident) -> (TokenStream, TokenStream) {
        let (rule, krate) = (self.rule, &self.rule.krate);
        let mut uses = Uses::default();
        let mut statements = Vec::new();
        for statement in &rule.step {
            uses.statement(statement);
            statements.push(Scalar::F64.statement(rule, statement));
        }
        for number in &self.schedule.numbers {
            if let Number::Let(index) = number
                && self.numbers.is_once(*index)
                && let Some(Some(value)) = self.schedule.lets.get(*index)
            {
                uses.expression(value);
                let (name, value) = (name_of_let(rule, *index), Scalar::F64.emit(rule, value));
                statements.push(quote!(let #name = #value;));
            }
        }
        let mut later = Uses::default();
        self.bodies().into_iter().flatten().for_each(|body| later.block(&body.block));
        let (mut fields, mut made) = (Vec::new(), Vec::new());
        let time = &rule.time;
        if later.time {
            fields.push(quote!(#time: f64));
            made.push(quote!(#time));
        }
        for (_, name, kind_of) in self.numbers.once_lets() {
            let kind = if kind_of == Type::Flag { quote!(bool) } else { quote!(f64) };
            fields.push(quote!(#name: #kind));
            made.push(quote!(#name));
        }
        let locals = hyper_locals_of(rule, &uses.hypers, &own("rule"));
        let time = if uses.time || later.time { quote!(#time) } else { quote!(_) };
        let receiver = if uses.hypers.is_empty() { quote!(_) } else { own("rule").into_token_stream() };
        // The numbers of the whole model are locals of their names, and written back at the end.
        let model = own("model");
        let (mut bound, mut written, mut any) = (Vec::new(), Vec::new(), false);
        for (place, (index, cache)) in rule.caches_of(Scope::Model).enumerate() {
            let (name, place) = (&cache.name, Literal::usize_unsuffixed(place));
            if uses.caches_assigned.contains(&index) {
                bound.push(quote!(mut #name));
                written.push(quote!(#model[#place] = #name;));
                any = true;
            } else if uses.caches_read.contains(&index) {
                bound.push(quote!(#name));
                any = true;
            } else {
                bound.push(quote!(_));
            }
        }
        let read = any.then(|| quote!(let [#(#bound),*] = *#model;));
        let model = if any { quote!(#model) } else { quote!(_) };
        let structure = quote! {
            /// What is computed once a step.
            #[derive(::core::clone::Clone, ::core::marker::Copy)]
            pub struct #once_type {
                #(#fields,)*
            }
        };
        let name = &rule.name;
        let function = quote! {
            fn once<A: #krate::private::Real>(
                #receiver: &#name,
                #time: f64,
                #model: &mut <#name as #krate::private::Rule>::Model,
            ) -> Self::Once {
                #locals
                #read
                #(#statements)*
                #(#written)*
                #once_type { #(#made,)* }
            }
        };
        (structure, function)
    }

    /// `rule`, `once` and `at` as parameters.
    fn parameters<'e>(&self, results: impl IntoIterator<Item = &'e Expr>) -> (TokenStream, TokenStream) {
        let bindings = self.numbers.bindings(results);
        let (krate, name) = (&self.rule.krate, &self.rule.name);
        let (once, at) = bindings.parameters();
        let receiver = if bindings.uses_rule { own("rule").into_token_stream() } else { quote!(_) };
        (quote!(#receiver: &#name, #once: Self::Once), quote!(#at: &#krate::private::Numbers<'_>))
    }

    fn emit_step(&self) -> TokenStream {
        let (krate, name) = (&self.rule.krate, &self.rule.name);
        let values: Vec<&Expr> = self.hoist.fields.iter().map(|field| &field.value).collect();
        let (rule_once, at) = self.parameters(values.iter().copied());
        let bound = self.numbers.bindings(values).tokens;
        let (_, made) = self.hoist.emit();
        quote! {
            fn step<A: #krate::private::Real>(#rule_once, #at) -> <#name as #krate::private::Rule>::Step<A> {
                #bound
                #made
            }
        }
    }

    /// `row` or `col`: the numbers of a line of a matrix.
    fn emit_line(&self, function: &str, kind: &str, fields: &[Field]) -> Option<TokenStream> {
        if fields.is_empty() {
            return None;
        }
        let krate = &self.rule.krate;
        let values: Vec<&Expr> = fields.iter().map(|field| &field.value).collect();
        let (rule_once, at) = self.parameters(values.iter().copied());
        let bound = self.numbers.bindings(values.iter().copied()).tokens;
        let made = values.iter().map(|value| {
            let emitted = Scalar::F64.emit(self.rule, value);
            match value.kind_of {
                Type::Number => quote!(A::from_f64(#emitted)),
                Type::Flag => quote!(A::from_f64(#krate::private::flag(#emitted))),
            }
        });
        let (function, kind) = (own(function), own(kind));
        Some(quote! {
            fn #function<A: #krate::private::Real>(#rule_once, #at) -> Self::#kind<A> {
                #bound
                [#(#made),*]
            }
        })
    }

    /// The functions of a weight, an arm for each pass.
    fn emit_passes(&mut self, terms: usize) -> TokenStream {
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
        if let (Some(gradient_name), true) = (&body.gradient, self.uses_gradient(section, number, pass)) {
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

    /// Whether a pass looks at the gradient.
    fn uses_gradient(&self, section: Section, number: usize, pass: &Pass) -> bool {
        let mut uses = Uses::default();
        gradient_uses(self.schedule.nodes(section), number, self.schedule, &mut uses);
        for index in pass.lets.iter().filter(|index| !pass.loads.contains(index)) {
            self.schedule.lets.get(*index).into_iter().flatten().for_each(|value| uses.expression(value));
        }
        uses.gradient
    }

    fn passes(&self) -> Vec<TokenStream> {
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

    fn sums(&self) -> Option<TokenStream> {
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

    fn fold_totals(&self) -> impl Iterator<Item = (usize, &Total)> {
        self.schedule.totals.iter().enumerate().filter(|(_, total)| total.level == Rate::Matrix)
    }

    fn folds(&self) -> Option<TokenStream> {
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

    fn calls(&self) -> Option<TokenStream> {
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

    fn emit_fold(&self) -> Option<TokenStream> {
        let krate = &self.rule.krate;
        let terms: Vec<&Expr> = self.fold_totals().filter_map(|(_, total)| total.arguments.first()).collect();
        if terms.is_empty() {
            return None;
        }
        let arms = terms.iter().enumerate().map(|(index, term)| {
            let index = Literal::usize_unsuffixed(index);
            let (bound, term_value) = (self.numbers.bindings([*term]).tokens, Scalar::F64.emit(self.rule, term));
            quote!(#index => { #bound #term_value })
        });
        let (rule_once, at) = self.parameters(terms.iter().copied());
        let fold = own("fold");
        Some(quote! {
            fn fold<A: #krate::private::Real>(#rule_once, #fold: usize, #at) -> f64 {
                match #fold {
                    #(#arms)*
                    _ => 0.0,
                }
            }
        })
    }

    fn emit_call(&self) -> Option<TokenStream> {
        let (krate, calls) = (&self.rule.krate, &self.schedule.calls);
        if calls.is_empty() {
            return None;
        }
        let (call, input, output, numbers) = (own("call"), own("input"), own("output"), own("numbers"));
        let (rule_once, at) = self.parameters(calls.iter().flat_map(|call| call.numbers.iter().chain(&call.guards)));
        let given = calls.iter().enumerate().map(|(index, call)| {
            let index = Literal::usize_unsuffixed(index);
            let bound = self.numbers.bindings(call.numbers.iter().chain(&call.guards)).tokens;
            let writes = call.numbers.iter().enumerate().map(|(place, number)| {
                let (place, number) = (Literal::usize_unsuffixed(place), Scalar::F64.emit(self.rule, number));
                quote!(#numbers[#place] = #number;)
            });
            let guards: Vec<TokenStream> = call.guards.iter().map(|guard| Scalar::F64.emit(self.rule, guard)).collect();
            let holds = if guards.is_empty() { quote!(true) } else { quote!(#((#guards))&&*) };
            quote!(#index => { #bound #(#writes)* #holds })
        });
        let made = calls.iter().enumerate().map(|(index, call)| {
            let (index, path) = (Literal::usize_unsuffixed(index), &call.path.tokens);
            let arguments = (0..call.numbers.len()).map(|place| {
                let place = Literal::usize_unsuffixed(place);
                quote!(, #numbers[#place])
            });
            quote!(#index => #path(#input, #output #(#arguments)*))
        });
        let count = quote!([f64; #krate::private::CALL_NUMBERS]);
        let unused = calls.iter().all(|call| call.numbers.is_empty()).then(|| quote!(let _ = #numbers;));
        Some(quote! {
            fn call_numbers<A: #krate::private::Real>(#rule_once, #call: usize, #at, #numbers: &mut #count) -> bool {
                #unused
                match #call {
                    #(#given)*
                    _ => false,
                }
            }
            fn call<A: #krate::private::Real>(
                #call: usize,
                #input: #krate::ndarray::ArrayView2<'_, A>,
                #output: #krate::ndarray::ArrayViewMut2<'_, A>,
                #numbers: &#count,
            ) {
                #unused
                match #call {
                    #(#made,)*
                    _ => {}
                }
            }
        })
    }

    fn emit_commit(&self) -> Option<TokenStream> {
        let krate = &self.rule.krate;
        let mut arms = Vec::new();
        let mut all: Vec<&Expr> = Vec::new();
        let caches = own("caches");
        for (_, scope, _, level) in LEVELS {
            let Some(scope) = scope else { continue };
            let changed: Vec<(usize, &Expr)> = self
                .rule
                .caches_of(scope)
                .enumerate()
                .filter_map(|(place, (index, _))| {
                    self.schedule.last.get(index).and_then(Option::as_ref).map(|value| (place, value))
                })
                .collect();
            if changed.is_empty() {
                continue;
            }
            let bound = self.numbers.bindings(changed.iter().map(|(_, value)| *value)).tokens;
            let writes = changed.iter().map(|(place, value)| {
                let (place, value) = (Literal::usize_unsuffixed(*place), Scalar::F64.emit(self.rule, value));
                quote!(#caches[#place] = #value;)
            });
            let level = own(level);
            arms.push(quote!(#krate::private::Level::#level => { #bound #(#writes)* }));
            all.extend(changed.iter().map(|(_, value)| *value));
        }
        if arms.is_empty() {
            return None;
        }
        let (rule_once, at) = self.parameters(all);
        let level = own("level");
        Some(quote! {
            fn commit<A: #krate::private::Real>(
                #rule_once,
                #level: #krate::private::Level,
                #at,
                #caches: &mut [f64],
            ) {
                match #level {
                    #(#arms)*
                    _ => {}
                }
            }
        })
    }
}

/// What the nodes of one pass change.
#[derive(Default)]
struct Effects {
    weight: bool,
    caches: Vec<usize>,
    inputs: Vec<usize>,
    /// The reductions whose terms stand under a condition.
    guarded_terms: Vec<usize>,
}

impl Effects {
    fn of(nodes: &[Node], number: usize) -> Self {
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
                    found.into_iter().for_each(|target| self.target(target));
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

fn gradient_uses(nodes: &[Node], number: usize, schedule: &Schedule, uses: &mut Uses) {
    for node in nodes {
        match &node.kind {
            NodeKind::If(_, then, otherwise) => {
                gradient_uses(then, number, schedule, uses);
                gradient_uses(otherwise, number, schedule, uses);
            }
            _ if node.stage != number => {}
            NodeKind::Assign(_, _, value) => uses.expression(value),
            NodeKind::Branch(statement) => uses.statement(statement),
            NodeKind::Terms(total) => {
                let arguments = schedule.totals.get(*total).into_iter().flat_map(|total| &total.arguments);
                arguments.for_each(|argument| uses.expression(argument));
            }
            NodeKind::Input(call) => {
                schedule.calls.get(*call).into_iter().for_each(|call| uses.expression(&call.matrix))
            }
            NodeKind::Let(_) => {}
        }
    }
}
