//! The crates in `downstream`, built and tested as a user would: outside of this workspace, with a renamed dependency,
//! under their own lints, in two editions.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of this package, and the one above it.
fn folders() -> (PathBuf, PathBuf) {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    (tests.to_owned(), tests.parent().expect("the package is in the workspace").to_owned())
}

/// `cargo` with `arguments` on the user's crates; the same versions of everything as here, so that nothing is fetched.
fn cargo(arguments: &[&str]) -> Command {
    let (tests, workspace) = folders();
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), PathBuf::from);
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(arguments)
        .arg("--offline")
        .current_dir(tests.join("downstream"))
        .env("CARGO_TARGET_DIR", workspace.join(target).join("downstream"));
    cargo
}

fn run(mut cargo: Command) {
    let output = cargo.output().expect("cargo runs");
    assert!(
        output.status.success(),
        "{cargo:?}\n{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// One test, since both parts use one lock file and one target folder.
#[test]
fn a_users_crate_builds_passes_its_tests_and_is_clean() {
    let (tests, workspace) = folders();
    std::fs::copy(workspace.join("Cargo.lock"), tests.join("downstream/Cargo.lock")).expect("the lock file is copied");
    run(cargo(&["test", "--workspace"]));

    let clippy = Command::new("cargo").args(["clippy", "--version"]).output();
    if clippy.is_ok_and(|output| output.status.success()) {
        run(cargo(&["clippy", "--workspace", "--all-targets"]));
    } else {
        eprintln!("SKIPPED: no clippy here to look at what the macros expand to");
    }
}
