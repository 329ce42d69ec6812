//! What a field's type mentions of its container: itself, its parameters.
//!
//! Reads tokens, not types: it decides only which bounds are written, never what a field is.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{GenericParam, Type, TypeParamBound, WherePredicate};

use super::model::Model;

/// On what of the container a field's type depends; the first that applies.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dependence {
    /// It contains the container: a bound on it would ask for itself.
    Itself,
    /// A type parameter that is not known to be a number.
    Types,
    /// A constant or a lifetime.
    Others,
    Nothing,
}

/// The container's name and parameters.
pub(super) struct Scope<'m> {
    name: &'m Ident,
    /// Type parameters with a bound that ends in `Real`.
    pub(super) reals: Vec<&'m Ident>,
    types: Vec<&'m Ident>,
    constants: Vec<&'m Ident>,
    lifetimes: Vec<&'m Ident>,
}

impl<'m> Scope<'m> {
    pub(super) fn of(model: &'m Model) -> Self {
        let generics = &model.generics;
        let bound = model.container.bound.iter().flatten();
        let predicates = generics.where_clause.iter().flat_map(|clause| &clause.predicates).chain(bound);
        let real_in_where: Vec<&Type> = predicates
            .filter_map(|predicate| match predicate {
                WherePredicate::Type(predicate) if predicate.bounds.iter().any(is_real) => Some(&predicate.bounded_ty),
                _ => None,
            })
            .collect();
        let mut scope = Scope {
            name: &model.name,
            reals: Vec::new(),
            types: Vec::new(),
            constants: Vec::new(),
            lifetimes: Vec::new(),
        };
        for param in &generics.params {
            match param {
                GenericParam::Type(param) => {
                    let named = |ty: &&Type| matches!(ty, Type::Path(ty) if ty.path.get_ident().is_some_and(|ty| same(ty, &param.ident)));
                    if param.bounds.iter().any(is_real) || real_in_where.iter().any(named) {
                        scope.reals.push(&param.ident);
                    } else {
                        scope.types.push(&param.ident);
                    }
                }
                GenericParam::Const(param) => scope.constants.push(&param.ident),
                GenericParam::Lifetime(param) => scope.lifetimes.push(&param.lifetime.ident),
            }
        }
        scope
    }

    /// What `ty` depends on.
    pub(super) fn dependence(&self, ty: &Type) -> Dependence {
        let tokens = flatten(ty.to_token_stream());
        (0..tokens.len()).map(|index| self.dependence_at(&tokens, index)).min().unwrap_or(Dependence::Nothing)
    }

    /// Whether `ty` names this parameter.
    pub(super) fn mentions(ty: &Type, param: &Ident) -> bool {
        let tokens = flatten(ty.to_token_stream());
        (0..tokens.len())
            .any(|index| tokens.get(index).is_some_and(|token| is(token, param)) && !follows_path(&tokens, index))
    }

    fn dependence_at(&self, tokens: &[TokenTree], index: usize) -> Dependence {
        let Some(TokenTree::Ident(ident)) = tokens.get(index) else { return Dependence::Nothing };
        let before = |steps: usize| index.checked_sub(steps).and_then(|at| tokens.get(at));
        if before(1).is_some_and(|token| is_punct(token, '\'')) {
            return if contains(&self.lifetimes, ident) { Dependence::Others } else { Dependence::Nothing };
        }
        let own = ident == "Self" || same(ident, self.name);
        if follows_path(tokens, index) {
            // `self::Node` is the container, `other::Node` need not be.
            let in_this_module = own && before(3).is_some_and(|token| is_ident(token, "self"));
            return if in_this_module { Dependence::Itself } else { Dependence::Nothing };
        }
        if own {
            return if Self::is_projected(tokens, index) { self.any() } else { Dependence::Itself };
        }
        [(&self.types, Dependence::Types), (&self.constants, Dependence::Others)]
            .into_iter()
            .find(|(params, _)| contains(params, ident))
            .map_or(Dependence::Nothing, |(_, dependence)| dependence)
    }

    /// `Self::Assoc`, `<Self as Trait>::Assoc`, `[f32; Self::N]`: something of the container, not the container.
    fn is_projected(tokens: &[TokenTree], index: usize) -> bool {
        let after = |steps: usize| tokens.get(index + steps);
        let path =
            after(1).is_some_and(|token| is_punct(token, ':')) && after(2).is_some_and(|token| is_punct(token, ':'));
        let turbofish = path && after(3).is_some_and(|token| is_punct(token, '<'));
        (path && !turbofish) || after(1).is_some_and(|token| is_ident(token, "as"))
    }

    /// Whether there are type parameters that are not known to be numbers.
    pub(super) fn has_types(&self) -> bool {
        !self.types.is_empty()
    }

    /// What the container as a whole depends on.
    fn any(&self) -> Dependence {
        if self.has_types() {
            Dependence::Types
        } else if self.constants.is_empty() && self.lifetimes.is_empty() {
            Dependence::Nothing
        } else {
            Dependence::Others
        }
    }
}

/// A bound such as `Real` or `optim_core::Real`.
fn is_real(bound: &TypeParamBound) -> bool {
    matches!(bound, TypeParamBound::Trait(bound) if bound.path.segments.last().is_some_and(|last| last.ident == "Real"))
}

/// All tokens, those of groups in place of the groups.
fn flatten(tokens: TokenStream) -> Vec<TokenTree> {
    let mut flat = Vec::new();
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                flat.extend(flatten(group.stream()));
                if group.delimiter() != Delimiter::None {
                    // Something that is no path stands between what is inside of brackets and what is behind them.
                    flat.push(TokenTree::Punct(proc_macro2::Punct::new(';', proc_macro2::Spacing::Alone)));
                }
            }
            other => flat.push(other),
        }
    }
    flat
}

/// Whether the token before is the end of a `::` that follows the segment of a path (a leading `::` as well).
fn follows_path(tokens: &[TokenTree], index: usize) -> bool {
    let before = |steps: usize| index.checked_sub(steps).and_then(|at| tokens.get(at));
    before(1).is_some_and(|token| is_punct(token, ':')) && before(2).is_some_and(|token| is_punct(token, ':'))
}

/// Whether both are the same name: `r#type` and, of a raw identifier that needs not be one, `r#T` and `T`.
fn same(one: &Ident, other: &Ident) -> bool {
    one == other || one.unraw() == other.unraw()
}

fn contains(params: &[&Ident], ident: &Ident) -> bool {
    params.iter().any(|param| same(param, ident))
}

fn is(token: &TokenTree, ident: &Ident) -> bool {
    matches!(token, TokenTree::Ident(found) if same(found, ident))
}

fn is_ident(token: &TokenTree, name: &str) -> bool {
    matches!(token, TokenTree::Ident(found) if found == name)
}

fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(found) if found.as_char() == character)
}
