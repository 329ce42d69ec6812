//! The catalogue says of each rule what its declaration says, and the table in the docs says what the catalogue does.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use optim_core::prelude::*;
use optim_core::rule::{Hyper, HyperKind};
use optim_core::rules::{Entry, catalogue};

fn entry(name: &str) -> Entry {
    catalogue().into_iter().find(|entry| entry.name == name).unwrap()
}

#[test]
fn every_file_of_rules_is_in_the_catalogue() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rules");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".rs").map(str::to_owned))
        .filter(|name| !matches!(name.as_str(), "mod" | "catalogue"))
        .collect();
    let rules: BTreeSet<String> = catalogue().iter().map(|entry| entry.name.to_lowercase()).collect();
    assert_eq!(files, rules);
    assert_eq!(catalogue().len(), rules.len(), "a rule stands in the catalogue once");
}

#[test]
fn every_rule_says_what_it_is_and_where_it_comes_from() {
    for entry in catalogue() {
        let Entry { name, summary, reference, doc, .. } = &entry;
        assert!(summary.ends_with('.') && summary.len() < 120, "{name}: {summary}");
        assert!(!summary.contains("]("), "{name}: a link of the docs leads nowhere in a table: {summary}");
        assert!(doc.starts_with(&summary[..20]), "{name}: {doc}");
        assert!(!reference.is_empty() && !reference.contains('\n'), "{name}: {reference}");
        assert!(doc.contains("Reference: "), "{name}");
        let year = reference
            .split(|c: char| !c.is_ascii_digit())
            .any(|digits| digits.len() == 4 && digits.parse().is_ok_and(|year: u32| (1950..2030).contains(&year)));
        assert!(year || reference.contains("`torch."), "{name}: a paper with its year: {reference}");
        for form in [entry.formula.latex(), entry.formula.mathml(), entry.formula.text()] {
            assert!(form.len() > 20, "{name}: {form}");
        }
        for hyper in entry.hyper {
            assert!(hyper.doc.len() > 10 && hyper.doc.ends_with('.'), "{name}: {}: {}", hyper.name, hyper.doc);
            assert!(hyper.range.contains(hyper.default), "{name}: {}", hyper.name);
            let bounded = hyper.range.low.is_some();
            assert!(hyper.kind == HyperKind::Flag || bounded, "{name}: {} has no range", hyper.name);
        }
    }
}

#[test]
fn an_entry_is_what_the_declaration_says() {
    let adopt = entry("Adopt");
    assert_eq!(
        adopt.summary,
        "ADOPT: Adam that divides a gradient by the variance of those before it, and averages afterwards."
    );
    assert!(adopt.reference.starts_with("Taniguchi et al., *ADOPT: modified Adam can converge"), "{}", adopt.reference);
    assert!(adopt.reference.ends_with("comes first, and starts with the second step."), "{}", adopt.reference);
    assert_eq!(adopt.formula, Adopt::formula());
    assert_eq!(adopt.doc, Adopt::doc());
    let hyper: Vec<_> = adopt.hyper.iter().map(|hyper| (hyper.name, hyper.default)).collect();
    assert_eq!(hyper, [("lr", 1e-3), ("beta1", 0.9), ("beta2", 0.9999), ("eps", 1e-6), ("weight_decay", 0.0)]);
    let caches: Vec<_> = entry("RmsProp").caches.iter().map(|cache| (cache.name, cache.condition)).collect();
    assert_eq!(caches, [("s", None), ("mean", Some("centered")), ("b", Some("momentum > 0"))]);
}

#[test]
fn nonsense_is_refused() {
    let model = vec![1.0_f32, -2.0];
    let text = |rule: Result<Optimizer<Rprop, Vec<f32>>, Error>| rule.unwrap_err().to_string();
    let rule = Rprop { step_min: 2.0, step_max: 1.0, ..Rprop::default() };
    assert!(text(rule.init(&model)).contains("`step_min` may not be above `step_max`"));
    assert!(text(Rprop::default().with_eta_plus(1.0).init(&model)).contains("`eta_plus`"));
    assert!(text(Rprop::default().with_eta_minus(1.0).init(&model)).contains("`eta_minus`"));
    assert!(Rprop { step_min: 0.1, step_max: 0.1, ..Rprop::default() }.init(&model).is_ok());
    assert!(Adadelta::default().with_eps(0.0).init(&model).is_err());
    assert!(Adan::default().with_beta3(1.0).init(&model).is_err());
    assert!(AdEmaMix::default().with_alpha(-1.0).init(&model).is_err());
    assert!(Asgd::default().with_start(-1.0).init(&model).is_err());
    assert!(Lion::default().with_lr(f64::NAN).init(&model).is_err());
    let error = Muon::default().init(&(ndarray::Array2::<f32>::zeros((2, 2)), vec![0.0_f32; 3])).unwrap_err();
    assert_eq!(error.path(), Some("1"));
    assert!(error.to_string().contains("the matrices in a struct of their own"), "{error}");
}

