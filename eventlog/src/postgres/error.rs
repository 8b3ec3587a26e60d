//! What the database's errors mean to us.

use std::fmt::Display;

use sqlx::Error;

use crate::outcome::{Conflict, LogError};

/// The server has as many connections as it may, or the role has.
const NO_CONNECTION_LEFT: &str = "53300";

/// Anything that the database says, in the log's terms. A server that is gone for a moment is no fault of ours.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub fn database_error(error: Error) -> LogError {
    let silent = |why: &dyn Display| LogError::Stopped(format!("the database does not answer: {why}"));
    match code(&error).as_deref() {
        Some("53100") => LogError::DiskFull,
        Some(NO_CONNECTION_LEFT) => silent(&error),
        _ if matches!(error, Error::PoolTimedOut) => silent(&"no connection could be had in time"),
        _ if cure(&error) == Cure::Reconnect => silent(&error),
        _ => LogError::Database(error.to_string()),
    }
}

/// The SQLSTATE, if the server said one.
pub(super) fn code(error: &Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

/// What can be done about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cure {
    /// The connection is gone, or not to be trusted any more.
    Reconnect,
    /// The same again may succeed.
    Again,
    /// One of the commits is to blame.
    Separate,
}

pub(super) fn cure(error: &Error) -> Cure {
    match error {
        Error::Database(_) => match code(error).as_deref().unwrap_or_default() {
            "40001" | "40P01" | "55P03" | NO_CONNECTION_LEFT => Cure::Again,
            // The server stops, ended our connection, or became a standby.
            "57P01" | "57P02" | "57P03" | "57P05" | "25P03" | "25006" => Cure::Reconnect,
            code if code.starts_with("08") => Cure::Reconnect,
            _ => Cure::Separate,
        },
        Error::Io(_) | Error::Tls(_) | Error::Protocol(_) | Error::PoolClosed | Error::WorkerCrashed => {
            Cure::Reconnect
        }
        _ => Cure::Separate,
    }
}

/// Which claim it was that somebody else has, by the name of the constraint.
pub(super) fn taken(error: &Error) -> Option<Conflict> {
    match error.as_database_error()?.constraint()? {
        "directory_normalised" | "directory_subject" => Some(Conflict::EmailTaken),
        "memberships_person" => Some(Conflict::MemberTaken),
        "license_keys_hash" | "license_keys_id" => Some(Conflict::KeyTaken),
        "seat_pools_id" => Some(Conflict::Pool),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn a_server_that_is_gone_is_told_apart_from_a_fault() {
        let lost = Error::Io(io::Error::from(io::ErrorKind::ConnectionReset));
        for gone in [lost, Error::PoolTimedOut, Error::PoolClosed] {
            assert!(matches!(database_error(gone), LogError::Stopped(_)));
        }
        assert!(matches!(database_error(Error::RowNotFound), LogError::Database(_)));
    }
}
