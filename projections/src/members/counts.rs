//! How many people have which status: always exact.

use domain::{LicenseId, Status};
use serde::Serialize;

use super::row::status_of;
use crate::{
    number::OF_STREAM,
    sql::{Conn, SqlError, Stream},
    values,
};

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

impl StatusCounts {
    /// How many hold a seat.
    pub(crate) const fn seats(self) -> u64 {
        self.accepted + self.invited
    }

    /// How many there are, or how many of one status.
    pub const fn of(self, status: Option<Status>) -> u64 {
        match status {
            Some(Status::Accepted) => self.accepted,
            Some(Status::Invited) => self.invited,
            Some(Status::Rejected) => self.rejected,
            None => self.accepted + self.invited + self.rejected,
        }
    }
}

/// Counts by status, for an answer whose snapshot the caller holds.
pub(crate) fn counts(conn: &Conn<'_>, license: LicenseId) -> Result<StatusCounts, SqlError> {
    let mut counts = StatusCounts::default();
    let sql = format!("SELECT status, n FROM member_counts WHERE license = {OF_STREAM}");
    let found =
        conn.all(&sql, values![Stream(license.0)], |row| Ok::<_, SqlError>((row.get(0)?, row.get(1)?)))?;
    for (status, n) in found {
        match status_of(status) {
            Some(Status::Accepted) => counts.accepted = n,
            Some(Status::Invited) => counts.invited = n,
            Some(Status::Rejected) => counts.rejected = n,
            None => {}
        }
    }
    Ok(counts)
}
