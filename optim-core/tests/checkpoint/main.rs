//! What a run goes on from after an interruption: files, and everything in them.

mod around;
mod changes;
mod composed;
#[path = "../erased/mod.rs"]
mod erased;
mod format;
mod kept;
mod kill;
mod pytorch;
mod refused;
mod resume;

use std::path::PathBuf;

/// A file for one test, which is removed when the test is over.
pub(crate) struct Temporary(pub(crate) PathBuf);

impl Temporary {
    pub(crate) fn new(name: &str) -> Self {
        Temporary(std::env::temp_dir().join(format!("optim-{name}-{}.safetensors", std::process::id())))
    }
}

impl AsRef<std::path::Path> for Temporary {
    fn as_ref(&self) -> &std::path::Path {
        &self.0
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
