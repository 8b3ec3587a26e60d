//! What `SQLite`'s errors mean to us.

use rusqlite::{ErrorCode, ffi::SQLITE_IOERR_SHMSIZE};

use crate::outcome::LogError;

/// Anything that `SQLite` says, in the log's terms.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub fn database_error(error: rusqlite::Error) -> LogError {
    match error.sqlite_error() {
        Some(said) if said.code == ErrorCode::DiskFull || said.extended_code == SQLITE_IOERR_SHMSIZE => {
            LogError::DiskFull
        }
        _ => LogError::Database(error.to_string()),
    }
}

/// Whether a constraint or one of our triggers refused the row.
pub(super) fn is_constraint(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation)
}

/// Whether one of our triggers refused the row, with this text.
pub(super) fn raised(error: &rusqlite::Error, text: &str) -> bool {
    matches!(error, rusqlite::Error::SqliteFailure(_, Some(said)) if said == text)
}
