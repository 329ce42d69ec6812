//! `define_optimizer!`: tokens → [`ast`] → [`ir`] → Rust and formula.

mod ast;
mod check;
mod emit;
mod formula;
mod functions;
mod ir;
mod parse;
mod uses;

use proc_macro2::{Span, TokenStream};

use crate::diagnostics::Diagnostics;

/// The expansion of a rule, or what is wrong with it and a struct that still stands.
pub(crate) fn expand(tokens: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::new();
    let parsed = parse::parse_rule(tokens, &mut diagnostics);
    let Some(parsed) = parsed else {
        if diagnostics.is_empty() {
            diagnostics.error(Span::call_site(), "expected a rule: `pub struct Name { … }` and its sections");
        }
        return diagnostics.finish().unwrap_or_default();
    };
    // Made before the check, which takes the rule apart.
    let skeleton = emit::emit_skeleton(&parsed);
    let checked = check::check_rule(parsed, &mut diagnostics);
    match (checked, diagnostics.finish()) {
        (Some(rule), None) => emit::emit_rule(&rule),
        (_, errors) => {
            let errors = errors.unwrap_or_default();
            quote::quote!(#errors #skeleton)
        }
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

    use super::expand;

    /// The rules of `optim-core`, and one with everything in it.
    fn rules() -> Vec<TokenStream> {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../optim-core/src/rules");
        let mut sources: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
            .collect();
        sources.push(include_str!("../../../tests/ui/rule/pass/whole_language.rs").to_owned());
        sources.sort();
        let mut rules = Vec::new();
        for source in sources {
            let tokens: Vec<TokenTree> = source.parse::<TokenStream>().unwrap().into_iter().collect();
            for window in tokens.windows(3) {
                if let [TokenTree::Ident(name), TokenTree::Punct(_), TokenTree::Group(group)] = window
                    && name == "define_optimizer"
                    && group.delimiter() == Delimiter::Brace
                {
                    rules.push(group.stream());
                }
            }
        }
        assert!(rules.len() >= 10, "the rules were not found");
        rules
    }

    /// The same tokens in a plain list, with groups as `Open` and `Close`.
    #[derive(Clone)]
    enum Flat {
        Token(TokenTree),
        Open(Delimiter),
        Close,
    }

    fn flatten(tokens: TokenStream, flat: &mut Vec<Flat>) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => {
                    flat.push(Flat::Open(group.delimiter()));
                    flatten(group.stream(), flat);
                    flat.push(Flat::Close);
                }
                token => flat.push(Flat::Token(token)),
            }
        }
    }

    /// Back to a tree; groups that are left open end at the end, and superfluous closers are dropped.
    fn rebuild(flat: impl IntoIterator<Item = Flat>) -> TokenStream {
        let mut stack = vec![(Delimiter::None, Vec::<TokenTree>::new())];
        let close = |stack: &mut Vec<(Delimiter, Vec<TokenTree>)>| {
            if stack.len() > 1 {
                let (delimiter, tokens) = stack.pop().unwrap();
                let group = Group::new(delimiter, tokens.into_iter().collect());
                stack.last_mut().unwrap().1.push(TokenTree::Group(group));
            }
        };
        for token in flat {
            match token {
                Flat::Open(delimiter) => stack.push((delimiter, Vec::new())),
                Flat::Close => close(&mut stack),
                Flat::Token(token) => stack.last_mut().unwrap().1.push(token),
            }
        }
        while stack.len() > 1 {
            close(&mut stack);
        }
        stack.pop().unwrap().1.into_iter().collect()
    }

    /// Either a diagnostic, or Rust that parses.
    fn is_answered(tokens: TokenStream) -> bool {
        let text = expand(tokens).to_string();
        text.contains("compile_error") || text.contains("Rule for")
    }

    #[test]
    fn the_rules_expand_without_a_diagnostic_and_twice_to_the_same() {
        for rule in rules() {
            let text = expand(rule.clone()).to_string();
            assert!(!text.contains("compile_error"), "{text}");
            assert!(!text.contains("unsafe"), "{text}");
            assert_eq!(expand(rule).to_string(), text);
        }
    }

    #[test]
    fn every_prefix_of_every_rule_is_answered() {
        for rule in rules() {
            let mut flat = Vec::new();
            flatten(rule, &mut flat);
            for end in 0..flat.len() {
                assert!(is_answered(rebuild(flat.iter().take(end).cloned())), "prefix of {end}");
            }
        }
    }

    #[test]
    fn every_rule_with_a_token_dropped_doubled_or_swapped_is_answered() {
        for rule in rules() {
            let mut flat = Vec::new();
            flatten(rule, &mut flat);
            for i in 0..flat.len() {
                let mut dropped = flat.clone();
                dropped.remove(i);
                assert!(is_answered(rebuild(dropped)), "without token {i}");
                let mut doubled = flat.clone();
                doubled.insert(i, flat[i].clone());
                assert!(is_answered(rebuild(doubled)), "with token {i} twice");
                if i + 1 < flat.len() {
                    let mut swapped = flat.clone();
                    swapped.swap(i, i + 1);
                    assert!(is_answered(rebuild(swapped)), "with token {i} and the next swapped");
                }
            }
        }
    }

    #[test]
    fn depth_does_not_exhaust_the_stack() {
        for (open, close) in [("(", ")"), ("-", ""), ("!", ""), ("if w > 0 {", "}"), ("sqrt(", ")"), ("1 + (", ")")] {
            let deep = format!("{}w{}", open.repeat(3000), close.repeat(3000));
            let rule = format!("struct Deep; update(w, g) {{ w -= {deep}; {deep} }}");
            assert!(is_answered(rule.parse().unwrap()), "{open}");
        }
        let long = "g + ".repeat(20_000);
        let chain = "if g > 0 { w -= 1; } else ".repeat(2_000);
        let rule = format!("struct Long; update(w, g) {{ w -= {long} g; {chain} {{ w -= 2; }} }}");
        assert!(is_answered(rule.parse().unwrap()));
    }
}
