//! [`LogFile`]: a file that grows by whole records, and stays readable whenever the process ends.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::replace::replace;

/// A file that grows by whole records.
///
/// A record goes to the operating system in one write, without a buffer here: what has been appended survives a killed
/// process. A write that fails is taken back, so that the next record does not stand behind half of this one.
#[derive(Debug)]
pub(crate) struct LogFile {
    path: PathBuf,
    file: File,
    length: u64,
}

impl LogFile {
    /// A new file; what was there is overwritten.
    pub(crate) fn create(path: &Path) -> Result<Self, Error> {
        let file = File::create(path).map_err(|error| failed(path, "could not be created", &error))?;
        drop(file);
        Self::open(path)
    }

    /// A new file; none of this name may be there.
    pub(crate) fn create_new(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create_new(true).open(path)?;
        Ok(LogFile { path: path.to_owned(), file, length: 0 })
    }

    /// A file that is there, or a new one.
    pub(crate) fn open(path: &Path) -> Result<Self, Error> {
        let open = || {
            let file = OpenOptions::new().append(true).create(true).open(path)?;
            let length = file.metadata()?.len();
            Ok(LogFile { path: path.to_owned(), file, length })
        };
        open().map_err(|error| failed(path, "could not be opened", &error))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// All that is in it.
    pub(crate) fn read(&self) -> Result<Vec<u8>, Error> {
        fs::read(&self.path).map_err(|error| failed(&self.path, "could not be read", &error))
    }

    /// Appends a record, all of it or nothing.
    pub(crate) fn append(&mut self, record: &[u8]) -> Result<(), Error> {
        if let Err(error) = self.file.write_all(record) {
            // Where this fails too, the file ends with a torn record, which is what a reader has to expect anyway.
            let _ = self.file.set_len(self.length);
            return Err(failed(&self.path, "could not be written", &error));
        }
        self.length += record.len() as u64;
        Ok(())
    }

    /// Puts `content` in place of all that is in it: at any moment the file is the old one or the new one.
    pub(crate) fn replace(&mut self, content: &[u8]) -> Result<(), Error> {
        let done = replace(&self.path, |file| file.write_all(content));
        done.map_err(|error| failed(&self.path, "could not be rewritten", &error))?;
        *self = Self::open(&self.path)?;
        Ok(())
    }
}

/// An error that names the file.
pub(crate) fn failed(path: &Path, what: &str, error: &io::Error) -> Error {
    Error::other(format!("`{}`: {what}: {error}", path.display()))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_written_is_an_error_that_names_the_file() {
        let mut full = LogFile::open(Path::new("/dev/full")).unwrap();
        let error = full.append(b"record").unwrap_err().to_string();
        assert!(error.starts_with("`/dev/full`: could not be written: "), "{error}");
        assert_eq!(full.length, 0);
        let error = LogFile::create(Path::new("/does/not/exist")).unwrap_err().to_string();
        assert!(error.starts_with("`/does/not/exist`: could not be created: "), "{error}");
    }
}
