//! Putting a file in the place of another one, so that a crash at any moment leaves the one or the other.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes a new file beside `path`, has it on the disk, and gives it the name; then has the name on the disk.
pub(crate) fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    // What a link leads to is replaced, not the link.
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = path.file_name().ok_or_else(|| io::Error::other("it has no file name"))?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    remove_leftovers(folder, name);
    let (temporary, mut file) = create(folder, name)?;
    // Who may read it is as before.
    let allowed = fs::metadata(path).map(|old| old.permissions());
    let done = allowed.map_or(Ok(()), |allowed| file.set_permissions(allowed));
    let done =
        done.and_then(|()| write(&mut file)).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&temporary, path));
    if done.is_err() {
        // The error says more than another one of the same disk would.
        let _ = fs::remove_file(&temporary);
    }
    done.and_then(|()| sync(folder))
}

/// `.run.safetensors.1234-0.tmp`
fn temporary(name: &OsStr, tail: &str) -> OsString {
    let mut temporary = OsString::from(".");
    temporary.push(name);
    temporary.push(".");
    temporary.push(tail);
    temporary
}

/// A new file, locked for as long as it is open: so is known whose writer is alive.
fn create(folder: &Path, name: &OsStr) -> io::Result<(PathBuf, File)> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    loop {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(temporary(name, &format!("{}-{number}.tmp", std::process::id())));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => {
                // Not every file system has locks; without, nothing is removed either. Somebody who took it for a leftover
                // has locked it, or removed it already.
                let taken = matches!(file.try_lock(), Err(TryLockError::WouldBlock));
                if !taken && path.exists() {
                    return Ok((path, file));
                }
            }
            // Left by a process that had the same number.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

/// Removes what writers have left that are not alive any more. What cannot be removed disturbs nobody.
fn remove_leftovers(folder: &Path, name: &OsStr) {
    let start = temporary(name, "");
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let found = entry.file_name();
        let (found, start) = (found.as_encoded_bytes(), start.as_encoded_bytes());
        let tail = found.strip_prefix(start).and_then(|tail| tail.strip_suffix(b".tmp"));
        if !tail.is_some_and(|tail| tail.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-')) {
            continue;
        }
        if let Ok(file) = OpenOptions::new().write(true).open(entry.path())
            && file.try_lock().is_ok()
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(unix)]
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder cannot be opened as a file; the name is on the disk when the system says.
#[cfg(not(unix))]
fn sync(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::io::{self, Write};
    use std::path::PathBuf;

    use super::replace;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("optim-replace-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).unwrap();
        folder
    }

    fn names(folder: &PathBuf) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn an_error_leaves_the_old_file_and_nothing_else() {
        let folder = folder("error");
        let path = folder.join("run");
        replace(&path, |file| file.write_all(b"old")).unwrap();
        let failed = replace(&path, |file| {
            file.write_all(b"ne")?;
            Err(io::Error::other("the disk is full"))
        });
        assert_eq!(failed.unwrap_err().to_string(), "the disk is full");
        assert_eq!((fs::read(&path).unwrap(), names(&folder)), (b"old".to_vec(), vec!["run".to_owned()]));
        assert!(replace(&folder.join("none/run"), |_| Ok(())).is_err());
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn leftovers_of_the_dead_are_removed_and_those_of_the_living_stay() {
        let folder = folder("leftovers");
        fs::write(folder.join(".run.17-3.tmp"), b"half").unwrap();
        // As of this process, and its next number.
        for number in 0..50 {
            fs::write(folder.join(format!(".run.{}-{number}.tmp", std::process::id())), b"half").unwrap();
        }
        let living = File::create(folder.join(".run.18-0.tmp")).unwrap();
        living.try_lock().unwrap();
        fs::write(folder.join(".run.notes.tmp"), b"somebody's").unwrap();
        replace(&folder.join("run"), |file| file.write_all(b"new")).unwrap();
        assert_eq!(names(&folder), [".run.18-0.tmp", ".run.notes.tmp", "run"]);
        drop(living);
        fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn who_may_read_a_file_is_as_before() {
        use std::os::unix::fs::PermissionsExt;
        let folder = folder("permissions");
        let path = folder.join("run");
        fs::write(&path, b"old").unwrap();
        for mode in [0o600, 0o640] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            replace(&path, |file| file.write_all(b"new")).unwrap();
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode);
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_link_goes_on_leading_to_the_file() {
        let folder = folder("link");
        fs::write(folder.join("run-1"), b"old").unwrap();
        std::os::unix::fs::symlink("run-1", folder.join("latest")).unwrap();
        replace(&folder.join("latest"), |file| file.write_all(b"new")).unwrap();
        assert_eq!(fs::read(folder.join("run-1")).unwrap(), b"new");
        assert!(fs::symlink_metadata(folder.join("latest")).unwrap().is_symlink());
        fs::remove_dir_all(folder).unwrap();
    }
}
