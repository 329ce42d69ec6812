//! The container as the derive understands it: every field with what is done with it and its name in paths.
//!
//! Comes from `syn`'s tree and the attributes; goes to `bounds` and `emit`. What contradicts itself is reported here.

use std::collections::BTreeMap;

use proc_macro2::{Ident, Span, TokenStream};
use quote::format_ident;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Generics, LitStr, Member, Type};

use super::attributes::{Container, Part, Skip, parse_container, parse_field, parse_variant};
use crate::diagnostics::Diagnostics;
use crate::krate;

pub(super) struct Model {
    pub(super) name: Ident,
    pub(super) generics: Generics,
    pub(super) krate: TokenStream,
    pub(super) container: Container,
    pub(super) shape: Shape,
}

pub(super) enum Shape {
    Struct(Fields),
    Enum(Vec<Variant>),
}

pub(super) struct Variant {
    pub(super) ident: Ident,
    pub(super) name: String,
    pub(super) descent: Descent,
    pub(super) fields: Fields,
}

/// The fields of a struct or of a variant.
pub(super) struct Fields {
    pub(super) style: Style,
    pub(super) list: Vec<Field>,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Style {
    Named,
    Tuple,
    Unit,
}

pub(super) struct Field {
    pub(super) member: Member,
    /// The local variable that holds it in an expansion.
    pub(super) binding: Ident,
    pub(super) ty: Type,
    /// Where the compiler is to report that something is wrong with the field.
    pub(super) span: Span,
    pub(super) treatment: Treatment,
}

/// What is done with a field.
pub(super) enum Treatment {
    Visited(Segment, Descent),
    Skipped(Skip),
    /// Its attributes are wrong: what it was to be is not known, and that has been reported.
    Refused,
}

/// What a field adds to the path.
pub(super) enum Segment {
    Name(String),
    Index(usize),
}

/// What holds from a field or variant down.
pub(super) struct Descent {
    pub(super) role: Role,
    pub(super) group: Option<LitStr>,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Role {
    Parameter,
    Frozen,
    Buffer,
}

impl Model {
    /// Every field, of every variant.
    pub(super) fn fields(&self) -> impl Iterator<Item = &Field> {
        let (fields, variants) = match &self.shape {
            Shape::Struct(fields) => (Some(fields), [].as_slice()),
            Shape::Enum(variants) => (None, variants.as_slice()),
        };
        fields.into_iter().chain(variants.iter().map(|variant| &variant.fields)).flat_map(|fields| &fields.list)
    }
}

impl Field {
    pub(super) fn is_visited(&self) -> bool {
        matches!(self.treatment, Treatment::Visited(..))
    }
}

pub(super) fn check(input: DeriveInput, diagnostics: &mut Diagnostics) -> Model {
    let container = parse_container(&input.attrs, diagnostics);
    let krate = krate::parse(&input.attrs, diagnostics);
    check_layout(&input.attrs, diagnostics);
    let shape = match &input.data {
        Data::Struct(data) => Shape::Struct(check_fields(&data.fields, diagnostics)),
        Data::Enum(data) => {
            let variants = data.variants.iter().map(|variant| check_variant(variant, diagnostics));
            let (variants, renames): (Vec<_>, Vec<_>) = variants.unzip();
            let names = variants.iter().map(|variant| variant.name.clone()).zip(renames);
            check_names("variants", names, diagnostics);
            Shape::Enum(variants)
        }
        Data::Union(data) => {
            let message = "a union does not know which of its fields is alive, so it is not a model: use an enum";
            diagnostics.error(data.union_token.span, message);
            Shape::Enum(Vec::new())
        }
    };
    Model { name: input.ident, generics: input.generics, krate, container, shape }
}

/// The fields of a packed struct cannot be borrowed, and a tensor is a borrowed field.
fn check_layout(attributes: &[Attribute], diagnostics: &mut Diagnostics) {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("repr")) {
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.is_ident("packed") {
                let message = "the fields of a packed struct cannot be borrowed, so it is not a model: remove `packed`";
                diagnostics.error(meta.path.span(), message);
            }
            if meta.input.peek(syn::token::Paren) {
                meta.input.parse::<proc_macro2::Group>()?;
            }
            Ok(())
        });
    }
}

fn check_variant(variant: &syn::Variant, diagnostics: &mut Diagnostics) -> (Variant, Option<LitStr>) {
    let part = parse_variant(&variant.attrs, diagnostics);
    let name = name_of(&variant.ident, part.rename.as_ref());
    let fields = check_fields(&variant.fields, diagnostics);
    let rename = part.rename.clone();
    (Variant { ident: variant.ident.clone(), name, descent: Descent::of(part), fields }, rename)
}

fn check_fields(fields: &syn::Fields, diagnostics: &mut Diagnostics) -> Fields {
    let style = match fields {
        syn::Fields::Named(_) => Style::Named,
        syn::Fields::Unnamed(_) => Style::Tuple,
        syn::Fields::Unit => Style::Unit,
    };
    let mut names = Vec::new();
    let mut list = Vec::new();
    for (index, (field, member)) in fields.iter().zip(fields.members()).enumerate() {
        let part = parse_field(&field.attrs, diagnostics);
        let span = Span::mixed_site().located_at(field.ty.span());
        // The underscore: a pattern that is a plain name may be taken for a constant of the user's, or for one of the
        // expansion's own locals, which end in none.
        let binding = match &field.ident {
            Some(ident) => format_ident!("{}_", ident.unraw(), span = span),
            None => format_ident!("field_{index}", span = span),
        };
        let segment = match (&part.rename, &field.ident) {
            (None, None) => Segment::Index(index),
            (rename, Some(ident)) => Segment::Name(name_of(ident, rename.as_ref())),
            (Some(rename), None) => Segment::Name(rename.value()),
        };
        if part.skip.is_none() {
            let name = match &segment {
                Segment::Name(name) => name.clone(),
                Segment::Index(index) => index.to_string(),
            };
            names.push((name, part.rename.clone()));
        }
        list.push(Field { member, binding, ty: field.ty.clone(), span, treatment: Treatment::of(segment, part) });
    }
    check_names("fields", names, diagnostics);
    Fields { style, list }
}

/// No two places have one name; only a `rename` can bring that about.
fn check_names(what: &str, names: impl IntoIterator<Item = (String, Option<LitStr>)>, diagnostics: &mut Diagnostics) {
    let mut seen: BTreeMap<String, Option<LitStr>> = BTreeMap::new();
    for (name, rename) in names {
        let Some(earlier) = seen.get(&name) else {
            seen.insert(name, rename);
            continue;
        };
        if let Some(literal) = rename.as_ref().or(earlier.as_ref()) {
            diagnostics
                .error(literal.span(), format!("two {what} have the name `{name}` in paths: rename one of them"));
        }
    }
}

/// Without the `r#` of a raw identifier.
fn name_of(ident: &Ident, rename: Option<&LitStr>) -> String {
    rename.map_or_else(|| ident.unraw().to_string(), LitStr::value)
}

impl Treatment {
    fn of(segment: Segment, mut part: Part) -> Self {
        match part.skip.take() {
            _ if part.refused => Treatment::Refused,
            Some(skip) => Treatment::Skipped(skip),
            None => Treatment::Visited(segment, Descent::of(part)),
        }
    }
}

impl Descent {
    fn of(part: Part) -> Self {
        let role = match (part.buffer, part.freeze) {
            (true, _) => Role::Buffer,
            (false, true) => Role::Frozen,
            (false, false) => Role::Parameter,
        };
        Descent { role, group: part.group }
    }
}
