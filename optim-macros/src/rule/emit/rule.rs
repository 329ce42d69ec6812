//! `impl Rule`: descriptions, access by name, and the functions that kernels are made of.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use super::describe::{doc_text, emit_accessors, emit_hyper, optional};
use super::expression::{Scalar, hyper_locals};
use super::hoist::Hoist;
use super::state::{emit_exists, emit_require, emit_require_shape, emit_start, emit_start_number};
use super::{own, plain, tiled};
use crate::rule::ast::Scope;
use crate::rule::formula::{Formula, text};
use crate::rule::ir::{Block, Body, Rate, Rule, Statement};
use crate::rule::schedule::Schedule;
use crate::rule::uses::Uses;

pub(super) fn emit_impl(rule: &Rule, schedule: Option<&Schedule>, formula: &Formula) -> TokenStream {
    let (krate, name) = (&rule.krate, &rule.name);
    let known_as = plain(&name.to_string()).to_owned();
    let doc = doc_text(&rule.attributes);
    let hypers = rule.hypers.iter().map(|hyper| emit_hyper(rule, hyper));
    let caches = rule.caches.iter().map(|cache| {
        let name = plain(&cache.name.to_string()).to_owned();
        let scope = own(match cache.scope {
            Scope::Weight => "Weight",
            Scope::Row => "Row",
            Scope::Col => "Col",
            Scope::Tensor => "Tensor",
            Scope::Model => "Model",
        });
        let condition = optional(cache.condition.as_ref().map(|condition| text::expression(rule, condition)));
        quote! {
            #krate::private::Cache {
                name: #name,
                scope: #krate::private::CacheScope::#scope,
                condition: #condition,
            }
        }
    });
    let (latex, mathml, plain_text) = (&formula.latex, &formula.mathml, &formula.text);
    let accessors = emit_accessors(rule);
    let require = emit_require(rule);
    let exists = emit_exists(rule);
    let require_shape = emit_require_shape(rule);
    let scratch = schedule.map_or(0, Schedule::scratch);
    let start = emit_start(rule, scratch);
    let start_number = emit_start_number(rule);
    let count = Literal::usize_unsuffixed(rule.caches_of(Scope::Weight).count() + scratch);
    let numbers = Literal::usize_unsuffixed(rule.caches_of(Scope::Model).count());

    let Computed { structs, step_type, functions, tiled_type, tiled } =
        schedule.map_or_else(|| compute_untiled(rule), |schedule| compute_tiled(rule, schedule));
    let looks_ahead = rule.look_ahead.is_some();
    let evaluates = rule.evaluate.is_some();
    let mut uses = Uses::default();
    uses.block(&rule.update.block);
    let roots = uses.roots.then(|| {
        quote!(
            const ROOTS: bool = true;
        )
    });
    let at_weights = (!looks_ahead).then(|| quote!(impl #krate::private::GradientAtWeights for #name {}));
    quote! {
        const _: () = {
            #structs

            #[automatically_derived]
            impl #krate::private::Rule for #name {
                const NAME: &'static str = #known_as;
                const LOOKS_AHEAD: bool = #looks_ahead;
                const EVALUATES: bool = #evaluates;
                #roots

                type Step<A: #krate::private::Real> = #step_type<A>;
                type Caches<A: #krate::private::Real> = [A; #count];
                type Model = [f64; #numbers];
                type Tiled = #tiled_type;

                fn hyper() -> &'static [#krate::private::Hyper] {
                    const { &[#(#hypers),*] }
                }

                fn doc() -> &'static str {
                    #doc
                }

                fn formula() -> #krate::private::Formula {
                    #krate::private::Formula::new(#latex, #mathml, #plain_text)
                }

                fn declared_caches() -> &'static [#krate::private::Cache] {
                    const { &[#(#caches),*] }
                }

                // A rule may be called `A`, and statics do not see the parameters of the function around them.
                fn kernels<__A: #krate::private::Real>() -> &'static #krate::private::Kernels<__A> {
                    static SINGLE: #krate::private::Kernels<f32> = #krate::private::Kernels::of::<#name>();
                    static DOUBLE: #krate::private::Kernels<f64> = #krate::private::Kernels::of::<#name>();
                    __A::kernels_of(&SINGLE, &DOUBLE)
                }

                #accessors
                #require
                #require_shape
                #exists
                #start
                #start_number
                #functions
            }

            #tiled
            #at_weights
        };
    }
}

