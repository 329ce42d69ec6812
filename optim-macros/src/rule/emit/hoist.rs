//! What does not depend on the weight: computed once a step in `f64`, rounded once, and handed to the loop as a field.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::expression::Scalar;
use super::{own, plain};
use crate::rule::ast::Binary;
use crate::rule::formula::text;
use crate::rule::ir::{Expr, ExprKind, Rule, Type};

/// A field of the struct that the loop gets.
struct Field {
    name: Ident,
    /// The expression as it is written; the same text is the same field.
    text: String,
    kind_of: Type,
    value: TokenStream,
}

/// The fields found so far, in the order of their first use.
pub(super) struct Hoist<'r> {
    rule: &'r Rule,
    fields: Vec<Field>,
    /// Whether the function that is being emitted has used a field.
    pub(super) touched: bool,
}

impl<'r> Hoist<'r> {
    pub(super) fn new(rule: &'r Rule) -> Self {
        Hoist { rule, fields: Vec::new(), touched: false }
    }

    /// The field that holds `expression`.
    pub(super) fn field(&mut self, expression: &Expr) -> Ident {
        self.touched = true;
        let text = text::expression(self.rule, expression);
        let same = |field: &&Field| field.text == text && field.kind_of == expression.kind_of;
        if let Some(field) = self.fields.iter().find(same) {
            return field.name.clone();
        }
        let name = self.name(expression);
        let value = Scalar::F64.emit(self.rule, expression);
        let field = Field { name: name.clone(), text, kind_of: expression.kind_of, value };
        self.fields.push(field);
        name
    }

    /// `lr`, `one_minus_beta1`; what has no short name is numbered.
    fn name(&self, expression: &Expr) -> Ident {
        let taken = |name: &str| name == "__marker" || self.fields.iter().any(|field| field.name == name);
        if let Some(name) = words(self.rule, expression).filter(|name| !taken(name))
            && let Ok(mut ident) = syn::parse_str::<Ident>(&name)
        {
            ident.set_span(Span::mixed_site());
            return ident;
        }
        let free = (1..=self.fields.len() + 1).map(|n| format!("k{n}")).find(|name| !taken(name));
        own(&free.unwrap_or_default())
    }

    /// What the struct is called: `AdamStep`, so that a rule may be called `Step`.
    pub(super) fn step_type(&self) -> Ident {
        quote::format_ident!("{}Step", plain(&self.rule.name.to_string()), span = Span::mixed_site())
    }

    /// The struct of these fields, and the expression that makes one.
    pub(super) fn emit(&self) -> (TokenStream, TokenStream) {
        let (mut declared, mut made) = (Vec::new(), Vec::new());
        for Field { name, text, kind_of, value } in &self.fields {
            let doc = format!(" `{text}`");
            match kind_of {
                Type::Number => {
                    declared.push(quote!(#[doc = #doc] #name: A));
                    made.push(quote!(#name: A::from_f64(#value)));
                }
                Type::Flag => {
                    declared.push(quote!(#[doc = #doc] #name: bool));
                    let same = *name == value.to_string();
                    made.push(if same { quote!(#value) } else { quote!(#name: #value) });
                }
            }
        }
        let step = self.step_type();
        let declared = quote! {
            /// What the loop needs beside weight, gradient and caches: computed once a step, rounded once.
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
        ExprKind::Time => Some(rule.time.to_string()),
        ExprKind::Binary(Binary::Subtract, left, right) => match left.kind {
            ExprKind::Number(1.0) => words(rule, right).map(|right| format!("one_minus_{}", plain(&right))),
            _ => None,
        },
        _ => None,
    }
}
