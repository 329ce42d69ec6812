//! Functions of numbers that are not per weight: of a tensor, a row, a column, a fold, a call, and what caches become.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{quote, quote_spanned};

use super::Emitter;
use crate::rule::emit::expression::Scalar;
use crate::rule::emit::hoist::Field;
use crate::rule::emit::numbers::LEVELS;
use crate::rule::emit::own;
use crate::rule::ir::{Expr, Type};

impl Emitter<'_> {
    pub(super) fn emit_step(&self) -> TokenStream {
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
    pub(super) fn emit_line(&self, function: &str, kind: &str, fields: &[Field]) -> Option<TokenStream> {
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

    pub(super) fn emit_fold(&self) -> Option<TokenStream> {
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

    pub(super) fn emit_call(&self) -> Option<TokenStream> {
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
            // Where a function takes something else, the compiler points at what the rule gives it.
            let arguments = call.numbers.iter().enumerate().map(|(place, number)| {
                let (place, numbers) = (Literal::usize_unsuffixed(place), written_at(&numbers, number));
                quote_spanned!(numbers.span()=> #numbers[#place])
            });
            let (input, output) = (written_at(&input, &call.matrix), written_at(&output, &call.matrix));
            quote!(#index => #path(#input, #output #(, #arguments)*))
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

    pub(super) fn emit_commit(&self) -> Option<TokenStream> {
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

/// A name of the expansion, at the place of an expression of the rule.
fn written_at(name: &Ident, expression: &Expr) -> Ident {
    Ident::new(&name.to_string(), name.span().located_at(expression.span))
}