#[test]
fn caches_are_counted_with_and_without_options() {
    let bytes = |name| (entry(name).cache_bytes, entry(name).memory());
    assert_eq!(bytes("Sgd"), (0, "0, and 4 if `momentum > 0`".to_owned()));
    assert_eq!(bytes("Signum"), (4, "0, and 4 if `momentum > 0`".to_owned()));
    assert_eq!(bytes("RmsProp"), (4, "4, and 4 if `centered`, and 4 if `momentum > 0`".to_owned()));
    assert_eq!(bytes("Adan"), (16, "16".to_owned()));
    assert_eq!(bytes("NovoGrad"), (4, "4, and 8 a tensor".to_owned()));
    assert_eq!(bytes("Muon"), (4, "4, and 8 of scratch".to_owned()));
    let all = RmsProp { momentum: 0.5, centered: true, ..RmsProp::default() };
    assert_eq!((all.cache_bytes::<f32>(), all.cache_bytes::<f64>()), (12, 24));
    assert_eq!(Sgd::default().cache_bytes::<f64>(), 0);
}

/// Adding a rule is one file and one line: the rest of the table is written by this test.
#[test]
fn the_table_in_the_docs_is_the_catalogue() {
    let mut table = String::from("| rule | in a word | hyper-parameters | bytes of cache a weight in `f32` |\n");
    table.push_str("|---|---|---|---|\n");
    for entry in catalogue() {
        let hyper: Vec<String> =
            entry.hyper.iter().map(|hyper| format!("`{} = {}`", hyper.name, default(hyper))).collect();
        let cells = [entry.summary.clone(), hyper.join(", "), entry.memory()].map(|cell| cell.replace('|', "\\|"));
        writeln!(table, "| [`{}`] | {} |", entry.name, cells.join(" | ")).unwrap();
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap();
    assert!(found == table, "write docs/rules.md anew: `BLESS=1 cargo test -p optim-core --test catalogue`");
}

/// `true`, `1e-8` or `0.01`, as it would be written.
fn default(hyper: &Hyper) -> String {
    if hyper.kind == HyperKind::Flag {
        return (hyper.default != 0.0).to_string();
    }
    let (plain, scientific) = (hyper.default.to_string(), format!("{:e}", hyper.default));
    if scientific.len() < plain.len() { scientific } else { plain }
}

define_optimizer! {
    /// A summary that is
    /// two lines long.
    ///
    /// ```text
    ///     indented = 1
    /// ```
    ///
    /// Reference: one line
    /// and another.
    ///
    /// Not the reference.
    struct Documented {
        lr: f64 = 0.1 in 0.0..,
        plain: bool = false,
    }
    cache { m if !plain && lr > 0, n if lr <= 1 }
    update(w, g) {
        if !plain && lr > 0 { m = g; w -= lr * m; }
        if lr <= 1 { n += g; w -= lr * n; }
    }
}

define_optimizer! {
    struct Undocumented;
    update(w, g) { w -= g; }
}

#[test]
fn documentation_of_any_form() {
    let entry = Entry::of::<Documented>();
    assert_eq!(entry.summary, "A summary that is two lines long.");
    assert_eq!(entry.reference, "one line and another.");
    assert!(entry.doc.contains("```text\n    indented = 1\n```"), "{}", entry.doc);
    assert_eq!(entry.cache_bytes, 8);
    assert_eq!(entry.memory(), "0, and 4 if `!plain && lr > 0`, and 4 if `lr <= 1`");
    let entry = Entry::of::<Undocumented>();
    assert_eq!((entry.summary.as_str(), entry.reference.as_str(), entry.doc), ("", "", ""));
    assert_eq!((entry.hyper.len(), entry.caches.len(), entry.memory().as_str()), (0, 0, "0"));
}
