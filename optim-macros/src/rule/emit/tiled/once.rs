//! What is computed once a step.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, quote};

use super::Emitter;
use crate::rule::ast::Scope;
use crate::rule::emit::expression::{Scalar, hyper_locals_of, name_of_let};
use crate::rule::emit::{own, plain};
use crate::rule::ir::Type;
use crate::rule::schedule::Number;
use crate::rule::uses::Uses;

impl Emitter<'_> {
    pub(super) fn emit_once(&self, once_type: &Ident) -> (TokenStream, TokenStream) {
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
        let (mut visited, visit, once) = (Vec::new(), own("visit"), own("once"));
        let time = &rule.time;
        if later.time {
            let text = plain(&time.to_string()).to_owned();
            visited.push(quote!(#krate::private::visit_number(#text, &mut #once.#time, #visit);));
            fields.push(quote!(#time: f64));
            made.push(quote!(#time));
        }
        for (_, name, kind_of) in self.numbers.once_lets() {
            let kind = if kind_of == Type::Flag { quote!(bool) } else { quote!(f64) };
            let text = plain(&name.to_string()).to_owned();
            visited.push(if kind_of == Type::Flag {
                quote!(#krate::private::visit_flag(#text, &mut #once.#name, #visit);)
            } else {
                quote!(#krate::private::visit_number(#text, &mut #once.#name, #visit);)
            });
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
        let visits = rule.evaluate.is_some() && !visited.is_empty();
        let visits = visits.then(|| {
            quote! {
                fn visit_once(
                    #once: &mut Self::Once,
                    #visit: &mut dyn ::core::ops::FnMut(&'static str, &mut f64),
                ) {
                    #(#visited)*
                }
            }
        });
        let function = quote!(#function #visits);
        (structure, function)
    }
}
