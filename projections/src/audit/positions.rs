//! Where the events of a license stand, for whoever reads all of them from the log.

use domain::LicenseId;
use eventlog::Position;

use super::{apply::scope, walk::END};
use crate::{QueryError, sql::Conn, values};

/// The positions of a license's events between two positions, without the first and with the last: at most so many, in
/// their order.
pub fn positions(
    conn: &Conn<'_>,
    license: LicenseId,
    after: Position,
    last: Position,
    limit: usize,
) -> Result<Vec<Position>, QueryError> {
    let (license, last) = (scope(conn, Some(license))?, last.min(END));
    let sql = "SELECT position FROM audit WHERE license = ? AND position > ? AND position <= ?
               ORDER BY license, position LIMIT ?";
    Ok(conn.all(sql, values![license, after, last, limit], |row| row.get(0))?)
}

/// Which number of the license's own its last event had at a position; nothing before its first.
pub fn number_at(conn: &Conn<'_>, license: LicenseId, at: Position) -> Result<Option<u64>, QueryError> {
    let (license, at) = (scope(conn, Some(license))?, at.min(END));
    let sql = "SELECT license_sequence FROM events WHERE position =
                   (SELECT max(position) FROM audit WHERE license = ? AND position <= ?)";
    Ok(conn.value(sql, values![license, at])?)
}
