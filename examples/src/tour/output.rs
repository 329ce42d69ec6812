//! Files that are replaced as a whole: a reader sees the old one or the new one, never half of one.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Writes a file beside its place, and puts it there once it is complete.
///
/// # Errors
/// What the system says, with the name of the file; the file that was there before is as it was.
pub(crate) fn replace(path: &Path, content: &str) -> io::Result<()> {
    let temporary = temporary(path);
    let written = File::create(&temporary)
        .and_then(|mut file| file.write_all(content.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // Whatever there is of it; that it cannot be removed is not what the user has to know.
        let _ = fs::remove_file(&temporary);
    }
    written.map_err(|error| named(path, &error))
}

/// Makes a folder and those that it stands in, as far as they do not exist.
///
/// # Errors
/// What the system says, with the name of the folder.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path).map_err(|error| named(path, &error))
}

/// In the same folder, so that renaming it does not copy; with the process in its name, so that two tours at a time do
/// not write the same file.
fn temporary(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    path.with_file_name(name)
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("`{}`: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::{env, fs, process};

    use super::{create_folder, replace};

    #[test]
    fn a_file_is_replaced_and_nothing_else_is_left() {
        let folder = env::temp_dir().join(format!("optim-tour-output-{}", process::id()));
        create_folder(&folder.join("a")).unwrap();
        let path = folder.join("a/file.txt");
        for content in ["first, and longer", "second"] {
            replace(&path, content).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
        }
        assert_eq!(fs::read_dir(folder.join("a")).unwrap().count(), 1);
        let error = replace(&folder.join("b/file.txt"), "").unwrap_err().to_string();
        assert!(error.contains("b/file.txt`: "), "{error}");
        // A folder stands in the way: it stays, and so does nothing else.
        assert!(replace(&folder.join("a"), "").is_err());
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(folder).unwrap();
    }
}
