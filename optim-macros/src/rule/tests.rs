//! The macro as a whole: its expansions, and its answers to whatever stands between the braces.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::expand;

/// What stands between the braces of each `define_optimizer!` in a file.
fn rules_of(source: &str) -> Vec<TokenStream> {
    let tokens: Vec<TokenTree> = source.parse::<TokenStream>().unwrap().into_iter().collect();
    let mut rules = Vec::new();
    for window in tokens.windows(3) {
        if let [TokenTree::Ident(name), TokenTree::Punct(_), TokenTree::Group(group)] = window
            && name == "define_optimizer"
            && group.delimiter() == Delimiter::Brace
        {
            rules.push(group.stream());
        }
    }
    rules
}

/// The rules of `optim-core`, and those with everything in them.
fn rules() -> Vec<TokenStream> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../optim-core/src/rules");
    let mut sources: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap())
        .collect();
    sources.push(include_str!("../../../tests/ui/rule/pass/whole_language.rs").to_owned());
    sources.sort();
    let rules: Vec<TokenStream> = sources.iter().flat_map(|source| rules_of(source)).collect();
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

/// The expansions of these rules are kept in `golden/rule`; `BLESS=1 cargo test` writes them anew.
#[test]
fn expansions_are_as_reviewed() {
    let bless = std::env::var_os("BLESS").is_some();
    let manifest = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    for name in ["sgd", "nag", "adam", "lamb", "schedulefreesgd"] {
        let source = std::fs::read_to_string(manifest.join(format!("../optim-core/src/rules/{name}.rs"))).unwrap();
        let rule = rules_of(&source).pop().unwrap();
        let shown = prettyplease::unparse(&syn::parse2(expand(rule)).unwrap());
        let file = manifest.join(format!("golden/rule/{name}.rs"));
        if bless {
            std::fs::write(&file, &shown).unwrap();
        }
        let golden = std::fs::read_to_string(&file).unwrap();
        assert_eq!(golden, shown, "`{name}` expands to something else; if it is meant to: BLESS=1 cargo test");
    }
}

/// How many passes a rule has, and how many numbers a weight it keeps from one to the next.
fn passes_and_scratch(update: &str) -> (usize, usize) {
    let rule = format!("struct Scheduled {{ lr: f64 = 0.1 }} cache {{ m, v[tensor] }} update(w, g) {{ {update} }}");
    let text = expand(rule.parse().unwrap()).to_string();
    assert!(!text.contains("compile_error"), "{text}");
    let scratch = text.split("SCRATCH : usize = ").nth(1).map_or("0", |rest| rest.split(' ').next().unwrap());
    (text.matches("private :: Pass {").count(), scratch.trim_end_matches(';').parse().unwrap())
}

#[test]
fn as_few_passes_as_reductions_force_and_nothing_kept_in_vain() {
    let of = passes_and_scratch;
    assert_eq!(of("v = 2; m = g; w -= lr * m * v;"), (1, 0));
    assert_eq!(of("v = norm(g); m = g; w -= lr * m;  w -= 0 * v;"), (2, 0));
    // Both norms in one pass, the step in the next; `u` is computed again.
    assert_eq!(of("m = g; let u = m + w; v = norm(w) / norm(u); w -= lr * u * v;"), (2, 0));
    // `m` waits for the pass that needs `u` of its old value,
    assert_eq!(of("let u = g - m; m = g; v = norm(u); w -= lr * u / v;"), (2, 0));
    // unless its new value is needed before.
    assert_eq!(of("let u = g - m; m = g; v = norm(m); w -= lr * u / v;"), (2, 1));
    assert_eq!(of("let a = norm(g); let b = norm(g / a); v = norm(g / b); m = g; w -= lr * m * v;"), (4, 0));
    // The matrix that goes in, and the one that comes out.
    assert_eq!(of("m = g; let o = some::function(m, norm(g)); v = 1; w -= lr * o * v;"), (3, 2));
    assert_eq!(of("v = 1; m = g; w -= lr * some::function(m) * v;"), (2, 2));
}

