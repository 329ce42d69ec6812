//! Every program of `examples/` runs, and ends as it says it does.

use std::path::PathBuf;
use std::process::Command;

/// Where cargo puts the examples that it builds beside this test.
fn built(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let profile = test.parent().and_then(|deps| deps.parent()).expect("tests stand in `deps`");
    profile.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

#[test]
fn each_runs() {
    let sources = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/examples")).expect("the folder is there");
    let mut count = 0;
    for source in sources {
        let path = source.expect("it can be listed").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("names are text");
        let output = Command::new(built(name)).output().unwrap_or_else(|error| panic!("{name}: {error}"));
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{name}: {}\n{said}", String::from_utf8_lossy(&output.stderr));
        assert!(!said.trim().is_empty(), "{name} says what it found");
        count += 1;
    }
    assert!(count >= 3);
}
