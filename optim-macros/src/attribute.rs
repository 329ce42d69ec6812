//! `#[optim(…)]` as its entries, `key` or `key = value`: what both macros read from.

use proc_macro2::{Ident, Punct, Span, TokenStream, TokenTree};
use syn::{Attribute, Meta};

/// One entry of an `#[optim(…)]`.
pub(crate) struct Entry {
    pub(crate) key: Ident,
    /// The tokens behind `=`; `Some` and empty where nothing stands there.
    pub(crate) value: Option<TokenStream>,
}

impl Entry {
    /// Its value, its key where it has none: what to point at when the value is not what it should be.
    pub(crate) fn span(&self) -> Span {
        let first = self.value.clone().and_then(|value| value.into_iter().next());
        first.map_or_else(|| self.key.span(), |token| token.span())
    }
}

/// The entries of every `#[optim(…)]` among `attributes`. What is no entry goes to `refuse` and is left out.
pub(crate) fn entries(attributes: &[Attribute], mut refuse: impl FnMut(Span, String)) -> Vec<Entry> {
    let mut entries = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("optim")) {
        match &attribute.meta {
            Meta::List(list) => {
                for (tokens, end) in split(list.tokens.clone()) {
                    match parse_entry(tokens, end) {
                        Ok(entry) => entries.push(entry),
                        Err((span, message)) => refuse(span, message),
                    }
                }
            }
            Meta::Path(path) => {
                refuse(span_of(path), "`optim` stands alone: write what it is to do, as in `#[optim(skip)]`".into());
            }
            Meta::NameValue(pair) => {
                let message = "found `optim = …`, expected parentheses, as in `#[optim(skip)]`";
                refuse(span_of(&pair.path), message.into());
            }
        }
    }
    entries
}

fn span_of(path: &syn::Path) -> Span {
    path.get_ident().map_or_else(Span::call_site, Ident::span)
}

fn parse_entry(tokens: Vec<TokenTree>, end: Span) -> Result<Entry, (Span, String)> {
    let mut tokens = tokens.into_iter();
    let key = match tokens.next() {
        Some(TokenTree::Ident(key)) => key,
        Some(other) => return Err((other.span(), format!("found `{other}`, expected the name of an attribute"))),
        None => return Err((end, "found `,`, expected the name of an attribute".into())),
    };
    let value = match tokens.next() {
        None => None,
        Some(TokenTree::Punct(equals)) if equals.as_char() == '=' => Some(tokens.collect()),
        Some(other) => return Err((other.span(), format!("found `{other}`, expected `,` or `=` after `{key}`"))),
    };
    Ok(Entry { key, value })
}

/// Splits at commas, and says where each part ends. Those between the angle brackets of a turbofish, or of a type that begins with one, do not count.
fn split(tokens: TokenStream) -> Vec<(Vec<TokenTree>, Span)> {
    let mut entries = Vec::new();
    let mut entry: Vec<TokenTree> = Vec::new();
    let mut depth = 0_usize;
    for token in tokens {
        let before = entry.last().and_then(punctuation);
        match punctuation(&token) {
            Some(',') if depth == 0 => {
                entries.push((std::mem::take(&mut entry), token.span()));
                continue;
            }
            Some('<') if depth > 0 || matches!(before, Some(':' | '=')) => depth += 1,
            Some('>') if depth > 0 && !matches!(before, Some('-' | '=')) => depth -= 1,
            _ => {}
        }
        entry.push(token);
    }
    if let Some(last) = entry.last() {
        let end = last.span();
        entries.push((entry, end));
    }
    entries
}

fn punctuation(token: &TokenTree) -> Option<char> {
    if let TokenTree::Punct(punct) = token { Some(Punct::as_char(punct)) } else { None }
}

#[cfg(test)]
mod tests {
    use quote::{ToTokens, quote};
    use syn::DeriveInput;

    use super::entries;

    fn read(attributes: &proc_macro2::TokenStream) -> (Vec<String>, Vec<String>) {
        let input: DeriveInput = syn::parse2(quote!(#attributes struct S;)).unwrap();
        let mut refused = Vec::new();
        let entries = entries(&input.attrs, |_, message| refused.push(message));
        let shown = entries.iter().map(|entry| match &entry.value {
            Some(value) => format!("{} = {}", entry.key, value.to_token_stream()),
            None => entry.key.to_string(),
        });
        (shown.collect(), refused)
    }

    #[test]
    fn entries_of_several_attributes_are_read_in_order() {
        let (entries, refused) =
            read(&quote!(#[doc = "x"] #[optim(skip, group = "a",)] #[serde(skip)] #[optim(crate = "b")]));
        assert_eq!(entries, ["skip", "group = \"a\"", "crate = \"b\""]);
        assert!(refused.is_empty());
    }

    #[test]
    fn commas_inside_of_brackets_and_turbofish_belong_to_the_value() {
        let (entries, _) =
            read(&quote!(#[optim(skip = f(a, b), x = M::<K, fn() -> V>::new(), y = <A as B<C, D>>::E, z)]));
        assert_eq!(entries.len(), 4, "{entries:?}");
        assert_eq!(entries[3], "z");
    }

    #[test]
    fn what_is_no_entry_is_refused_and_the_others_are_read() {
        let (entries, refused) = read(&quote!(#[optim(skip, , "a", freeze(x), buffer)] #[optim] #[optim = "x"]));
        assert_eq!(entries, ["skip", "buffer"]);
        assert_eq!(refused.len(), 5, "{refused:?}");
    }
}