/// The expansion of a rule with a cache of rows and one of columns.
fn expansion(update: &str) -> String {
    let rule = format!("struct Summed {{}} cache {{ m, r[row], c[col] }} update(w, g) {{ {update} }}");
    let text = expand(rule.parse().unwrap()).to_string();
    assert!(!text.contains("compile_error"), "{text}");
    text
}

#[test]
fn the_product_of_a_stream_with_itself_is_a_sum_of_squares() {
    let kept = "m = g; r = 1; c = 1;";
    let of = |argument: &str| {
        let text = expansion(&format!("{kept} let u = g - w; w -= {argument} * u * m * r * c;"));
        (text.matches("SumKind :: Squares").count(), text.matches("SumKind :: Products").count())
    };
    for squares in ["dot(w, w)", "dot(g, g)", "dot(u, u)", "model_dot(m, m)", "norm(u)"] {
        assert_eq!(of(squares), (1, 0), "{squares}");
    }
    for products in ["dot(w, g)", "dot(u, g)", "dot(w, -w)", "model_dot(m, w)"] {
        assert_eq!(of(products), (0, 1), "{products}");
    }
}

/// For which shapes an expansion says that there are numbers of rows, and of columns: nothing, where it says it of all.
fn conditions(update: &str) -> [Option<Vec<String>>; 2] {
    let text = expansion(update).replace(' ', "");
    ["fnhas_rows", "fnhas_columns"].map(|name| {
        let body = text.split(name).nth(1)?;
        let conditions = body.split_once(";false||")?.1.split_once('}')?.0.split("||");
        let mut conditions: Vec<String> = conditions.map(ToOwned::to_owned).collect();
        conditions.dedup();
        Some(conditions)
    })
}

#[test]
fn lines_are_added_up_where_a_shape_needs_them() {
    let only = |condition: &str| Some(vec![condition.to_owned()]);
    let matrix = only("at.shape.ndim>=2.0");
    let rule = "if ndim() >= 2 { r = row_mean(g); c = col_mean(g); m = r * c * g; } else { m = g; }";
    let with = |more: &str| conditions(&format!("{rule} {more}"));
    assert_eq!(with("w -= m;"), [matrix.clone(), matrix.clone()]);
    // One that stands under no condition.
    assert_eq!(with("w -= m + row_sum(w);"), [None, matrix.clone()]);
    assert_eq!(with("w -= m + col_sum(w);"), [matrix.clone(), None]);
    assert_eq!(with("w -= m * r;"), [None, matrix.clone()]);
    // A number of the matrix that is folded from rows.
    assert_eq!(with("w -= m * col_mean(r);"), [None, matrix.clone()]);
    // The other branch, a branch in a branch, and a condition that is not of the shape.
    let vector = "m = g; if ndim() >= 2 { m = w; } else { r = row_mean(g); m = r; }";
    let rows = |update: &str| conditions(&format!("{update} c = 1; w -= m * c;"))[0].clone();
    assert_eq!(rows(vector), only("!(at.shape.ndim>=2.0)"));
    let nested = "m = g; if ndim() >= 2 { if rows() > 1 { r = row_mean(g); m = r; } }";
    assert_eq!(rows(nested), only("at.shape.ndim>=2.0&&(at.shape.rows>1.0)"));
    assert_eq!(rows("m = g; if t > 1 { r = row_mean(g); m = r; }"), None);
    let late = "m = g; if t > 1 { if rows() > 1 { r = row_mean(g); m = r; } }";
    assert_eq!(rows(late), only("at.shape.rows>1.0"));
    assert_eq!(rows("m = g; let u = if cols() > 1 { row_sum(w) } else { r }; r = 1; m = u;"), None);
}
