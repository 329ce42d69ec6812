//! What does not depend on the weight: computed in `f64`, rounded once, and handed to the loop as a field of `step`, or as
//! a number of the row or the column.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::expression::Scalar;
use super::{own, plain};
use crate::rule::ast::Binary;
use crate::rule::formula::text;
use crate::rule::ir::{Expr, ExprKind, Rate, Rule, Type};

/// A number or flag that the loop gets.
pub(super) struct Field {
    pub(super) name: Ident,
    /// The expression as it is written; the same text is the same field.
    text: String,
    pub(super) value: Expr,
}

/// The fields found so far, in the order of their first use.
pub(super) struct Hoist<'r> {
    rule: &'r Rule,
    /// Once a step or a tensor.
    pub(super) fields: Vec<Field>,
    /// Once a row, once a column: each an array.
    pub(super) rows: Vec<Field>,
    pub(super) cols: Vec<Field>,
    /// Whether the function that is being emitted has used a field.
    pub(super) touched: bool,
    /// The numbers of rows and columns that the function that is being emitted has used.
    pub(super) used: Vec<Ident>,
}

impl<'r> Hoist<'r> {
    pub(super) fn new(rule: &'r Rule) -> Self {
        let (fields, rows, cols) = (Vec::new(), Vec::new(), Vec::new());
        Hoist { rule, fields, rows, cols, touched: false, used: Vec::new() }
    }

    /// What stands in the loop for `expression`.
    pub(super) fn emit_use(&mut self, expression: &Expr) -> TokenStream {
        let name = self.field(expression);
        if !matches!(expression.rate, Rate::Row | Rate::Col) {
            self.touched = true;
            let step = own("step");
            return quote!(#step.#name);
        }
        if !self.used.contains(&name) {
            self.used.push(name.clone());
        }
        match expression.kind_of {
            Type::Number => quote!(#name),
            // In an array of numbers, a flag is 0 or 1.
            Type::Flag => quote!((#name != A::from_f64(0.0))),
        }
    }

    fn field(&mut self, expression: &Expr) -> Ident {
        let text = text::expression(self.rule, expression);
        let name = self.name(expression);
        let fields = match expression.rate {
            Rate::Row => &mut self.rows,
            Rate::Col => &mut self.cols,
            _ => &mut self.fields,
        };
        let same = |field: &&Field| field.text == text && field.value.kind_of == expression.kind_of;
        if let Some(field) = fields.iter().find(same) {
            return field.name.clone();
        }
        fields.push(Field { name: name.clone(), text, value: expression.clone() });
        name
    }

    /// `lr`, `one_minus_beta1`; what has no short name is numbered.
    fn name(&self, expression: &Expr) -> Ident {
        let fields = || self.fields.iter().chain(&self.rows).chain(&self.cols);
        let taken = |name: &str| name == "__marker" || fields().any(|field| field.name == name);
        if let Some(name) = words(self.rule, expression).filter(|name| !taken(name))
            && let Ok(mut ident) = syn::parse_str::<Ident>(&name)
        {
            ident.set_span(Span::mixed_site());
            return ident;
        }
        let prefix = match expression.rate {
            Rate::Row => "of_row",
            Rate::Col => "of_col",
            _ => "k",
        };
        let mut free = (1..).map(|n| format!("{prefix}{n}")).filter(|name| !taken(name));
        own(&free.next().unwrap_or_default())
    }

    /// What the struct is called: `AdamStep`, so that a rule may be called `Step`.
    pub(super) fn step_type(&self) -> Ident {
        quote::format_ident!("{}Step", plain(&self.rule.name.to_string()), span = Span::mixed_site())
    }

    /// Shows every field by name, for a rule whose `evaluate` sees them.
    pub(super) fn emit_visit(&self) -> TokenStream {
        let krate = &self.rule.krate;
        let (step, visit) = (own("step"), own("visit"));
        let fields = self.fields.iter().map(|Field { name, value, .. }| {
            let text = plain(&name.to_string()).to_owned();
            match value.kind_of {
                Type::Number => quote!(#krate::private::visit_number(#text, &mut #step.#name, #visit);),
                Type::Flag => quote!(#krate::private::visit_flag(#text, &mut #step.#name, #visit);),
            }
        });
        let fields: Vec<TokenStream> = fields.collect();
        if fields.is_empty() {
            return TokenStream::new();
        }
        quote! {
            fn visit_step<A: #krate::private::Real>(
                #step: &mut Self::Step<A>,
                #visit: &mut dyn ::core::ops::FnMut(&'static str, &mut f64),
            ) {
                #(#fields)*
            }
        }
    }

    /// The struct of the fields, and the expression that makes one.
    pub(super) fn emit(&self) -> (TokenStream, TokenStream) {
        let (mut declared, mut made) = (Vec::new(), Vec::new());
        for Field { name, text, value } in &self.fields {
            let doc = format!(" `{text}`");
            let emitted = Scalar::F64.emit(self.rule, value);
            match value.kind_of {
                Type::Number => {
                    declared.push(quote!(#[doc = #doc] #name: A));
                    made.push(quote!(#name: A::from_f64(#emitted)));
                }
                Type::Flag => {
                    declared.push(quote!(#[doc = #doc] #name: bool));
                    let same = *name == emitted.to_string();
                    made.push(if same { quote!(#emitted) } else { quote!(#name: #emitted) });
                }
            }
        }
        let step = self.step_type();
        let declared = quote! {
            /// What the loop needs beside weight, gradient and caches: computed in `f64`, rounded once.
            #[derive(::core::clone::Clone, ::core::marker::Copy)]
            pub struct #step<A> {
                #(#declared,)*
                __marker: ::core::marker::PhantomData<A>,
            }
        };
        (declared, quote!(#step { #(#made,)* __marker: ::core::marker::PhantomData }))
    }
}

/// A short name for a short expression.
fn words(rule: &Rule, expression: &Expr) -> Option<String> {
    match &expression.kind {
        ExprKind::Hyper(index) => rule.hypers.get(*index).map(|hyper| hyper.name.to_string()),
        ExprKind::Let(index) => rule.lets.get(*index).map(|named| named.name.to_string()),
        ExprKind::Cache(index) => rule.caches.get(*index).map(|cache| cache.name.to_string()),
        ExprKind::Total(_, name) | ExprKind::Version(_, name) => Some(name.to_string()),
        ExprKind::Time => Some(rule.time.to_string()),
        ExprKind::Binary(Binary::Subtract, left, right) => match left.kind {
            ExprKind::Number(1.0) => words(rule, right).map(|right| format!("one_minus_{}", plain(&right))),
            _ => None,
        },
        _ => None,
    }
}
