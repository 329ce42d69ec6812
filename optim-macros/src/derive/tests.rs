//! Expansions as a person would review them, and mistakes that no compiler lets through to a derive.

use std::path::Path;

use proc_macro2::{Group, TokenStream, TokenTree};

use super::expand;

/// Everything the derive knows, in four containers.
const MODELS: [(&str, &str); 4] = [
    (
        "named",
        r#"
        #[optim(crate = "opt")]
        pub struct Mlp<A: Real> {
            hidden: Linear<A>,
            #[optim(freeze, group = "slow")] r#type: Array2<A>,
            #[optim(buffer)] mean: Array1<A>,
            #[optim(rename = "gain")] g: A,
            #[optim(skip)] name: String,
            #[optim(skip = Cache::<u8, u8>::new())] cache: Cache<u8, u8>,
        }
        "#,
    ),
    ("tuple", "struct Net(Array1<f32>, pub Vec<Layer>, #[optim(rename = \"w\")] Array1<f32>, Option<Box<Self>>);"),
    (
        "variants",
        r#"
        enum Layer<'a, L, const N: usize> where L: Clone {
            Dense { w: [f32; N], inner: L },
            #[optim(freeze, rename = "scale")] Scale(f32, #[optim(skip)] &'a str, #[optim(skip)] Vec<L>),
            Relu,
        }
        "#,
    ),
    ("empty", "#[optim(scalar = \"f64\", bound = \"T: Copy\")] enum Nothing<T> {}"),
];

/// The expansions of [`MODELS`] are kept in `golden/derive`; `BLESS=1 cargo test` writes them anew.
#[test]
fn expansions_are_as_reviewed() {
    for (name, source) in MODELS {
        let tokens: TokenStream = source.parse().unwrap();
        let shown = prettyplease::unparse(&syn::parse2(expand(tokens)).unwrap());
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("golden/derive/{name}.rs"));
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&file, &shown).unwrap();
        }
        let golden = std::fs::read_to_string(&file).unwrap();
        assert_eq!(golden, shown, "`{name}` expands to something else; if it is meant to: BLESS=1 cargo test");
    }
}

/// Every way to leave out or to double one token, at any depth.
fn mangled(tokens: &TokenStream) -> Vec<TokenStream> {
    let tokens: Vec<TokenTree> = tokens.clone().into_iter().collect();
    let mut all = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let (before, after) = (&tokens[..index], &tokens[index + 1..]);
        let with = |middle: &[TokenTree]| [before, middle, after].concat().into_iter().collect();
        all.push(with(&[]));
        all.push(with(&[token.clone(), token.clone()]));
        // Everything from here on left out: a prefix.
        all.push(before.iter().cloned().collect());
        if let TokenTree::Group(group) = token {
            for inside in mangled(&group.stream()) {
                all.push(with(&[Group::new(group.delimiter(), inside).into()]));
            }
        }
    }
    all
}

#[test]
fn mangled_input_gives_an_impl_or_an_error_and_no_panic() {
    let (mut refused, mut accepted) = (0, 0);
    for (_, source) in MODELS {
        for input in mangled(&source.parse().unwrap()) {
            let output = expand(input.clone()).to_string();
            let (is_error, is_impl) = (output.contains("compile_error"), output.contains(":: Optimizable for"));
            assert!(is_error || is_impl, "nothing at all from {input}");
            refused += usize::from(is_error);
            accepted += usize::from(!is_error);
        }
    }
    assert!(refused > 300 && accepted > 100, "{refused} refused, {accepted} accepted");
}

#[test]
fn an_error_keeps_the_impl_beside_it() {
    let output = expand("struct S<A: Real> { #[optim(skp)] name: String, w: A }".parse().unwrap()).to_string();
    assert!(output.contains("did you mean `skip`"), "{output}");
    assert!(output.contains("impl < A : Real > :: optim_core :: Optimizable for S < A >"), "{output}");
    assert!(output.contains("type Scalar = A"), "{output}");
    assert!(!output.contains("String"), "a field whose attributes are wrong is left alone: {output}");
}
