//! How many people have which status: always exact.

use domain::{LicenseId, Status};
use rusqlite::Connection;
use serde::Serialize;

use super::row::status_of;
use crate::number::OF_STREAM;

/// The people of a license, by status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct StatusCounts {
    /// Have joined.
    pub accepted: u64,
    /// Have not yet answered.
    pub invited: u64,
    /// Have declined.
    pub rejected: u64,
}

/// Counts by status, for an answer whose snapshot the caller holds.
pub(crate) fn counts(conn: &Connection, license: LicenseId) -> rusqlite::Result<StatusCounts> {
    let mut counts = StatusCounts::default();
    let mut statement =
        conn.prepare_cached(&format!("SELECT status, n FROM member_counts WHERE license = {OF_STREAM}"))?;
    let mut rows = statement.query([license.0])?;
    while let Some(row) = rows.next()? {
        match status_of(row.get(0)?) {
            Some(Status::Accepted) => counts.accepted = row.get(1)?,
            Some(Status::Invited) => counts.invited = row.get(1)?,
            Some(Status::Rejected) => counts.rejected = row.get(1)?,
            None => {}
        }
    }
    Ok(counts)
}
