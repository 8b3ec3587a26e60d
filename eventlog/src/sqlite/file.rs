//! Which file is meant: all that stands beside it is named after it, so it must have one name.

use std::{
    fs,
    io::{ErrorKind, Read},
    path::{Path, PathBuf},
};

use super::{
    unopened::{FOLDER, IN_FOLDER, of_io, unopened},
    writer::APPLICATION_ID,
};
use crate::outcome::LogError;

/// The file's own name, whatever links lead to it. It need not be there yet.
pub(super) fn real_path(path: &Path) -> Result<PathBuf, LogError> {
    match fs::canonicalize(path) {
        Ok(real) => {
            only_name(&real)?;
            Ok(real)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if fs::symlink_metadata(path).is_ok() {
                let what = "it is a link to a file that is not there";
                return Err(unopened(path, what, "Name the file itself."));
            }
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = fs::canonicalize(folder.unwrap_or(Path::new(".")));
            let name = path.file_name().ok_or_else(|| unopened(path, FOLDER, IN_FOLDER))?;
            folder.map(|folder| folder.join(name)).map_err(|e| of_io(path, &e))
        }
        Err(error) => Err(of_io(path, &error)),
    }
}

/// `SQLite` keeps the newest commits in a file beside, under the same name: under another they would be missed.
#[cfg(unix)]
fn only_name(path: &Path) -> Result<(), LogError> {
    use std::os::unix::fs::MetadataExt;
    let file = fs::metadata(path).map_err(|e| of_io(path, &e))?;
    if file.is_dir() {
        return Err(unopened(path, FOLDER, IN_FOLDER));
    }
    if file.nlink() > 1 {
        let what = "the file has a second name (a hard link), under which commits would be lost";
        return Err(unopened(path, what, "Remove the other name, or copy the file."));
    }
    Ok(())
}

/// The version that a file's first page has, at the places that the format sets for it and for the program.
pub(super) fn version(path: &Path) -> Result<Option<i64>, LogError> {
    let mut page = Vec::new();
    let read = fs::File::open(path).and_then(|file| file.take(100).read_to_end(&mut page));
    read.map_err(|e| of_io(path, &e))?;
    let number = |at: usize| {
        page.get(at..at + 4)
            .and_then(|bytes| bytes.try_into().ok())
            .map(|bytes| i64::from(i32::from_be_bytes(bytes)))
    };
    match (number(68), number(60)) {
        (Some(APPLICATION_ID), version) => Ok(version),
        (Some(0), Some(0)) | (None, _) => Ok(None),
        _ => Err(unopened(path, "it is the database of another program", "Name another file.")),
    }
}

#[cfg(not(unix))]
fn only_name(_: &Path) -> Result<(), LogError> {
    Ok(())
}
