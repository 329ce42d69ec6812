//! What the compiler says of mistakes: each case in `ui` with the text that a user sees.
//!
//! The text is the compiler's, so it is compared on one version of it only. `TRYBUILD=overwrite cargo test -p
//! optim-tests --test ui` writes it anew.

use std::process::Command;

/// The compiler that the texts are from.
const BLESSED: &str = "1.95.";

/// Whether the compiler is the one that the texts are from; says so where it is not.
fn is_blessed() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output().expect("`rustc --version` runs");
    let version = String::from_utf8_lossy(&output.stdout);
    let blessed = version.split(' ').nth(1).is_some_and(|number| number.starts_with(BLESSED));
    if !blessed {
        eprintln!("SKIPPED: the texts in tests/ui are from rustc {BLESSED}x, this is {}", version.trim());
    }
    blessed
}

/// The mistakes of one folder, and what is none in its `pass`.
fn check(folder: &str) {
    if is_blessed() {
        let cases = trybuild::TestCases::new();
        cases.compile_fail(format!("ui/{folder}/*.rs"));
        cases.pass(format!("ui/{folder}/pass/*.rs"));
    }
}

#[test]
fn derive() {
    check("derive");
}

#[test]
fn rule() {
    check("rule");
}
