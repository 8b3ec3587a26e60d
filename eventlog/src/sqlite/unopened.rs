//! Why a file can't be opened: said so that whoever named it knows what to do.

use std::{
    fs::File,
    io::{Error, ErrorKind, Read},
    path::Path,
};

use rusqlite::ErrorCode;

use super::error::database_error;
use crate::outcome::LogError;

/// What every file that this engine wrote begins with.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// Says no to a file.
pub(super) fn unopened(path: &Path, what: impl Into<String>, hint: &'static str) -> LogError {
    LogError::Unopened { path: path.to_owned(), what: what.into(), hint }
}

/// What the system said of the file, or of one beside it.
pub(super) fn of_io(path: &Path, error: &Error) -> LogError {
    let (what, hint) = match error.kind() {
        ErrorKind::PermissionDenied => (
            "this account may not read and write it and its folder".to_owned(),
            "Change the permissions of the file and its folder, or use the account that they belong to.",
        ),
        ErrorKind::ReadOnlyFilesystem => (
            "its disk can only be read".to_owned(),
            "Copy the file to where it can be written, and name that one.",
        ),
        ErrorKind::NotFound => {
            ("its folder is not there".to_owned(), "Check the path, or make the folder first.")
        }
        ErrorKind::NotADirectory => {
            ("a part of its path is a file, and no folder".to_owned(), "Check the path.")
        }
        ErrorKind::IsADirectory => (FOLDER.to_owned(), IN_FOLDER),
        _ => (error.to_string(), "Check the path, and the disk that it is on."),
    };
    unopened(path, what, hint)
}

pub(super) const FOLDER: &str = "it is a folder";
pub(super) const IN_FOLDER: &str = "Name a file in it, like sqlite:FOLDER/seatbook.db.";

/// What `SQLite` said when it opened the file.
pub(super) fn of_sqlite(path: &Path, error: rusqlite::Error) -> LogError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => no_database(path),
        Some(ErrorCode::DatabaseCorrupt) => damaged(path),
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            of_io(path, &ErrorKind::PermissionDenied.into())
        }
        _ => database_error(error),
    }
}

/// That a file which is there may be a database. Asked before anything is made beside it.
pub(super) fn check(path: &Path) -> Result<(), LogError> {
    let mut beginning = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAGIC.len() as u64).read_to_end(&mut beginning));
    match read {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(of_io(path, &error)),
        // Made, and nothing written yet.
        Ok(0) => Ok(()),
        Ok(_) if beginning == MAGIC => Ok(()),
        Ok(_) => Err(no_database(path)),
    }
}

fn no_database(path: &Path) -> LogError {
    let hint = "Name the database's own file. A CSV file of people is given with `seatbook users add LICENSE --csv FILE`.";
    unopened(path, "it is not a database, but a file of another kind", hint)
}

fn damaged(path: &Path) -> LogError {
    let hint = "Keep a copy of the file as it is, and restore a backup.";
    unopened(path, "the database in it is damaged", hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_is_told_in_our_own_words() {
        for (kind, said) in [
            (ErrorKind::PermissionDenied, "may not read and write"),
            (ErrorKind::ReadOnlyFilesystem, "can only be read"),
            (ErrorKind::NotFound, "folder is not there"),
            (ErrorKind::NotADirectory, "no folder"),
            (ErrorKind::IsADirectory, "is a folder"),
        ] {
            let LogError::Unopened { path, what, hint } = of_io(Path::new("/seats.db"), &kind.into()) else {
                panic!("{kind}");
            };
            assert!(what.contains(said) && hint.ends_with('.'), "{what}; {hint}");
            assert_eq!(path, Path::new("/seats.db"));
        }
    }
}
