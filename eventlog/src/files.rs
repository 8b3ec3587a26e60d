//! Small files beside the database, that are there as a whole, or not at all.

use std::{
    fs::File,
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

/// What is in a file; nothing where it is not there.
pub fn read(path: &Path) -> io::Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes a file that only its owner may read. Whether it was made: one that is there stays.
pub fn make(path: &Path, text: &str) -> io::Result<bool> {
    match prepared(path, text)?.persist_noclobber(path) {
        Ok(_) => sync_folder(path).map(|()| true),
        Err(there) if there.error.kind() == ErrorKind::AlreadyExists => Ok(false),
        Err(failed) => Err(failed.error),
    }
}

/// Puts a file in the place of the one before, which is there until then.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    prepared(path, text)?.persist(path).map_err(|failed| failed.error)?;
    sync_folder(path)
}

/// Puts a file aside, under a name that it has from then on; where that is. Nothing where there is none.
pub fn put_aside(path: &Path, name: &str) -> io::Result<Option<PathBuf>> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(name);
    let aside = PathBuf::from(aside);
    match std::fs::rename(path, &aside) {
        Ok(()) => sync_folder(path).map(|()| Some(aside)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn prepared(path: &Path, text: &str) -> io::Result<tempfile::NamedTempFile> {
    // Readable by its owner alone from the beginning.
    let mut file = tempfile::NamedTempFile::new_in(folder(path))?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes the name of a file or folder durable: that is so once the folder is that it stands in.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(folder(path))?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_file_is_made_once_replaced_as_a_whole_and_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("note");
        assert_eq!(read(&path).unwrap(), None);
        assert!(make(&path, "first").unwrap());
        assert!(!make(&path, "second").unwrap(), "one that is there stays");
        assert_eq!(read(&path).unwrap().as_deref(), Some("first"));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        replace(&path, "third").unwrap();
        assert_eq!(read(&path).unwrap().as_deref(), Some("third"));
        let aside = put_aside(&path, "-before").unwrap().unwrap();
        assert_eq!((read(&path).unwrap(), read(&aside).unwrap().as_deref()), (None, Some("third")));
        assert_eq!(put_aside(&path, "-before").unwrap(), None);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    }
}
