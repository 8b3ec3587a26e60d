//! Licenses and memberships by number: the position of their first event.
//!
//! A tenth of the length of their ids, and so are the indexes that begin with one; the log finds it by its own index
//! of streams. In the read models only: outside, everything goes by its id.

use domain::LicenseId;
use eventlog::Position;
use rusqlite::{Connection, OptionalExtension};

/// The number of a stream, by its id.
pub(crate) const OF_STREAM: &str = "(SELECT position FROM events WHERE aggregate_id = ? AND sequence = 1)";

/// A license's number; `None` for one that nobody knows.
pub(crate) fn of_license(conn: &Connection, license: LicenseId) -> rusqlite::Result<Option<Position>> {
    let number = conn
        .prepare_cached(&format!("SELECT {OF_STREAM}"))?
        .query_row([license.0], |row| row.get(0))
        .optional()?;
    Ok(number.flatten())
}
