//! Which letter a name is set as: `beta1` is β₁, `lr` is γ, `weight_decay` is λ.

use super::math::{Base, Symbol};
use crate::rule::ir::Rule;

const GREEK: &[(&str, &str, char)] = &[
    ("alpha", "alpha", 'α'),
    ("beta", "beta", 'β'),
    ("gamma", "gamma", 'γ'),
    ("delta", "delta", 'δ'),
    ("eps", "varepsilon", 'ε'),
    ("epsilon", "varepsilon", 'ε'),
    ("eta", "eta", 'η'),
    ("theta", "theta", 'θ'),
    ("kappa", "kappa", 'κ'),
    ("lambda", "lambda", 'λ'),
    ("mu", "mu", 'μ'),
    ("nu", "nu", 'ν'),
    ("rho", "rho", 'ρ'),
    ("sigma", "sigma", 'σ'),
    ("tau", "tau", 'τ'),
    ("phi", "varphi", 'φ'),
    ("psi", "psi", 'ψ'),
    ("omega", "omega", 'ω'),
];

/// The letters that papers use for these names.
const CUSTOMARY: &[(&str, &str, char)] =
    &[("lr", "gamma", 'γ'), ("weight_decay", "lambda", 'λ'), ("momentum", "mu", 'μ'), ("dampening", "tau", 'τ')];

/// How each name of a rule is set.
pub(crate) struct Symbols {
    /// Name, symbol, and whether a reader has to be told.
    names: Vec<(String, Symbol, bool)>,
}

impl Symbols {
    pub(crate) fn of(rule: &Rule) -> Self {
        let hypers = rule.hypers.iter().map(|hyper| hyper.name.to_string());
        let caches = rule.caches.iter().map(|cache| cache.name.to_string());
        let lets =
            rule.lets.iter().map(|named| if named.nested { named.name.to_string() } else { named.written.clone() });
        let mut names: Vec<String> = Vec::new();
        for name in hypers.chain(caches).chain(lets) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        // `x2` and `x_2` would be set as one: the later of two stands as the word that it is.
        let mut plain: Vec<Symbol> = Vec::new();
        for name in &names {
            let symbol = self::plain(name);
            let word = || Symbol { base: Base::Word(name.clone()), index: None };
            plain.push(if plain.contains(&symbol) { word() } else { symbol });
        }
        let names = names
            .into_iter()
            .zip(&plain)
            .map(|(name, symbol)| {
                let custom = customary(&name).filter(|symbol| !plain.contains(symbol));
                let told = custom.is_some();
                (name, custom.unwrap_or_else(|| symbol.clone()), told)
            })
            .collect();
        Symbols { names }
    }

    pub(crate) fn get(&self, name: &str) -> Symbol {
        let known = self.names.iter().find(|(known, ..)| known == name);
        known.map_or_else(|| plain(name), |(_, symbol, _)| symbol.clone())
    }

    /// Symbols that are not the name itself, with the name.
    pub(crate) fn legend(&self) -> impl Iterator<Item = (&Symbol, &str)> {
        self.names.iter().filter(|(_, _, told)| *told).map(|(name, symbol, _)| (symbol, name.as_str()))
    }
}

fn customary(name: &str) -> Option<Symbol> {
    let (_, latex, c) = CUSTOMARY.iter().find(|(known, ..)| *known == name)?;
    Some(Symbol { base: Base::Greek(latex, *c), index: None })
}

/// `m` is a letter, `beta1` a Greek one with an index, `v_max` a letter with a word for an index, the rest words.
fn plain(name: &str) -> Symbol {
    let name = name.trim_start_matches("r#");
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = name.strip_prefix(stem).unwrap_or_default();
    let index = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    if let Some(base) = letter(stem) {
        return Symbol { base, index: index(digits) };
    }
    if let Some((head, tail)) = name.split_once('_')
        && let (Some(base), false) = (letter(head), tail.is_empty())
    {
        return Symbol { base, index: index(&tail.replace('_', " ")) };
    }
    Symbol { base: Base::Word(name.replace('_', " ")), index: None }
}

fn letter(stem: &str) -> Option<Base> {
    let mut chars = stem.chars();
    if let (Some(c), None) = (chars.next(), chars.next()) {
        return c.is_alphabetic().then_some(Base::Letter(c));
    }
    GREEK.iter().find(|(known, ..)| *known == stem).map(|(_, latex, c)| Base::Greek(latex, *c))
}
