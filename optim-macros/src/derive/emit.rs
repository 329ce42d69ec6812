//! The impl, written as a person would write it: one match on what is to be done.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::GenericParam;

use super::attributes::Skip;
use super::bounds::Bounds;
use super::model::{Descent, Field, Fields, Model, Role, Segment, Shape, Style, Treatment, Variant};

/// The impl of a sound model.
pub(super) fn emit(model: &Model, bounds: &Bounds) -> TokenStream {
    let private = private(model);
    let checks = &bounds.checks;
    let arms = match &model.shape {
        Shape::Struct(fields) => emit_arms(model, &quote!(Self), fields, None),
        Shape::Enum(variants) if variants.is_empty() => quote! {
            #private::Op::Read(__never, _) => match *__never {},
            #private::Op::Write(__never, _) => match *__never {},
            #private::Op::Zeros(__never) => match *__never {},
        },
        Shape::Enum(variants) => variants
            .iter()
            .map(|variant| {
                let ident = &variant.ident;
                emit_arms(model, &quote!(Self::#ident), &variant.fields, Some(variant))
            })
            .collect(),
    };
    let walks = match &model.shape {
        Shape::Struct(fields) => fields.list.iter().any(Field::is_visited),
        Shape::Enum(variants) => !variants.is_empty(),
    };
    let op = if walks { quote!(mut __op) } else { quote!(__op) };
    emit_impl(model, bounds, &op, &quote!(#(#checks)* match __op { #arms }))
}

/// An impl that does nothing, beside the errors: what uses the model need not be wrong as well.
pub(super) fn emit_skeleton(model: &Model, bounds: &Bounds) -> TokenStream {
    emit_impl(model, bounds, &quote!(_), &quote!(::core::option::Option::None))
}

fn emit_impl(model: &Model, bounds: &Bounds, op: &TokenStream, body: &TokenStream) -> TokenStream {
    let Model { name, krate, .. } = model;
    let private = private(model);
    let Bounds { params, predicates, scalar, scalar_span, .. } = bounds;
    let scalar = quote_spanned!(scalar_span.unwrap_or_else(Span::call_site)=> type Scalar = #scalar;);
    let mut generics = model.generics.clone();
    generics.params.extend(params.iter().map(|param| GenericParam::Type(param.clone().into())));
    let (own_generics, ty_generics, own_clause) = model.generics.split_for_impl();
    let (impl_generics, ..) = generics.split_for_impl();
    let own = || own_clause.iter().flat_map(|clause| &clause.predicates).map(ToTokens::to_token_stream);
    let where_clause = emit_where(own().chain(predicates.iter().cloned()));
    // Whatever makes it a model makes it have the arithmetic of gradients.
    let is_model = (!predicates.is_empty()).then(|| quote!(Self: #krate::Optimizable));
    let gradient_clause = emit_where(own().chain(is_model));
    quote! {
        #[automatically_derived]
        impl #impl_generics #krate::Optimizable for #name #ty_generics #where_clause {
            #scalar

            #[inline]
            fn visit<__A: #private::Real>(#op: #private::Op<'_, '_, Self, __A>) -> ::core::option::Option<Self> {
                #body
            }
        }

        #[automatically_derived]
        impl #own_generics #krate::Gradient for #name #ty_generics #gradient_clause {}
    }
}

fn emit_where(predicates: impl Iterator<Item = TokenStream>) -> Option<TokenStream> {
    let predicates: Vec<_> = predicates.collect();
    (!predicates.is_empty()).then(|| quote!(where #(#predicates),*))
}

fn private(model: &Model) -> TokenStream {
    let krate = &model.krate;
    quote!(#krate::private)
}

/// Read, write and zeros of a struct or of one variant.
fn emit_arms(model: &Model, path: &TokenStream, fields: &Fields, variant: Option<&Variant>) -> TokenStream {
    let private = private(model);
    let visits = fields.list.iter().any(Field::is_visited);
    let shown = emit_pattern(path, fields, Field::is_visited);
    let walks = if visits || variant.is_some() {
        ["Read", "Write"]
            .map(|name| {
                let op = Ident::new(name, Span::mixed_site());
                let enter = variant.map(|variant| emit_enter(&private, &op, variant, visits));
                let steps = fields.list.iter().map(|field| emit_step(model, &op, field));
                quote! { #private::Op::#op(#shown, ref mut __walk) => { #enter #(#steps)* ::core::option::Option::None } }
            })
            .into_iter()
            .collect()
    } else {
        quote!(#private::Op::Read(..) | #private::Op::Write(..) => ::core::option::Option::None,)
    };
    let used = emit_pattern(path, fields, |field| !matches!(field.treatment, Treatment::Skipped(Skip::Value(_))));
    let value = emit_value(model, path, fields);
    quote! {
        #walks
        #private::Op::Zeros(#used) => ::core::option::Option::Some(#value),
    }
}

/// `let walk = &mut walk.variant("Name");`.
fn emit_enter(private: &TokenStream, op: &Ident, variant: &Variant, visits: bool) -> TokenStream {
    let name = &variant.name;
    let descent = emit_descent(&variant.descent);
    if visits {
        quote!(let __walk = &mut #private::#op::variant(__walk, #name)#descent;)
    } else {
        quote!(#private::#op::variant(__walk, #name);)
    }
}

/// One field, handed on to its type.
fn emit_step(model: &Model, op: &Ident, field: &Field) -> Option<TokenStream> {
    let Treatment::Visited(segment, descent) = &field.treatment else { return None };
    let (krate, private) = (&model.krate, private(model));
    let Field { ty, binding, span, .. } = field;
    let place = match segment {
        Segment::Name(name) => quote!(#private::#op::field(__walk, #name)),
        Segment::Index(index) => {
            let index = proc_macro2::Literal::usize_unsuffixed(*index);
            quote!(#private::#op::index(__walk, #index))
        }
    };
    let descent = emit_descent(descent);
    Some(quote_spanned!(*span=> <#ty as #krate::Optimizable>::visit(#private::Op::#op(#binding, #place #descent));))
}

fn emit_descent(descent: &Descent) -> TokenStream {
    let role = match descent.role {
        Role::Parameter => None,
        Role::Frozen => Some(quote!(.frozen())),
        Role::Buffer => Some(quote!(.buffer())),
    };
    let group = descent.group.as_ref().map(|group| quote!(.group(#group)));
    quote!(#role #group)
}

/// `Self { weight: __weight, .. }` with the fields that `keep` says.
fn emit_pattern(path: &TokenStream, fields: &Fields, keep: impl Fn(&Field) -> bool) -> TokenStream {
    let kept = |field: &&Field| keep(field);
    match fields.style {
        Style::Unit => quote!(#path),
        Style::Named => {
            let rest = (!fields.list.iter().all(&keep)).then(|| quote!(..));
            let fields = fields.list.iter().filter(kept).map(|Field { member, binding, .. }| quote!(#member: #binding));
            quote!(#path { #(#fields,)* #rest })
        }
        Style::Tuple => {
            let fields =
                fields.list.iter().map(|field| if keep(field) { field.binding.to_token_stream() } else { quote!(_) });
            quote!(#path(#(#fields),*))
        }
    }
}

/// The value that `zeros_like` returns.
fn emit_value(model: &Model, path: &TokenStream, fields: &Fields) -> TokenStream {
    let values = fields.list.iter().map(|field| {
        let (krate, private) = (&model.krate, private(model));
        let Field { ty, binding, span, .. } = field;
        match &field.treatment {
            Treatment::Visited(..) => {
                quote_spanned!(*span=> <#ty as #krate::Optimizable>::visit::<__A>(#private::Op::Zeros(#binding))?)
            }
            Treatment::Skipped(Skip::Value(value)) => value.clone(),
            Treatment::Skipped(Skip::Clone) | Treatment::Refused => {
                quote_spanned!(*span=> <#ty as #private::CloneSkipped>::clone(#binding))
            }
        }
    });
    match fields.style {
        Style::Unit => quote!(#path),
        Style::Tuple => quote!(#path(#(#values),*)),
        Style::Named => {
            let members = fields.list.iter().map(|field| &field.member);
            quote!(#path { #(#members: #values),* })
        }
    }
}
