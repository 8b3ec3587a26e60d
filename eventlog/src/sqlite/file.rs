//! Which file is meant: all that stands beside it is named after it, so it must have one name.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use super::unopened::{FOLDER, IN_FOLDER, of_io, unopened};
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

#[cfg(not(unix))]
fn only_name(_: &Path) -> Result<(), LogError> {
    Ok(())
}
