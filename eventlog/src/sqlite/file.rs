//! Which file is meant: all that stands beside it is named after it, so it must have one name.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use crate::outcome::LogError;

/// The file's own name, whatever links lead to it. It need not be there yet.
pub(super) fn real_path(path: &Path) -> Result<PathBuf, LogError> {
    let failed = |what: String| LogError::Database(format!("{}: {what}", path.display()));
    match fs::canonicalize(path) {
        Ok(real) => {
            only_name(&real).map_err(failed)?;
            Ok(real)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if fs::symlink_metadata(path).is_ok() {
                return Err(failed("it is a link to a file that is not there".to_owned()));
            }
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
            let folder = fs::canonicalize(folder.unwrap_or(Path::new(".")));
            let name = path.file_name().ok_or_else(|| failed("it names no file".to_owned()))?;
            folder.map(|folder| folder.join(name)).map_err(|e| failed(e.to_string()))
        }
        Err(error) => Err(failed(error.to_string())),
    }
}

/// `SQLite` keeps the newest commits in a file beside, under the same name: under another they would be missed.
#[cfg(unix)]
fn only_name(path: &Path) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt;
    let file = fs::metadata(path).map_err(|e| e.to_string())?;
    if file.is_dir() {
        return Err("it is a folder; name a file in it".to_owned());
    }
    if file.nlink() > 1 {
        return Err("the file has a second name (a hard link), under which commits would be lost; \
             remove the other name, or copy the file"
            .to_owned());
    }
    Ok(())
}

#[cfg(not(unix))]
fn only_name(_: &Path) -> Result<(), String> {
    Ok(())
}
