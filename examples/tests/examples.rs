//! Every program of `src/bin` runs, and says what it found; each checks its own result.

use std::process::Command;

#[test]
fn each_runs() {
    let test = std::env::current_exe().expect("a test has a path");
    // Cargo puts programs beside the folder `deps`, in which tests stand.
    let built = test.parent().and_then(|deps| deps.parent()).expect("tests stand in `deps`");
    let folder = std::env::temp_dir().join(format!("optim-examples-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the folder for what they write");
    let sources = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/bin")).expect("the folder is there");
    let mut count = 0;
    for source in sources {
        let path = source.expect("it can be listed").path();
        let name = path.file_stem().and_then(|name| name.to_str()).expect("names are text");
        // It has a test of its own, and runs for long.
        if name == "monitor" {
            continue;
        }
        let program = built.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        let output = Command::new(program).current_dir(&folder).output();
        let output = output.unwrap_or_else(|error| panic!("{name}: {error}"));
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{name}: {}\n{said}", String::from_utf8_lossy(&output.stderr));
        assert!(!said.trim().is_empty(), "{name} says what it found");
        count += 1;
    }
    std::fs::remove_dir_all(&folder).expect("the folder can be removed");
    assert!(count >= 3);
}