/// How a rule is computed.
struct Computed {
    structs: TokenStream,
    step_type: Ident,
    /// The functions of `Rule`.
    functions: TokenStream,
    tiled_type: TokenStream,
    /// The impl of `Tiled`.
    tiled: TokenStream,
}

/// Every weight on its own.
fn compute_untiled(rule: &Rule) -> Computed {
    let krate = &rule.krate;
    let mut hoist = Hoist::new(rule);
    let update = emit_update(rule, &mut hoist);
    let look_ahead = rule.look_ahead.as_ref().map(|body| emit_point(rule, &mut hoist, body, "look_ahead"));
    let evaluate = rule.evaluate.as_ref().map(|body| emit_point(rule, &mut hoist, body, "evaluate"));
    let step_type = hoist.step_type();
    let (structs, made) = hoist.emit();
    let visit = evaluate.is_some().then(|| hoist.emit_visit());
    let scalars = emit_scalars(rule, &made);
    Computed {
        structs,
        step_type,
        functions: quote!(#scalars #visit #look_ahead #update #evaluate),
        tiled_type: quote!(#krate::private::Untiled),
        tiled: TokenStream::new(),
    }
}

/// Pass by pass.
fn compute_tiled(rule: &Rule, schedule: &Schedule) -> Computed {
    let tiled::Emitted { structs, step_type, tiled_type, body } = tiled::emit_tiled(rule, schedule);
    Computed { structs, step_type, functions: TokenStream::new(), tiled_type: quote!(#tiled_type), tiled: body }
}

/// Once a step, in `f64`: the section `step`, and every `let` of the other sections that does not depend on the weight.
fn emit_scalars(rule: &Rule, made: &TokenStream) -> TokenStream {
    let krate = &rule.krate;
    let mut uses = Uses::default();
    let mut statements = Vec::new();
    let mut emit = |statement: &Statement| {
        statements.push(Scalar::F64.statement(rule, statement));
    };
    for statement in &rule.step {
        emit(statement);
        uses.statement(statement);
    }
    let bodies = [rule.look_ahead.as_ref(), Some(&rule.update), rule.evaluate.as_ref()];
    for body in bodies.into_iter().flatten() {
        hoisted_lets(&body.block, &mut emit);
        uses.block(&body.block);
    }
    let locals = hyper_locals(rule, &uses.hypers);
    let time = &rule.time;
    let parameter = if uses.time { quote!(#time) } else { quote!(_) };
    // The numbers of the whole model are locals of their names, and written back at the end.
    let model = own("model");
    let (mut bound, mut written, mut any) = (Vec::new(), Vec::new(), false);
    for (index, cache) in rule.caches_of(Scope::Model) {
        let name = &cache.name;
        if uses.caches_assigned.contains(&index) {
            bound.push(quote!(mut #name));
            any = true;
        } else {
            bound.push(quote!(#name));
        }
        written.push(quote!(#name));
    }
    let read = (!bound.is_empty()).then(|| quote!(let [#(#bound),*] = *#model;));
    let write = any.then(|| quote!(*#model = [#(#written),*];));
    let model = if bound.is_empty() { quote!(_) } else { quote!(#model) };
    quote! {
        fn scalars<A: #krate::private::Real>(&self, #parameter: f64, #model: &mut Self::Model) -> Self::Step<A> {
            #locals
            #read
            #(#statements)*
            #write
            #made
        }
    }
}

/// `let`s of blocks that are computed for weights, but do not depend on one. What stands inside a hoisted expression
/// goes with it.
fn hoisted_lets(block: &Block, emit: &mut impl FnMut(&Statement)) {
    for statement in &block.statements {
        match statement {
            Statement::Let(_, value) if value.rate < Rate::Weight => emit(statement),
            Statement::Let(_, value) | Statement::Assign(_, _, value) => lets_of_expression(value, emit),
            Statement::If(condition, then, otherwise) => {
                lets_of_expression(condition, emit);
                hoisted_lets(then, emit);
                if let Some(otherwise) = otherwise {
                    hoisted_lets(otherwise, emit);
                }
            }
        }
    }
    block.value.iter().for_each(|value| lets_of_expression(value, emit));
}

fn lets_of_expression(expression: &crate::rule::ir::Expr, emit: &mut impl FnMut(&Statement)) {
    use crate::rule::ir::ExprKind;
    if expression.rate < Rate::Weight {
        return;
    }
    match &expression.kind {
        ExprKind::Unary(_, operand) => lets_of_expression(operand, emit),
        ExprKind::Binary(_, left, right) => {
            lets_of_expression(left, emit);
            lets_of_expression(right, emit);
        }
        ExprKind::Call(_, arguments) => arguments.iter().for_each(|argument| lets_of_expression(argument, emit)),
        ExprKind::If(condition, then, otherwise) => {
            lets_of_expression(condition, emit);
            hoisted_lets(then, emit);
            hoisted_lets(otherwise, emit);
        }
        _ => {}
    }
}

fn emit_update(rule: &Rule, hoist: &mut Hoist<'_>) -> TokenStream {
    let krate = &rule.krate;
    let body = &rule.update;
    let mut uses = Uses::default();
    uses.block(&body.block);
    hoist.touched = false;
    let statements = Scalar::Hoisted(hoist, body).block(rule, &body.block);
    let step = if hoist.touched { own("step") } else { own("_step") };
    let (weight, caches) = (&body.weight, own("caches"));
    let gradient =
        if let (Some(gradient), true) = (&body.gradient, uses.gradient) { quote!(#gradient) } else { quote!(_) };
    let names: Vec<_> = rule.caches_of(Scope::Weight).map(|(_, cache)| &cache.name).collect();
    let bound = rule.caches_of(Scope::Weight).map(|(index, cache)| {
        let name = &cache.name;
        if uses.caches_assigned.contains(&index) { quote!(mut #name) } else { quote!(#name) }
    });
    quote! {
        #[inline(always)]
        fn update<A: #krate::private::Real>(
            #step: Self::Step<A>,
            mut #weight: A,
            #gradient: A,
            #caches: Self::Caches<A>,
        ) -> (A, Self::Caches<A>) {
            let [#(#bound),*] = #caches;
            #statements
            (#weight, [#(#names),*])
        }
    }
}

/// `look_ahead` or `evaluate`: a point, from weight and caches.
fn emit_point(rule: &Rule, hoist: &mut Hoist<'_>, body: &Body, function: &str) -> TokenStream {
    let krate = &rule.krate;
    let mut uses = Uses::default();
    uses.block(&body.block);
    hoist.touched = false;
    let block = Scalar::Hoisted(hoist, body).block(rule, &body.block);
    let step = if hoist.touched { own("step") } else { own("_step") };
    let (function, caches) = (own(function), own("caches"));
    let weight = if uses.weight {
        let weight = &body.weight;
        quote!(#weight)
    } else {
        quote!(_)
    };
    let bound = rule.caches_of(Scope::Weight).map(|(index, cache)| {
        let name = &cache.name;
        if uses.caches_read.contains(&index) { quote!(#name) } else { quote!(_) }
    });
    quote! {
        #[inline(always)]
        fn #function<A: #krate::private::Real>(#step: Self::Step<A>, #weight: A, #caches: Self::Caches<A>) -> A {
            let [#(#bound),*] = #caches;
            #block
        }
    }
}
