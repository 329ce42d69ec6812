//! What stands around a training loop: metrics, early stopping, loggers, norms.

mod files;
mod killed;
mod metrics;
mod norms;
mod progress;
mod stopping;
mod tensorboard;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder of its own, gone at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("optim-train-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Folder(folder)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The names of what is in it.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

/// Runs Python (`OPTIM_PYTHON`, or `python3`), if there is one.
fn python(arguments: &[&str]) -> Option<Output> {
    let python = std::env::var("OPTIM_PYTHON").unwrap_or_else(|_| "python3".into());
    Command::new(python).args(arguments).output().ok()
}
