//! The scalar of a model, and what its parameters must be for that.
//!
//! One of three: the scalar is said (`scalar = "…"`), it is the type parameter that is `Real`, or it is folded from the
//! scalars of the fields. In the first two, each field's scalar is checked to fit. In the fold, fields without the
//! container's parameters are folded in a constant, so that a private type may stand in a public model; the others bring
//! their scalar as a parameter of the impl.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use super::attributes::Skip;
use super::generics::{Dependence, Scope};
use super::model::{Field, Model, Treatment};
use crate::diagnostics::Diagnostics;

/// What an impl says before its body.
#[derive(Default)]
pub(super) struct Bounds {
    /// Type parameters beyond the container's.
    pub(super) params: Vec<Ident>,
    pub(super) predicates: Vec<TokenStream>,
    pub(super) scalar: TokenStream,
    /// Where it is said, if it is.
    pub(super) scalar_span: Option<Span>,
    /// Statements that compile only where the scalars of the fields go together.
    pub(super) checks: Vec<TokenStream>,
}

pub(super) fn infer(model: &Model, diagnostics: &mut Diagnostics) -> Bounds {
    let (scope, krate) = (Scope::of(model), &model.krate);
    let mut bounds = Bounds::default();
    if let Some(scalar) = &model.container.scalar {
        let said = quote!(#krate::private::Said);
        bounds.check_against(&scalar.to_token_stream(), model, &scope);
        bounds.scalar = project(scalar, &said, "Scalar", scalar);
        bounds.scalar_span = Some(scalar.span());
    } else if let Some(real) = real_parameter(model, &scope) {
        bounds.scalar = real.to_token_stream();
        bounds.check_against(&real.to_token_stream(), model, &scope);
    } else {
        bounds.fold(model, &scope, diagnostics);
    }
    match &model.container.bound {
        Some(own) => bounds.predicates = own.iter().map(ToTokens::to_token_stream).collect(),
        None => bounds.clone_skipped(model, &scope),
    }
    bounds
}

/// The type parameter that is a number: the first that a field mentions.
fn real_parameter<'m>(model: &Model, scope: &Scope<'m>) -> Option<&'m Ident> {
    let is_used = |real: &&&Ident| visited(model).any(|field| Scope::mentions(&field.ty, real));
    scope.reals.iter().find(is_used).or(scope.reals.first()).copied()
}

fn visited(model: &Model) -> impl Iterator<Item = &Field> {
    model.fields().filter(|field| field.is_visited())
}

/// Each type once.
fn distinct<'m>(fields: impl IntoIterator<Item = &'m Field>) -> Vec<&'m Field> {
    let mut seen = BTreeSet::new();
    fields.into_iter().filter(|field| seen.insert(field.ty.to_token_stream().to_string())).collect()
}

