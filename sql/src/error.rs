//! What can go wrong in a database.

use eventlog::{LogError, sqlite::database_error};

/// A statement that failed, or a value that is not what it must be.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// The embedded engine.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// The engine for many nodes.
    #[error(transparent)]
    Postgres(#[from] sqlx::Error),
    /// A column does not hold what is read from it.
    #[error("column {column}: {what}")]
    Unreadable {
        /// Its name, or its number.
        column: String,
        /// What does not fit.
        what: String,
    },
    /// A number that no database can hold.
    #[error("{0} is more than a database can count")]
    TooLarge(u64),
}

impl SqlError {
    /// A column does not hold what is read from it.
    pub fn unreadable(column: &(impl ToString + ?Sized), what: &(impl ToString + ?Sized)) -> Self {
        Self::Unreadable { column: column.to_string(), what: what.to_string() }
    }

    /// Somebody else holds a table for longer than was waited.
    pub fn is_locked(&self) -> bool {
        let Self::Postgres(error) = self else { return false };
        error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .is_some_and(|code| code == "55P03")
    }

    /// Trouble of the machine, which says nothing about what was written: it is tried again.
    pub fn is_trouble(&self) -> bool {
        use rusqlite::ErrorCode as E;
        let error = match self {
            Self::Sqlite(error) => error,
            Self::Postgres(error) => return is_trouble_of_postgres(error),
            Self::Unreadable { .. } | Self::TooLarge(_) => return false,
        };
        matches!(
            error.sqlite_error_code(),
            Some(
                E::DiskFull
                    | E::SystemIoFailure
                    | E::OutOfMemory
                    | E::DatabaseBusy
                    | E::DatabaseLocked
                    | E::OperationInterrupted
                    | E::ReadOnly
                    | E::CannotOpen
            )
        )
    }
}

/// All but what the server says about the statement itself: its values, its columns, what they violate.
fn is_trouble_of_postgres(error: &sqlx::Error) -> bool {
    let Some(code) = error.as_database_error().and_then(sqlx::error::DatabaseError::code) else {
        return !matches!(error, sqlx::Error::Encode(_) | sqlx::Error::ColumnNotFound(_));
    };
    !["22", "23", "42"].iter().any(|class| code.starts_with(class))
}

impl From<SqlError> for LogError {
    fn from(error: SqlError) -> Self {
        match error {
            SqlError::Sqlite(error) => database_error(error),
            SqlError::Postgres(error) => eventlog::postgres::database_error(error),
            error => Self::Database(error.to_string()),
        }
    }
}
