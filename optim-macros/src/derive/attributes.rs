//! `#[optim(…)]` on the container, on variants and on fields: what is known where, and what contradicts what.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::parse::{Parse, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, LitStr, Token, Type, WherePredicate};

use crate::attribute::{Entry, entries};
use crate::diagnostics::Diagnostics;
use crate::names::nearest;

/// Where an attribute stands.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Container,
    Variant,
    Field,
}

impl Place {
    fn known(self) -> &'static [&'static str] {
        match self {
            Place::Container => &["bound", "crate", "scalar"],
            Place::Variant => &["buffer", "freeze", "group", "rename"],
            Place::Field => &["buffer", "freeze", "group", "rename", "skip"],
        }
    }

    fn name(self) -> &'static str {
        match self {
            Place::Container => "struct or enum",
            Place::Variant => "variant",
            Place::Field => "field",
        }
    }
}

/// What stands on the struct or enum, apart from `crate`.
#[derive(Default)]
pub(super) struct Container {
    pub(super) scalar: Option<Type>,
    pub(super) bound: Option<Vec<WherePredicate>>,
}

/// What a gradient has in place of a skipped field.
pub(super) enum Skip {
    Clone,
    Value(TokenStream),
}

/// What stands on a field or a variant.
#[derive(Default)]
pub(super) struct Part {
    pub(super) skip: Option<Skip>,
    pub(super) freeze: bool,
    pub(super) buffer: bool,
    pub(super) group: Option<LitStr>,
    pub(super) rename: Option<LitStr>,
    /// There is a mistake in it: what it was to be is not known.
    pub(super) refused: bool,
}

impl Part {
    /// No message: it could be set.
    fn set(&mut self, set: impl FnOnce(&mut Self)) -> Option<&'static str> {
        set(self);
        None
    }
}

pub(super) fn parse_container(attributes: &[Attribute], diagnostics: &mut Diagnostics) -> Container {
    let mut container = Container::default();
    for entry in parse_known(attributes, Place::Container, diagnostics).entries {
        if entry.key == "scalar" {
            container.scalar = parse_quoted(&entry, Type::parse);
            if container.scalar.is_none() {
                diagnostics.error(entry.span(), "`scalar` needs a type: `scalar = \"f32\"`");
            }
        } else if entry.key == "bound" {
            let predicates = parse_quoted(&entry, Punctuated::<WherePredicate, Token![,]>::parse_terminated);
            container.bound = predicates.map(|predicates| predicates.into_iter().collect());
            if container.bound.is_none() {
                let message = "`bound` needs what stands in a where clause: `bound = \"T: Optimizable\"`";
                diagnostics.error(entry.span(), message);
            }
        }
    }
    container
}

pub(super) fn parse_variant(attributes: &[Attribute], diagnostics: &mut Diagnostics) -> Part {
    parse_part(attributes, Place::Variant, diagnostics)
}

pub(super) fn parse_field(attributes: &[Attribute], diagnostics: &mut Diagnostics) -> Part {
    parse_part(attributes, Place::Field, diagnostics)
}