impl Bounds {
    fn check_against(&mut self, scalar: &TokenStream, model: &Model, scope: &Scope<'_>) {
        let krate = &model.krate;
        for field in visited(model) {
            let (ty, span) = (&field.ty, field.span);
            if model.container.bound.is_none() && scope.dependence(ty) == Dependence::Types {
                self.predicates.push(quote_spanned!(span=> #ty: #krate::Optimizable));
                self.predicates.push(quote_spanned!(span=> #ty: #krate::private::Within<#scalar>));
            } else {
                let part = scalar_of(krate, ty);
                self.checks.push(quote_spanned!(span=> <#part as #krate::private::Fits<#scalar>>::check();));
            }
        }
    }

    fn fold(&mut self, model: &Model, scope: &Scope<'_>, diagnostics: &mut Diagnostics) {
        let krate = &model.krate;
        let (mut concrete, mut generic, mut checked) = (Vec::new(), Vec::new(), Vec::new());
        for field in distinct(visited(model)) {
            match scope.dependence(&field.ty) {
                Dependence::Itself => {
                    let part = scalar_of(krate, &field.ty);
                    let whole = quote!(<Self as #krate::Optimizable>::Scalar);
                    self.checks.push(quote_spanned!(field.span=> <#part as #krate::private::Fits<#whole>>::check();));
                }
                Dependence::Nothing => concrete.push(field),
                dependence => {
                    if dependence == Dependence::Others {
                        checked.push(field);
                    }
                    generic.push((field, dependence));
                }
            }
        }
        let scalar = joined(krate, &concrete).map(|scalar| {
            let private = quote!(#krate::private);
            let bits = quote!(<#scalar as #private::Scalar>::BITS);
            let bits = scalar_constants(krate, &concrete, &bits);
            quote!(<#private::Bits<{ #bits }> as #private::OfBits>::Scalar)
        });
        if model.container.bound.is_some()
            && let Some((field, _)) = generic.first()
        {
            let message = "with a `bound` of its own, the model has to say its scalar too: `scalar = \"…\"`";
            diagnostics.error(field.ty.span(), message);
            generic.clear();
        }
        let mut scalar = scalar.unwrap_or_else(|| quote!(#krate::private::NoScalar));
        for (field, dependence) in generic {
            let ty = &field.ty;
            if dependence == Dependence::Types {
                self.predicates.push(quote_spanned!(field.span=> #ty: #krate::Optimizable));
            }
            let joined = format_ident!("__S{}", self.params.len(), span = Span::mixed_site());
            self.predicates.push(quote!(#joined: #krate::private::Scalar));
            self.predicates.push(quote_spanned!(field.span=> #ty: #krate::private::Part<#scalar, Joined = #joined>));
            scalar = joined.to_token_stream();
            self.params.push(joined);
        }
        self.scalar = scalar;
        if !checked.is_empty() {
            concrete.extend(checked);
            let scalar = joined(krate, &concrete);
            self.checks.push(quote!(<#scalar as #krate::private::Scalar>::check();));
        }
    }

    /// What a parameter brings into a skipped field is cloned too.
    fn clone_skipped(&mut self, model: &Model, scope: &Scope<'_>) {
        let skipped = model.fields().filter(|field| matches!(field.treatment, Treatment::Skipped(Skip::Clone)));
        for field in distinct(skipped) {
            let ty = &field.ty;
            if matches!(scope.dependence(ty), Dependence::Types | Dependence::Itself) && scope.has_types() {
                self.predicates.push(quote_spanned!(field.span=> #ty: ::core::clone::Clone));
            }
        }
    }
}

/// The expression `bits` for the scalar of these fields, behind what each of their types must be: said first, so that
/// the compiler finds what is wrong with a type on the same way as it does in the body.
///
/// In constants with a name, at the fields: where types contain each other, the scalar of one is that of the other, and
/// of such a cycle the compiler says nothing but the names of what it went through, and where they stand.
fn scalar_constants(krate: &TokenStream, fields: &[&Field], bits: &TokenStream) -> TokenStream {
    let own = Ident::new("Self", Span::call_site());
    let has_name = !fields.iter().any(|field| Scope::mentions(&field.ty, &own));
    let each = fields.iter().map(|Field { ty, span, .. }| {
        let visit = quote_spanned!(*span=> let _ = <#ty as #krate::Optimizable>::visit::<f64>;);
        if !has_name {
            // An item within an impl does not know what `Self` is.
            return visit;
        }
        let name = Ident::new("TYPES_THAT_CONTAIN_EACH_OTHER_NEED_optim_scalar_ON_ONE_OF_THEM", *span);
        let scalar = scalar_of(krate, ty);
        quote_spanned!(*span=> let _ = {
            const #name: usize = { #visit <#scalar as #krate::private::Scalar>::BITS };
            #name
        };)
    });
    if has_name { quote!(#(#each)* { const __BITS: usize = #bits; __BITS }) } else { quote!(#(#each)* #bits) }
}

/// From the first to the last token of the user's type, so that the compiler blames the type, and says nothing of an
/// expansion; errors at the same tokens with the same words are shown once.
fn scalar_of(krate: &TokenStream, ty: &Type) -> TokenStream {
    project(ty, &quote!(#krate::Optimizable), "Scalar", ty)
}

/// `<#part as #bound>::#name`, with the span of `ty`.
fn project(part: &impl ToTokens, bound: &TokenStream, name: &str, ty: &Type) -> TokenStream {
    let mut tokens = ty.to_token_stream().into_iter();
    let first = tokens.next().map_or_else(Span::call_site, |token| token.span());
    let last = tokens.last().map_or(first, |token| token.span());
    let name = Ident::new(name, last);
    quote_spanned!(first=> <#part as #bound>::#name)
}

/// The scalar of all these fields; the compiler reports two at the field that brings the second.
fn joined(krate: &TokenStream, fields: &[&Field]) -> Option<TokenStream> {
    let scalars = fields.iter().map(|field| (scalar_of(krate, &field.ty), &field.ty));
    scalars
        .reduce(|(before, _), (scalar, ty)| (project(&scalar, &quote!(#krate::private::Join<#before>), "Out", ty), ty))
        .map(|(scalar, _)| scalar)
}