fn parse_part(attributes: &[Attribute], place: Place, diagnostics: &mut Diagnostics) -> Part {
    let Known { entries, mut refused } = parse_known(attributes, place, diagnostics);
    let mut part = Part::default();
    let mut refuse = |span: Span, message: &str| {
        refused = true;
        diagnostics.error(span, message);
    };
    for entry in &entries {
        let value = entry.value.as_ref();
        let message = match (entry.key.to_string().as_str(), value) {
            ("skip", None) => part.set(|part| part.skip = Some(Skip::Clone)),
            ("skip", Some(value)) if names_the_model(value.clone()) => Some(
                "a gradient's value is made without the model, `self` is not known here: use `Self::…`, a function or a \
                 constant, or `skip` alone for a clone of the field",
            ),
            ("skip", Some(value)) if !value.is_empty() => part.set(|part| part.skip = Some(Skip::Value(value.clone()))),
            ("skip", _) => Some("`skip =` needs the value that a gradient has here: `skip = Cache::new()`"),
            ("freeze", None) => part.set(|part| part.freeze = true),
            ("freeze", _) => Some("`freeze` takes no value"),
            ("buffer", None) => part.set(|part| part.buffer = true),
            ("buffer", _) => Some("`buffer` takes no value"),
            ("group", _) => {
                part.group = parse_name(value);
                part.group.is_none().then_some("`group` needs a name: `group = \"no_decay\"`")
            }
            _ => {
                part.rename = parse_name(value);
                part.rename.is_none().then_some("`rename` needs a name: `rename = \"gain\"`")
            }
        };
        if let Some(message) = message {
            refuse(entry.span(), message);
        }
    }
    if let Some(name) = &part.rename
        && name.value().contains(['.', '\\'])
    {
        refuse(name.span(), "a name in a path holds no `.` and no `\\`: the path would read as that of another place");
    }
    let span_of = |name: &str| entries.iter().find(|entry| entry.key == name).map(|entry| entry.key.span());
    if part.skip.is_some() {
        for (name, message) in [
            ("freeze", "a skipped field has no parameters to freeze: remove `freeze` or `skip`"),
            ("buffer", "a skipped field is not looked at, a buffer is saved: remove `buffer` or `skip`"),
            ("group", "a skipped field has no parameters to group: remove `group` or `skip`"),
            ("rename", "a skipped field is in no path: remove `rename` or `skip`"),
        ] {
            if let Some(span) = span_of(name) {
                refuse(span, message);
            }
        }
    } else if part.freeze
        && let Some(span) = span_of("buffer")
    {
        refuse(span, "a buffer is never updated and has no gradient: remove `freeze` or `buffer`");
    }
    part.refused = refused;
    part
}

/// The entries that `Place` knows, each once.
struct Known {
    entries: Vec<Entry>,
    refused: bool,
}

fn parse_known(attributes: &[Attribute], place: Place, diagnostics: &mut Diagnostics) -> Known {
    let mut known = Known { entries: Vec::new(), refused: false };
    let found = entries(attributes, |span, message| {
        known.refused = true;
        diagnostics.error(span, message);
    });
    for entry in found {
        let name = entry.key.to_string();
        if !place.known().contains(&name.as_str()) {
            diagnostics.error(entry.key.span(), unknown(&name, place));
        } else if known.entries.iter().any(|known| known.key == entry.key) {
            diagnostics.error(entry.key.span(), format!("`{name}` is given twice"));
        } else {
            known.entries.push(entry);
            continue;
        }
        known.refused = true;
    }
    known
}

fn unknown(name: &str, place: Place) -> String {
    let known = place.known().iter().map(|known| format!("`{known}`")).collect::<Vec<_>>().join(", ");
    let elsewhere = [Place::Container, Place::Field].into_iter().find(|place| place.known().contains(&name));
    match (elsewhere, nearest(name, place.known().iter().copied())) {
        (Some(elsewhere), _) => {
            format!("`{name}` is an attribute of a {}; a {} has {known}", elsewhere.name(), place.name())
        }
        (None, Some(near)) => {
            format!("`{name}` is not an attribute of a {}, did you mean `{near}`? there are {known}", place.name())
        }
        (None, None) => format!("`{name}` is not an attribute of a {}; there are {known}", place.name()),
    }
}

/// Whether `self` stands in there as a value, not as the module of `self::path`.
fn names_the_model(value: TokenStream) -> bool {
    let mut tokens = value.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let found = match token {
            TokenTree::Group(group) => names_the_model(group.stream()),
            TokenTree::Ident(ident) => {
                let is_path = matches!(tokens.peek(), Some(TokenTree::Punct(next)) if next.as_char() == ':');
                ident == "self" && !is_path
            }
            _ => false,
        };
        if found {
            return true;
        }
    }
    false
}

/// A string that is not empty.
fn parse_name(value: Option<&TokenStream>) -> Option<LitStr> {
    syn::parse2::<LitStr>(value?.clone()).ok().filter(|name| !name.value().is_empty())
}

/// In quotes, as other derives have it, or bare, so that a `macro_rules!` can hand on its own fragments.
fn parse_quoted<T>(entry: &Entry, parser: impl Parser<Output = T>) -> Option<T> {
    let value = entry.value.clone()?;
    match syn::parse2::<LitStr>(value.clone()) {
        Ok(quoted) => quoted.parse_with(parser).ok(),
        Err(_) => parser.parse2(value).ok(),
    }
}
